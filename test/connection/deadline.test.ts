import { expect, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { orCancelled, withDeadline } from "../../src/connection/deadline.ts";

const expired = (): McpassError => new McpassError("timed_out", "too late");
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("work that never settles ends at the deadline", async () => {
  await expect(withDeadline({ ms: 30, expired }, () => new Promise(() => {}))).rejects.toMatchObject({ code: "timed_out" });
});

test("progress starts the time anew, but not for ever", async () => {
  const work = withDeadline({ ms: 60, expired }, async (clock) => {
    for (let step = 0; step < 4; step += 1) {
      await wait(40);
      clock.restart();
    }
    return "done";
  });
  expect(await work).toBe("done");
  const endless = withDeadline({ ms: 5, expired }, async (clock) => {
    for (;;) {
      await wait(2);
      clock.restart();
      if (clock.signal.aborted) return "unreached";
    }
  });
  await expect(endless).rejects.toMatchObject({ code: "timed_out" });
});

test("a person's time does not count", async () => {
  const work = withDeadline({ ms: 40, expired }, async (clock) => {
    clock.pause();
    await wait(120);
    clock.restart();
    return "answered";
  });
  expect(await work).toBe("answered");
});

test("what the work says of its abort does not hide the reason", async () => {
  const work = withDeadline({ ms: 20, expired }, async (clock) => {
    await new Promise((resolve) => clock.signal.addEventListener("abort", resolve));
    throw new Error("socket hang up");
  });
  await expect(work).rejects.toMatchObject({ code: "timed_out" });
});

test("a caller who gives up before or in between is cancelled", async () => {
  const before = AbortSignal.abort();
  await expect(withDeadline({ ms: 1000, signal: before, expired }, () => Promise.resolve(1))).rejects.toMatchObject({ code: "cancelled" });
  await expect(orCancelled(wait(1000), AbortSignal.timeout(20))).rejects.toMatchObject({ code: "cancelled" });
  expect(await orCancelled(Promise.resolve(1), new AbortController().signal)).toBe(1);
});
