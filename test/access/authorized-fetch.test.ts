import { expect, test } from "vitest";

import { callTool, openSigned, openWorld, refusal, remote, send } from "./world.ts";

test("a good API key is sent and OAuth plays no part, although the server publishes resource metadata (X02)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer, guard: "api-key", apiKey: { name: "x-api-key", value: "canary-key" } });
  const access = world.access(remote(server.url, { headers: { "X-Api-Key": "canary-key" } }));
  expect(access.hasStaticCredential).toBe(true);
  expect((await send(access, server.url)).status).toBe(200);
  expect(await access.signIn(world.person())).toEqual({ kind: "not-needed" });
  expect(world.ledger.sequence()).toEqual(["resource POST /mcp tools/list → 200"]);
});

test.each([
  { name: "X-Api-Key", value: "canary-wrong-key" },
  { name: "Authorization", value: "Bearer canary-wrong-token" },
])("a refused $name header is named, its value never, and nothing of OAuth is asked (X02)", async ({ name, value }) => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer, guard: name === "X-Api-Key" ? "api-key" : "static-bearer" });
  const access = world.access(remote(server.url, { headers: { [name]: value } }));
  const error = await refusal(send(access, server.url));
  expect(error).toMatchObject({ code: "header_refused", details: { headers: [name] } });
  expect(error.message).toContain(name);
  expect(JSON.stringify(error) + error.message).not.toContain("canary");
  expect(world.ledger.sequence()).toEqual(["resource POST /mcp tools/list → 401"]);
  expect([world.opened, await world.vaultFiles()]).toEqual([[], {}]);
});

test("where oauth is configured, OAuth owns Authorization and the other headers still go (X02)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer, requiredHeader: { name: "x-api-key", value: "canary-key" } });
  const entry = remote(server.url, { headers: { Authorization: "Bearer canary-static", "X-Api-Key": "canary-key" }, oauth: {} });
  const access = world.access(entry);
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.holding("canary-static")).toEqual([]);
  expect(world.ledger.find({ word: "tools/list" })[0]?.headers).toMatchObject({ authorization: `Bearer ${issuer.secrets("access-token")[0]}`, "x-api-key": "canary-key" });
});

test('with "oauth": false a 401 says so, and nothing of OAuth is asked (X02)', async () => {
  const world = await openWorld();
  const server = await world.resource({ trusts: await world.issuer() });
  const access = world.access(remote(server.url, { oauth: false }));
  expect((await refusal(send(access, server.url))).code).toBe("oauth_unsupported");
  expect((await refusal(access.signIn(world.person()))).code).toBe("oauth_unsupported");
  expect(world.ledger.sequence()).toEqual(["resource POST /mcp tools/list → 401"]);
});

test("routing headers reach the server and its own resource metadata only; oauth.headers reach the issuer's legs only (X03)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer({ accessTokenSeconds: 1_000 });
  const server = await world.resource({ trusts: issuer, requiredHeader: { name: "x-tenant", value: "canary-tenant" } });
  const entry = remote(server.url, { headers: { "X-Tenant": "canary-tenant" }, oauth: { headers: { "X-Gate": "canary-gate" } } });
  const access = world.access(entry);
  await access.signIn(world.person());
  world.clock.aheadMs = 1_001_000;
  expect((await send(access, server.url)).status).toBe(200);
  await access.signOut({});
  const sawTenant = world.ledger.holding("canary-tenant");
  expect(new Set(sawTenant.map(({ party }) => party))).toEqual(new Set(["resource"]));
  expect(sawTenant).toHaveLength(world.ledger.count({ party: "resource" }));
  const sawGate = world.ledger.holding("canary-gate");
  expect(new Set(sawGate.map(({ party }) => party))).toEqual(new Set(["issuer"]));
  expect(sawGate.map(({ path }) => path)).toEqual(["/.well-known/oauth-authorization-server", "/register", "/token", "/token", "/revoke", "/revoke"]);
});

