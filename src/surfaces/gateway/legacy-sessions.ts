import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { type Frame, paramsOf, type RpcId } from "../relay/frame.ts";
import { legacyRevisions } from "../relay/revision-words.ts";
import type { Endpoint, Talk } from "./endpoint.ts";
import { createReplayStore, EventStream, readEventId, type ReplayStore } from "./event-stream.ts";
import { Exchange } from "./exchange.ts";
import { accept, Refused } from "./http-answers.ts";
import { createHttpHost, type HttpHost } from "./http-host.ts";
import { makeRoom } from "./make-room.ts";

/** Who asks, of those that the guard knows. */
export type Caller = string;

interface Session {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly talk: Talk;
  readonly http: HttpHost;
  /** By which the server speaks first. */
  readonly unasked: EventStream;
  /** Of requests, by their keys: those that may still be asked for. */
  readonly streams: Map<string, EventStream>;
  /** The revision that it opened with. */
  readonly primes: boolean;
  usedAt: number;
  count: number;
}

/** One request, let in by the guard. */
export interface Asked {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
}

export interface SessionLimits {
  readonly mostSessions: number;
  /** How long one lasts that nobody uses. */
  readonly idleMs: number;
  /** What is kept for those that come back, in UTF-16 units. */
  readonly mostKept: number;
}

/** How many streams of requests that are over can still be asked for, in one session. */
const mostOver = 32;

/** Hosts of 2024-11-05 to 2025-11-25: each has a session, which is its own and its endpoint's. */
export class LegacySessions {
  readonly #limits: SessionLimits;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();
  readonly #store: ReplayStore;

  constructor(limits: SessionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#store = createReplayStore(limits.mostKept);
  }

  /** Throws `Refused`. */
  async post(frames: readonly Frame[], asked: Asked): Promise<void> {
    const [first] = frames;
    const opens = frames.length === 1 && first?.method === "initialize";
    const session = opens ? this.#begin(asked, first) : this.#require(asked);
    const requests = frames.flatMap(({ kind, id }) => (kind === "request" && id !== undefined ? [id] : []));
    const taken = requests.find((id, index) => session.http.exchanges.has(id) || requests.indexOf(id) !== index);
    if (taken !== undefined) throw new Refused(400, -32_600, "A request with this id is still under way.", { id: taken });
    if (requests.length === 0) accept(asked.outgoing);
    else expect(session, this.#store, requests, asked, opens);
    for (const frame of frames) {
      await session.talk.take(frame);
      if (frame.method === "notifications/cancelled") leave(session, paramsOf(frame)["requestId"]);
    }
  }

  /** The stream by which the server speaks first, or one that broke. Throws `Refused`. */
  listen(asked: Asked): void {
    const session = this.#require(asked);
    const seen = readEventId(String(asked.incoming.headers["last-event-id"] ?? ""));
    const stream = seen === undefined || seen.key === session.unasked.key ? session.unasked : session.streams.get(seen.key);
    if (stream === undefined) throw new Refused(404, -32_000, "What Last-Event-ID names is no longer kept.");
    stream.attach(asked.outgoing, { after: seen?.number, primes: session.primes });
    asked.outgoing.once("close", () => void (session.usedAt = this.#now()));
  }

  /** Throws `Refused`. */
  async end(asked: Asked): Promise<void> {
    await this.#end(this.#require(asked));
    accept(asked.outgoing, 200);
  }

  callers(): readonly Caller[] {
    return [...this.#sessions.values()].map(({ caller }) => caller);
  }

  /** Ends those that nobody has used for a while, those of callers that are not known any more, and those with what is not reached any more. */
  sweep(known: ReadonlySet<Caller>): void {
    for (const session of this.#sessions.values()) if (!known.has(session.caller) || !session.endpoint.isCurrent() || (isIdle(session) && this.#now() - session.usedAt > this.#limits.idleMs)) void this.#end(session);
  }

  beat(): void {
    for (const { unasked, streams } of this.#sessions.values()) for (const stream of [unasked, ...streams.values()]) stream.beat();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => this.#end(session)));
  }

  #begin({ endpoint, caller }: Asked, hello: Frame): Session {
    makeRoom(this.#sessions, { most: this.#limits.mostSessions, isIdle, end: (_id, oldest) => this.#end(oldest), full: "sessions are open already." });
    const unasked = new EventStream("0", this.#store);
    const http = createHttpHost(unasked);
    const { protocolVersion } = paramsOf(hello);
    const primes = typeof protocolVersion === "string" && protocolVersion >= "2025-11-25";
    const session: Session = { id: randomUUID(), endpoint, caller, http, unasked, talk: endpoint.open(http.host), streams: new Map(), primes, usedAt: this.#now(), count: 0 };
    this.#sessions.set(session.id, session);
    return session;
  }

  #require({ incoming, endpoint, caller }: Asked): Session {
    const id = incoming.headers["mcp-session-id"];
    if (id === undefined) throw new Refused(400, -32_000, "Mcp-Session-Id is missing: open a session with initialize first.");
    const session = typeof id === "string" ? this.#sessions.get(id) : undefined;
    if (session === undefined || session.caller !== caller || session.endpoint.name !== endpoint.name) throw unknown();
    if (!session.endpoint.isCurrent()) {
      void this.#end(session);
      throw unknown();
    }
    requireRevision(incoming);
    session.usedAt = this.#now();
    return session;
  }

  async #end(session: Session): Promise<void> {
    if (!this.#sessions.delete(session.id)) return;
    // What is under way still gets its answer: that it is over.
    await session.talk.close();
    for (const [id, exchange] of session.http.exchanges) exchange.leave(id);
    for (const stream of [session.unasked, ...session.streams.values()]) {
      stream.end();
      stream.forget();
    }
  }
}

function expect(session: Session, store: ReplayStore, requests: readonly RpcId[], asked: Asked, opens: boolean): void {
  session.count += 1;
  const stream = new EventStream(session.count.toString(36), store);
  const headers: Record<string, string> = opens ? { "mcp-session-id": session.id } : {};
  const exchange = new Exchange({ outgoing: asked.outgoing, expected: new Set(requests), stream, headers, primes: session.primes, statusOf: () => 200 });
  for (const id of requests) session.http.exchanges.set(id, exchange);
  forgetOver(session);
  session.streams.set(stream.key, stream);
}

/** Streams that are over are kept for those whose connection broke before the end, a few of them. */
function forgetOver({ streams }: Session): void {
  if (streams.size < mostOver) return;
  for (const [key, stream] of streams) {
    if (streams.size < mostOver) return;
    if (!stream.isOver) continue;
    stream.forget();
    streams.delete(key);
  }
}

function leave({ http }: Session, id: unknown): void {
  if (typeof id !== "string" && typeof id !== "number") return;
  http.exchanges.get(id)?.leave(id);
  http.exchanges.delete(id);
}

function isIdle({ http, unasked, streams }: Session): boolean {
  return http.exchanges.size === 0 && !unasked.isOpen && ![...streams.values()].some(({ isOpen }) => isOpen);
}

function unknown(): Refused {
  return new Refused(404, -32_001, "This session is unknown or over: open a new one with initialize.");
}

function requireRevision({ headers: { "mcp-protocol-version": revision } }: IncomingMessage): void {
  if (revision !== undefined && !(typeof revision === "string" && legacyRevisions.includes(revision))) throw new Refused(400, -32_000, `MCP-Protocol-Version must be one of ${legacyRevisions.join(", ")} in a session.`);
}
