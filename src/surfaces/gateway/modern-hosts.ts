import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import { modernRevision } from "../../connection/protocol-words.ts";
import { type Frame, glanceAt, makeFrame, readFrames, type RpcId } from "../relay/frame.ts";
import { rebuilt } from "../relay/rebuilt.ts";
import { metaKeys, metaOf, objectOf } from "../relay/revision-words.ts";
import type { Endpoint, Talk } from "./endpoint.ts";
import { EventStream } from "./event-stream.ts";
import { Exchange } from "./exchange.ts";
import { accept, Refused } from "./http-answers.ts";
import { createHttpHost, type HttpHost } from "./http-host.ts";
import type { Asked, Caller } from "./legacy-sessions.ts";
import { makeRoom } from "./make-room.ts";

/** One kind of host: what it can do, and what it is called. Those alike share what stands behind the gateway for them. */
interface ModernHost {
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly talk: Talk;
  readonly http: HttpHost;
  /** The ids that hosts gave to requests which go on under another. */
  readonly renamed: Map<RpcId, RpcId>;
  usedAt: number;
}

export interface HostLimits {
  readonly mostHosts: number;
  readonly idleMs: number;
}

const named: Readonly<Record<string, string>> = { "tools/call": "name", "prompts/get": "name", "resources/read": "uri", "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId" };

/** Hosts of 2026-07-28: every request speaks for itself, and the end of its connection is the end of it. */
export class ModernHosts {
  readonly #limits: HostLimits;
  readonly #now: () => number;
  readonly #hosts = new Map<string, ModernHost>();
  readonly #streams = new Set<EventStream>();

  constructor(limits: HostLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Throws `Refused`. */
  async post(frame: Frame, asked: Asked): Promise<void> {
    if (frame.kind === "response") throw new Refused(400, -32_600, "Answers are no messages of 2026-07-28.");
    requireAgreement(frame, asked.incoming.headers);
    if (frame.kind === "notification" || frame.id === undefined) return accept(asked.outgoing);
    const host = this.#find(frame, asked);
    host.usedAt = this.#now();
    const sent = unlikeOthers(host, frame);
    const id = sent.id ?? frame.id;
    const stream = new EventStream("", undefined);
    host.http.exchanges.set(id, new Exchange({ outgoing: asked.outgoing, expected: new Set([id]), stream, headers: {}, primes: false, statusOf: httpStatus }));
    this.#streams.add(stream);
    asked.outgoing.once("close", () => {
      this.#streams.delete(stream);
      host.usedAt = this.#now();
      giveUp(host, id);
    });
    await host.talk.take(sent);
  }

  callers(): readonly Caller[] {
    return [...this.#hosts.values()].map(({ caller }) => caller);
  }

  /** As for sessions. */
  sweep(known: ReadonlySet<Caller>): void {
    for (const [key, { http, usedAt, caller, endpoint }] of this.#hosts) if (!known.has(caller) || !endpoint.isCurrent() || (http.exchanges.size === 0 && this.#now() - usedAt > this.#limits.idleMs)) void this.#end(key);
  }

  beat(): void {
    for (const stream of this.#streams) stream.beat();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.keys()].map((key) => this.#end(key)));
  }

  #find(frame: Frame, { endpoint, caller }: Asked): ModernHost {
    const meta = metaOf(frame);
    const key = JSON.stringify([endpoint.name, caller, meta[metaKeys.clientCapabilities], meta[metaKeys.clientInfo]]);
    const known = this.#hosts.get(key);
    if (known?.endpoint.isCurrent() === true) return known;
    if (known !== undefined) void this.#end(key);
    makeRoom(this.#hosts, { most: this.#limits.mostHosts, isIdle: ({ http }) => http.exchanges.size === 0, end: (oldest) => this.#end(oldest), full: "clients are being served already." });
    const renamed = new Map<RpcId, RpcId>();
    const http = createHttpHost(undefined, (frame, id) => withOwnId(frame, id, renamed));
    const made: ModernHost = { endpoint, caller, http, renamed, talk: endpoint.open(http.host), usedAt: this.#now() };
    this.#hosts.set(key, made);
    return made;
  }

  async #end(key: string): Promise<void> {
    const host = this.#hosts.get(key);
    this.#hosts.delete(key);
    await host?.talk.close();
    for (const [id, exchange] of host?.http.exchanges ?? []) exchange.leave(id);
  }
}

/** Two hosts of the same kind may count alike: the later one's request goes on under another id. */
function unlikeOthers({ http, renamed }: ModernHost, frame: Frame): Frame {
  if (frame.id === undefined || !http.exchanges.has(frame.id)) return frame;
  const id = `mcpass-${randomUUID()}`;
  renamed.set(id, frame.id);
  return rebuilt(frame, "params", { id, method: frame.method });
}

/** What comes for a request that goes on under another id, with the id that the host knows. */
function withOwnId(frame: Frame, id: RpcId, renamed: Map<RpcId, RpcId>): Frame {
  const own = renamed.get(id);
  if (own === undefined) return frame;
  if (frame.outline?.result !== undefined) return rebuilt(frame, "result", { id: own });
  // Nothing else in the world is called like it.
  const [renamedFrame = frame] = readFrames(frame.text.replaceAll(JSON.stringify(id), JSON.stringify(own))) ?? [];
  return renamedFrame;
}

/** Its connection is over: nobody waits for an answer, if there was none yet. */
function giveUp({ http, renamed, talk }: ModernHost, id: RpcId): void {
  renamed.delete(id);
  const exchange = http.exchanges.get(id);
  if (exchange === undefined) return;
  http.exchanges.delete(id);
  exchange.leave(id);
  void talk.take(makeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } }));
}

/** What routing reads in headers is what the message says. SEP-2243 */
function requireAgreement(frame: Frame, headers: IncomingHttpHeaders): void {
  const { id } = frame;
  const meta = metaOf(frame);
  const version = meta[metaKeys.protocolVersion];
  if (frame.kind === "request" && typeof version !== "string") throw new Refused(400, -32_602, `_meta lacks ${metaKeys.protocolVersion}.`, { id });
  const agrees = (header: string, said: unknown): void => {
    const given = headers[header];
    if (said === undefined || (typeof given === "string" && decoded(given) === said)) return;
    throw new Refused(400, -32_020, given === undefined ? `The header ${header} is missing.` : `The header ${header} is not what the message says.`, { id });
  };
  agrees("mcp-protocol-version", version);
  agrees("mcp-method", frame.method);
  agrees("mcp-name", glanceAt(frame)[named[frame.method ?? ""] ?? ""]);
  if (typeof version === "string" && version !== modernRevision) throw new Refused(400, -32_022, `The revision ${version.slice(0, 40)} is not spoken here.`, { id, data: { supported: [modernRevision], requested: version.slice(0, 40) } });
  if (frame.kind === "request" && typeof meta[metaKeys.clientCapabilities] !== "object") throw new Refused(400, -32_602, `_meta lacks ${metaKeys.clientCapabilities}.`, { id });
}

function decoded(value: string): string {
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(value) ?? [];
  return base64 === undefined ? value : Buffer.from(base64, "base64").toString("utf8");
}

/** 2026-07-28, Streamable HTTP: what stands against a message itself is said by HTTP too. */
function httpStatus(answer: Frame): number {
  if (answer.text.length > 64 * 1024 || !answer.text.includes('"error"')) return 200;
  const { code } = objectOf(answer.message()["error"]);
  if (code === -32_601) return 404;
  return code === -32_020 || code === -32_021 || code === -32_022 ? 400 : 200;
}
