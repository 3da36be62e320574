import { expect, onTestFinished, test } from "vitest";

import { json, listen } from "../servers/listener.ts";
import { openHarness, remote } from "./harness.ts";

test.each(["legacy", "modern", "both"] as const)("a %s server is connected to, listed and called", async (wire) => {
  const harness = await openHarness();
  const server = await harness.resource({ wire, pageSize: 2, instructions: "Be kind." });
  const manager = harness.manager({ s: remote(server.url) });
  const connection = await manager.connect("s");
  expect((await connection.listTools()).map(({ name }) => name)).toEqual(["add_numbers", "echo", "whoami"]);
  expect(await connection.callTool("add_numbers", { a: 2, b: 3 })).toMatchObject({ content: [{ type: "text", text: "5" }] });
  expect(connection.serverInfo()).toEqual({ name: "test-server", version: "1.0.0", instructions: "Be kind." });
  expect(connection.snapshot()).toMatchObject({ status: "connected", tools: 3, protocolVersion: wire === "legacy" ? "2025-11-25" : "2026-07-28" });
});

test("prompts and resources are empty lists where the server has none", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ capabilities: ["tools"] });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  expect([await connection.listPrompts(), await connection.listResources()]).toEqual([[], []]);
  expect(harness.ledger.count({ word: "prompts/list" })).toBe(0);
});

test("the revision of a server is asked for once and remembered for a day", async () => {
  let now = Date.now();
  const harness = await openHarness({ now: () => now });
  const server = await harness.resource({ wire: "legacy", sessions: false });
  const entry = remote(server.url);
  const open = async (): Promise<number> => {
    harness.ledger.clear();
    const manager = harness.manager({ s: entry });
    await manager.connect("s");
    await manager.close();
    return harness.ledger.count({ word: "server/discover" });
  };
  expect(await open()).toBe(1);
  expect(await open()).toBe(0);
  now += 25 * 60 * 60 * 1000;
  expect(await open()).toBe(1);
});

test("a server that gave up the older revisions is found again despite what was remembered", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "legacy" });
  const entry = remote(server.url);
  await (await harness.manager({ s: entry }).connect("s")).close();
  server.toggles.wire = "modern";
  const connection = await harness.manager({ s: entry }).connect("s");
  expect(connection.snapshot().protocolVersion).toBe("2026-07-28");
  expect(await connection.callTool("echo", { text: "hi" })).toMatchObject({ content: [{ text: "hi" }] });
});

test("the protocol that an entry names is the only one tried", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "both" });
  const manager = harness.manager({ old: remote(server.url, { protocol: "legacy" }), latest: remote(server.url, { protocol: "2026-07-28" }) });
  expect((await manager.connect("old")).snapshot().protocolVersion).toBe("2025-11-25");
  expect((await manager.connect("latest")).snapshot().protocolVersion).toBe("2026-07-28");
  server.toggles.wire = "legacy";
  const pinned = harness.manager({ latest: remote(server.url, { protocol: "2026-07-28" }) });
  await expect(pinned.connect("latest")).rejects.toMatchObject({ code: "protocol_failed" });
});

test.each([400, 404, 405] as const)("an HTTP+SSE server that answers POST with %i is connected to after everything newer", async (ssePostStatus) => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "sse", ssePostStatus });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  expect(await connection.callTool("add_numbers", { a: 1, b: 1 })).toMatchObject({ content: [{ text: "2" }] });
  expect(harness.ledger.sequence().slice(0, 3)).toEqual([`resource POST /mcp server/discover → ${String(ssePostStatus)}`, `resource POST /mcp initialize → ${String(ssePostStatus)}`, "resource GET /mcp → 200"]);
});

test("HTTP+SSE is used at once where the entry says so, and never where it says http", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "sse" });
  const manager = harness.manager({ sse: remote(server.url, { transport: "sse" }), http: remote(server.url, { transport: "http" }) });
  expect((await (await manager.connect("sse")).listTools()).length).toBe(3);
  expect(harness.ledger.sequence()[0]).toBe("resource GET /mcp → 200");
  harness.ledger.clear();
  await expect(manager.connect("http")).rejects.toMatchObject({ code: "server_failed" });
  expect(harness.ledger.count({ method: "GET" })).toBe(0);
});

test.each(["failing", "forbidden", "busy"] as const)("no other transport is tried after the answer %s", async (endpointAnswer) => {
  const harness = await openHarness();
  const server = await harness.resource({ endpointAnswer });
  await expect(harness.manager({ s: remote(server.url) }).connect("s")).rejects.toMatchObject({ code: "server_failed" });
  expect(harness.ledger.count({ method: "GET" })).toBe(0);
});

test("a session that the server has forgotten is opened anew, and the call repeated once", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "legacy" });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  server.forgetSessions();
  harness.ledger.clear();
  expect(await connection.callTool("echo", { text: "still here" })).toMatchObject({ content: [{ text: "still here" }] });
  expect(harness.ledger.sequence().filter((line) => line.includes("POST"))).toEqual([
    "resource POST /mcp tools/call → 404",
    "resource POST /mcp initialize → 200",
    "resource POST /mcp notifications/initialized → 202",
    "resource POST /mcp tools/call → 200",
  ]);
  expect(harness.ledger.count({ method: "DELETE" })).toBe(0);
});

