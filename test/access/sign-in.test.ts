import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import type { Vault } from "../../src/vault/vault.ts";
import { callTool, openSigned, openWorld, refusal, remote, send } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

test("a cold sign-in asks nothing twice, and a request that was refused before is not repeated for it (R04)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer });
  const access = world.access(remote(server.url));
  const { kind } = await access.signIn(world.person());
  expect((await send(access, server.url)).status).toBe(200);
  const signIn = [
    "resource GET /.well-known/oauth-protected-resource/mcp → 200",
    "issuer GET /.well-known/oauth-authorization-server → 200",
    "issuer POST /register → 201",
    "issuer GET /authorize → 302",
    "issuer POST /token authorization_code → 200",
    "resource POST /mcp tools/list → 200",
  ];
  expect([kind, world.ledger.sequence()]).toEqual(["signed-in", ["resource POST /mcp initialize → 401", ...signIn]]);
  world.ledger.clear();
  const work = world.access(remote(server.url), { account: "work" });
  const because = await refusal(send(work, server.url));
  await work.signIn(world.person({ because }));
  expect((await send(work, server.url)).status).toBe(200);
  const known = world.ledger.sequence().filter((line) => !line.includes("/register"));
  // A client of the first sign-in (where the port is still the same) is looked after before the browser opens. R02
  expect([...new Set(known)]).toEqual(["resource POST /mcp tools/list → 401", ...signIn.filter((line) => !line.includes("/register"))]);
});

test("a grant that works is kept and nothing is opened, unless asked for anew (R04)", async () => {
  const { world, access } = await openSigned();
  expect((await access.signIn(world.person())).kind).toBe("already-signed-in");
  expect([world.ledger.entries, world.opened.length]).toEqual([[], 1]);
  expect((await access.signIn(world.person({ force: true }))).kind).toBe("signed-in");
  expect(world.opened).toHaveLength(2);
});

test("an ended token is renewed rather than signed in for; an issuer in trouble is an error, not a reason to ask a person (F02, F03)", async () => {
  const { world, issuer, access } = await openSigned();
  world.clock.aheadMs = 3_601_000;
  expect((await access.signIn(world.person())).kind).toBe("already-signed-in");
  world.clock.aheadMs *= 2;
  issuer.toggles.refreshAnswer = "unavailable";
  expect((await refusal(access.signIn(world.person()))).code).toBe("renewal_failed");
  expect(world.opened).toHaveLength(1);
});

test("ten requests that are refused at once make one sign-in, and every one of them goes on (C08)", async () => {
  const { world, server, access } = await openSigned({ signIn: false });
  const errors = await Promise.all(Array.from({ length: 10 }, () => refusal(send(access, server.url))));
  const outcomes = await Promise.all(errors.map((because) => access.signIn(world.person({ because }))));
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => "signed-in"));
  expect([world.opened.length, world.ledger.count({ path: "/authorize" }), world.ledger.count({ path: "/register" })]).toEqual([1, 1, 1]);
});

test("the notice before the browser says who asks whom for what, and where it will be kept (Z08)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer, scopesSupported: ["read", "write"] });
  const callbackPort = await freePort();
  const access = world.access(remote(server.url, { oauth: { callbackPort } }), { account: "work", name: "files" });
  const person = world.person({ timeoutMs: 5_000 });
  const before = Date.now();
  await access.signIn(person);
  const [notice] = person.notices;
  expect(notice).toEqual({
    server: "files",
    serverUrl: server.url,
    url: world.opened[0],
    issuer: issuer.issuer,
    endpointHosts: [],
    account: "work",
    scopes: ["read", "write"],
    clientKind: "dynamic",
    clientId: [...issuer.store.clients.keys()][0],
    redirectUri: `http://127.0.0.1:${callbackPort}/mcp/oauth/callback`,
    expiresAt: expect.any(Number),
    previousIssuer: undefined,
    storedIn: join(world.home, "data", "vault"),
  });
  expect((notice?.expiresAt ?? 0) - before).toBeGreaterThanOrEqual(5_000);
  expect((notice?.expiresAt ?? 0) - before).toBeLessThan(15_000);
  expect(world.events.map(({ type }) => type)).toEqual(["authorization.begun", "grant.obtained", "authorization.ended"]);
});

test("a server that answers initialize but closes its calls is signed in to all the same (X01)", async () => {
  const { world, server, access } = await openSigned({ server: { guard: "closed-calls" } });
  expect((await callTool(access, server.url, "whoami")).text).toContain("alice");
  expect(world.opened).toHaveLength(1);
});

test("an open server without a word of OAuth needs no sign-in: nothing is stored, and a session opened by asking is ended (X01)", async () => {
  const world = await openWorld();
  const server = await world.resource({ metadata: {}, sessions: true });
  expect(await world.access(remote(server.url)).signIn(world.person())).toEqual({ kind: "not-needed" });
  expect([world.opened, await world.vaultFiles()]).toEqual([[], {}]);
  expect(world.ledger.sequence()[0]).toBe("resource POST /mcp initialize → 200");
  expect(world.ledger.sequence()).toContain("resource DELETE /mcp → 200");
  expect(world.ledger.count({ path: "/authorize" }) + world.ledger.count({ path: "/register" })).toBe(0);
});

test("an open server whose entry asks for OAuth is an error that says what was tried (X01)", async () => {
  const world = await openWorld();
  const server = await world.resource({ metadata: {} });
  const error = await refusal(world.access(remote(server.url, { oauth: {} })).signIn(world.person()));
  expect(error.code).toBe("oauth_unsupported");
  expect(error.message).toContain("/.well-known/oauth-protected-resource/mcp → 404");
});

