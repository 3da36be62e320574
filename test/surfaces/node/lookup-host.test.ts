import { expect, test } from "vitest";

import { lookupHost } from "../../../src/surfaces/node/lookup-host.ts";

test.each([
  ["127.0.0.1", ["127.0.0.1"]],
  ["::1", ["::1"]],
  ["[2001:db8::1]", ["2001:db8::1"]],
  ["localhost", ["127.0.0.1", "::1"]],
  ["LOCALHOST.", ["127.0.0.1", "::1"]],
])("%s is known without asking anyone", async (hostname, addresses) => {
  expect(await lookupHost(hostname)).toEqual(addresses);
});

test("a name that does not exist rejects with the resolver's code", async () => {
  await expect(lookupHost("no-such-name.invalid")).rejects.toMatchObject({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
});
