import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, expect, test } from "vitest";
import { createLedger } from "./ledger.ts";
import { startResourceServer, type ResourceServer, type ResourceServerOptions } from "./resource-server.ts";

/** The official SDK's client is the oracle: what it accepts is MCP. */
let server: ResourceServer | undefined;
let client: Client | undefined;
const ledger = createLedger();

afterEach(async () => {
  await client?.close().catch(() => undefined);
  await server?.stop();
  ledger.clear();
});

async function connect(options: ResourceServerOptions, headers: Record<string, string> = {}): Promise<Client> {
  server = await startResourceServer(ledger, options);
  const mode = options.wire === "modern" || options.wire === "both" ? "auto" : "legacy";
  client = new Client({ name: "oracle", version: "1" }, { versionNegotiation: { mode } });
  const init = { requestInit: { headers } };
  await client.connect(options.wire === "sse" ? new SSEClientTransport(new URL(server.url), init) : new StreamableHTTPClientTransport(new URL(server.url), init));
  return client;
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server?.url ?? "", { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } } };

test.each([
  ["legacy", { wire: "legacy" }, "2025-11-25"],
  ["legacy without sessions", { wire: "legacy", sessions: false }, "2025-11-25"],
  ["legacy over SSE answers", { wire: "legacy", responseMode: "sse", getAnswer: "sse" }, "2025-11-25"],
  ["an older legacy", { wire: "legacy", legacyVersions: ["2025-03-26"] }, "2025-03-26"],
  ["modern", { wire: "modern" }, "2026-07-28"],
  ["both", { wire: "both" }, "2026-07-28"],
  ["HTTP+SSE", { wire: "sse", path: "/sse" }, "2024-11-05"],
] as const)("the wire %s is spoken so that the official client lists, calls and reads", async (_name, options, version) => {
  const connected = await connect({ ...options, pageSize: 2 } as ResourceServerOptions);
  expect(connected.getNegotiatedProtocolVersion()).toBe(version);
  const tools = await connected.listTools();
  expect(tools.tools.map((tool) => tool.name)).toContain("add_numbers");
  const sum = await connected.callTool({ name: "add_numbers", arguments: { a: 2, b: 3 } });
  expect(sum.content).toEqual([{ type: "text", text: "5" }]);
  expect((await connected.readResource({ uri: "test://note" })).contents).toHaveLength(1);
  expect((await connected.listPrompts()).prompts).toHaveLength(1);
});

test("a token is asked for with a challenge, and a good one opens the server", async () => {
  const good = { ok: true, token: { scopes: ["a"], subject: "alice", audience: undefined, resource: undefined, clientId: "c" } } as const;
  const trusts = { issuer: "http://127.0.0.1:1", validate: (token: string) => (token === "good" ? good : ({ ok: false, reason: "expired" } as const)) };
  const connected = await connect({ trusts, challengeScope: "a b", toolScopes: { echo: "a b" } }, { authorization: "Bearer good" });
  expect((await connected.callTool({ name: "whoami" })).content).toEqual([{ type: "text", text: '{"subject":"alice","scopes":["a"]}' }]);

  const bare = await post(initialize);
  expect(bare.headers.get("www-authenticate")).toBe(`Bearer resource_metadata="${server?.origin ?? ""}/.well-known/oauth-protected-resource/mcp", scope="a b"`);
  expect(await (await fetch(`${server?.origin ?? ""}/.well-known/oauth-protected-resource/mcp`)).json()).toMatchObject({ resource: server?.url, authorization_servers: ["http://127.0.0.1:1"] });

  const stepUp = await post({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo" } }, { authorization: "Bearer good" });
  expect([stepUp.status, stepUp.headers.get("www-authenticate")]).toEqual([403, expect.stringContaining('error="insufficient_scope", scope="b"')]);

  for (const refusedToken of [401, 400, 403, 500] as const) {
    if (server !== undefined) server.toggles.refusedToken = refusedToken;
    expect((await post(initialize, { authorization: "Bearer old" })).status).toBe(refusedToken);
  }
});

test("an open list with closed calls challenges only tools/call, for each tool with its own metadata URL", async () => {
  await connect({ guard: "closed-calls", perToolMetadata: true, sessions: false });
  const answer = await post({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo" } });
  const url = /resource_metadata="([^"]+)"/.exec(answer.headers.get("www-authenticate") ?? "")?.[1] ?? "";
  expect([answer.status, url]).toEqual([401, `${server?.origin ?? ""}/.well-known/oauth-protected-resource/mcp/tools/echo`]);
  expect((await fetch(url)).status).toBe(200);
});

test("a forgotten session is answered with 404, and a server that refuses can accept again on its port", async () => {
  const connected = await connect({});
  server?.forgetSessions();
  await expect(connected.listTools()).rejects.toThrow();
  expect(ledger.sequence().at(-1)).toBe("resource POST /mcp tools/list → 404");
  await server?.refuse();
  await expect(post(initialize)).rejects.toThrow();
  await server?.accept();
  expect((await post(initialize)).status).toBe(200);
});
