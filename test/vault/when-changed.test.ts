import { expect, test } from "vitest";
import { whenChanged } from "../../src/vault/when-changed.ts";

test("who waits is asked once about each thing there is to see, and not again while it is the same", async () => {
  const asked: string[] = [];
  let there = "first";
  const ask = whenChanged(async () => there, (seen) => (asked.push(seen), seen === "last"));
  expect([await ask(), await ask()]).toEqual([false, false]);
  there = "last";
  expect([await ask(), await ask()]).toEqual([true, false]);
  there = "first";
  expect([await ask(), asked]).toEqual([false, ["first", "last", "first"]]);
});
