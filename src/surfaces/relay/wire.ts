import { findMcpassError, McpassError } from "../../base/errors.ts";
import { showUrl } from "../../base/redact.ts";
import type { Fetch, FetchAnswer } from "../../base/runtime.ts";
import { findAnswer } from "../../connection/json-rpc.ts";
import { httpFailure, notMcp, type Place } from "../../connection/server-answers.ts";
import { BodyText } from "./body-text.ts";
import { type Frame, makeFrame, readFrames, type RpcId } from "./frame.ts";
import { readServerEvents } from "./server-events.ts";

/** How messages get to one server: Streamable HTTP, signed by the access floor. */
export interface Wire {
  readonly fetch: Fetch;
  readonly url: string;
  readonly place: () => Place;
  /** Told of what came in and could not be used; said on standard error. */
  readonly warn: (message: string) => void;
}

export type Receive = (frame: Frame) => Promise<void>;

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Every message of the answer, in its order; the next is read when it has settled. */
  readonly receive: Receive;
  /** The request that must be answered; undefined: a notification or an answer, to which nothing comes. */
  readonly id: RpcId | undefined;
}

/** A stream that broke before the answer, and where it may be taken up again. */
export interface Broken {
  readonly kind: "broken";
  readonly lastEventId: string | undefined;
  readonly retryMs: number | undefined;
  readonly cause: unknown;
}

export type Posted =
  | { readonly kind: "done"; readonly header: (name: string) => string | null }
  /** HTTP said no; `answered`: in the words of JSON-RPC, which are in `text`. */
  | { readonly kind: "refused"; readonly status: number; readonly text: string; readonly error: McpassError; readonly code: number | undefined }
  | Broken;

/** How long a stream is read on behind its answer, so that its connection can serve again. */
const afterwardsMs = 2_000;

/** One message by POST, and all that comes back for it. Throws what `fetch` throws, and `protocol_failed` for what no MCP server answers. */
export async function post(wire: Wire, body: string, { headers, signal, receive, id }: PostOptions): Promise<Posted> {
  const answer = await wire.fetch(wire.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body,
    redirect: "manual",
    signal,
  });
  const header = (name: string): string | null => answer.headers.get(name);
  if (answer.status < 200 || answer.status > 299) return refusal(wire, answer);
  const type = mediaType(answer);
  if (type === "text/event-stream" && answer.body !== null) {
    const broken = await readStream(wire, answer.body, { receive, id, signal });
    return broken ?? { kind: "done", header };
  }
  const text = await readText(answer).catch((thrown: unknown) => {
    throw signal.aborted ? signal.reason : streamLost(wire.place(), thrown);
  });
  if (id === undefined || text.trim() === "") {
    if (id !== undefined) throw notMcp(wire.place(), `HTTP ${String(answer.status)} without content to a request`);
    return { kind: "done", header };
  }
  const frames = readFrames(text);
  if (frames === undefined || !frames.some((frame) => answers(frame, id))) throw notMcp(wire.place(), type === "application/json" ? "JSON that is no answer to its message" : type === "" ? "content of no type" : type);
  for (const frame of frames) if (!isStray(frame, id)) await receive(named(frame, id));
  return { kind: "done", header };
}

/** Reads until the answer to `id` has come (undefined: until the end); what it says when the stream ended before. */
export async function readStream(wire: Wire, body: AsyncIterable<Uint8Array>, { receive, id, signal }: Pick<PostOptions, "receive" | "id" | "signal">): Promise<Broken | undefined> {
  let lastEventId: string | undefined;
  let retryMs: number | undefined;
  const broken = (cause: unknown): Broken => ({ kind: "broken", lastEventId, retryMs, cause });
  const events = readServerEvents(body)[Symbol.asyncIterator]();
  for (;;) {
    const next = await events.next().catch((thrown: unknown) => ({ thrown }));
    if ("thrown" in next) {
      if (signal.aborted) throw signal.reason;
      return broken(next.thrown);
    }
    if (next.done === true) return broken(undefined);
    const { event, data, id: eventId, retry } = next.value;
    lastEventId = eventId ?? lastEventId;
    retryMs = retry ?? retryMs;
    if (event !== "message" || data === "") continue;
    const frames = readFrames(data);
    if (frames === undefined) warnOfGarbage(wire);
    let answered = false;
    for (const frame of frames ?? []) {
      if (isStray(frame, id)) {
        warnOfStray(wire);
        continue;
      }
      await receive(named(frame, id));
      answered ||= id !== undefined && answers(frame, id);
    }
    if (!answered) continue;
    void readOn(events);
    return undefined;
  }
}

