import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, onTestFinished, test } from "vitest";

import { type AuthorizedFetch, type AuthorizedFetchOptions, createAuthorizedFetch, createManager, type CreateManagerOptions, type Manager, openFileVault, openMemoryVault } from "../../../src/index.ts";
import { createLedger, type Ledger } from "../../servers/ledger.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../../servers/authorization-server.ts";
import { type ResourceServer, startResourceServer } from "../../servers/resource-server.ts";
import { freePort } from "../../rig/free-port.ts";

interface Place {
  readonly home: string;
  readonly ledger: Ledger;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  /** The closed server as `notes`, with a callback port of the test's own; a browser that approves. */
  readonly options: CreateManagerOptions;
  manager(options?: CreateManagerOptions): Promise<Manager>;
  fetch(server: string, options?: AuthorizedFetchOptions): AuthorizedFetch;
}

async function openPlace(issuerOptions: Parameters<typeof startAuthorizationServer>[1] = {}): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), "mcpass-library-"));
  const ledger = createLedger();
  const issuer = await startAuthorizationServer(ledger, issuerOptions);
  const server = await startResourceServer(ledger, { trusts: issuer });
  const ends: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true, maxRetries: 3 }), () => issuer.stop(), () => server.stop()];
  onTestFinished(async () => {
    for (const end of ends.toReversed()) await end();
  });
  const open = async (url: string): Promise<{ opened: boolean }> => (void fetch(url).then((page) => page.text(), () => undefined), { opened: true });
  const options: CreateManagerOptions = { home, environment: { ...process.env, MCPASS_KEY_SOURCE: "file" }, workingDirectory: home, openBrowser: open, servers: { notes: { type: "remote", url: server.url, oauth: { callbackPort: await freePort() } } } };
  const kept = <T extends { close(): Promise<void> }>(made: T): T => {
    ends.push(() => made.close());
    return made;
  };
  return {
    home, ledger, issuer, server, options,
    manager: async (more = {}) => kept(await createManager({ ...options, ...more })),
    fetch: (name, more = {}) => kept(createAuthorizedFetch(name, { ...options, ...more })),
  };
}

test("a vault that is given holds everything, nothing is written elsewhere, and it is left open", async () => {
  const place = await openPlace();
  const vault = openMemoryVault();
  const manager = await place.manager({ vault });
  await manager.authenticate("notes");
  expect((await vault.list()).map(({ key }) => key.split("-")[0]).toSorted()).toEqual(["grant", "link", "registration"]);
  expect((await readdir(place.home)).includes("data")).toBe(false);
  await manager.close();
  const next = await place.manager({ vault });
  expect(await next.callTool("notes", "whoami", {})).toMatchObject({ content: [{ text: expect.stringContaining("alice") }] });
});

test("without one, grants lie sealed under the home that is given, and a file vault that is opened there has them", async () => {
  const place = await openPlace();
  const manager = await place.manager();
  await manager.authenticate("notes");
  await manager.close();
  const vault = openFileVault({ directory: join(place.home, "data", "vault"), environment: { MCPASS_KEY_SOURCE: "file" } });
  const next = await place.manager({ vault, home: await mkdtemp(join(place.home, "other-")) });
  expect((await next.tools("notes")).length).toBe(3);
  await vault.close();
});

test("every request goes through the fetch that is given; the web's own fits", async () => {
  const place = await openPlace();
  const asked: string[] = [];
  const manager = await place.manager({
    vault: openMemoryVault(),
    fetch: (url, init) => {
      asked.push(new URL(url).pathname);
      return fetch(url, init as RequestInit);
    },
  });
  await manager.authenticate("notes");
  expect(await manager.callTool("notes", "add_numbers", { a: 1, b: 2 })).toMatchObject({ content: [{ text: "3" }] });
  expect(asked).toEqual(expect.arrayContaining(["/register", "/token", new URL(place.server.url).pathname]));
  // The browser's own is the one that is not ours.
  expect(place.ledger.entries.length - place.ledger.count({ path: "/authorize" })).toBe(asked.length);
  const global = await place.manager({ vault: openMemoryVault(), fetch });
  expect(await global.look("notes")).toMatchObject({ status: "needs_auth" });
});

test("a host that is only in the tests is reached through fetch and lookup", async () => {
  const place = await openPlace();
  const manager = await place.manager({
    servers: { far: { type: "remote", url: "https://mcp.example.com/mcp" } },
    lookup: async () => ["203.0.113.7"],
    fetch: async (url) => new Response(new URL(url).pathname, { status: 418 }),
  });
  await expect(manager.tools("far")).rejects.toMatchObject({ code: "server_failed" });
  const far = createAuthorizedFetch("far", { manager });
  expect(await (await far("/brew")).text()).toBe("/brew");
});

