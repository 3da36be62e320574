import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { AuthorizationServer } from "../../servers/authorization-server.ts";
import type { Ledger } from "../../servers/ledger.ts";
import { type Asked, html, type Reply } from "../../servers/listener.ts";
import { type ResourceServer, startResourceServer } from "../../servers/resource-server.ts";
import { isModern } from "../../servers/resource-server/modern-wire.ts";
import type { RpcMessage } from "../../servers/resource-server/protocol.ts";
import { randomsOf } from "../storm/plan.ts";
import { rightText, toolName } from "./call.ts";
import type { Tally } from "./tally.ts";

/** What becomes of a call that has arrived; all of them are done. */
export type Fate =
  | "told" // progress, then the answer, in a stream
  | "reset before its answer"
  | "reset in mid-stream" // after progress
  | "reset in mid-answer" // half a JSON text
  | "taken up" // the stream ends after an event with an id, by which the rest can be had; 2025-11-25 and before
  | "silent before its answer"
  | "silent in mid-stream" // after progress
  | "garbage before its answer" // events that are no messages or belong to nobody, and the answer twice
  | "half a message"
  | "another's answer"
  | "page"; // HTTP 502, HTML

/** How likely each is; what is left is answered with JSON. */
export type Fates = Readonly<Partial<Record<Fate, number>>>;

export interface UpstreamOptions {
  readonly tally: Tally;
  readonly seed: number;
  /** How long a call takes that nothing happens to. */
  readonly workMs: number;
  readonly silenceMs: number;
  /** How much a call answers with that is made for those who do not read, in pieces of 64 KiB. */
  readonly floodPieces: number;
}

export interface Upstream {
  readonly server: ResourceServer;
  /** What becomes of calls from now on. */
  set(fates: Fates): void;
  /** Everything that is open is cut, and nobody listens until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** How often each of them befell a call. */
  readonly befell: Readonly<Partial<Record<Fate | "flood" | "answered", number>>>;
}

/** The one server of a storm, of both eras, whose calls fare as its fates have it. Every call that it has done is in the tally. */
export async function startUpstream(ledger: Ledger, issuer: AuthorizationServer, options: UpstreamOptions): Promise<Upstream> {
  const { tally, silenceMs, workMs } = options;
  const random = randomsOf(options.seed);
  const befell: Partial<Record<Fate | "flood" | "answered", number>> = {};
  const silent = new Set<string>();
  const open = new Map<string, ServerResponse>();
  /** Answers that can still be taken up, by the id of their last event. */
  const left = new Map<string, object>();
  let fates: Fates = {};

  const draw = (host: string, modern: boolean): Fate | undefined => {
    let at = random();
    const found = (Object.entries(fates) as [Fate, number][]).find(([, share]) => (at -= share) < 0)?.[0];
    if (found === "taken up" && modern) return "reset in mid-stream";
    // One silence at a time for each host: the others of its calls go on.
    if (found?.startsWith("silent") !== true) return found;
    if (silent.has(host)) return undefined;
    silent.add(host);
    setTimeout(() => silent.delete(host), silenceMs).unref();
    return found;
  };

  const takes = (message: RpcMessage | undefined, asked: Asked): Reply | undefined => {
    if (message === undefined) return takenUp(left, asked);
    if (message.method !== "tools/call") return undefined;
    const { key, flood } = (message.params?.["arguments"] ?? { key: "" }) as { readonly key: string; readonly flood?: boolean };
    const modern = isModern(message);
    const truth = tally.truth(key);
    truth.times += 1;
    const fate = flood === true ? "flood" : (draw(key.split("/")[0] ?? "", modern) ?? "answered");
    befell[fate] = (befell[fate] ?? 0) + 1;
    const token = (message.params?.["_meta"] as { readonly progressToken?: unknown } | undefined)?.progressToken;
    const answer = { jsonrpc: "2.0", id: message.id, result: { content: [{ type: "text", text: rightText(key) }], ...(modern ? { resultType: "complete" } : {}) } };
    const cuts = fate.startsWith("reset") || fate === "taken up";
    return {
      status: 200,
      take: async (response) => {
        response.on("error", () => undefined);
        open.set(key, response);
        response.once("close", () => open.delete(key));
        if (cuts) truth.cut = true;
        await befall({ fate, response, answer, token, workMs, silenceMs, pieces: options.floodPieces, keep: (id) => void left.set(id, answer), key });
      },
    };
  };

  const server = await startResourceServer(ledger, { trusts: issuer, wire: "both", sessions: true, getAnswer: "sse", keepAliveMs: 60_000, takes, tools: [{ name: toolName, inputSchema: { type: "object" } }] });
  return {
    server,
    befell,
    set: (next) => void (fates = next),
    accept: server.accept,
    refuse: async () => {
      for (const key of open.keys()) tally.truth(key).cut = true;
      await server.refuse();
    },
  };
}

