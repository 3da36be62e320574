import type { ConnectOptions, VersionNegotiationMode } from "@modelcontextprotocol/client";

import type { Access } from "../access/access.ts";
import type { ServerMemory } from "../access/server-memory.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import type { LocalEntry, RemoteEntry } from "../config/server-entry.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { createCatalog } from "./catalog.ts";
import { withDeadline } from "./deadline.ts";
import type { Elicit } from "./connection-types.ts";
import { answerElicitations, elicitationCapability } from "./elicitation.ts";
import { findAnswer } from "./json-rpc.ts";
import { createLiveClient, type LiveClient } from "./live-client.ts";
import { prepareModernResults } from "./modern-results.ts";
import { clientInfo, modernRevision } from "./protocol-words.ts";
import { rpcCodeOf, statusOf, translate } from "./sdk-errors.ts";
import { noAnswer, type Place, processFailure } from "./server-answers.ts";
import { type Channel, openHttp, openSse, openStdio } from "./transport.ts";
import { createWebFetch } from "./web-fetch.ts";

interface RemoteTarget {
  readonly entry: RemoteEntry;
  readonly access: Access;
}

export interface ConnectRequest {
  readonly place: Place;
  readonly target: RemoteTarget | { readonly entry: LocalEntry };
  readonly runtime: Pick<Runtime, "now" | "environment">;
  readonly memory: ServerMemory;
  readonly elicit: Elicit | undefined;
  readonly whileAsking: <T>(work: () => Promise<T>) => Promise<T>;
  /** The server told that a list changed. */
  readonly onChanged: () => void;
  /** Something was left out or taken otherwise than the server said. */
  readonly warn: (message: string) => void;
  /** The channel ended by itself. */
  readonly onEnd: (error: McpassError) => void;
  /** The stream from server to client failed. */
  readonly onStreamFailure: (error: McpassError) => void;
  readonly signal: AbortSignal | undefined;
}

/** How long a server that spoke the older revisions is taken to speak nothing newer. A stale verdict would work silently for ever. */
const legacyVerdictMs = 24 * 60 * 60 * 1000;

/**
 * Opens one connection within the entry's connect deadline. Throws McpassError only: what Access threw as it was thrown,
 * `timed_out`, `unreachable`, `server_failed`, `protocol_failed`, `process_failed`, `cancelled`.
 */
export async function connect(request: ConnectRequest): Promise<LiveClient> {
  const { place, target, signal } = request;
  const ms = target.entry.timeout.connectMs;
  const attempts = createAttempts(request);
  try {
    return await withDeadline({ ms, signal, expired: () => noAnswer(place, ms, "finish connecting") }, (clock) => {
      clock.signal.addEventListener("abort", () => void attempts.abandon(), { once: true });
      return "access" in target ? connectRemote(request, attempts, target) : connectLocal(request, attempts, target.entry);
    });
  } catch (thrown) {
    const error = translate(thrown, place, attempts.stderr());
    await attempts.abandon();
    throw error;
  }
}

/** The channels tried so far; the last one may become the connection. */
interface Attempts {
  start(open: () => Promise<Channel>, mode: VersionNegotiationMode, prior?: ConnectOptions["prior"]): Promise<LiveClient>;
  stderr(): string;
  /** Ends what was tried last, and lets nothing start any more. */
  abandon(): Promise<void>;
}

