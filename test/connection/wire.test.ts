import fc from "fast-check";
import { expect, test } from "vitest";

import { findAnswer } from "../../src/connection/json-rpc.ts";
import { readEvents, type ServerSentEvent } from "../../src/connection/sse.ts";

async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

async function eventsOf(text: string, cuts: readonly number[] = []): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(chunked(new TextEncoder().encode(text), cuts))) events.push(event);
  return events;
}

test("events are the same wherever the stream is cut, and whichever line ends it uses", async () => {
  const event = fc.record({ event: fc.constantFrom("message", "endpoint"), data: fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\r\n]/g, "")), { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n")) });
  await fc.assert(
    fc.asyncProperty(fc.array(event), fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat()), async (events, end, cuts) => {
      const text = events.map(({ event, data }) => [`: comment`, `event: ${event}`, "id: 1", ...data.split("\n").map((line) => `data: ${line}`), "", ""].join(end)).join("");
      expect(await eventsOf(text, cuts)).toEqual(events);
    }),
  );
});

test("an event without its empty line, and one without data, are none", async () => {
  expect(await eventsOf("data: a\n\ndata: b\n")).toEqual([{ event: "message", data: "a" }]);
  expect(await eventsOf("event: x\n\n: ping\n\nretry: 5\n\n")).toEqual([]);
});

test("any bytes are read as events or as none, never as a crash", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 5 }), async (bytes, cuts) => {
      for await (const { data } of readEvents(chunked(bytes, cuts))) expect(typeof data).toBe("string");
    }),
  );
});

test("any text is an answer or none, never a crash", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void findAnswer(text, 1)));
  expect(findAnswer('[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","id":1,"result":{"a":1}}]', 1)).toEqual({ kind: "result", result: { a: 1 } });
  expect(findAnswer('{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"no","data":{"supported":[]}}}', 1)).toMatchObject({ kind: "error", code: -32022 });
  expect(findAnswer('{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', 1)).toBeUndefined();
});
