import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { text, type Asked, type Reply } from "../listener.ts";
import type { GuardVerdict } from "./guard.ts";
import { initializeResult, toolError } from "./legacy-wire.ts";
import { answerMethod, type RpcMessage } from "./protocol.ts";
import type { ResourceServerState } from "./state.ts";

export const messagesPath = "/messages";

/** HTTP+SSE of 2024-11-05: GET opens the stream, whose first event names where to POST. */
export function openStream(state: ResourceServerState): Reply {
  const session = randomUUID();
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
    stream(response: ServerResponse) {
      state.streams.set(session, response);
      response.on("close", () => state.streams.delete(session));
      response.write(`event: endpoint\ndata: ${messagesPath}?sessionId=${session}\n\n`);
    },
  };
}

/** A message is accepted with 202; its answer goes over the stream. */
export async function answerSsePost(state: ResourceServerState, asked: Asked, message: RpcMessage, guard: Extract<GuardVerdict, { pass: true }>): Promise<Reply> {
  const stream = state.streams.get(asked.query.get("sessionId") ?? "");
  if (stream === undefined) return text(404, "Session not found");
  if (message.method === undefined || message.id === undefined) return { status: 202 };
  const outcome =
    message.method === "initialize"
      ? { result: { ...initializeResult(state, message), protocolVersion: "2024-11-05" } }
      : guard.toolError !== undefined && message.method === "tools/call"
        ? toolError(guard.toolError)
        : await answerMethod(state, message, guard.who);
  stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...outcome })}\n\n`);
  return { status: 202, body: "Accepted" };
}