test("the clock that is given decides what has expired", async () => {
  const place = await openPlace({ accessTokenSeconds: 3600 });
  let aheadMs = 0;
  const manager = await place.manager({ vault: openMemoryVault(), now: () => Date.now() + aheadMs });
  await manager.authenticate("notes");
  place.ledger.clear();
  aheadMs = 3_599_000;
  await manager.tools("notes");
  expect(place.ledger.count({ path: "/token", word: "refresh_token" })).toBe(1);
});

test("the browser that is given opens the address; it may leave it to somebody else", async () => {
  const place = await openPlace();
  const opened: string[] = [];
  const manager = await place.manager({ vault: openMemoryVault(), openBrowser: async (url) => (opened.push(url), { opened: true }) });
  const waiting = manager.authenticate("notes");
  await expect.poll(() => opened.length).toBe(1);
  expect(opened).toEqual([(await manager.startAuth("notes")).authorizationUrl]);
  await fetch(opened[0] ?? "");
  expect(await waiting).toMatchObject({ kind: "signed-in" });
});

test("configuration files are read unless they are not wanted; a server that is given takes the place of theirs", async () => {
  const place = await openPlace();
  const file = join(place.home, "other.jsonc");
  await writeFile(file, JSON.stringify({ account: "work", mcp: { notes: { type: "remote", url: "https://elsewhere.example.com/mcp" }, more: { type: "local", command: ["true"] }, broken: { type: "remote" } } }));
  const manager = await place.manager({ configuration: "other.jsonc" });
  expect(manager.list().map(({ name, url, account, status }) => ({ name, url, account, status }))).toEqual([
    { name: "notes", url: place.server.url, account: "work", status: "idle" },
    { name: "more", url: undefined, account: undefined, status: "idle" },
    { name: "broken", url: undefined, account: undefined, status: "failed" },
  ]);
  expect((await place.manager({ configuration: false })).names()).toEqual(["notes"]);
  expect((await place.manager({ configuration: false, account: "home" })).snapshot("notes").account).toBe("home");
  await expect(place.manager({ configuration: "absent.jsonc" })).rejects.toMatchObject({ code: "config_unreadable" });
  await expect(place.manager({ servers: { bad: { type: "remote", url: "nowhere" } } })).rejects.toMatchObject({ code: "config_invalid" });
  await expect(place.manager({ servers: { bad: { type: "remote", url: "https://{env:LIBRARY_TEST_UNSET}/" } } })).rejects.toMatchObject({ code: "variable_unset" });
});

test("an authorized fetch signs, takes what the web's fetch takes, renews when it is refused, and passes other answers through", async () => {
  const place = await openPlace();
  const manager = await place.manager({ vault: openMemoryVault() });
  await manager.authenticate("notes");
  const signed = place.fetch("notes", { manager });
  const init = { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }), headers: { "content-type": "application/json", accept: "application/json, text/event-stream" } };
  const forms = [await signed(place.server.url, init), await signed(new URL(place.server.url), init), await signed(new Request(place.server.url, init)), await signed(new URL(place.server.url).pathname, init)];
  expect(forms.map(({ status }) => status).every((status) => status !== 401)).toBe(true);
  place.issuer.expireTokens();
  expect((await signed(place.server.url, init)).status).not.toBe(401);
  expect(place.ledger.count({ path: "/token", word: "refresh_token" })).toBe(1);
  const absent = await signed("/no-such-page");
  expect([absent.status, absent.ok]).toEqual([404, false]);
  const byAddress = place.fetch(place.server.url, { manager });
  expect((await byAddress(place.server.url, init)).status).not.toBe(401);
});

test("an MCP SDK's own transport works over an authorized fetch", async () => {
  const place = await openPlace();
  const manager = await place.manager({ vault: openMemoryVault() });
  await manager.authenticate("notes");
  const client = new Client({ name: "embedder", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(place.server.url), { fetch: place.fetch(place.server.url, { manager }) }));
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["add_numbers", "echo", "whoami"]);
  await client.close();
});

test("what an authorized fetch throws is McpassError, whatever it is", async () => {
  const place = await openPlace();
  const signed = place.fetch("notes", { vault: openMemoryVault() });
  await expect(signed(place.server.url, { method: "POST", body: "{}" })).rejects.toMatchObject({ code: "sign_in_required", hint: expect.stringContaining("mcpass auth notes") });
  await expect(signed("https://elsewhere.example.com/")).rejects.toMatchObject({ code: "url_insecure" });
  await expect(signed(place.server.url, { method: "POST", body: new Uint8Array([0xff, 0xfe, 0xfd]) })).rejects.toMatchObject({ code: "usage" });
  await expect(signed("http://")).rejects.toMatchObject({ code: "usage" });
  await expect(signed(place.server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  await expect(place.fetch("nodes", { vault: openMemoryVault() })("/")).rejects.toMatchObject({ code: "server_unknown", message: expect.stringContaining("notes") });
  await expect(place.fetch("http://mcp.example.com/", { vault: openMemoryVault() })("/")).rejects.toMatchObject({ code: "usage" });
});
