import { expect, test } from "vitest";

import { queuePastes } from "../../src/access/paste-queue.ts";

/** Texts that come when they are given. */
function source(): { give(text: string): void; end(): void; readonly texts: AsyncIterable<string>; readonly asked: () => boolean } {
  const waiting: ((result: IteratorResult<string>) => void)[] = [];
  const ready: IteratorResult<string>[] = [];
  let asked = false;
  const put = (result: IteratorResult<string>): void => void (waiting.shift()?.(result) ?? ready.push(result));
  const next = (): Promise<IteratorResult<string>> => ((asked = true), new Promise((resolve) => (ready.length > 0 ? resolve(ready.shift() as IteratorResult<string>) : waiting.push(resolve))));
  return { give: (value) => put({ done: false, value }), end: () => put({ done: true, value: undefined }), texts: { [Symbol.asyncIterator]: () => ({ next }) }, asked: () => asked };
}

const never = new AbortController().signal;

test("what is pasted when one wait is over is there for the next one", async () => {
  const { give, texts } = source();
  const queue = queuePastes(texts);
  const over = new AbortController();
  const first = queue.next(over.signal);
  over.abort();
  expect(await first).toBeUndefined();
  give("an address");
  expect(await queue.next(never)).toBe("an address");
});

test("each text goes to one taker, empty ones to none, and the end to all", async () => {
  const { give, end, texts } = source();
  const queue = queuePastes(texts);
  const takers = [queue.next(never), queue.next(never)];
  for (const text of ["  ", "one", "two"]) give(text);
  expect((await Promise.all(takers)).toSorted()).toEqual(["one", "two"]);
  const rest = [queue.next(never), queue.next(never)];
  end();
  expect(await Promise.all(rest)).toEqual([undefined, undefined]);
  expect([queue.poll(), await queue.next(never)]).toEqual([undefined, undefined]);
});

test("nothing is read before it is asked for, and a look takes what has come", async () => {
  const { give, texts, asked } = source();
  const queue = queuePastes(texts);
  give("early");
  expect(asked()).toBe(false);
  expect(queue.poll()).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(queue.poll()).toBe("early");
});
