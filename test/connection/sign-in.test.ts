import { expect, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { openHarness, remote } from "./harness.ts";

test("connecting without leave to sign in throws what Access threw, and asks nobody (H04)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  const manager = harness.manager({ closed: remote(server.url) });
  await expect(manager.connect("closed")).rejects.toMatchObject({ code: "sign_in_required", hint: "mcpass auth closed" });
  expect(manager.snapshot("closed").status).toBe("needs_auth");
  expect([harness.browsed, harness.ledger.count({ path: "/register" })]).toEqual([[], 0]);
});

test.each(["legacy", "modern"] as const)("connecting to a %s server with leave to sign in signs in once and goes on", async (wire) => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, wire });
  const manager = harness.manager({ closed: remote(server.url) });
  const connection = await manager.connect("closed", { signIn: harness.approving });
  expect(await connection.callTool("add_numbers", { a: 20, b: 22 })).toMatchObject({ content: [{ text: "42" }] });
  expect([harness.browsed.length, connection.snapshot().status, connection.snapshot().signedIn]).toEqual([1, "connected", true]);
});

test("ten calls that are refused at once make one sign-in, and all of them go on (C08)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, guard: "closed-calls" });
  const manager = harness.manager({ half: remote(server.url) });
  const connection = await manager.connect("half", { signIn: harness.approving });
  const results = await Promise.all(Array.from({ length: 10 }, (_, index) => connection.callTool("echo", { text: String(index) })));
  expect(results.map(({ content }) => (content[0] as { text: string }).text)).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  expect([harness.browsed.length, harness.ledger.count({ path: "/authorize" })]).toEqual([1, 1]);
});

test("a server that is open until a tool is called is signed in to by that call, and connected to anew (X01, X07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, guard: "closed-calls" });
  const manager = harness.manager({ half: remote(server.url) });
  const bold = await manager.connect("half");
  await expect(bold.callTool("whoami", {})).rejects.toMatchObject({ code: "sign_in_required" });
  expect(manager.snapshot("half").status).toBe("needs_auth");
  harness.ledger.clear();
  const result = await manager.signIn("half", harness.approving);
  expect(result).toMatchObject({ kind: "signed-in", verified: true, tools: 3 });
  expect(await bold.callTool("whoami", {})).toMatchObject({ content: [{ text: expect.stringContaining("alice") }] });
  expect(manager.snapshot("half").status).toBe("connected");
  expect(harness.ledger.count({ word: "initialize" })).toBe(1);
});

test("a session that dies in the middle changes the status and keeps the reason", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ refreshTokens: "never" });
  const server = await harness.resource({ trusts: issuer });
  const manager = harness.manager({ closed: remote(server.url) });
  const connection = await manager.connect("closed", { signIn: harness.approving });
  const silent = await manager.connect("closed");
  issuer.expireTokens();
  await expect(silent.listTools()).rejects.toMatchObject({ code: "sign_in_required" });
  expect(manager.snapshot("closed")).toMatchObject({ status: "needs_auth", error: { code: "sign_in_required" }, hint: "mcpass auth closed" });
  expect((await connection.listTools()).length).toBe(3);
  expect([manager.snapshot("closed").status, harness.browsed.length]).toEqual(["connected", 2]);
  expect(harness.events.flatMap((event) => (event.type === "server.status" ? [event.status] : []))).toEqual(["connecting", "needs_auth", "connecting", "connected", "needs_auth", "connecting", "connected"]);
});

test("a tool that wants more scope steps up once and keeps what was held (A07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, challengeScope: "mcp:basic", toolScopes: { echo: "mcp:write" } });
  const manager = harness.manager({ closed: remote(server.url) });
  const connection = await manager.connect("closed", { signIn: harness.approving });
  expect(await connection.callTool("echo", { text: "up" })).toMatchObject({ content: [{ text: "up" }] });
  const asked = harness.browsed.map((url) => new URL(url).searchParams.get("scope")?.split(" ").filter((scope) => scope.startsWith("mcp:")).sort());
  expect(asked).toEqual([["mcp:basic"], ["mcp:basic", "mcp:write"]]);
  expect(harness.ledger.count({ word: "initialize" })).toBe(1);
});