test("routing headers stay away from resource metadata on another origin, and from the issuer's legs on the server's own (X03)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer({ wellKnown: { insert8414: "absent" } });
  const server = await world.resource({ hosts: issuer, metadata: {}, challenge: { raw: 'Bearer realm="mcp"' } });
  const elsewhere = await world.bystander("elsewhere", () => ({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ resource: server.url, authorization_servers: [server.origin] }) }));
  issuer.toggles.wellKnown.insert8414 = "document";
  server.toggles.challenge = { raw: `Bearer resource_metadata="${elsewhere.origin}/metadata"` };
  const access = world.access(remote(server.url, { headers: { "X-Tenant": "canary-tenant" } }));
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.count({ party: "elsewhere" })).toBe(1);
  const holding = world.ledger.holding("canary-tenant").map(({ party, path }) => `${party} ${path}`);
  expect(new Set(holding)).toEqual(new Set(["resource /mcp"]));
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test.each([307, 308] as const)("a %s to another origin is handed back: neither the token nor the message goes there (Z04)", async (status) => {
  const { world, issuer, server, access } = await openSigned();
  const thief = await world.bystander("thief");
  server.toggles.redirect = { from: "/mcp", to: `${thief.origin}/mcp`, status };
  expect((await callTool(access, server.url, "echo", { text: "canary-text" })).status).toBe(status);
  expect(world.ledger.count({ party: "thief" })).toBe(0);
  expect(issuer.secrets("access-token").flatMap((token) => world.ledger.holding(token)).every(({ party }) => party !== "thief")).toBe(true);
});

test("a redirect within the origin keeps method, message and token; a circle ends after three (Z04)", async () => {
  const { world, issuer, server, access } = await openSigned();
  server.toggles.redirect = { from: "/old", to: "/mcp", status: 308 };
  expect((await callTool(access, `${server.origin}/old`, "whoami")).status).toBe(200);
  expect(world.ledger.find({ path: "/mcp" })[0]).toMatchObject({ method: "POST", headers: { authorization: `Bearer ${issuer.secrets("access-token")[0]}` } });
  world.ledger.clear();
  server.toggles.redirect = { from: "/mcp", to: "/mcp", status: 307 };
  expect((await send(access, server.url)).status).toBe(307);
  expect(world.ledger.count({ path: "/mcp" })).toBe(4);
});

test("a message to another origin than the entry's is refused before anything is sent (Z04)", async () => {
  const { world, access } = await openSigned();
  const other = await world.bystander("other");
  expect((await refusal(send(access, `${other.origin}/messages`))).code).toBe("url_insecure");
  expect(world.ledger.entries).toEqual([]);
});

test("a 401 after a renewal re-reads the metadata once and asks for a sign-in (F02, Z03)", async () => {
  const { world, server, access } = await openSigned({ server: { acceptsTokens: false } });
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "sign_in_required", message: expect.stringContaining("just renewed") });
  expect(world.ledger.sequence()).toEqual([
    "resource POST /mcp tools/list → 401",
    "issuer POST /token refresh_token → 200",
    "resource POST /mcp tools/list → 401",
    "resource GET /.well-known/oauth-protected-resource/mcp → 200",
    "issuer GET /.well-known/oauth-authorization-server → 200",
  ]);
});

test("an issuer that changed is named beside the old one, and nothing stored reaches it (Z03, F08)", async () => {
  const { world, issuer, server, entry, access } = await openSigned({ issuer: { issueSecret: "always" } });
  const attacker = await world.issuer({ party: "attacker" });
  Object.assign(server.toggles, { acceptsTokens: false, authorizationServers: [attacker.issuer] });
  const error = await refusal(send(access, server.url));
  expect(error).toMatchObject({ code: "issuer_changed", details: { recordedIssuer: issuer.issuer, issuer: attacker.issuer }, hint: expect.stringContaining("mcpass auth example") });
  expect(error.message).toContain(issuer.issuer);
  expect(error.message).toContain(attacker.issuer);
  expect(world.ledger.sequence("attacker")).toEqual(["attacker GET /.well-known/oauth-authorization-server → 200"]);
  const holders = issuer.secrets().flatMap((secret) => world.ledger.holding(secret));
  expect(new Set(holders.map(({ party }) => party))).toEqual(new Set(["resource", "issuer"]));
  expect((await world.storedGrant(entry))?.issuer).toBe(issuer.issuer);
});

