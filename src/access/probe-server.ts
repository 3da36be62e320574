import { McpassError } from "../base/errors.ts";
import { product } from "../base/product.ts";
import { showUrl } from "../base/redact.ts";
import type { FetchAnswer } from "../base/runtime.ts";
import { translateFailure } from "../oauth/outgoing.ts";
import type { AccessContext } from "./access-context.ts";
import { discard } from "./authorized-fetch.ts";

const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: product.name, version: product.version } } });

/**
 * The server's own message without a token, to see whether and how it refuses: POST initialize, and GET only where POST is not known (an SSE server). X05
 * Throws a network error, or `server_failed` where the server is in trouble.
 */
export async function probeServer(context: AccessContext, signal: AbortSignal | undefined): Promise<{ readonly refused: boolean; readonly challenge: string | null }> {
  const posted = await ask(context, { method: "POST", body: message, accept: "application/json, text/event-stream" }, signal);
  const answer = posted.status === 404 || posted.status === 405 ? await ask(context, { method: "GET", accept: "text/event-stream" }, signal) : posted;
  if (answer.status >= 500) {
    throw new McpassError("server_failed", `${context.name} answered ${answer.status} at ${showUrl(context.entry.url)}.`, { hint: "This looks temporary: try again in a moment.", details: { server: context.name, url: showUrl(context.entry.url), status: answer.status } });
  }
  return { refused: answer.status === 401, challenge: answer.status === 401 || answer.status === 403 ? answer.headers.get("www-authenticate") : null };
}

async function ask(context: AccessContext, request: { method: "POST" | "GET"; body?: string; accept: string }, signal: AbortSignal | undefined): Promise<FetchAnswer> {
  const deadline = AbortSignal.timeout(context.entry.timeout.connectMs);
  const { url } = context.entry;
  const own = await context.headers.current();
  try {
    const answer = await context.runtime.fetch(url, {
      method: request.method,
      headers: { "user-agent": product.userAgent, "content-type": "application/json", ...own, accept: request.accept },
      redirect: "manual",
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    await discard(answer);
    await endSession(context, answer.headers.get("mcp-session-id"));
    return answer;
  } catch (thrown) {
    throw translateFailure(thrown, { leg: "server", url, timeoutMs: context.entry.timeout.connectMs }, deadline, signal);
  }
}

/** A session that the probe opened by mistake, on a server that wants no sign-in. Best effort. */
async function endSession(context: AccessContext, session: string | null): Promise<void> {
  if (session === null) return;
  const answer = await context.runtime.fetch(context.entry.url, { method: "DELETE", headers: { ...(await context.headers.current()), "mcp-session-id": session }, redirect: "manual", signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  if (answer !== undefined) await discard(answer);
}
