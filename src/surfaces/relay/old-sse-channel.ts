import { findMcpassError, McpassError } from "../../base/errors.ts";
import { showUrl } from "../../base/redact.ts";
import { withDeadline } from "../../connection/deadline.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { httpFailure, noAnswer, notMcp, type Place } from "../../connection/server-answers.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import { type Frame, makeFrame, readFrames, type RpcId } from "./frame.ts";
import { createPauses, patienceMs } from "./pause.ts";
import { readServerEvents } from "./server-events.ts";
import { mediaType, type Receive, streamLost, undecided, warnOfGarbage, warnOfStray, type Wire } from "./wire.ts";

interface Stream {
  readonly endpoint: string;
  readonly waiting: Map<RpcId, { readonly receive: Receive; readonly done: () => void; readonly fail: (error: unknown) => void }>;
  /** Aborted when it has ended, by whoever ended it. */
  readonly over: AbortController;
}

export interface OldSseOptions {
  readonly wire: Wire;
  readonly hello: Frame;
  readonly events: ChannelEvents;
  /** The longest that a new stream may take when the old one has ended, in ms. */
  readonly connectMs: number;
}

/** HTTP+SSE of 2024-11-05: what is asked goes by POST, everything that is answered comes over one stream. A stream that ends is opened anew. */
export async function openOldSseChannel(options: OldSseOptions, signal: AbortSignal): Promise<Channel> {
  const { wire } = options;
  const end = new AbortController();
  const streams = new Streams(options, end.signal);
  const opening = { era: "legacy", result: await streams.open(signal) } as const;
  return {
    opening,
    request: async (frame, receive, { signal: until }) => exchange(wire, await streams.ready(until), frame, receive, until),
    pass: async (frame) => {
      const until = AbortSignal.any([end.signal, AbortSignal.timeout(30_000)]);
      await send(wire, await streams.ready(until), frame, until);
    },
    cancel: async (frame) => {
      const until = AbortSignal.timeout(10_000);
      await send(wire, await streams.ready(until), makeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: frame.id } }), until);
    },
    follow: async () => undefined,
    close: async () => {
      end.abort();
      streams.close();
    },
  };
}

type Greeted = Readonly<Record<string, unknown>>;

/** The one stream that there is at a time. */
class Streams {
  readonly #options: OldSseOptions;
  readonly #end: AbortSignal;
  #stream: Stream | undefined;
  #reopening: Promise<Stream> | undefined;
  /** What the last try to open it anew failed of. */
  #failure: McpassError | undefined;

  constructor(options: OldSseOptions, end: AbortSignal) {
    this.#options = options;
    this.#end = end;
  }

