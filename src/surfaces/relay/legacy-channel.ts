import { findMcpassError, type McpassError } from "../../base/errors.ts";
import { orCancelled, withDeadline } from "../../connection/deadline.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { noAnswer, notMcp } from "../../connection/server-answers.ts";
import type { Channel, ChannelEvents, Opening } from "./channel.ts";
import { type Frame, makeFrame } from "./frame.ts";
import { createLasting } from "./lasting.ts";
import { createPauses, whileUnsent } from "./pause.ts";
import type { UnderWay } from "./requests.ts";
import { mediaType, post, type Posted, readStream, type Receive, refusalFrame, streamLost, undecided, type Wire } from "./wire.ts";

/** One session, or what stands for it with a server that has none. */
interface Session {
  readonly opening: Opening;
  readonly headers: Readonly<Record<string, string>>;
  readonly id: string | null;
  readonly over: AbortController;
}

/** `initialize` was refused. `status` is 200 where HTTP did not refuse it. */
export class OpeningRefused extends Error {
  readonly status: number;
  readonly code: number | undefined;
  readonly error: McpassError;
  constructor(status: number, code: number | undefined, error: McpassError) {
    super(error.message, { cause: error });
    this.status = status;
    this.code = code;
    this.error = error;
  }
}

export interface LegacyOptions {
  readonly wire: Wire;
  readonly hello: Frame;
  readonly events: ChannelEvents;
  /** The longest that a new session may take when the server has forgotten the old one, in ms. */
  readonly connectMs: number;
}

/**
 * Streamable HTTP of 2025-03-26 to 2025-11-25. `hello` is the host's own `initialize`, and is said again when the server has forgotten the session; what the
 * host had subscribed to is then subscribed to anew. Throws `OpeningRefused`, and what the wire throws.
 */
export async function openLegacyChannel(options: LegacyOptions, signal: AbortSignal): Promise<Channel> {
  return new LegacyChannel(options, await openSession(options.wire, options.hello, signal));
}

class LegacyChannel implements Channel {
  readonly #wire: Wire;
  readonly #hello: Frame;
  readonly #events: ChannelEvents;
  readonly #connectMs: number;
  readonly #lasting = createLasting();
  readonly #end = new AbortController();
  #session: Session;
  #renewing: Promise<Session> | undefined;

  constructor({ wire, hello, events, connectMs }: LegacyOptions, session: Session) {
    this.#connectMs = connectMs;
    this.#wire = wire;
    this.#hello = hello;
    this.#events = events;
    this.#session = session;
    this.#listen(session);
  }

  get opening(): Opening {
    return this.#session.opening;
  }

