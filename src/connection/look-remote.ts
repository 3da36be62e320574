import type { McpassError } from "../base/errors.ts";
import type { Fetch } from "../base/runtime.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import { countTools } from "./count-tools.ts";
import { discard, firstEvent, type HttpRpcAnswer, postRpc } from "./http-rpc.ts";
import { initializeParams, isModernErrorCode, modernHeaders, modernParams, modernRevision } from "./protocol-words.ts";
import { httpFailure, notMcp, type Place, rpcFailure } from "./server-answers.ts";

/** What a look found out of a server that answers as it should. */
export interface Sight {
  /** undefined when the server has too many pages of them, or was only heard (HTTP+SSE). */
  readonly tools: number | undefined;
  readonly protocolVersion: string | undefined;
  readonly era: "legacy" | "modern";
}

export interface RemoteLook {
  readonly fetch: Fetch;
  readonly entry: Pick<RemoteEntry, "url" | "transport" | "protocol">;
  readonly place: Place;
  /** What was learnt of the server before; only the order of the questions depends on it. */
  readonly knownEra: "legacy" | "modern" | undefined;
  /** The end of a session that the look opened; runs on after the look has settled. */
  readonly farewell: (goodbye: Promise<unknown>) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks a remote server what it is, in three requests or four, without loading the SDK. Throws what `fetch` throws (Access: sign_in_required …),
 * `server_failed`, `protocol_failed`.
 */
export async function lookRemote(look: RemoteLook): Promise<Sight> {
  const { transport, protocol } = look.entry;
  if (transport === "sse") return listenForEndpoint(look, undefined);
  if (protocol === "legacy") return lookLegacy(look);
  if (protocol === modernRevision) return lookModern(look);
  return look.knownEra === "modern" ? modernFirst(look) : legacyFirst(look);
}

async function legacyFirst(look: RemoteLook): Promise<Sight> {
  const opening = await open(look);
  if (opening.kind === "result") return afterOpening(look, opening);
  // A server of the modern revision alone refuses `initialize` in these ways. MCP 2026-07-28, B2.
  if (opening.kind === "error" && (isModernErrorCode(opening.code) || opening.status === 400 || opening.status === 404 || opening.code === -32_601)) {
    return lookModern(look, failureOf(look, opening));
  }
  return withoutOpening(look, opening);
}

async function modernFirst(look: RemoteLook): Promise<Sight> {
  const discovery = await discover(look);
  if (discovery.kind === "result") return afterDiscovery(look, discovery);
  if (discovery.status >= 500) throw failureOf(look, discovery);
  return lookLegacy(look);
}

async function lookLegacy(look: RemoteLook): Promise<Sight> {
  const opening = await open(look);
  return opening.kind === "result" ? afterOpening(look, opening) : withoutOpening(look, opening);
}

/** `because` is what the server said to `initialize`: it is reported when `server/discover` is not understood either. */
async function lookModern(look: RemoteLook, because?: McpassError): Promise<Sight> {
  const discovery = await discover(look);
  if (discovery.kind === "result") return afterDiscovery(look, discovery);
  throw because ?? failureOf(look, discovery);
}

/** HTTP+SSE is tried only where the specification says so: 400, 404 or 405 without an MCP error. 2025-03-26, backwards compatibility. */
async function withoutOpening(look: RemoteLook, opening: HttpRpcAnswer): Promise<Sight> {
  const failure = failureOf(look, opening);
  const old = opening.kind === "foreign" && (opening.status === 400 || opening.status === 404 || opening.status === 405);
  if (!old || look.entry.transport !== "auto") throw failure;
  return listenForEndpoint(look, failure);
}

async function listenForEndpoint(look: RemoteLook, because: McpassError | undefined): Promise<Sight> {
  const { status, event } = await firstEvent(look.fetch, look.entry.url, look.signal);
  if (event === "endpoint") return { tools: undefined, protocolVersion: undefined, era: "legacy" };
  if (because !== undefined) throw because;
  throw status >= 200 && status < 300 ? notMcp(look.place, "no event stream with an endpoint") : httpFailure(look.place, status);
}

function open(look: RemoteLook): Promise<HttpRpcAnswer> {
  return ask(look, 1, "initialize", initializeParams(), {});
}

function discover(look: RemoteLook): Promise<HttpRpcAnswer> {
  return ask(look, 1, "server/discover", modernParams(), modernHeaders("server/discover"));
}

async function afterOpening(look: RemoteLook, opening: HttpRpcAnswer & { kind: "result" }): Promise<Sight> {
  const version = opening.result["protocolVersion"];
  if (typeof version !== "string") throw notMcp(look.place, "initialize without a protocol version");
  const session = opening.header("mcp-session-id");
  const headers = { "mcp-protocol-version": version, ...(session === undefined ? {} : { "mcp-session-id": session }) };
  try {
    await postRpc(look.fetch, look.entry.url, { jsonrpc: "2.0", method: "notifications/initialized" }, headers, look.signal);
    return { tools: await countToolsOf(look, opening.result, headers), protocolVersion: version, era: "legacy" };
  } finally {
    if (session !== undefined) look.farewell(endSession(look, headers));
  }
}

async function afterDiscovery(look: RemoteLook, discovery: HttpRpcAnswer & { kind: "result" }): Promise<Sight> {
  const supported = discovery.result["supportedVersions"];
  if (!Array.isArray(supported)) throw notMcp(look.place, "server/discover without its versions");
  if (!supported.includes(modernRevision)) throw rpcFailure(look.place, { code: -32_022, message: `it speaks ${supported.filter((each) => typeof each === "string").join(", ")}, mcpass speaks ${modernRevision}` });
  return { tools: await countToolsOf(look, discovery.result, undefined), protocolVersion: modernRevision, era: "modern" };
}

/** `headers` are a session's; undefined: the modern revision. */
function countToolsOf(look: RemoteLook, opened: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> | undefined): Promise<number | undefined> {
  let id = 1;
  return countTools(look.place, opened, async (params) => {
    id += 1;
    const answer = await (headers === undefined ? ask(look, id, "tools/list", modernParams(params), modernHeaders("tools/list")) : ask(look, id, "tools/list", params, headers));
    if (answer.kind !== "result") throw failureOf(look, answer);
    return answer.result;
  });
}

function ask(look: RemoteLook, id: number, method: string, params: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>>): Promise<HttpRpcAnswer> {
  return postRpc(look.fetch, look.entry.url, { jsonrpc: "2.0", id, method, params }, headers, look.signal);
}

async function endSession(look: RemoteLook, headers: Readonly<Record<string, string>>): Promise<void> {
  const answer = await look.fetch(look.entry.url, { method: "DELETE", headers, redirect: "manual", signal: AbortSignal.timeout(1000) });
  await discard(answer);
}

function failureOf({ place }: RemoteLook, answer: HttpRpcAnswer): McpassError {
  return failureIn(place, answer);
}

/** What an answer without a result means. */
export function failureIn(place: Place, answer: HttpRpcAnswer): McpassError {
  if (answer.kind === "error" && answer.status < 500) return rpcFailure(place, answer);
  if (answer.status < 200 || answer.status > 299) return httpFailure(place, answer.status, { location: answer.header("location") });
  return notMcp(place, answer.contentType === "" ? `HTTP ${String(answer.status)} without content` : answer.contentType === "application/json" ? "JSON that is no answer to its message" : answer.contentType);
}
