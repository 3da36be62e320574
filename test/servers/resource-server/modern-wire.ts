import { json, type Asked, type Reply } from "../listener.ts";
import type { GuardVerdict } from "./guard.ts";
import { rpcError, toolError } from "./legacy-wire.ts";
import { answerMethod, capabilitiesOf, type RpcMessage, type RpcOutcome } from "./protocol.ts";
import type { ResourceServerState } from "./state.ts";

export const modernVersion = "2026-07-28";
const metaPrefix = "io.modelcontextprotocol/";

export function isModern(message: RpcMessage): boolean {
  return versionOf(message) !== undefined;
}

/** Streamable HTTP of 2026-07-28: no sessions, every request carries its version. */
export async function answerModernPost(state: ResourceServerState, asked: Asked, message: RpcMessage, guard: Extract<GuardVerdict, { pass: true }>): Promise<Reply> {
  if (message.method === undefined || message.id === undefined) return { status: 202 };
  const id = message.id;
  const version = versionOf(message);
  if (version !== undefined && version !== modernVersion) return json(400, unsupported(id, version));
  if (version === undefined) return json(400, message.method === "initialize" ? unsupported(id, String(message.params?.["protocolVersion"])) : rpcError(id, -32602, "_meta is required"));
  const mismatch = headerMismatch(asked, message);
  if (mismatch !== undefined) return json(400, rpcError(id, -32020, `HeaderMismatch: ${mismatch}`));
  const taken = state.toggles.takes?.(message, asked);
  if (taken !== undefined) return taken;
  const outcome = await outcomeOf(state, message, guard);
  if ("error" in outcome) return json(outcome.error.code === -32601 ? 404 : 400, { jsonrpc: "2.0", id, ...outcome });
  return json(200, { jsonrpc: "2.0", id, result: complete(state, message, outcome.result) });
}

async function outcomeOf(state: ResourceServerState, message: RpcMessage, guard: Extract<GuardVerdict, { pass: true }>): Promise<RpcOutcome> {
  if (message.method === "server/discover") {
    const { instructions } = state.toggles;
    return { result: { supportedVersions: [modernVersion], capabilities: capabilitiesOf(state), ...(instructions === undefined ? {} : { instructions }) } };
  }
  if (message.method === "ping") return { error: { code: -32601, message: "Method not found: ping" } };
  if (guard.toolError !== undefined && message.method === "tools/call") return toolError(guard.toolError);
  return answerMethod(state, message, guard.who);
}

function complete({ toggles }: ResourceServerState, message: RpcMessage, result: Record<string, unknown>): Record<string, unknown> {
  const cached = message.method === "server/discover" || message.method === "resources/read" || message.method?.endsWith("/list") === true;
  return {
    resultType: "complete",
    ...result,
    ...(cached ? { ttlMs: 0, cacheScope: "private" } : {}),
    _meta: { [`${metaPrefix}serverInfo`]: { name: toggles.serverName, version: "1.0.0" } },
  };
}

function versionOf(message: RpcMessage): string | undefined {
  const meta = message.params?.["_meta"] as Record<string, unknown> | undefined;
  const version = meta?.[`${metaPrefix}protocolVersion`];
  return typeof version === "string" ? version : undefined;
}

function headerMismatch(asked: Asked, message: RpcMessage): string | undefined {
  if (asked.headers["mcp-protocol-version"] !== versionOf(message)) return "MCP-Protocol-Version";
  if (asked.headers["mcp-method"] !== message.method) return "Mcp-Method";
  const named = { "tools/call": "name", "prompts/get": "name", "resources/read": "uri" }[String(message.method)];
  if (named === undefined) return undefined;
  return decodeHeader(asked.headers["mcp-name"] ?? "") === message.params?.[named] ? undefined : "Mcp-Name";
}

function decodeHeader(value: string): string {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString();
}

function unsupported(id: string | number, requested: string): object {
  return rpcError(id, -32022, "UnsupportedProtocolVersion", { supported: [modernVersion], requested });
}