function createAttempts(request: ConnectRequest): Attempts {
  let channel: Channel | undefined;
  let abandoned = false;
  const end = async (): Promise<void> => channel?.close().catch(() => {});
  return {
    stderr: () => channel?.stderr() ?? "",
    abandon: async () => {
      abandoned = true;
      await end();
    },
    start: async (open, mode, prior) => {
      const { Client } = await import("@modelcontextprotocol/client");
      await end();
      const opened = await open();
      if (abandoned) throw new McpassError("cancelled", "Cancelled.");
      channel = opened;
      const client = new Client(clientInfo, { capabilities: elicitationCapability(request.elicit), versionNegotiation: { mode } });
      answerElicitations(client, request.elicit, request.whileAsking);
      const catalog = createCatalog(client, request.onChanged);
      prepareModernResults(client, opened.transport, request.warn);
      // Our own clock ends a connect; the SDK's would only name it differently.
      await client.connect(opened.transport, { timeout: 2_147_483_647, ...(prior === undefined ? {} : { prior }) });
      return createLiveClient(client, opened, catalog, () => request.onEnd(processFailure(request.place, "ended", opened.stderr())));
    },
  };
}

/** The older revisions first: to ask for the newest would end some servers, and the answer is worth no second child. */
async function connectLocal({ runtime }: ConnectRequest, attempts: Attempts, entry: LocalEntry): Promise<LiveClient> {
  const open = (): Promise<Channel> => openStdio(entry, runtime.environment);
  if (entry.protocol === modernRevision) return attempts.start(open, { pin: modernRevision });
  try {
    return await attempts.start(open, "legacy");
  } catch (thrown) {
    if (entry.protocol === "legacy" || rpcCodeOf(thrown) === undefined) throw thrown;
    return attempts.start(open, { pin: modernRevision }).catch(() => {
      throw thrown;
    });
  }
}

async function connectRemote(request: ConnectRequest, attempts: Attempts, { entry, access }: RemoteTarget): Promise<LiveClient> {
  const web = createWebFetch(access.fetch, request.onStreamFailure);
  const sse = (): Promise<LiveClient> => attempts.start(() => openSse(entry.url, web), "legacy").catch((thrown: unknown) => Promise.reject(web.failure() ?? thrown));
  if (entry.transport === "sse") return sse();
  try {
    return await negotiate(request, (mode, prior) => attempts.start(() => openHttp(entry.url, web), mode, prior), entry);
  } catch (thrown) {
    if (entry.transport !== "auto" || entry.protocol === modernRevision || !mayBeOlder(thrown)) throw thrown;
    return sse().catch((failure: unknown) => {
      throw findMcpassError(failure) ?? thrown;
    });
  }
}

type Start = (mode: VersionNegotiationMode, prior?: ConnectOptions["prior"]) => Promise<LiveClient>;

/** A remembered verdict for the older revisions spares the question; one that no longer holds is found out by its failure. */
async function negotiate({ memory, runtime }: ConnectRequest, start: Start, entry: RemoteEntry): Promise<LiveClient> {
  if (entry.protocol === modernRevision) return start({ pin: modernRevision });
  if (entry.protocol === "legacy") return start("legacy");
  const { era } = await memory.read(canonicalServerUrl(entry.url));
  const age = era === undefined ? Infinity : runtime.now() - era.at;
  if (era?.kind === "legacy" && age >= 0 && age < legacyVerdictMs) {
    try {
      return await start("auto", { kind: "legacy" });
    } catch (thrown) {
      if (findMcpassError(thrown) !== undefined || (rpcCodeOf(thrown) === undefined && !mayBeOlder(thrown))) throw thrown;
    }
  }
  const live = await start("auto");
  const kind = live.modern ? "modern" : "legacy";
  // A legacy verdict is dated by the probe that gave it; what is known already is not written again.
  if (kind !== era?.kind || kind === "legacy") await memory.note(canonicalServerUrl(entry.url), { era: { kind, at: runtime.now() } });
  return live;
}

/** HTTP+SSE is tried only where the specification says so: 400, 404 or 405 without an MCP error. 2025-03-26, backwards compatibility. */
function mayBeOlder(thrown: unknown): boolean {
  const refusal = findMcpassError(thrown) === undefined ? statusOf(thrown) : undefined;
  if (refusal === undefined || ![400, 404, 405].includes(refusal.status)) return false;
  return refusal.text === undefined || findAnswer(refusal.text) === undefined;
}
