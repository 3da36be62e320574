import { expect, test } from "vitest";

import type { OAuthSettings } from "../../src/config/server-entry.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { openSigned, openWorld, refusal, remote, send } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

test("an issuer that takes no new clients, and none configured: the redirect URI to register is named, and no browser opens (R01)", async () => {
  const { world, access, entry } = await openSigned({ signIn: false, issuer: { registration: "off" } });
  const error = await refusal(access.signIn(world.person()));
  const redirectUri = `http://127.0.0.1:${typeof entry.oauth === "object" ? entry.oauth.callbackPort : 0}/mcp/oauth/callback`;
  expect(error).toMatchObject({ code: "registration_unavailable", hint: expect.stringContaining(redirectUri), details: { redirectUri } });
  expect(error.hint).toContain("clientId");
  expect([world.opened, world.ledger.count({ path: "/register" }), world.ledger.count({ path: "/authorize" })]).toEqual([[], 0, 0]);
});

test.each([
  { what: "a public client", secret: undefined, registration: "off" },
  { what: "a client with a secret", secret: "canary-secret", registration: "off" },
  { what: "a public client, although the issuer registers new ones", secret: undefined, registration: "on" },
  { what: "a client with a secret, although the issuer registers new ones", secret: "canary-secret", registration: "on" },
] as const)("$what is configured: it is used, nothing is registered (R01)", async ({ secret, registration }) => {
  const client = { client_id: "ours", ...(secret === undefined ? {} : { client_secret: secret }) };
  const callbackPort = await freePort();
  const oauth: OAuthSettings = { clientId: "ours", clientSecret: secret, callbackPort };
  const redirect_uris = [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`];
  const { world, server, access, entry } = await openSigned({ signIn: false, oauth, issuer: { registration, clients: [{ ...client, redirect_uris }], redirectMatching: "exact" } });
  const person = world.person();
  await access.signIn(person);
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(person.notices[0]).toMatchObject({ clientKind: "configured", clientId: "ours" });
  expect(world.ledger.count({ path: "/register" })).toBe(0);
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token authorization_code → 200", "issuer POST /token refresh_token → 200"]);
  expect((await world.storedGrant(entry))?.registration).toMatchObject({ kind: "configured", clientId: "ours" });
});

test("a client document is the client where the issuer reads documents, and nothing is registered (R01)", async () => {
  const clientMetadataUrl = "https://client.example/mcpass.json";
  const { world, access } = await openSigned({ signIn: false, oauth: { clientMetadataUrl }, issuer: { clientMetadataDocuments: true } });
  const person = world.person();
  await access.signIn(person);
  expect(person.notices[0]).toMatchObject({ clientKind: "metadata-document", clientId: clientMetadataUrl });
  expect(world.ledger.count({ path: "/register" })).toBe(0);
});

test("an issuer that refuses to register us is remembered, so that looking later says what is missing (R01, R03)", async () => {
  const { world, server, access, entry } = await openSigned({ signIn: false, issuer: { registration: ["refused", "refused", "on"] } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "registration_refused", details: { status: 400, final: true } });
  expect(error.message).toContain("client_name is not acceptable");
  world.ledger.clear();
  expect((await refusal(send(world.access(entry), server.url))).code).toBe("registration_unavailable");
  expect(world.ledger.count({ path: "/register" })).toBe(0);
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect((await world.memory.read(server.url)).registrationRefused).toBeUndefined();
});

test("five sign-ins make one client; looking, connecting and renewing make none (R04)", async () => {
  const { world, issuer, server, entry } = await openSigned({ signIn: false });
  await refusal(send(world.access(entry), server.url));
  expect(world.ledger.count({ path: "/register" })).toBe(0);
  for (let turn = 0; turn < 5; turn += 1) await world.access(entry).signIn(world.person({ force: true }));
  world.clock.aheadMs = 3_601_000;
  await send(world.access(entry), server.url);
  // Each of the four that use the client again looks first whether it is still known. R02
  expect([world.ledger.count({ path: "/register" }), world.opened.length, world.ledger.count({ path: "/authorize" }), issuer.store.clients.size]).toEqual([1, 5, 9, 1]);
});

test("accounts and servers of one issuer share a client; after signing out it is used again (R04)", async () => {
  const { world, issuer, entry, access } = await openSigned();
  const other = await world.resource({ trusts: issuer, party: "other" });
  await world.access(entry, { account: "work" }).signIn(world.person());
  await world.access({ ...entry, url: other.url }).signIn(world.person());
  await access.signOut({});
  await access.signIn(world.person());
  expect(world.ledger.count({ path: "/register" })).toBe(0);
});

test("another client name or redirect URI is another client (R04)", async () => {
  const { world, entry } = await openSigned();
  const oauth = typeof entry.oauth === "object" ? entry.oauth : {};
  await world.access({ ...entry, oauth: { ...oauth, clientName: "Another" } }).signIn(world.person({ force: true }));
  await world.access({ ...entry, oauth: { ...oauth, callbackPort: await freePort() } }).signIn(world.person({ force: true }));
  const names = world.ledger.find({ path: "/register" }).map(({ body }) => (JSON.parse(body) as { client_name: string }).client_name);
  expect(names).toEqual(["Another", "mcpass"]);
});

test("a busy registration is waited for as long as it says, said once, and then goes through (R04)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { registration: ["busy", "on"], retryAfterSeconds: 1 } });
  const person = world.person();
  const at = performance.now();
  await access.signIn(person);
  expect(performance.now() - at).toBeGreaterThanOrEqual(990);
  expect(person.said).toEqual([expect.stringContaining("1 s")]);
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("/register"))).toEqual(["issuer POST /register → 429", "issuer POST /register → 201"]);
});

test("a registration that is busy for long is not waited for: the error says when to come back (R04)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { registration: "busy", retryAfterSeconds: 600 } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "registration_refused", details: { final: false }, hint: expect.stringContaining("600 s") });
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});

test("a client secret is used until a minute before its end, and replaced before the browser opens (R05)", async () => {
  const { world, server, access } = await openSigned({ signIn: false, issuer: { issueSecret: "always", secretLifetimeSeconds: 120 } });
  await access.signIn(world.person());
  world.clock.aheadMs = 30_000;
  await access.signIn(world.person({ force: true }));
  expect(world.ledger.count({ path: "/register" })).toBe(1);
  world.clock.aheadMs = 61_000;
  world.ledger.clear();
  await access.signIn(world.person({ force: true }));
  const legs = world.ledger.sequence("issuer").filter((line) => !line.includes("/.well-known/"));
  expect(legs).toEqual(["issuer POST /register → 201", "issuer GET /authorize → 302", "issuer POST /token authorization_code → 200"]);
  expect((await send(access, server.url)).status).toBe(200);
});

test("a secret that lives a few seconds signs in, and the next sign-in makes a new client (R05)", async () => {
  const { world, issuer, access } = await openSigned({ signIn: false, issuer: { issueSecret: "always", secretLifetimeSeconds: 5, clientAuthentication: "none" } });
  await access.signIn(world.person());
  await access.signIn(world.person({ force: true }));
  expect([world.ledger.count({ path: "/register" }), issuer.store.clients.size]).toEqual([2, 2]);
});

test("a secret that has expired on arrival is an error, not a loop (R05)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { issueSecret: "always", secretLifetimeSeconds: -10 } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "registration_refused", message: expect.stringContaining("expired already") });
  expect([world.ledger.count({ path: "/register" }), world.opened, await world.vaultFiles()]).toEqual([1, [], {}]);
});

test("a client that its issuer no longer knows at a renewal is replaced at the next sign-in (R02, F04)", async () => {
  const { world, issuer, server, access } = await openSigned();
  issuer.forgetClients();
  issuer.expireTokens();
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "sign_in_required", message: expect.stringContaining("invalid_client") });
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.count({ path: "/register" })).toBe(1);
  expect((await send(access, server.url)).status).toBe(200);
});

interface Way {
  readonly way: NonNullable<AuthorizationServerOptions["clientAuthentication"]>;
  /** How each token request of the sign-in and the renewal carried the secret. */
  readonly carried: readonly string[];
}

const ways: readonly Way[] = [
  { way: "none", carried: ["none", "none"] },
  { way: "basic", carried: ["basic", "basic"] },
  { way: "post", carried: ["post", "post"] },
  { way: "either", carried: ["none", "none"] },
  { way: "basic-lies", carried: ["basic", "post", "post"] },
  { way: "post-lies", carried: ["post", "basic", "basic"] },
];

test.each(ways)("a registered client, an issuer whose way is $way, a secret with :%+ in it: signed in, and renewed by one request (T01)", async ({ way, carried }) => {
  const { world, server, access } = await openSigned({ signIn: false, issuer: { clientAuthentication: way, secretSuffix: ":%+ä /&=" } });
  await access.signIn(world.person());
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.find({ path: "/token" }).map(wayOf)).toEqual(carried);
});

test("an issuer that changes its way between sign-in and renewal costs one request more, once (T01)", async () => {
  const { world, issuer, server, access } = await openSigned({ issuer: { clientAuthentication: "basic" } });
  issuer.toggles.clientAuthentication = "basic-lies";
  for (const turn of [1, 2]) {
    world.clock.aheadMs = turn * 3_601_000;
    expect((await send(access, server.url)).status).toBe(200);
  }
  expect(world.ledger.find({ path: "/token" }).map(wayOf)).toEqual(["basic", "post", "post"]);
});

test.each([
  { way: "none-lies", registeredMethod: "none", carried: ["basic", "post", "post"] },
  { way: "either", registeredMethod: "client_secret_post", carried: ["post", "post"] },
  { way: "either", registeredMethod: undefined, carried: ["basic", "basic"] },
] as const)("a secret that came with the method $registeredMethod is used with an issuer whose way is $way (T01)", async ({ way, registeredMethod, carried }) => {
  const { world, server, access } = await openSigned({ signIn: false, issuer: { clientAuthentication: way, registeredMethod, issueSecret: "always" } });
  await access.signIn(world.person());
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.find({ path: "/token" }).map(wayOf)).toEqual(carried);
});

test.each([
  { oauth: {}, way: "post", carried: ["post"] },
  { oauth: {}, way: "basic", carried: ["basic"] },
  { oauth: { tokenEndpointAuthMethod: "client_secret_post" }, way: "basic-lies", carried: ["post"] },
  { oauth: {}, way: "basic-lies", carried: ["basic", "post"] },
] as const)("a configured client with $oauth goes the issuer's way $way (T01)", async ({ oauth, way, carried }) => {
  const callbackPort = await freePort();
  const clients = [{ client_id: "ours:1", client_secret: "s:%+ä", redirect_uris: [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`] }];
  const { world, access } = await openSigned({ signIn: false, issuer: { clientAuthentication: way, clients }, oauth: { clientId: "ours:1", clientSecret: "s:%+ä", callbackPort, ...oauth } });
  await access.signIn(world.person());
  expect(world.ledger.find({ path: "/token" }).map(wayOf)).toEqual(carried);
});