test("ten calls that lose one session open one new session together", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "legacy" });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  server.forgetSessions();
  harness.ledger.clear();
  const results = await Promise.all(Array.from({ length: 10 }, (_, index) => connection.callTool("echo", { text: String(index) })));
  expect(results.map(({ content }) => (content[0] as { text: string }).text)).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  expect(harness.ledger.count({ word: "initialize" })).toBe(1);
});

test.each(["legacy", "modern"] as const)("a tool that a %s server does not have is named with its nearest", async (wire) => {
  const harness = await openHarness();
  const server = await harness.resource({ wire });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  await expect(connection.callTool("add_number", {})).rejects.toMatchObject({ code: "tool_unknown", message: "s has no tool add_number; did you mean add_numbers?" });
});

test("a call without an answer ends after the request time and leaves the connection usable", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ tools: [{ name: "slow", inputSchema: { type: "object" }, run: () => new Promise(() => {}) }, { name: "quick", inputSchema: { type: "object" } }] });
  const connection = await harness.manager({ s: remote(server.url, { timeout: { connectMs: 5000, requestMs: 300 } }) }).connect("s");
  await expect(connection.callTool("slow", {})).rejects.toMatchObject({ code: "timed_out", message: expect.stringContaining("within 300 ms") });
  expect(await connection.callTool("quick", {})).toMatchObject({ content: [{ text: "ok" }] });
});

test("a caller who gives up is told cancelled at once", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ tools: [{ name: "slow", inputSchema: { type: "object" }, run: () => new Promise(() => {}) }] });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(connection.callTool("slow", {}, { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(connection.snapshot().status).toBe("connected");
});

test("a server that hangs at the handshake costs no more than the connect deadline", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ hang: true });
  const manager = harness.manager({ s: remote(server.url, { timeout: { connectMs: 300, requestMs: 5000 } }) });
  await expect(manager.connect("s")).rejects.toMatchObject({ code: "timed_out" });
  expect(manager.snapshot("s").status).toBe("failed");
});

test.each([
  ["html", "protocol_failed", /is not an MCP server/],
  ["broken-json", "protocol_failed", /not an MCP server/],
  ["reset", "unreachable", /127\.0\.0\.1/],
] as const)("connecting to a server that answers %s fails in our words", async (endpointAnswer, code, words) => {
  const harness = await openHarness();
  const server = await harness.resource({ endpointAnswer });
  await expect(harness.manager({ s: remote(server.url) }).connect("s")).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});

test("two who connect share one session, which ends with the second", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "legacy" });
  const manager = harness.manager({ s: remote(server.url) });
  const [first, second] = await Promise.all([manager.connect("s"), manager.connect("s")]);
  await first.close();
  expect(harness.ledger.count({ method: "DELETE" })).toBe(0);
  expect((await second.listTools()).length).toBe(3);
  await second.close();
  expect([harness.ledger.count({ word: "initialize" }), harness.ledger.count({ method: "DELETE" })]).toEqual([1, 1]);
  expect(manager.snapshot("s").status).toBe("idle");
});

test("a schema is given back as the server wrote it", async () => {
  const harness = await openHarness();
  // Written as text: an object with a member `then` looks like a promise.
  const branches = JSON.parse('{"if":{"required":["v"]},"then":{"minProperties":1},"else":false}') as Record<string, unknown>;
  const inputSchema = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", $defs: { a: { $anchor: "x", type: "string" } }, properties: { v: { $ref: "#x" } }, additionalProperties: false, ...branches };
  const server = await harness.resource({ tools: [{ name: "t", inputSchema }] });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  expect((await connection.listTools())[0]?.inputSchema).toEqual(inputSchema);
});

test("a connection that is closed cancels what is under way and is idle", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ tools: [{ name: "slow", inputSchema: { type: "object" }, run: () => new Promise(() => {}) }] });
  const manager = harness.manager({ s: remote(server.url) });
  const connection = await manager.connect("s");
  const call = connection.callTool("slow", {});
  call.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  await connection.close();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
  expect(manager.snapshot("s").status).toBe("idle");
});

test("who answers questions otherwise has a session of their own, and disturbs nobody", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "legacy" });
  const manager = harness.manager({ s: remote(server.url) });
  const first = await manager.connect("s", { elicit: { mode: "defaults" } });
  await manager.connect("s", { elicit: { mode: "defaults" } });
  const other = await manager.connect("s", { elicit: { mode: "decline" } });
  expect(harness.ledger.count({ word: "initialize" })).toBe(2);
  expect([(await first.listTools()).length, (await other.listTools()).length]).toEqual([3, 3]);
});

test("who the server is, is known as soon as it is connected", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  expect((await harness.manager({ s: remote(server.url) }).connect("s")).serverInfo()).toEqual({ name: "test-server", version: "1.0.0" });
});

test("a modern result that does not say that it is complete is taken as complete", async () => {
  const harness = await openHarness();
  const listening = await listen(harness.ledger, "terse", ({ body }) => {
    const { id, method } = JSON.parse(body) as { id?: number; method: string };
    const results: Record<string, object> = {
      "server/discover": { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private" },
      "tools/list": { resultType: "complete", tools: [{ name: "t", inputSchema: { type: "object" } }], ttlMs: 0, cacheScope: "private" },
      "tools/call": { content: [{ type: "text", text: "terse" }] },
    };
    return json(200, { jsonrpc: "2.0", id, result: results[method] });
  });
  onTestFinished(() => listening.stop());
  const connection = await harness.manager({ s: remote(`${listening.origin}/mcp`) }).connect("s");
  expect(await connection.callTool("t", {})).toMatchObject({ content: [{ text: "terse" }] });
});
