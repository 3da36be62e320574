import { expect, test } from "vitest";

import { createWarnings } from "../../../src/surfaces/relay/warnings.ts";

test("each thing that a server does wrong is told once, however often it does it, and that of one server takes nothing from another", () => {
  const said: string[] = [];
  const warn = createWarnings((text) => said.push(text));
  for (const server of ["one", "two", "one"]) for (const text of ["a", "b", "a"]) warn(server, `${server} ${text}`);
  expect(said).toEqual(["one a", "one b", "two a", "two b"]);
});

test("a server that does ever something else wrong is told of twenty times and no more", () => {
  const said: string[] = [];
  const warn = createWarnings((text) => said.push(text));
  for (let n = 1; n <= 1_000; n += 1) warn("bad", String(n));
  expect(said).toEqual([...Array.from({ length: 20 }, (_, index) => String(index + 1)), "bad does more that is wrong; it is not told any more."]);
});
