import { expect, onTestFinished, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { createManager } from "../../src/connection/manager.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { freePort } from "../rig/free-port.ts";
import { waitUntil } from "../rig/wait.ts";
import { told } from "./closed.ts";
import { configured, local, openHarness, remote } from "./harness.ts";

const open = { type: "remote" } as const;

test("a server is added for this process, checked as in a file, and its tools are called over one connection that stays", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({});
  expect(await manager.add("made", { ...open, url: server.url })).toMatchObject({ name: "made", type: "remote", status: "idle", source: { layer: "program", line: 0 } });
  expect([manager.names(), manager.status(), manager.list().map(({ name }) => name)]).toEqual([["made"], { made: { status: "disabled" } }, ["made"]]);
  const results = await Promise.all([1, 2, 3].map((a) => manager.callTool("made", "add_numbers", { a, b: 1 })));
  expect(results.map(({ content }) => content[0]?.text)).toEqual(["2", "3", "4"]);
  expect((await manager.tools("made")).map(({ name }) => name)).toEqual(["add_numbers", "echo", "whoami"]);
  expect([await manager.resources("made"), await manager.prompts("made")]).toMatchObject([[{ uri: "test://note" }], [{ name: "greet" }]]);
  expect([await manager.readResource("made", "test://note"), await manager.getPrompt("made", "greet", { name: "Ann" })]).toMatchObject([{ contents: [{ uri: "test://note" }] }, { messages: [{ content: { type: "text" } }] }]);
  expect([harness.ledger.count({ word: "initialize" }), manager.status()]).toEqual([1, { made: { status: "connected" } }]);
});

test("OpenCode's other spelling and references to variables are read as in a file", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  Object.assign(harness.runtime, { environment: { ...process.env, LIBRARY_TEST_URL: server.url, LIBRARY_TEST_KEY: "k-1" } });
  const manager = harness.manager({});
  await manager.add("made", { ...open, url: "{env:LIBRARY_TEST_URL}", headers: { "x-key": "{env:LIBRARY_TEST_KEY}" }, disabled: false });
  await manager.tools("made");
  expect(harness.ledger.find({ word: "tools/list" })[0]?.headers).toMatchObject({ "x-key": "k-1" });
});

test.each([
  ["no object", "a text", "config_invalid", /must be an object/],
  ["no type", { url: "https://example.com/mcp" }, "config_invalid", /type .*must be "remote" or "local"/],
  ["no URL", { type: "remote" }, "config_invalid", /url/],
  ["a port that is none", { type: "remote", url: "https://example.com/mcp", oauth: { callbackPort: 99_999 } }, "config_invalid", /callbackPort/],
  ["a variable that is not set", { type: "remote", url: "https://example.com/{env:LIBRARY_TEST_UNSET}" }, "variable_unset", /LIBRARY_TEST_UNSET/],
])("what is added with %s is refused, and what was there stays", async (_, config, code, message) => {
  const harness = await openHarness();
  const manager = harness.manager({ made: remote("http://127.0.0.1:9/mcp") });
  await expect(manager.add("made", config)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(manager.snapshot("made").url).toBe("http://127.0.0.1:9/mcp");
});

test.each(["oauth", "", "  "])("%j is no name for a server", async (name) => {
  const harness = await openHarness();
  await expect(harness.manager({}).add(name, { ...open, url: "https://example.com/mcp" })).rejects.toMatchObject({ code: "usage" });
});

test("a server that takes another's place ends the other's connection; one that is removed is gone, and its grant stays", async () => {
  const harness = await openHarness();
  const [first, second] = [await harness.resource(), await harness.resource({ party: "second" })];
  const manager = harness.manager({ one: remote(first.url) });
  await manager.tools("one");
  await manager.add("one", { ...open, url: second.url });
  await manager.tools("one");
  expect(harness.ledger.sequence("second").some((line) => line.includes("tools/list"))).toBe(true);
  expect(harness.ledger.find({ party: "resource", method: "DELETE" }).length).toBe(1);
  await manager.remove("one");
  expect([manager.names(), manager.status()]).toEqual([[], {}]);
  await expect(manager.tools("one")).rejects.toMatchObject({ code: "server_unknown" });
  await expect(manager.remove("one")).rejects.toMatchObject({ code: "server_unknown" });
});

test("X06: a server that is disconnected stays down, is not called behind its back, and comes up with connect", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({ one: remote(server.url) });
  await manager.tools("one");
  await manager.disconnect("one");
  expect(manager.status()).toEqual({ one: { status: "disabled" } });
  harness.ledger.clear();
  await expect(manager.callTool("one", "echo", { text: "x" })).rejects.toMatchObject({ code: "server_disabled" });
  expect(harness.ledger.entries.length).toBe(0);
  await manager.connect("one");
  expect(manager.status()).toEqual({ one: { status: "connected" } });
  expect(await manager.callTool("one", "echo", { text: "x" })).toMatchObject({ content: [{ text: "x" }] });
});