  async request(frame: Frame, receive: Receive, { signal }: UnderWay): Promise<void> {
    const { posted, used } = await this.#sendInSession(frame, receive, signal);
    this.#lasting.keep(frame);
    if (posted.kind === "broken") return resume(this.#wire, used, frame, posted, receive, signal);
    const said = posted.kind === "refused" && frame.id !== undefined ? refusalFrame(posted.text, frame.id) : undefined;
    if (said !== undefined) return receive(said);
    if (posted.kind === "refused") throw posted.error;
  }

  async pass(frame: Frame): Promise<void> {
    await this.#sendInSession(frame, nothing, AbortSignal.any([this.#end.signal, AbortSignal.timeout(30_000)]));
  }

  async cancel(frame: Frame): Promise<void> {
    await this.pass(makeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: frame.id, reason: "The answer is no longer wanted." } }));
  }

  async follow(): Promise<undefined> {}

  async close(): Promise<void> {
    this.#end.abort();
    this.#session.over.abort();
    await endSession(this.#wire, this.#session);
  }

  async #send(frame: Frame, receive: Receive, signal: AbortSignal, { headers }: Session): Promise<Posted> {
    const id = frame.kind === "request" ? frame.id : undefined;
    try {
      return await whileUnsent(() => post(this.#wire, frame.text, { headers, signal, receive, id }), signal);
    } catch (thrown) {
      throw undecided(thrown, this.#wire.place());
    }
  }

  /** Once more in a new session when the server has forgotten the old one: it did nothing then. */
  async #sendInSession(frame: Frame, receive: Receive, signal: AbortSignal): Promise<{ readonly posted: Posted; readonly used: Session }> {
    const first = this.#session;
    const posted = await this.#send(frame, receive, signal, first);
    if (!isSessionLost(first, posted)) return { posted, used: first };
    const next = await orCancelled(this.#renew(first), signal);
    return { posted: await this.#send(frame, receive, signal, next), used: next };
  }

  #renew(lost: Session): Promise<Session> {
    if (this.#session !== lost) return Promise.resolve(this.#session);
    this.#renewing ??= this.#openAgain(lost).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #openAgain(lost: Session): Promise<Session> {
    lost.over.abort();
    const expired = (): McpassError => noAnswer(this.#wire.place(), this.#connectMs, "open a new session");
    const next = await withDeadline({ ms: this.#connectMs, signal: this.#end.signal, expired }, ({ signal }) => openSession(this.#wire, this.#hello, signal));
    this.#session = next;
    this.#listen(next);
    for (const frame of this.#lasting.requests()) await this.#send(frame, nothing, this.#end.signal, next).catch(() => undefined);
    this.#events.onGap();
    return next;
  }

  #listen(session: Session): void {
    void listenTo(this.#wire, session, this.#events, () => void this.#renew(session).catch(() => undefined));
  }
}

const nothing: Receive = async () => {};

async function openSession(wire: Wire, hello: Frame, signal: AbortSignal): Promise<Session> {
  let answer: Frame | undefined;
  const receive: Receive = async (frame) => void (answer = frame.kind === "response" ? frame : answer);
  const posted = await whileUnsent(() => post(wire, hello.text, { headers: {}, signal, receive, id: hello.id }), signal);
  if (posted.kind === "broken") throw streamLost(wire.place(), posted.cause);
  if (posted.kind === "refused") throw new OpeningRefused(posted.status, posted.code, posted.error);
  const { result, error } = answer?.message() ?? {};
  if (!isRecord(result)) throw new OpeningRefused(200, isRecord(error) && typeof error["code"] === "number" ? error["code"] : undefined, openingError(wire, error));
  const { protocolVersion } = result;
  if (typeof protocolVersion !== "string") throw notMcp(wire.place(), "initialize without a protocol version");
  const id = posted.header("mcp-session-id");
  const headers = { "mcp-protocol-version": protocolVersion, ...(id === null ? {} : { "mcp-session-id": id }) };
  await post(wire, makeFrame({ jsonrpc: "2.0", method: "notifications/initialized" }).text, { headers, signal, receive: nothing, id: undefined });
  return { opening: { era: "legacy", result }, headers, id, over: new AbortController() };
}

function openingError(wire: Wire, error: unknown): McpassError {
  const words = isRecord(error) && typeof error["message"] === "string" ? error["message"].slice(0, 300) : "no result";
  return notMcp(wire.place(), `initialize with ${words}`);
}

/** 404 is what the specification says; some servers answer 400 and say in words that they do not know the session. */
function isSessionLost({ id }: Session, posted: Posted): boolean {
  if (id === null || posted.kind !== "refused") return false;
  return (posted.status === 404 && posted.code !== -32_601) || (posted.status === 400 && /session/i.test(posted.text));
}

/** Taken up where it broke, as far as the server offers that. 2025-11-25, resumability */
async function resume(wire: Wire, session: Session, frame: Frame, broken: Posted & { kind: "broken" }, receive: Receive, signal: AbortSignal): Promise<void> {
  const pauses = createPauses(500, 5_000, signal);
  let { lastEventId, retryMs, cause } = broken;
  for (let turn = 0; lastEventId !== undefined && turn < 10; turn += 1) {
    if (!(await pauses.next(retryMs))) throw signal.reason;
    const opened = await openStream(wire, session, lastEventId, signal).catch((thrown: unknown) => ({ thrown }));
    if ("thrown" in opened) {
      cause = opened.thrown;
      if (signal.aborted) throw signal.reason;
      continue;
    }
    if (opened.body === undefined) break;
    const again = await readStream(wire, opened.body, { receive, id: frame.id, signal });
    if (again === undefined) return;
    ({ retryMs = retryMs, cause } = again);
    lastEventId = again.lastEventId ?? lastEventId;
  }
  throw streamLost(wire.place(), cause);
}

/** The stream by which the server speaks first, for as long as the session lasts. Servers without one say 405. */
async function listenTo(wire: Wire, session: Session, { receive, onTrouble, onGap }: ChannelEvents, onSessionLost: () => void): Promise<void> {
  const { signal } = session.over;
  const pauses = createPauses(1_000, 30_000, signal);
  let lastEventId: string | undefined;
  let wasOpen = false;
  do {
    try {
      const { status, body } = await openStream(wire, session, lastEventId, signal);
      if (status === 404 && session.id !== null) return onSessionLost();
      if (body === undefined && status < 500) return;
      if (body !== undefined) {
        if (wasOpen && lastEventId === undefined) onGap();
        wasOpen = true;
        const startedAt = Date.now();
        const broken = await readStream(wire, body, { receive, id: undefined, signal });
        lastEventId = broken?.lastEventId ?? lastEventId;
        if (Date.now() - startedAt > 10_000) pauses.reset();
      }
    } catch (thrown) {
      const error = findMcpassError(thrown);
      if (signal.aborted) return;
      if (error !== undefined && error.code !== "unreachable" && error.code !== "timed_out") return onTrouble(error);
    }
  } while (await pauses.next());
}

async function openStream(wire: Wire, session: Session, lastEventId: string | undefined, signal: AbortSignal): Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> | undefined }> {
  const headers = { ...session.headers, accept: "text/event-stream", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) };
  const answer = await wire.fetch(wire.url, { method: "GET", headers, redirect: "manual", signal });
  if (answer.status === 200 && mediaType(answer) === "text/event-stream" && answer.body !== null) return { status: 200, body: answer.body };
  await answer.body?.[Symbol.asyncIterator]().return?.();
  return { status: answer.status, body: undefined };
}

async function endSession(wire: Wire, { id, headers }: Session): Promise<void> {
  if (id === null) return;
  try {
    const answer = await wire.fetch(wire.url, { method: "DELETE", headers, redirect: "manual", signal: AbortSignal.timeout(1_000) });
    await answer.body?.[Symbol.asyncIterator]().return?.();
  } catch {
    // A session that is not given back ends by itself.
  }
}
