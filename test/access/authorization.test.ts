import { expect, test } from "vitest";

import type { OAuthSettings } from "../../src/config/server-entry.ts";
import { callTool, openSigned, openWorld, refusal, remote, send, type Signed } from "./world.ts";

const offline = "offline_access";

interface OfflineCase {
  readonly advertised: "by the issuer" | "by the resource" | "nowhere";
  readonly accepted: boolean;
  readonly setting?: OAuthSettings["offline"];
  /** The scopes of each authorization request, in order. */
  readonly asked: readonly (string | null)[];
  readonly renewable: boolean;
}

const offlineCases: readonly OfflineCase[] = [
  { advertised: "by the issuer", accepted: true, asked: ["read offline_access"], renewable: true },
  { advertised: "by the resource", accepted: true, asked: ["read offline_access"], renewable: true },
  { advertised: "nowhere", accepted: true, asked: ["read"], renewable: false },
  { advertised: "by the issuer", accepted: false, asked: ["read offline_access", "read"], renewable: false },
  { advertised: "by the resource", accepted: false, asked: ["read offline_access", "read"], renewable: false },
  { advertised: "nowhere", accepted: false, asked: ["read"], renewable: false },
  { advertised: "by the issuer", accepted: true, setting: "never", asked: ["read"], renewable: false },
  { advertised: "by the resource", accepted: true, setting: "never", asked: ["read"], renewable: false },
  { advertised: "nowhere", accepted: true, setting: "always", asked: ["read offline_access"], renewable: true },
  { advertised: "nowhere", accepted: false, setting: "always", asked: ["read offline_access", "read"], renewable: false },
];

test.each(offlineCases)("offline_access advertised $advertised, accepted $accepted, set to $setting: asked for $asked (A02)", async ({ advertised, accepted, setting, asked, renewable }) => {
  const { world, access, entry } = await openSigned({
    signIn: false,
    oauth: { offline: setting },
    issuer: { refreshTokens: "offline-scope", scopesSupported: advertised === "by the issuer" ? ["read", offline] : ["read"], refusedScopes: accepted ? [] : [offline] },
    server: { scopesSupported: advertised === "by the resource" ? ["read", offline] : ["read"] },
  });
  const person = world.person();
  expect((await access.signIn(person)).kind).toBe("signed-in");
  expect(authorizations({ world }).map((query) => query.get("scope"))).toEqual(asked);
  expect(authorizations({ world }).map((query) => query.get("prompt"))).toEqual(asked.map((scope) => (scope?.includes(offline) === true ? "consent" : null)));
  expect((await world.storedGrant(entry))?.tokens?.refreshToken !== undefined).toBe(renewable);
  expect(person.said.filter((message) => message.includes(offline))).toHaveLength(asked.length - 1);
});

test("offline_access that the person or the server insists on is not left out: its refusal is the answer (A02)", async () => {
  const { world, server, access, entry } = await openSigned({ signIn: false, oauth: { scope: "read offline_access" }, issuer: { refusedScopes: [offline] } });
  expect(await refusal(access.signIn(world.person()))).toMatchObject({ code: "authorization_refused", details: { oauthError: "invalid_scope" } });
  server.toggles.challengeScope = "read offline_access";
  expect((await refusal(world.access({ ...entry, oauth: {} }).signIn(world.person()))).code).toBe("authorization_refused");
  expect(authorizations({ world })).toHaveLength(2);
});

test("offline_access is not asked of an issuer that knows no refresh tokens (A02)", async () => {
  const { world } = await openSigned({ issuer: { refreshTokens: "never", scopesSupported: [offline] } });
  expect(world.opened[0]).not.toContain(offline);
});

test("a scope that is refused without offline_access too ends the sign-in after the second try (A02)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { scopesSupported: [offline], refusedScopes: [offline, "read"] }, server: { scopesSupported: ["read"] } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "authorization_refused", details: { oauthError: "invalid_scope" }, hint: expect.stringContaining('"scope"') });
  expect(error.message).toContain("Asked for: read.");
  expect(authorizations({ world })).toHaveLength(2);
});