  /** The next one; what the server says of itself. */
  async open(signal: AbortSignal): Promise<Greeted> {
    const { wire, hello, events } = this.#options;
    const next = await openStream(wire, events.receive, signal, (ended) => {
      if (this.#stream === ended && !this.#end.aborted) this.#reopen().catch(() => undefined);
    });
    const result = await greet(wire, next, hello, signal).catch((thrown: unknown) => {
      next.over.abort();
      throw thrown;
    });
    this.#stream = next;
    return result;
  }

  /** One that has ended is waited for as any server is that may be starting again. */
  async ready(until: AbortSignal): Promise<Stream> {
    const stream = this.#stream;
    if (stream !== undefined && !hasEnded(stream)) return stream;
    const expired = (): McpassError => this.#failure ?? streamAway(this.#options.wire.place());
    return withDeadline({ ms: patienceMs, signal: until, expired }, () => this.#reopen());
  }

  close(): void {
    this.#stream?.over.abort();
  }

  #reopen(): Promise<Stream> {
    this.#reopening ??= this.#tryAgain().finally(() => (this.#reopening = undefined));
    return this.#reopening;
  }

  async #tryAgain(): Promise<Stream> {
    const { wire, events, connectMs } = this.#options;
    const pauses = createPauses(500, 30_000, this.#end);
    const expired = (): McpassError => noAnswer(wire.place(), connectMs, "open a new stream");
    while (await pauses.next()) {
      try {
        await withDeadline({ ms: connectMs, signal: this.#end, expired }, (clock) => this.open(clock.signal));
        this.#failure = undefined;
        events.onGap();
        if (this.#stream !== undefined) return this.#stream;
      } catch (thrown) {
        const error = findMcpassError(thrown);
        this.#failure = error;
        if (this.#end.aborted || error === undefined || error.code === "unreachable" || error.code === "timed_out" || error.code === "server_failed") continue;
        events.onTrouble(error);
        throw thrown;
      }
    }
    throw new McpassError("cancelled", "Cancelled.");
  }
}

/** Nothing of the request has left. */
function streamAway({ server, url }: Place): McpassError {
  return new McpassError("unreachable", `${server} has ended its stream, and no new one could be opened yet${url === undefined ? "" : ` (${showUrl(url)})`}; nothing was sent.`, { details: { server, sent: false } });
}

function hasEnded({ over }: Stream): boolean {
  return over.signal.aborted;
}

async function greet(wire: Wire, stream: Stream, hello: Frame, signal: AbortSignal): Promise<Greeted> {
  let result: unknown;
  await exchange(wire, stream, hello, async (answer) => void (result = answer.message()["result"]), signal);
  if (!isRecord(result)) throw notMcp(wire.place(), "initialize without a result");
  await send(wire, stream, makeFrame({ jsonrpc: "2.0", method: "notifications/initialized" }), signal);
  return result;
}

/** Settles with its first event, which says where to POST. */
async function openStream(wire: Wire, unasked: Receive, signal: AbortSignal, onEnd: (stream: Stream) => void): Promise<Stream> {
  const over = new AbortController();
  const answer = await wire.fetch(wire.url, { method: "GET", headers: { accept: "text/event-stream" }, redirect: "manual", signal: AbortSignal.any([over.signal, signal]) });
  if (answer.status < 200 || answer.status > 299) throw httpFailure(wire.place(), answer.status);
  if (mediaType(answer) !== "text/event-stream" || answer.body === null) throw notMcp(wire.place(), "no event stream with an endpoint");
  const events = readServerEvents(answer.body)[Symbol.asyncIterator]();
  const first = await events.next();
  if (first.done === true || first.value.event !== "endpoint") throw notMcp(wire.place(), "an event stream without an endpoint");
  const stream: Stream = { endpoint: new URL(first.value.data, wire.url).href, waiting: new Map(), over };
  void readAll(wire, stream, events, unasked).finally(() => onEnd(stream));
  return stream;
}

async function readAll(wire: Wire, stream: Stream, events: AsyncIterator<{ readonly event: string; readonly data: string }>, unasked: Receive): Promise<void> {
  let cause: unknown;
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.event !== "message") continue;
      const frames = readFrames(next.value.data);
      if (frames === undefined) warnOfGarbage(wire);
      for (const frame of frames ?? []) await deliver(wire, stream, frame, unasked);
    }
  } catch (thrown) {
    cause = thrown;
  }
  stream.over.abort();
  for (const { fail } of stream.waiting.values()) fail(streamLost(wire.place(), cause));
  stream.waiting.clear();
}

async function deliver(wire: Wire, { waiting }: Stream, frame: Frame, unasked: Receive): Promise<void> {
  const waiter = frame.kind === "response" && frame.id !== undefined ? waiting.get(frame.id) : undefined;
  if (waiter === undefined || frame.id === undefined) return frame.kind === "response" ? warnOfStray(wire) : unasked(frame);
  waiting.delete(frame.id);
  await waiter.receive(frame);
  waiter.done();
}

async function exchange(wire: Wire, stream: Stream, frame: Frame, receive: Receive, signal: AbortSignal): Promise<void> {
  const { id } = frame;
  if (id === undefined) return;
  if (hasEnded(stream)) throw streamAway(wire.place());
  const answered = new Promise<void>((done, fail) => {
    stream.waiting.set(id, { receive, done, fail });
    signal.addEventListener("abort", () => (stream.waiting.delete(id), fail(signal.reason)), { once: true });
  });
  answered.catch(() => undefined);
  try {
    await send(wire, stream, frame, signal);
  } catch (thrown) {
    stream.waiting.delete(id);
    throw undecided(thrown, wire.place());
  }
  await answered;
}

async function send(wire: Wire, { endpoint }: Stream, frame: Frame, signal: AbortSignal): Promise<void> {
  const answer = await wire.fetch(endpoint, { method: "POST", headers: { "content-type": "application/json" }, body: frame.text, redirect: "manual", signal });
  await answer.body?.[Symbol.asyncIterator]().return?.();
  if (answer.status < 200 || answer.status > 299) throw httpFailure(wire.place(), answer.status);
}