test("a wrong secret is tried both ways once, and the error names the settings, not the secret (T01)", async () => {
  const world = await openWorld();
  const callbackPort = await freePort();
  const issuer = await world.issuer({ clients: [{ client_id: "ours", client_secret: "right", redirect_uris: [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`] }] });
  const server = await world.resource({ trusts: issuer });
  const access = world.access(remote(server.url, { oauth: { clientId: "ours", clientSecret: "canary-wrong", callbackPort } }));
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "token_refused", details: { failure: "client", oauthError: "invalid_client" }, hint: expect.stringContaining("oauth.clientSecret") });
  expect(JSON.stringify(error) + error.message).not.toContain("canary-wrong");
  expect(world.ledger.find({ path: "/token" }).map(wayOf)).toEqual(["basic", "post"]);
});

function wayOf({ headers, body }: { headers: Readonly<Record<string, string>>; body: string }): string {
  const inBody = new URLSearchParams(body).has("client_secret");
  return headers["authorization"] === undefined ? (inBody ? "post" : "none") : inBody ? "both" : "basic";
}

test("two servers with resources of their own at one issuer have two tokens and one client (U05)", async () => {
  const { world, issuer, entry } = await openSigned({ signIn: false });
  const other = await world.resource({ party: "other", trusts: issuer });
  await world.access(entry).signIn(world.person());
  await world.access({ ...entry, url: other.url }).signIn(world.person());
  const [first, second] = [await world.storedGrant(entry), await world.storedGrant({ ...entry, url: other.url })];
  expect(first?.registration.clientId).toBe(second?.registration.clientId);
  expect(first?.tokens?.accessToken).not.toBe(second?.tokens?.accessToken);
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});