test("audience and further parameters travel at their legs, and the token they earn is accepted (A05)", async () => {
  const { world, server, access } = await openSigned({
    server: { audience: "https://api.example" },
    oauth: { audience: "https://api.example", authorizationParams: { access_type: "offline", login_hint: "bob" }, tokenParams: { organization: "org-1" } },
    issuer: { refreshTokens: "offline-access-type" },
  });
  expect((await callTool(access, server.url, "whoami")).text).toContain("bob");
  expect(Object.fromEntries(new URL(world.opened[0] ?? "").searchParams)).toMatchObject({ audience: "https://api.example", access_type: "offline", login_hint: "bob" });
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(new URLSearchParams(world.ledger.find({ word: "refresh_token" })[0]?.body).get("organization")).toBe("org-1");
});

test.each(["state", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "response_type"])("%s cannot be configured as a further parameter, and no browser opens (A05)", async (name) => {
  const { world, access } = await openSigned({ signIn: false, oauth: { authorizationParams: { [name]: "x" } } });
  expect(await refusal(access.signIn(world.person()))).toMatchObject({ code: "entry_invalid", message: expect.stringContaining(name) });
  expect(world.opened).toEqual([]);
});

test.each([
  { named: "origin", bytes: (origin: string) => origin },
  { named: "origin-slash", bytes: (origin: string) => `${origin}/` },
  { named: "same", bytes: (origin: string) => `${origin}/mcp` },
])("the resource is sent byte for byte as the metadata writes it: $named (A06)", async ({ named, bytes }) => {
  const { world, issuer, server, access } = await openSigned({ signIn: false, server: { resource: named } });
  Object.assign(issuer.toggles, { resourcePolicy: "exact", expectedResource: bytes(server.origin) });
  await access.signIn(world.person());
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  const raw = `resource=${encodeURIComponent(bytes(server.origin))}`;
  const sent = [...world.ledger.find({ path: "/authorize" }).map(({ path }) => path.split("?")[1]), ...world.ledger.find({ path: "/token" }).map(({ body }) => body)];
  expect(sent.map((text) => text?.split("&").filter((pair) => pair.startsWith("resource=")))).toEqual([[raw], [raw], [raw]]);
});

test("without resource metadata the resource is the server's URL, and a bare host has no slash (A06)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ hosts: issuer, metadata: {}, challenge: "no-metadata", path: "/" });
  Object.assign(issuer.toggles, { resourcePolicy: "exact", expectedResource: server.origin });
  expect((await world.access(remote(`${server.origin}/`)).signIn(world.person())).kind).toBe("signed-in");
});

test("stepping up asks for the union of what was asked, what was granted and what is wanted, and the call goes through (A07)", async () => {
  const { world, issuer, server, access, entry } = await openSigned({ issuer: { grantedScope: "read extra" }, server: { scopesSupported: ["read", "list"], toolScopes: { echo: "write" } } });
  const because = await refusal(callTool(access, server.url, "echo", { text: "x" }));
  issuer.toggles.grantedScope = undefined;
  const person = world.person({ because });
  await access.signIn(person);
  expect([...(person.notices[0]?.scopes ?? [])].toSorted()).toEqual(["extra", "list", "read", "write"]);
  expect(world.ledger.count({ word: "initialize" })).toBe(0);
  expect((await world.storedGrant(entry))?.requestedScopes).toContain("write");
  expect((await callTool(access, server.url, "echo", { text: "x" })).status).toBe(200);
});

test("each step up keeps what the one before it won (A07)", async () => {
  const { world, server, access } = await openSigned({ server: { scopesSupported: ["read"], toolScopes: { echo: "a", whoami: "b" } } });
  for (const tool of ["echo", "whoami"]) {
    const because = await refusal(callTool(access, server.url, tool, { text: "x" }));
    await access.signIn(world.person({ because }));
    expect((await callTool(access, server.url, tool, { text: "x" })).status).toBe(200);
  }
  expect((await callTool(access, server.url, "echo", { text: "x" })).status).toBe(200);
  expect(world.opened).toHaveLength(3);
});

