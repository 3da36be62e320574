import { findMcpassError, McpassError } from "../../base/errors.ts";
import { orCancelled } from "../../connection/deadline.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { httpFailure, notMcp } from "../../connection/server-answers.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import { type Frame, makeFrame, readFrames, type RpcId } from "./frame.ts";
import { createPauses } from "./pause.ts";
import { readServerEvents } from "./server-events.ts";
import { mediaType, type Receive, streamLost, undecided, type Wire } from "./wire.ts";

interface Stream {
  readonly endpoint: string;
  readonly waiting: Map<RpcId, { readonly receive: Receive; readonly done: () => void; readonly fail: (error: unknown) => void }>;
  readonly over: AbortController;
}

/** HTTP+SSE of 2024-11-05: what is asked goes by POST, everything that is answered comes over one stream. A stream that ends is opened anew. */
export async function openOldSseChannel(wire: Wire, hello: Frame, events: ChannelEvents, signal: AbortSignal): Promise<Channel> {
  const end = new AbortController();
  let stream = await openStream(wire, events.receive, signal, (lost) => void reopen(lost).catch(() => undefined));
  let reopening: Promise<Stream> | undefined;
  const opening = { era: "legacy", result: await greet(wire, stream, hello, signal) } as const;
  const reopen = (lost: Stream): Promise<Stream> => {
    if (stream !== lost || end.signal.aborted) return Promise.resolve(stream);
    const begin = async (): Promise<Stream> => {
      const pauses = createPauses(500, 30_000, end.signal);
      while (await pauses.next()) {
        try {
          const next = await openStream(wire, events.receive, end.signal, (gone) => void reopen(gone).catch(() => undefined));
          await greet(wire, next, hello, end.signal);
          events.onGap();
          return (stream = next);
        } catch (thrown) {
          const error = findMcpassError(thrown);
          if (error === undefined || error.code === "unreachable" || error.code === "timed_out" || error.code === "server_failed") continue;
          events.onTrouble(error);
          throw thrown;
        }
      }
      throw new McpassError("cancelled", "Cancelled.");
    };
    return (reopening ??= begin().finally(() => (reopening = undefined)));
  };
  return {
    opening,
    request: async (frame, receive, { signal: until }) => exchange(wire, await orCancelled(Promise.resolve(reopening ?? stream), until), frame, receive, until),
    pass: async (frame) => send(wire, await (reopening ?? stream), frame, AbortSignal.any([end.signal, AbortSignal.timeout(30_000)])),
    cancel: async (frame) => send(wire, stream, makeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: frame.id } }), AbortSignal.timeout(10_000)),
    follow: async () => undefined,
    close: async () => {
      end.abort();
      stream.over.abort();
    },
  };
}

async function greet(wire: Wire, stream: Stream, hello: Frame, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
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
      if (next.value.event === "message") for (const frame of readFrames(next.value.data) ?? []) await deliver(stream, frame, unasked);
    }
  } catch (thrown) {
    cause = thrown;
  }
  for (const { fail } of stream.waiting.values()) fail(streamLost(wire.place(), cause));
  stream.waiting.clear();
}

async function deliver({ waiting }: Stream, frame: Frame, unasked: Receive): Promise<void> {
  const waiter = frame.kind === "response" && frame.id !== undefined ? waiting.get(frame.id) : undefined;
  if (waiter === undefined || frame.id === undefined) return frame.kind === "response" ? undefined : unasked(frame);
  waiting.delete(frame.id);
  await waiter.receive(frame);
  waiter.done();
}

async function exchange(wire: Wire, stream: Stream, frame: Frame, receive: Receive, signal: AbortSignal): Promise<void> {
  const { id } = frame;
  if (id === undefined) return;
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
