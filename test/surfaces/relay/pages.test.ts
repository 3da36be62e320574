import { expect, test } from "vitest";

import { readPages } from "../../../src/surfaces/relay/pages.ts";

test("a list of empty pages that never ends is cut after ten thousand of them, and says so; one with a page that is no list is none", async () => {
  let asked = 0;
  const listed = await readPages("tools", async () => ({ tools: [], nextCursor: String((asked += 1)) }));
  expect([asked, listed]).toEqual([10_000, { items: [], cut: "goes on after 10000 pages" }]);
  expect(await readPages("tools", async ({ cursor }) => (cursor === undefined ? { tools: [{}], nextCursor: "2" } : undefined))).toBeUndefined();
});