test("a configured scope does not keep a step up from reaching what the call needs (A07)", async () => {
  const { world, server, access } = await openSigned({ oauth: { scope: "read" }, server: { toolScopes: { echo: "write" } } });
  const because = await refusal(callTool(access, server.url, "echo", { text: "x" }));
  await access.signIn(world.person({ because }));
  expect((await callTool(access, server.url, "echo", { text: "x" })).status).toBe(200);
});

test("an ordinary sign-in asks for what the challenge says now, not for what was held before (A07)", async () => {
  const { world, server, access } = await openSigned({ server: { scopesSupported: ["read", "write"] } });
  server.toggles.challengeScope = "list";
  const person = world.person({ force: true });
  await access.signIn(person);
  expect(person.notices[0]?.scopes).toEqual(["list"]);
});

interface IssCase {
  readonly iss: "right" | "wrong" | "none" | "normalized";
  readonly advertised: boolean;
  readonly setting?: "optional";
  readonly outcome: "signed-in" | "callback_invalid";
}

const issCases: readonly IssCase[] = [
  { iss: "right", advertised: true, outcome: "signed-in" },
  { iss: "right", advertised: false, outcome: "signed-in" },
  { iss: "wrong", advertised: true, outcome: "callback_invalid" },
  { iss: "wrong", advertised: false, outcome: "callback_invalid" },
  { iss: "normalized", advertised: true, outcome: "callback_invalid" },
  { iss: "none", advertised: true, outcome: "callback_invalid" },
  { iss: "none", advertised: true, setting: "optional", outcome: "signed-in" },
  { iss: "wrong", advertised: true, setting: "optional", outcome: "callback_invalid" },
  { iss: "none", advertised: false, outcome: "signed-in" },
];

test.each(issCases)("iss $iss, advertised $advertised, set to $setting: $outcome (A08)", async ({ iss, advertised, setting, outcome }) => {
  const { world, access, entry } = await openSigned({ signIn: false, oauth: { iss: setting }, issuer: { iss, issAdvertised: advertised } });
  const ended = await access.signIn(world.person()).then(({ kind }) => kind, ({ code }: { code: string }) => code);
  expect(ended).toBe(outcome);
  expect(world.ledger.count({ path: "/token" })).toBe(outcome === "signed-in" ? 1 : 0);
  expect((await world.storedGrant(entry)) !== undefined).toBe(outcome === "signed-in");
});

test.each(issCases)("the same on an error: iss $iss, advertised $advertised, set to $setting (A08)", async ({ iss, advertised, setting, outcome }) => {
  const denial = { error: "access_denied", error_description: "canary-words of a stranger" };
  const { world, access } = await openSigned({ signIn: false, oauth: { iss: setting }, issuer: { iss, issAdvertised: advertised, approval: "deny", denial } });
  const error = await refusal(access.signIn(world.person()));
  expect(error.code).toBe(outcome === "signed-in" ? "authorization_refused" : "callback_invalid");
  expect(error.message.includes("canary-words")).toBe(outcome === "signed-in");
});

test("a resource parameter that is refused is left out once, and said (A01)", async () => {
  const { world, access, entry } = await openSigned({ signIn: false, issuer: { resourcePolicy: "reject" } });
  const person = world.person();
  expect((await access.signIn(person)).kind).toBe("signed-in");
  expect(authorizations({ world }).map((query) => query.has("resource"))).toEqual([true, false]);
  expect(person.said).toEqual([expect.stringContaining('"resource": false')]);
  expect((await world.storedGrant(entry))?.resource).toBeUndefined();
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});

test("an issuer that refuses it either way is asked twice, not for ever (A01)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { resourcePolicy: "exact", expectedResource: "https://never.example" } });
  expect(await refusal(access.signIn(world.person()))).toMatchObject({ code: "authorization_refused", details: { oauthError: "invalid_target" } });
  expect(authorizations({ world })).toHaveLength(2);
});

test('with "resource": false none is sent, at any leg (A01)', async () => {
  const { world, server, access } = await openSigned({ oauth: { resource: false }, issuer: { resourcePolicy: "reject" } });
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.opened).toHaveLength(1);
});

function authorizations({ world }: Pick<Signed, "world">): readonly URLSearchParams[] {
  return world.opened.map((url) => new URL(url).searchParams);
}
