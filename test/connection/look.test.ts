import { expect, onTestFinished, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { listen, html, json, text } from "../servers/listener.ts";
import { startResourceServer } from "../servers/resource-server.ts";
import { configured, openHarness, remote } from "./harness.ts";

test("an open server is looked at with the handshake and one list, and its session is given back (X04)", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({ open: remote(server.url) });
  expect(await manager.look("open")).toMatchObject({ status: "connected", tools: 3, protocolVersion: "2025-11-25", error: undefined, signedIn: false });
  await manager.close();
  expect(harness.ledger.sequence()).toEqual([
    "resource POST /mcp initialize → 200",
    "resource POST /mcp notifications/initialized → 202",
    "resource POST /mcp tools/list → 200",
    "resource DELETE /mcp → 200",
  ]);
});

test("event-stream answers and all pages of the list are read", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ responseMode: "sse", pageSize: 1 });
  const manager = harness.manager({ streaming: remote(server.url) });
  expect(await manager.look("streaming")).toMatchObject({ status: "connected", tools: 3 });
});

test("a server of 2026-07-28 alone is discovered, and asked that way at once the next time", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "modern" });
  const entry = remote(server.url);
  expect(await harness.manager({ modern: entry }).look("modern")).toMatchObject({ status: "connected", tools: 3, protocolVersion: "2026-07-28" });
  harness.ledger.clear();
  expect(await harness.manager({ modern: entry }).look("modern")).toMatchObject({ status: "connected", tools: 3 });
  expect(harness.ledger.sequence()).toEqual(["resource POST /mcp server/discover → 200", "resource POST /mcp tools/list → 200"]);
});

test("a remembered modern revision that is gone is forgiven", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "modern" });
  const entry = remote(server.url);
  await harness.manager({ changed: entry }).look("changed");
  server.toggles.wire = "legacy";
  expect(await harness.manager({ changed: entry }).look("changed")).toMatchObject({ status: "connected", protocolVersion: "2025-11-25" });
});

test.each([400, 404, 405] as const)("an HTTP+SSE server that answers POST with %i is heard by GET (X05)", async (ssePostStatus) => {
  const harness = await openHarness();
  const server = await harness.resource({ wire: "sse", ssePostStatus });
  const manager = harness.manager({ old: remote(server.url) });
  expect(await manager.look("old")).toMatchObject({ status: "connected", tools: undefined });
  expect(harness.ledger.sequence()).toEqual([`resource POST /mcp initialize → ${String(ssePostStatus)}`, "resource GET /mcp → 200"]);
});

test("an HTTP+SSE server that challenges only the GET needs a sign-in (X05)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ wire: "sse", trusts: issuer });
  expect((await harness.manager({ old: remote(server.url) }).look("old")).status).toBe("needs_auth");
});

test("a server whose POST is challenged needs a sign-in although its GET says 405 (X05)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, getAnswer: "405" });
  const snapshot = await harness.manager({ closed: remote(server.url) }).look("closed");
  expect(snapshot).toMatchObject({ status: "needs_auth", hint: "mcpass auth closed" });
  expect(snapshot.error?.code).toBe("sign_in_required");
  expect(harness.browsed).toEqual([]);
  expect(harness.ledger.count({ method: "POST", path: "/register" })).toBe(0);
});

test("a server whose issuer takes no new clients needs a client id", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ registration: "off" });
  const server = await harness.resource({ trusts: issuer });
  const snapshot = await harness.manager({ named: remote(server.url) }).look("named");
  expect(snapshot.status).toBe("needs_client_registration");
  expect(snapshot.error?.code).toBe("registration_unavailable");
});

test("a configured header that is refused is a failure, not a sign-in (X02)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, guard: "api-key" });
  const manager = harness.manager({ bad: remote(server.url, { headers: { "x-api-key": "wrong" } }), good: remote(server.url, { headers: { "x-api-key": "key" } }) });
  expect(await manager.look("bad")).toMatchObject({ status: "failed", error: { code: "header_refused" } });
  expect(await manager.look("good")).toMatchObject({ status: "connected", tools: 3 });
});

test("a page instead of an answer says that nothing there speaks MCP", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ endpointAnswer: "html" });
  const { status, error } = await harness.manager({ page: remote(server.url) }).look("page");
  expect(status).toBe("failed");
  expect(error).toMatchObject({ code: "protocol_failed", message: expect.stringMatching(/is not an MCP server: it answered text\/html/) });
});

