import { expect, test } from "vitest";
import { openSigned, refusal, send } from "./world.ts";

test.each(["json", "form", "by-accept", "string-expiry", "no-token-type", "nulls"] as const)("T02, T03: a sign-in and a renewal go well where tokens come as %s", async (kind) => {

  const { issuer, server, access } = await openSigned({ issuer: { codeAnswer: kind, refreshAnswer: kind } });
  expect((await send(access, server.url)).status).toBe(200);
  issuer.expireTokens();
  expect((await send(access, server.url)).status).toBe(200);
});

test.each(["error-200", "form-error", "ok-false"] as const)("T02, T05: a refusal that comes with 200, as %s, is told in the issuer's words, with no word of a schema", async (codeAnswer) => {
  const opened = await openSigned({ signIn: false, issuer: { codeAnswer } });
  const error = await refusal(opened.access.signIn(opened.world.person()));
  expect(error.code).toBe("token_refused");
  expect(error.message).toMatch(/^The token endpoint \S+ refused \([a-z_]+/);
  expect(error.message).not.toMatch(/expected|undefined|zod|JSON/i);
  expect(opened.world.ledger.count({ path: "/token" })).toBe(1);
});

test("T04: a token endpoint that takes six seconds is waited for, and asked once", { timeout: 20_000 }, async () => {
  const opened = await openSigned({ signIn: false, issuer: { codeAnswer: { slowMs: 6_000 } } });
  expect((await opened.access.signIn(opened.world.person({ timeoutMs: 20_000 }))).kind).toBe("signed-in");
  expect(opened.world.ledger.count({ path: "/token" })).toBe(1);
});

test("T05: a bot's token beside the user's is not taken for it; tokenPath says where the user's is, for every token after it too", async () => {
  const opened = await openSigned({ signIn: false, issuer: { codeAnswer: "nested-user", refreshAnswer: "nested-user" } });
  const error = await refusal(opened.access.signIn(opened.world.person()));
  expect(error.message).toContain("a token of type bot, which mcpass does not use");
  const { world, issuer, server, entry, access } = await openSigned({ issuer: { codeAnswer: "nested-user", refreshAnswer: "nested-user" }, oauth: { tokenPath: "authed_user.access_token" } });
  expect((await send(access, server.url)).status).toBe(200);
  issuer.expireTokens();
  expect((await send(world.access(entry), server.url)).status).toBe(200);
  expect(world.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
  expect(await world.storedGrant(entry)).toMatchObject({ tokens: { refreshToken: expect.any(String) as string } });
});

test("T05: a tokenPath that leads nowhere is an answer without an access token", async () => {
  const opened = await openSigned({ signIn: false, oauth: { tokenPath: "authed_user.access_token" } });
  expect((await refusal(opened.access.signIn(opened.world.person()))).message).toContain("answered without an access token");
});