test("a scope that is never enough is asked for once, however often it is called (A07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, toolScopes: { echo: "mcp:write" }, neverSatisfied: true });
  const connection = await harness.manager({ closed: remote(server.url) }).connect("closed", { signIn: harness.approving });
  for (let attempt = 0; attempt < 3; attempt += 1) await expect(connection.callTool("echo", { text: "x" })).rejects.toMatchObject({ code: "scope_insufficient" });
  expect(harness.browsed.length).toBe(2);
});

test("without leave to sign in a missing scope is an error with the command to run (A07, H04)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, toolScopes: { echo: "mcp:write" } });
  const manager = harness.manager({ closed: remote(server.url) });
  await manager.signIn("closed", harness.approving);
  const connection = await manager.connect("closed");
  await expect(connection.callTool("echo", { text: "x" })).rejects.toMatchObject({ code: "scope_insufficient", hint: expect.stringContaining("mcpass auth closed"), details: { scopes: ["mcp:write"] } });
  expect(harness.browsed.length).toBe(1);
});

test("a manager sends nobody to an issuer more than three times unasked", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ refreshTokens: "never" });
  const server = await harness.resource({ trusts: issuer });
  const connection = await harness.manager({ closed: remote(server.url) }).connect("closed", { signIn: harness.approving });
  for (let time = 0; time < 2; time += 1) {
    issuer.expireTokens();
    await connection.listTools();
  }
  issuer.expireTokens();
  await expect(connection.listTools()).rejects.toMatchObject({ code: "sign_in_required" });
  expect(harness.browsed.length).toBe(3);
});

test("a sign-in whose token the server refuses is no success (U02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, acceptsTokens: false });
  const manager = harness.manager({ closed: remote(server.url) });
  await expect(manager.signIn("closed", harness.approving)).rejects.toMatchObject({ code: "token_rejected" });
  await expect(manager.connect("closed", { signIn: harness.approving })).rejects.toMatchObject({ code: "token_rejected" });
});

test("a sign-in whose grant is not in the vault afterwards is no success (U02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  Object.assign(harness.vault, { read: () => Promise.resolve(undefined) });
  await expect(harness.manager({ closed: remote(server.url) }).signIn("closed", harness.approving)).rejects.toMatchObject({ code: "vault_unwritable" });
});

test("a sign-in is verified with the new token, and its tools are counted (U02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  const manager = harness.manager({ closed: remote(server.url) });
  const result = await manager.signIn("closed", harness.approving);
  expect(result).toMatchObject({ kind: "signed-in", verified: true, tools: 3, grant: { server: "closed", state: "authenticated", renewable: true } });
  expect(await manager.signIn("closed", harness.approving)).toMatchObject({ kind: "already-signed-in" });
  expect(harness.browsed.length).toBe(1);
});

test("a stored grant that the server refuses is not called signed in (U02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ refreshTokens: "never" });
  const server = await harness.resource({ trusts: issuer });
  await harness.manager({ closed: remote(server.url) }).signIn("closed", harness.approving);
  issuer.expireTokens();
  expect(await harness.manager({ closed: remote(server.url) }).signIn("closed", harness.approving)).toMatchObject({ kind: "signed-in", verified: true });
});

test("an open server needs no sign-in, and is remembered as open", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ metadata: {} });
  const manager = harness.manager({ open: remote(server.url), unseen: remote(`${server.origin}/other`) });
  expect(await manager.signIn("open", harness.approving)).toEqual({ kind: "not-needed" });
  await manager.look("open");
  expect([(await manager.stored("open")).status, (await manager.stored("unseen")).status]).toEqual(["no_auth_needed", "not_authenticated"]);
});