test.each([
  ["failing", "server_failed", /HTTP 500/],
  ["forbidden", "server_failed", /HTTP 403/],
  ["busy", "server_failed", /HTTP 429/],
  ["broken-json", "protocol_failed", /not an MCP server/],
  ["empty", "protocol_failed", /not an MCP server/],
  ["huge", "answer_invalid", /larger than 8 MiB/],
  ["reset", "unreachable", /127\.0\.0\.1/],
] as const)("the answer %s is a failure with its facts", async (endpointAnswer, code, words) => {
  const harness = await openHarness();
  const server = await harness.resource({ endpointAnswer });
  const { status, error } = await harness.manager({ odd: remote(server.url) }).look("odd");
  expect(status).toBe("failed");
  expect([error?.code, error?.message]).toEqual([code, expect.stringMatching(words)]);
});

test("a server that never answers costs no more than its connect deadline", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ hang: true });
  const begun = Date.now();
  const { status, error } = await harness.manager({ mute: remote(server.url, { timeout: { connectMs: 300, requestMs: 30_000 } }) }).look("mute");
  expect(Date.now() - begun).toBeLessThan(25_000);
  expect([status, error?.code]).toEqual(["failed", "timed_out"]);
  expect(error?.message).toMatch(/did not answer within 300 ms/);
});

test("a server that nobody runs is unreachable, with URL and cause", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  await server.refuse();
  const { status, error } = await harness.manager({ gone: remote(server.url) }).look("gone");
  expect(status).toBe("failed");
  expect([error?.code, error?.message]).toEqual(["unreachable", expect.stringMatching(/127\.0\.0\.1:\d+\/mcp.*ECONNREFUSED/)]);
});

test("a list that fails behind a good handshake is no green tick (X06)", async () => {
  const harness = await openHarness();
  const listening = await listen(harness.ledger, "half", ({ body }) => {
    const { id, method } = JSON.parse(body) as { id?: number; method: string };
    if (method === "initialize") return json(200, { jsonrpc: "2.0", id, result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "half", version: "1" } } });
    return id === undefined ? { status: 202 } : json(200, { jsonrpc: "2.0", id, error: { code: -32603, message: "database\u001b[31m down" } });
  });
  onTestFinished(() => listening.stop());
  const { status, error } = await harness.manager({ half: remote(`${listening.origin}/mcp`) }).look("half");
  expect([status, error?.code, error?.message]).toEqual(["failed", "protocol_failed", "half answered with error -32603: database down"]);
});

test("what a server says never repeats the headers it was sent", async () => {
  const harness = await openHarness();
  const listening = await listen(harness.ledger, "echo", ({ headers, body }) => {
    const { id } = JSON.parse(body) as { id?: number };
    return json(200, { jsonrpc: "2.0", id, error: { code: -32000, message: `bad key ${headers["x-api-key"] ?? ""}` } });
  });
  onTestFinished(() => listening.stop());
  const { error } = await harness.manager({ echo: remote(`${listening.origin}/mcp`, { headers: { "x-api-key": "canary-8812" } }) }).look("echo");
  expect(JSON.stringify(error)).not.toContain("canary-8812");
  expect(error?.message).toContain("[secret]");
});

test("a redirect to another place is named and not followed", async () => {
  const harness = await openHarness();
  const other = await startResourceServer(harness.ledger, { party: "other" });
  onTestFinished(() => other.stop());
  const server = await harness.resource({ redirect: { from: "/mcp", to: `${other.origin}/mcp`, status: 307 } });
  const { error } = await harness.manager({ moved: remote(server.url) }).look("moved");
  expect(error?.message).toContain(`points to ${other.origin}/mcp`);
  expect(harness.ledger.count({ party: "other" })).toBe(0);
});

test("disabled servers and broken entries are told apart without a request (X06)", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const broken = configured("broken", undefined, new McpassError("variable_unset", "TOKEN is not set.", { hint: "Set TOKEN." }));
  const manager = harness.manager({ off: remote(server.url, { enabled: false }) }, [broken]);
  expect(await manager.look("off")).toMatchObject({ status: "disabled", error: undefined });
  expect(await manager.look("broken")).toMatchObject({ status: "failed", hint: "Set TOKEN." });
  expect(harness.ledger.entries).toEqual([]);
  await expect(manager.connect("off")).rejects.toMatchObject({ code: "server_disabled" });
  await expect(manager.look("brokn")).rejects.toMatchObject({ code: "server_unknown", message: expect.stringContaining("did you mean broken?") });
});

test("an answer that is only text is shown with its status", async () => {
  const harness = await openHarness();
  const listening = await listen(harness.ledger, "plain", () => text(200, "hello"));
  onTestFinished(() => listening.stop());
  const page = await listen(harness.ledger, "page", () => html(404, "nothing"));
  onTestFinished(() => page.stop());
  const manager = harness.manager({ plain: remote(listening.origin), page: remote(page.origin) });
  expect((await manager.look("plain")).error?.message).toMatch(/not an MCP server: it answered text\/plain/);
  expect((await manager.look("page")).error?.message).toMatch(/answered HTTP 404/);
});