test("a message that lacks a scope is refused with the scopes it wants, and not sent again (A07)", async () => {
  const { world, server, access } = await openSigned({ server: { scopesSupported: ["read"], toolScopes: { echo: "write admin" } } });
  const error = await refusal(callTool(access, server.url, "echo", { text: "x" }));
  expect(error).toMatchObject({ code: "scope_insufficient", details: { scopes: ["write", "admin"] }, hint: 'mcpass auth example --force --scope "+write +admin"' });
  expect(world.ledger.sequence()).toEqual(["resource POST /mcp tools/call → 403"]);
});

test("without a grant: the metadata is read far enough to tell, and nothing is registered, stored or opened (R04, H04)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer({ registration: ["on"] });
  const server = await world.resource({ trusts: issuer });
  const entry = remote(server.url);
  expect(await refusal(send(world.access(entry), server.url))).toMatchObject({ code: "sign_in_required", hint: "mcpass auth example" });
  issuer.toggles.registration = "off";
  const unavailable = await refusal(send(world.access(entry), server.url));
  expect(unavailable.code).toBe("registration_unavailable");
  expect(unavailable.hint).toContain("http://127.0.0.1:19876/mcp/oauth/callback");
  expect([world.ledger.count({ path: "/register" }), world.opened, await world.vaultFiles()]).toEqual([0, [], {}]);
});

test("a token is in no URL of any request (Z05)", async () => {
  const { world, issuer, server, access } = await openSigned({ issuer: { accessTokenSeconds: 1_000 } });
  world.clock.aheadMs = 1_001_000;
  await send(access, server.url);
  await access.signIn(world.person({ force: true }));
  await access.signOut({});
  const paths = world.ledger.entries.map(({ path }) => path).join("\n");
  const secrets = [...issuer.secrets("access-token"), ...issuer.secrets("refresh-token"), ...issuer.secrets("verifier"), ...issuer.secrets("code")];
  expect(secrets.length).toBeGreaterThan(6);
  expect(secrets.filter((secret) => paths.includes(secret))).toEqual([]);
});

test("an entry whose port changed sends no Authorization header to the new one (S06)", async () => {
  const { world, issuer, access, server } = await openSigned();
  const moved = await world.resource({ trusts: issuer, party: "moved" });
  expect((await send(access, server.url)).status).toBe(200);
  expect((await refusal(send(world.access(remote(moved.url)), moved.url))).code).toBe("sign_in_required");
  expect(world.ledger.find({ party: "moved" }).filter(({ headers }) => "authorization" in headers)).toEqual([]);
});

test("a grant does not serve an entry that now names another client or issuer (S06)", async () => {
  const { world, entry } = await openSigned();
  const renamed = world.access({ ...entry, oauth: { clientId: "another" } });
  const pinned = world.access({ ...entry, oauth: { issuer: "https://another.example" } });
  expect([await renamed.grant(), await pinned.grant()]).toEqual([undefined, undefined]);
  expect(await world.access(entry).grant()).toBeDefined();
});

test("a server that cannot be reached is named with its leg and cause, and no secret (F03)", async () => {
  const { issuer, server, access } = await openSigned();
  await server.refuse();
  const error = await refusal(send(access, server.url));
  expect(error).toMatchObject({ code: "unreachable", details: { leg: "server", url: server.url } });
  expect(error.message).toContain("ECONNREFUSED");
  expect(issuer.secrets().some((secret) => JSON.stringify(error).includes(secret))).toBe(false);
});