test("an access token that has ended is renewed by a look, a call and a connection, without a browser (F02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  await harness.manager({ closed: remote(server.url) }).signIn("closed", harness.approving);
  for (const use of ["look", "connect"] as const) {
    issuer.expireTokens();
    harness.ledger.clear();
    const manager = harness.manager({ closed: remote(server.url) });
    if (use === "look") expect((await manager.look("closed")).status).toBe("connected");
    else expect(await (await manager.connect("closed")).callTool("echo", { text: "again" })).toMatchObject({ content: [{ text: "again" }] });
    expect([harness.ledger.count({ word: "refresh_token" }), harness.ledger.count({ path: "/authorize" })]).toEqual([1, 0]);
  }
});

test.each([400, 403] as const)("a session whose token ended nobody knows when and is answered %i goes on after one renewal (X08)", async (refusedToken) => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ codeAnswer: "no-expiry" });
  const server = await harness.resource({ trusts: issuer, refusedToken });
  const manager = harness.manager({ closed: remote(server.url) });
  const connection = await manager.connect("closed", { signIn: harness.approving });
  issuer.expireTokens();
  harness.ledger.clear();
  expect((await connection.listTools()).length).toBe(3);
  expect([harness.ledger.count({ word: "refresh_token" }), harness.browsed.length]).toEqual([1, 1]);
});

test("what is stored is told without a request", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ accessTokenSeconds: 600 });
  const server = await harness.resource({ trusts: issuer });
  const entries = { closed: remote(server.url), off: remote(server.url, { enabled: false }), keyed: remote(server.url, { headers: { authorization: "Bearer x" } }) };
  const manager = harness.manager(entries);
  await manager.signIn("closed", harness.approving);
  harness.ledger.clear();
  const fresh = harness.manager(entries);
  expect(await fresh.stored("closed")).toMatchObject({ status: "authenticated", signedIn: true, expiresAt: expect.any(Number) });
  expect([(await fresh.stored("off")).status, (await fresh.stored("keyed")).status]).toEqual(["disabled", "no_auth_needed"]);
  expect(await fresh.grants()).toMatchObject([{ server: "closed, off", account: "default", state: "authenticated" }]);
  expect(harness.ledger.entries).toEqual([]);
});

test("signing out revokes, forgets, ends the connection and says so", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  const manager = harness.manager({ closed: remote(server.url) });
  await manager.connect("closed", { signIn: harness.approving });
  expect(await manager.signOut("closed", {})).toMatchObject({ forgotten: true, revoked: "revoked" });
  expect(manager.snapshot("closed")).toMatchObject({ status: "needs_auth", signedIn: false, hint: "mcpass auth closed" });
  expect(await manager.grants()).toEqual([]);
  await waitUntil(() => harness.ledger.count({ method: "DELETE" }) === 1, "the session is given back");
});

test("an issuer that changed gets nothing unasked, and a sign-in of its own with leave (Z03)", async () => {
  const harness = await openHarness();
  const [first, second] = [await harness.issuer({ party: "first" }), await harness.issuer({ party: "second" })];
  const server = await harness.resource({ trusts: first });
  const manager = harness.manager({ moved: remote(server.url) });
  await manager.signIn("moved", harness.approving);
  Object.assign(server.toggles, { authorizationServers: [second.issuer], validate: second.validate });
  await expect(manager.connect("moved")).rejects.toMatchObject({ code: "issuer_changed" });
  expect(manager.snapshot("moved").status).toBe("needs_auth");
  const connection = await manager.connect("moved", { signIn: harness.approving });
  expect((await connection.listTools()).length).toBe(3);
  expect(harness.ledger.find({ party: "second" }).filter(({ path, body }) => first.secrets().some((secret) => path.includes(secret) || body.includes(secret)))).toEqual([]);
});

test("an HTTP+SSE server that challenges its stream is signed in to and called (X05)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ wire: "sse", trusts: issuer });
  const manager = harness.manager({ old: remote(server.url) });
  await expect(manager.connect("old")).rejects.toMatchObject({ code: "sign_in_required", hint: "mcpass auth old" });
  const connection = await manager.connect("old", { signIn: harness.approving });
  expect(await connection.callTool("echo", { text: "old" })).toMatchObject({ content: [{ text: "old" }] });
  expect(harness.browsed.length).toBe(1);
});
