import type { ServerResponse } from "node:http";

import type { Frame, RpcId } from "../relay/frame.ts";
import type { EventStream } from "./event-stream.ts";
import { sendJson } from "./http-answers.ts";

export interface ExchangeOptions {
  readonly outgoing: ServerResponse;
  /** The requests that it brought; each gets one answer. */
  readonly expected: ReadonlySet<RpcId>;
  /** Where it goes on when one answer is not all. */
  readonly stream: EventStream;
  readonly headers: Readonly<Record<string, string>>;
  /** See `EventStream.attach`. */
  readonly primes: boolean;
  /** The HTTP status that an answer has which is all that is sent. */
  readonly statusOf: (answer: Frame) => number;
}

/** How long a request may be silent before its stream begins, so that nobody on the way takes it for dead. */
const silentMs = 10_000;

/** One POST of the host's and what it gets for it: one JSON answer where that is all, else a stream of events that ends with the last answer. */
export class Exchange {
  readonly stream: EventStream;
  readonly #options: ExchangeOptions;
  readonly #missing: Set<RpcId>;
  #began = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.stream = options.stream;
    this.#missing = new Set(options.expected);
    this.#timer = setTimeout(() => this.#begin(), silentMs).unref();
  }

  /** Something that comes before the answer. */
  send(frame: Frame): Promise<void> {
    this.#begin();
    return this.stream.write(frame.text);
  }

  answer(id: RpcId, frame: Frame): Promise<void> {
    const { outgoing, expected, statusOf, headers } = this.#options;
    this.#missing.delete(id);
    if (!this.#began && expected.size === 1) {
      clearTimeout(this.#timer);
      this.stream.end();
      return sendJson(outgoing, statusOf(frame), frame.text, headers);
    }
    this.#begin();
    const written = this.stream.write(frame.text);
    if (this.#missing.size === 0) this.stream.end();
    return written;
  }

  /** No answer comes to this one any more. */
  leave(id: RpcId): void {
    this.#missing.delete(id);
    if (this.#missing.size > 0) return;
    this.#begin();
    this.stream.end();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    if (this.#began || this.stream.isOver) return;
    this.#began = true;
    const { outgoing, headers, primes } = this.#options;
    // Whoever has gone may come back for it, where the stream keeps what it was.
    if (!outgoing.destroyed) this.stream.attach(outgoing, { primes, headers });
  }
}