test.each([
  { what: "GET is not known and POST is challenged", options: { getAnswer: "405" }, probes: ["resource POST /mcp initialize → 401"] },
  { what: "it speaks HTTP+SSE and challenges GET", options: { wire: "sse" }, probes: ["resource POST /mcp initialize → 405", "resource GET /mcp → 401"] },
  { what: "the challenge has no parameters", options: { challenge: "no-metadata" }, probes: ["resource POST /mcp initialize → 401"] },
  { what: "the 401 has no challenge", options: { challenge: "bare" }, probes: ["resource POST /mcp initialize → 401"] },
  { what: "the challenge is for Negotiate", options: { challenge: "negotiate" }, probes: ["resource POST /mcp initialize → 401"] },
  { what: "Basic comes before Bearer", options: { challenge: "basic-and-bearer" }, probes: ["resource POST /mcp initialize → 401"] },
] as const)("OAuth is found where $what (X05)", async ({ options, probes }) => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const server = await world.resource({ trusts: issuer, ...options });
  expect((await world.access(remote(server.url)).signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.sequence().filter((line) => line.includes(" /mcp "))).toEqual(probes);
});

test("a server in trouble is named, and nothing more is asked (X05)", async () => {
  const world = await openWorld();
  const server = await world.resource({ endpointAnswer: "failing" });
  expect(await refusal(world.access(remote(server.url)).signIn(world.person()))).toMatchObject({ code: "server_failed", details: { status: 500, url: server.url } });
  expect(world.ledger.entries).toHaveLength(1);
});

test("signed in means stored and read back: a vault that keeps nothing is an error, on the page too (U02)", async () => {
  const { world, entry } = await openSigned({ signIn: false });
  const forgetful: Vault = { ...world.vault, update: async (key, change) => (key.startsWith("grant-") ? ((await change(undefined, {
            write: async () => {},
            read: async () => undefined,
          })) as never) : world.vault.update(key, change)) };
  const browser = world.browser();
  const error = await refusal(world.access(entry, { vault: forgetful, browser }).signIn(world.person()));
  expect(error).toMatchObject({ code: "vault_unwritable", message: expect.stringContaining(world.vault.place) });
  expect(await browser.lastPage()).toMatchObject({ status: 400, body: expect.stringContaining("vault_unwritable") });
});

test("a vault that cannot be written is an error, on the page too, and what was there stays (U02)", async () => {
  const { world, entry, server, access } = await openSigned();
  const before = await world.vaultFiles();
  const grant = Object.keys(before).find((name) => name.startsWith("grant-"))!;
  await mkdir(join(world.home, "data", "vault", `${grant}.new`, "in-the-way"), { recursive: true });
  const browser = world.browser();
  const error = await refusal(world.access(entry, { browser }).signIn(world.person({ force: true })));
  expect(error.code).toBe("vault_unwritable");
  expect((await browser.lastPage()).body).toContain("vault_unwritable");
  expect(await world.vaultFiles()).toMatchObject(before);
  expect((await send(access, server.url)).status).toBe(200);
});

test.each(["invalid-grant", "empty-400", "html", "bad-gateway"] as const)("a code that is answered with %s: the page says failure, the vault is unchanged, the old grant goes on (C05)", async (codeAnswer) => {
  const { world, issuer, entry, server, access } = await openSigned();
  const before = await world.vaultFiles();
  issuer.toggles.codeAnswer = codeAnswer;
  const browser = world.browser();
  const error = await refusal(world.access(entry, { browser }).signIn(world.person({ force: true })));
  expect(error).toMatchObject({ code: "token_refused", details: { leg: "token" } });
  const page = await browser.lastPage();
  expect([page.status, page.body.includes("Not signed in"), page.body.includes("token_refused")]).toEqual([400, true, true]);
  expect(await world.vaultFiles()).toEqual(before);
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
  expect(world.events.at(-1)).toMatchObject({ type: "authorization.ended", outcome: "refused" });
});

test("the page says success only after the grant is stored, with the server's name (C05)", async () => {
  const { world, issuer, entry } = await openSigned({ signIn: false, issuer: { codeAnswer: { slowMs: 200 } } });
  const browser = world.browser();
  await world.access(entry, { browser, name: "files" }).signIn(world.person());
  const page = await browser.lastPage();
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining("signed in to files") });
  expect((await world.storedGrant(entry))?.tokens?.accessToken).toBe(issuer.secrets("access-token")[0]);
});

test("a person who says no is told so, and everything stays as it was (C05)", async () => {
  const { world, issuer, entry } = await openSigned();
  const before = await world.vaultFiles();
  issuer.toggles.approval = "deny";
  const browser = world.browser();
  const error = await refusal(world.access(entry, { browser }).signIn(world.person({ force: true })));
  expect(error).toMatchObject({ code: "authorization_refused", details: { oauthError: "access_denied" } });
  expect((await browser.lastPage()).body).toContain("authorization_refused");
  expect([await world.vaultFiles(), world.ledger.count({ path: "/token" })]).toEqual([before, 0]);
});

test("a browser that cannot be opened does not end the sign-in: the person is told, and the redirect counts (H01)", async () => {
  const { world, entry } = await openSigned({ signIn: false });
  const person = world.person();
  const opens: Promise<unknown>[] = [];
  const openBrowser = async (url: string): Promise<{ opened: boolean; reason: string }> => {
    setTimeout(() => opens.push(fetch(url)), 50);
    return { opened: false, reason: "there is no display" };
  };
  expect((await world.access(entry, { runtime: { openBrowser } }).signIn(person)).kind).toBe("signed-in");
  await Promise.all(opens);
  expect(person.said).toEqual([expect.stringContaining("there is no display")]);
  expect(world.events).toContainEqual(expect.objectContaining({ type: "browser.failed", reason: "there is no display" }));
});