export function warnOfGarbage({ warn, place }: Pick<Wire, "warn" | "place">): void {
  warn(`${place().server} sent an event that is no message; it was left out.`);
}

export function warnOfStray({ warn, place }: Pick<Wire, "warn" | "place">): void {
  warn(`${place().server} sent an answer to nothing that was asked; it was left out.`);
}

/** The body of an answer. */
export async function readText(answer: FetchAnswer, limit = Number.POSITIVE_INFINITY): Promise<string> {
  if (answer.body === null) return "";
  const text = new BodyText();
  let size = 0;
  for await (const chunk of answer.body) {
    text.add(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    size += chunk.byteLength;
    if (size > limit) break;
  }
  return text.take();
}

export function mediaType(answer: FetchAnswer): string {
  return (answer.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** `unreachable`: a stream that ended before its answer, and cannot be taken up again. */
export function streamLost({ server, url }: Place, cause?: unknown): McpassError {
  return new McpassError("unreachable", `${server} ended the connection before it had answered${url === undefined ? "" : ` (${showUrl(url)})`}; whether it did what was asked is not known.`, { cause, details: { server } });
}

/** What became of a request is not known when its connection failed and something of it may have left; then the error says so. */
export function undecided(thrown: unknown, { server }: Place): unknown {
  const error = findMcpassError(thrown);
  if (error?.code !== "unreachable" || error.details["leg"] !== "server" || error.details["sent"] === false) return thrown;
  return new McpassError("unreachable", `${error.message} Whether ${server} did what was asked is not known.`, { hint: error.hint, cause: thrown, details: error.details });
}

async function refusal(wire: Wire, answer: FetchAnswer): Promise<Posted> {
  const location = answer.headers.get("location") ?? undefined;
  // Its status says enough where the rest of it was cut off.
  const text = await readText(answer, 256 * 1024).catch(() => "");
  const found = findAnswer(text);
  return { kind: "refused", status: answer.status, text, error: httpFailure(wire.place(), answer.status, { location }), code: found?.kind === "error" ? found.code : undefined };
}

/** The JSON-RPC error of a refusal, as the answer to `id`. */
export function refusalFrame(text: string, id: RpcId): Frame | undefined {
  const frame = readFrames(text)?.find(({ kind }) => kind === "response");
  const error = frame?.message()["error"];
  return error === undefined ? undefined : makeFrame({ jsonrpc: "2.0", id, error });
}

function answers(frame: Frame, id: RpcId): boolean {
  return frame.kind === "response" && (frame.id === id || frame.id === undefined);
}

/** An answer to something else, of which nobody here knows. */
function isStray(frame: Frame, id: RpcId | undefined): boolean {
  return frame.kind === "response" && (id === undefined || !answers(frame, id));
}

/** An error that names no message answers the one that was sent. */
function named(frame: Frame, id: RpcId | undefined): Frame {
  return frame.kind === "response" && frame.id === undefined ? makeFrame({ ...frame.message(), id }) : frame;
}

async function readOn(events: AsyncIterator<unknown>): Promise<void> {
  const leave = setTimeout(() => void events.return?.().catch(() => undefined), afterwardsMs).unref();
  try {
    while ((await events.next()).done !== true);
  } catch {
    // Nothing is waited for any more.
  } finally {
    clearTimeout(leave);
  }
}