interface Befalling {
  readonly fate: Fate | "flood" | "answered";
  readonly response: ServerResponse;
  readonly answer: object;
  readonly token: unknown;
  readonly workMs: number;
  readonly silenceMs: number;
  readonly pieces: number;
  readonly keep: (id: string) => void;
  readonly key: string;
}

async function befall({ fate, response, answer, token, workMs, silenceMs, pieces, keep, key }: Befalling): Promise<void> {
  const text = JSON.stringify(answer);
  const stream = (): void => void response.writeHead(200, { "content-type": "text/event-stream" });
  const event = (data: string, id?: string): boolean => response.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`);
  const progress = (number: number, message = "on it"): boolean => event(JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: token, progress: number, message } }));
  const whole = (body: string): void => void response.writeHead(200, { "content-type": "application/json" }).end(body);
  const last = (): void => {
    event(text);
    response.end();
  };
  const begin = async (ms: number): Promise<void> => {
    stream();
    progress(1);
    await sleep(ms);
  };
  if (fate === "silent before its answer") return void (await sleep(silenceMs), response.destroyed || whole(text));
  if (fate === "silent in mid-stream") return void (await begin(silenceMs), last());
  if (fate === "told") return void (await begin(workMs), progress(2), last());
  if (fate === "reset in mid-stream") return void (await begin(workMs), response.destroy());
  if (fate === "flood") return flood({ response, pieces, begin: () => begin(0), progress, last });
  await sleep(workMs);
  if (fate === "reset before its answer") return void response.destroy();
  if (fate === "page") return respond(response, html(502, "<h1>Bad Gateway</h1>"));
  if (fate === "half a message") return whole('{"jsonrpc":"2.0","id":');
  if (fate === "another's answer") return whole(JSON.stringify({ ...answer, id: "nobody-asked" }));
  if (fate === "reset in mid-answer") {
    response.writeHead(200, { "content-type": "application/json" });
    return void response.write(text.slice(0, 10), () => response.destroy());
  }
  if (fate === "taken up") {
    keep(key);
    stream();
    return void response.write(`id: ${key}\nretry: 10\ndata: \n\n`, () => response.destroy());
  }
  if (fate !== "garbage before its answer") return whole(text);
  stream();
  for (const data of ["{ not json", "[]", '"text"', JSON.stringify({ ...answer, id: "nobody-asked" }).replace(rightText(key), "for nobody")]) event(data);
  event(text);
  last();
}

interface Flooding {
  readonly response: ServerResponse;
  readonly pieces: number;
  begin(): Promise<void>;
  progress(number: number, message: string): boolean;
  last(): void;
}

async function flood({ response, pieces, begin, progress, last }: Flooding): Promise<void> {
  await begin();
  const piece = "x".repeat(64 * 1024);
  for (let number = 2; number < pieces && !response.destroyed; number += 1) {
    if (progress(number, piece)) continue;
    const left = new AbortController();
    await Promise.race([once(response, "drain", { signal: left.signal }), once(response, "close", { signal: left.signal })]).catch(() => undefined);
    left.abort();
  }
  last();
}

function takenUp(left: Map<string, object>, asked: Asked): Reply | undefined {
  const id = asked.headers["last-event-id"] ?? "";
  const answer = left.get(id);
  if (answer === undefined) return undefined;
  left.delete(id);
  return { status: 200, headers: { "content-type": "text/event-stream" }, body: `data: ${JSON.stringify(answer)}\n\n` };
}

function respond(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers).end(body);
}
