import { expect, test } from "vitest";
import { findMcpassError } from "../../src/base/errors.ts";
import type { Outgoing } from "../../src/oauth/outgoing.ts";
import { exchangeCode, type TokenRequest } from "../../src/oauth/token.ts";
import { outgoingFor } from "../oauth/outgoing-for.ts";
import { exampleRedirectUri, exampleVerifier, issueCode } from "../oauth/samples.ts";
import { openSigned, openWorld, refusal, send } from "./world.ts";

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

/** Ten times as fast: 6 s are 600 ms, and so are all deadlines of the protocol floor. */
const pace = 10;
const slow = (seconds: number) => ({ slowMs: (seconds * 1000) / pace });

function hurried(timeoutMs: number | undefined): { readonly request: TokenRequest & { code: string; verifier: string; redirectUri: string }; readonly exchange: (outgoing: Outgoing) => Promise<unknown> } {
  const client = { clientId: "public", clientSecret: undefined, tokenEndpointAuthMethod: undefined };
  const request = { tokenEndpoint: "", client, methods: undefined, resource: undefined, scopes: ["a"], parameters: {}, now: Date.now, timeoutMs, code: "", verifier: exampleVerifier, redirectUri: exampleRedirectUri };
  return { request, exchange: (outgoing) => exchangeCode({ ...outgoing, request: (asked) => outgoing.request({ ...asked, timeoutMs: (asked.timeoutMs ?? 0) / pace }) }, request) };
}

test.each([
  { seconds: 6, tokenTimeout: undefined, ends: "in time" },
  { seconds: 31, tokenTimeout: undefined, ends: "no answer within 3 s" },
  { seconds: 31, tokenTimeout: 60_000, ends: "in time" },
  { seconds: 6, tokenTimeout: 4_000, ends: "no answer within 0.4 s" },
])("T04: a token endpoint that takes $seconds s is waited for 30 s, or as long as tokenTimeout ($tokenTimeout ms) says, and gets the code once: $ends", async ({ seconds, tokenTimeout, ends }) => {
  const world = await openWorld();
  const issuer = await world.issuer({ codeAnswer: slow(seconds), clients: [{ client_id: "public", redirect_uris: [] }] });
  const { request, exchange } = hurried(tokenTimeout);
  Object.assign(request, { tokenEndpoint: `${issuer.origin}/token`, code: issueCode(issuer, "public") });
  const ended = await exchange(outgoingFor(issuer.origin)).then(() => "in time", (thrown: unknown) => findMcpassError(thrown));
  if (typeof ended === "string") expect(ended).toBe(ends);
  else expect(ended).toMatchObject({ code: "timed_out", message: expect.stringContaining(ends), hint: expect.stringContaining("oauth.tokenTimeout") });
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("T04: oauth.tokenTimeout counts at the sign-in and at a renewal, which keeps the grant; nothing is sent twice", async () => {
  const opened = await openSigned({ signIn: false, oauth: { tokenTimeoutMs: 200 }, issuer: { rotation: "off", codeAnswer: [slow(50), "json"], refreshAnswer: [slow(50), "json"] } });
  const { world, issuer, server, access, entry } = opened;
  expect((await refusal(access.signIn(world.person()))).code).toBe("timed_out");
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual([expect.stringContaining("authorization_code")]);
  await access.signIn(world.person());
  issuer.expireTokens();
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "renewal_failed", message: expect.stringContaining("0.2 s") });
  expect((await world.storedGrant(entry))?.tokens?.refreshToken).toBeDefined();
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("refresh_token"))).toHaveLength(2);
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
  expect((await refusal(opened.access.signIn(opened.world.person()))).message).toContain("answered 200 without an access token");
});