test("X06: the five shapes, and what each status reads as; looking anew never reads as less than was known", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const [free, closed] = [await harness.resource(), await harness.resource({ trusts: issuer, party: "closed" })];
  const manager = harness.manager({ free: remote(free.url), closed: remote(closed.url), gone: remote("http://127.0.0.1:9/mcp"), off: remote(free.url, { enabled: false }) }, [configured("bad", undefined, new McpassError("entry_invalid", "x"))]);
  const seen: unknown[] = [];
  manager.subscribe((event) => event.type === "server.status" && event.server === "free" && event.status === "connecting" && seen.push(manager.status()["free"]));
  await Promise.all(["free", "closed", "gone"].map((name) => manager.look(name)));
  await manager.tools("free");
  expect(manager.status()).toEqual({ free: { status: "connected" }, closed: { status: "needs_auth" }, gone: { status: "failed", error: expect.stringContaining("127.0.0.1:9") }, off: { status: "disabled" }, bad: { status: "failed", error: "x" } });
  expect(seen).toEqual([{ status: "disabled" }, { status: "connected" }]);
});

test("U03: a call to a server that wants a sign-in says what to do", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ trusts: await harness.issuer() });
  const manager = harness.manager({ closed: remote(server.url) });
  await expect(manager.callTool("closed", "echo", { text: "x" })).rejects.toMatchObject({ code: "sign_in_required", hint: "mcpass auth closed" });
});

test("a call that is given up is over at once, and the connection stays for others", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({ one: remote(server.url) });
  await expect(manager.tools("one", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  expect((await manager.tools("one")).length).toBe(3);
});

test("everything that is enabled is connected, and what wants a person is left alone", async () => {
  const harness = await openHarness();
  const [free, closed] = [await harness.resource(), await harness.resource({ trusts: await harness.issuer(), party: "closed" })];
  const manager = harness.manager({ free: remote(free.url), closed: remote(closed.url), off: remote(free.url, { enabled: false }), child: local([process.execPath, "test/servers/stdio-server.mjs"]) });
  const stop = await manager.keepConnected();
  expect(manager.status()).toEqual({ free: { status: "connected" }, closed: { status: "needs_auth" }, off: { status: "disabled" }, child: { status: "connected" } });
  expect([harness.browsed, manager.snapshot("free").tools]).toEqual([[], 3]);
  stop();
});

test("X07: a sign-in in another process connects what waited for it", async () => {
  const harness = await openHarness();
  const closed = await harness.resource({ trusts: await harness.issuer({}) });
  const [manager, other] = [harness.manager({ closed: remote(closed.url, { oauth: { callbackPort: await freePort() } }) }), harness.manager({ closed: remote(closed.url, { oauth: { callbackPort: await freePort() } }) })];
  await manager.keepConnected();
  expect(manager.status()).toEqual({ closed: { status: "needs_auth" } });
  await other.signIn("closed", harness.approving);
  await waitUntil(() => manager.status()["closed"]?.status === "connected", "the connection");
});

test("X06: a server that is away stays failed while it is tried again, although its tools are known", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({ one: remote(server.url) });
  await manager.tools("one");
  server.refuse();
  await expect(manager.callTool("one", "echo", { text: "x" })).rejects.toMatchObject({ code: "unreachable" });
  for (const again of [() => manager.tools("one"), () => manager.connect("one"), () => manager.tools("one")]) await expect(again()).rejects.toMatchObject({ code: "unreachable" });
  expect(manager.status()).toMatchObject({ one: { status: "failed" } });
  server.accept();
  expect(await manager.tools("one")).toHaveLength(3);
  expect(manager.status()).toEqual({ one: { status: "connected" } });
});

test("a server that was away is connected when it is back, without anybody asking", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  server.refuse();
  const manager = harness.manager({ one: remote(server.url) });
  const stop = await manager.keepConnected();
  expect(manager.status()).toMatchObject({ one: { status: "failed" } });
  server.accept();
  await waitUntil(() => manager.status()["one"]?.status === "connected", "the connection");
  await manager.disconnect("one");
  await manager.add("two", { ...open, url: server.url });
  await waitUntil(() => manager.status()["two"]?.status === "connected", "the one that was added");
  expect(manager.status()["one"]).toEqual({ status: "disabled" });
  stop();
});

test.each(["vault_unreadable", "vault_unwritable"] as const)("a vault that could not be had for a while (%s), as a database that is being restarted, is no end: its server is connected when it is back", async (code) => {
  const harness = await openHarness();
  const closed = remote((await harness.resource({ trusts: await harness.issuer() })).url, { oauth: { callbackPort: await freePort() } });
  await harness.manager({ closed }).signIn("closed", harness.approving);
  let away = true;
  const read: Vault["read"] = (key) => (away ? Promise.reject(new McpassError(code, "The vault cannot be had: its database is being restarted.")) : harness.vault.read(key));
  const manager = createManager({ runtime: harness.runtime, vault: { ...harness.vault, read }, configuration: { servers: new Map([["closed", configured("closed", closed)]]), files: [], warnings: [], account: undefined } });
  onTestFinished(() => manager.close());
  await manager.keepConnected();
  expect([manager.status()["closed"]?.status, manager.snapshot("closed").error?.code]).toEqual(["failed", code]);
  away = false;
  await waitUntil(() => manager.status()["closed"]?.status === "connected", "the connection");
});

test("a child that ended is started again", async () => {
  const harness = await openHarness();
  const manager = harness.manager({ child: local([process.execPath, "test/servers/stdio-server.mjs"]) });
  await manager.keepConnected();
  await manager.callTool("child", "end", {}).catch(() => undefined);
  await waitUntil(() => told(harness, "server.status").some((event) => "status" in event && event.status === "failed"), "the loss");
  await waitUntil(() => manager.status()["child"]?.status === "connected", "the new child");
});
