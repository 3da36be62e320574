import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { json, text, type Asked, type Reply } from "../listener.ts";
import type { GuardVerdict } from "./guard.ts";
import { answerMethod, capabilitiesOf, type RpcMessage, type RpcOutcome } from "./protocol.ts";
import type { ResourceServerState } from "./state.ts";

type Passed = Extract<GuardVerdict, { pass: true }>;

/** Streamable HTTP of 2025-11-25 and before: POST of one message. */
export async function answerLegacyPost(state: ResourceServerState, asked: Asked, message: RpcMessage, guard: Passed): Promise<Reply> {
  const { toggles, sessions } = state;
  const session = asked.headers["mcp-session-id"];
  if (message.method === "initialize") return initialize(state, message);
  if (toggles.sessions) {
    if (session === undefined) return json(400, rpcError(null, -32000, "Bad Request: Server not initialized"));
    if (!useSession(state, session)) return json(404, rpcError(null, -32001, "Session not found"));
  }
  if (message.id === undefined || message.method === undefined) return { status: 202 };
  const taken = toggles.takes?.(message, asked);
  if (taken !== undefined) return taken;
  const outcome = guard.toolError !== undefined && message.method === "tools/call" ? toolError(guard.toolError) : await answerMethod(state, message, guard.who);
  return envelope(state, message, outcome, session === undefined || !sessions.has(session) ? {} : { "mcp-session-id": session });
}

/** GET opens a stream that stays silent; DELETE ends the session. */
export function answerLegacyOther(state: ResourceServerState, asked: Asked): Reply {
  const session = asked.headers["mcp-session-id"] ?? "";
  if (asked.method === "DELETE") return state.sessions.delete(session) ? { status: 200 } : text(state.toggles.sessions ? 404 : 405, "no session");
  const taken = asked.method === "GET" ? state.toggles.takes?.(undefined, asked) : undefined;
  if (taken !== undefined) return taken;
  if (asked.method !== "GET" || state.toggles.getAnswer !== "sse") return text(405, "Method Not Allowed", { allow: "POST, DELETE" });
  return { status: 200, headers: { "content-type": "text/event-stream" }, stream: (response: ServerResponse) => void response.write(": open\n\n") };
}

export function initializeResult(state: ResourceServerState, message: RpcMessage): Record<string, unknown> {
  const { toggles } = state;
  const wanted = String(message.params?.["protocolVersion"]);
  return {
    protocolVersion: toggles.legacyVersions.includes(wanted) ? wanted : toggles.legacyVersions[0],
    capabilities: capabilitiesOf(state),
    serverInfo: { name: toggles.serverName, version: "1.0.0" },
    ...(toggles.instructions === undefined ? {} : { instructions: toggles.instructions }),
  };
}

export function toolError(reason: string): RpcOutcome {
  return { result: { content: [{ type: "text", text: reason }], isError: true } };
}

export function rpcError(id: string | number | null, code: number, message: string, data?: unknown): object {
  return { jsonrpc: "2.0", id, error: { code, message, data } };
}

function initialize(state: ResourceServerState, message: RpcMessage): Reply {
  const headers: Record<string, string> = {};
  if (state.toggles.sessions) {
    const session = randomUUID();
    state.sessions.set(session, 1);
    headers["mcp-session-id"] = session;
  }
  return envelope(state, message, { result: initializeResult(state, message) }, headers);
}

function useSession({ toggles, sessions }: ResourceServerState, session: string): boolean {
  const seen = sessions.get(session);
  if (seen === undefined) return false;
  if (toggles.requestsPerSession !== undefined && seen >= toggles.requestsPerSession) {
    sessions.delete(session);
    return false;
  }
  return sessions.set(session, seen + 1).has(session);
}

function envelope({ toggles }: ResourceServerState, message: RpcMessage, outcome: RpcOutcome, headers: Record<string, string>): Reply {
  const answer = { jsonrpc: "2.0", id: message.id, ...outcome };
  if (toggles.responseMode === "json") return json(200, answer, headers);
  return { status: 200, headers: { "content-type": "text/event-stream", ...headers }, body: `event: message\ndata: ${JSON.stringify(answer)}\n\n` };
}
