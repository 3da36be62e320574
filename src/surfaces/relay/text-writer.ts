import type { Writable } from "node:stream";

import { piecesOf } from "../../base/growing-text.ts";

/** In UTF-16 units. One write of a smaller text costs less than several. */
export const largeText = 64 * 1024;

/** Writes texts to a stream, in their order. Of a large one only a piece at a time is encoded, once there is room for it; what comes meanwhile waits behind it. */
export class TextWriter {
  readonly #output: Writable;
  readonly #signal: AbortSignal | undefined;
  #large: Promise<void> | undefined;
  #room: Promise<void> | undefined;

  /** After the signal nothing waits for room. */
  constructor(output: Writable, signal?: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
  }

  /** Nothing that was written waits. */
  get hasRoom(): boolean {
    return this.#large === undefined && !this.#output.writableNeedDrain;
  }

  /** Settles when there is room for more, or nobody takes any. */
  write(text: string, head = "", tail = ""): Promise<void> {
    if (this.#large !== undefined || text.length >= largeText) return this.#writeInTurn(around(head, text, tail));
    if (!this.#output.write(`${head}${text}${tail}`)) this.#room ??= roomIn(this.#output, this.#signal).then(() => void (this.#room = undefined));
    return this.#room ?? Promise.resolve();
  }

  /** After all that was written. */
  end(): void {
    if (this.#large === undefined) this.#output.end();
    else void this.#large.then(() => this.end());
  }

  #writeInTurn(pieces: Iterable<string>): Promise<void> {
    const written = this.#large === undefined ? writePieces(this.#output, pieces, this.#signal) : this.#large.then(() => writePieces(this.#output, pieces, this.#signal));
    const over = written.then(() => {
      if (this.#large === over) this.#large = undefined;
    });
    this.#large = over;
    return over;
  }
}

/** One after the other, as there is room. Settles when there is room for more, or nobody takes any. */
export async function writePieces(output: Writable, pieces: Iterable<string>, signal?: AbortSignal): Promise<void> {
  for (const piece of pieces) {
    if (output.destroyed || output.writableEnded) return;
    if (!output.write(piece)) await roomIn(output, signal);
  }
}

function* around(head: string, text: string, tail: string): Generator<string, void, undefined> {
  if (head !== "") yield head;
  yield* piecesOf(text);
  if (tail !== "") yield tail;
}

function roomIn(output: Writable, signal: AbortSignal | undefined): Promise<void> {
  if (output.destroyed || signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      output.off("drain", done);
      output.off("close", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    output.once("drain", done);
    output.once("close", done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
