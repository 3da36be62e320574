import { McpassError } from "../../base/errors.ts";
import type { RemoteEntry } from "../../config/server-entry.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { isModernErrorCode, legacyRevision, modernRevision } from "../../connection/protocol-words.ts";
import { rpcFailure } from "../../connection/server-answers.ts";
import type { Channel, ChannelEvents, Era } from "./channel.ts";
import { type Frame, makeFrame, type RpcObject } from "./frame.ts";
import { openLegacyChannel, OpeningRefused } from "./legacy-channel.ts";
import { ModernChannel } from "./modern-channel.ts";
import { type OldSseOptions, openOldSseChannel } from "./old-sse-channel.ts";
import { modernMeta } from "./revision-words.ts";
import { withoutTasks } from "./tasks.ts";
import { post, refusalFrame, type Wire } from "./wire.ts";

/** Who the host is, in the words of either era. */
export interface HostFacts {
  readonly era: Era;
  /** The revision it asked for; the newest of its era where it did not say. */
  readonly revision: string;
  readonly capabilities: RpcObject;
  readonly clientInfo: unknown;
}

export interface OpenRequest {
  readonly wire: Wire;
  readonly entry: Pick<RemoteEntry, "transport" | "protocol" | "timeout">;
  readonly host: HostFacts;
  /** The era that the server had for such a host lately. */
  readonly lately: Era | undefined;
  readonly events: ChannelEvents;
  readonly signal: AbortSignal;
}

/**
 * Opens the server in the host's own era where it knows it, so that messages can pass as they are; else in the other. Throws McpassError: what the access floor
 * throws, `server_failed`, `protocol_failed`, `unreachable`.
 */
export async function openChannel(request: OpenRequest): Promise<Channel> {
  const { entry, host, lately } = request;
  if (entry.transport === "sse") return openOldSseChannel(oldSse(request), request.signal);
  if (entry.protocol !== "auto") return only(request, entry.protocol === "legacy" ? "legacy" : "modern");
  const first = lately ?? host.era;
  try {
    return await only(request, first);
  } catch (thrown) {
    if (!isOtherEra(thrown, first)) throw plain(thrown);
    return only(request, first === "legacy" ? "modern" : "legacy").catch((other: unknown) => {
      // What was said to the host's own words is the more telling.
      throw other instanceof OpeningRefused ? plain(thrown) : other;
    });
  }
}

function only(request: OpenRequest, era: Era): Promise<Channel> {
  return era === "legacy" ? openLegacy(request) : openModern(request);
}

/** HTTP+SSE is tried only where the specification says so: 400, 404 or 405 without an MCP error. 2025-03-26, backwards compatibility. */
async function openLegacy(request: OpenRequest): Promise<Channel> {
  const { wire, entry, host, events, signal } = request;
  try {
    return await openLegacyChannel({ wire, hello: hello(host), events, connectMs: entry.timeout.connectMs }, signal);
  } catch (thrown) {
    const old = thrown instanceof OpeningRefused && thrown.code === undefined && [400, 404, 405].includes(thrown.status);
    if (!old || entry.transport !== "auto") throw thrown;
    return openOldSseChannel(oldSse(request), signal).catch((other: unknown) => {
      throw other instanceof McpassError && other.code !== "server_failed" && other.code !== "protocol_failed" ? other : thrown;
    });
  }
}

function oldSse({ wire, entry, host, events }: OpenRequest): OldSseOptions {
  return { wire, hello: hello(host), events, connectMs: entry.timeout.connectMs };
}

async function openModern({ wire, host, events, signal }: OpenRequest): Promise<Channel> {
  const params = { _meta: modernMeta(host.era === "modern" ? host.capabilities : withoutTasks(host.capabilities), host.clientInfo) };
  const frame = makeFrame({ jsonrpc: "2.0", id: "mcpass-discover", method: "server/discover", params });
  let answer: Frame | undefined;
  const headers = { "mcp-protocol-version": modernRevision, "mcp-method": "server/discover" };
  const posted = await post(wire, frame.text, { headers, signal, receive: async (message) => void (answer = message.kind === "response" ? message : answer), id: "mcpass-discover" });
  if (posted.kind === "refused") answer = refusalFrame(posted.text, "mcpass-discover");
  const { result, error } = answer?.message() ?? {};
  if (isRecord(result) && Array.isArray(result["supportedVersions"])) {
    if (!result["supportedVersions"].includes(modernRevision)) throw new OpeningRefused(200, -32_022, rpcFailure(wire.place(), { code: -32_022, message: `it speaks ${result["supportedVersions"].join(", ").slice(0, 200)}` }));
    return new ModernChannel(wire, { era: "modern", result }, events.onGap);
  }
  const code = isRecord(error) && typeof error["code"] === "number" ? error["code"] : undefined;
  const refused = posted.kind === "refused" ? posted.error : rpcFailure(wire.place(), { code: code ?? -32_600, message: isRecord(error) && typeof error["message"] === "string" ? error["message"] : "no result" });
  throw new OpeningRefused(posted.kind === "refused" ? posted.status : 200, code, refused);
}

/** Whether this refusal is one that a server of the other era gives. 401, 403 and 5xx say nothing of it. MCP 2026-07-28, B2 */
function isOtherEra(thrown: unknown, tried: Era): boolean {
  if (!(thrown instanceof OpeningRefused) || thrown.status >= 500 || thrown.status === 403) return false;
  if (tried === "modern") return !isModernErrorCode(thrown.code ?? 0) || thrown.code === -32_022;
  return isModernErrorCode(thrown.code ?? 0) || thrown.code === -32_601 || thrown.code === -32_602 || [400, 404, 405].includes(thrown.status);
}

function plain(thrown: unknown): unknown {
  return thrown instanceof OpeningRefused ? thrown.error : thrown;
}

function hello({ era, revision, capabilities, clientInfo }: HostFacts): Frame {
  const protocolVersion = era === "legacy" ? revision : legacyRevision;
  return makeFrame({ jsonrpc: "2.0", id: "mcpass-initialize", method: "initialize", params: { protocolVersion, capabilities: era === "legacy" ? capabilities : withoutTasks(capabilities), clientInfo: clientInfo ?? { name: "mcpass", version: "0" } } });
}
