import type { Interface } from "node:readline";

/**
 * Lines a person types, one at a time. The terminal stays in its ordinary (cooked) mode: echo, erase and Ctrl-C are the system's.
 * Nothing is read before the first `next`; whoever made the reader closes it.
 */
export class LineReader {
  readonly #input: () => NodeJS.ReadableStream;
  #lines: Interface | undefined;
  #ended = false;
  readonly #typedAhead: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];

  constructor(input: () => NodeJS.ReadableStream) {
    this.#input = input;
  }

  /** The next line; undefined at the end of input, when the reader is closed, or when `signal` aborts (the line is then left for the next caller). */
  next(signal?: AbortSignal): Promise<string | undefined> {
    const typed = this.#typedAhead.shift();
    if (typed !== undefined || this.#ended || signal?.aborted === true) return Promise.resolve(typed);
    this.#open();
    return new Promise((resolve) => {
      const settle = (line: string | undefined): void => {
        signal?.removeEventListener("abort", give);
        resolve(line);
      };
      const give = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        resolve(undefined);
      };
      this.#waiting.push(settle);
      signal?.addEventListener("abort", give, { once: true });
    });
  }

  close(): void {
    this.#end();
    this.#lines?.close();
    this.#lines = undefined;
  }

  #open(): void {
    if (this.#lines !== undefined) return;
    this.#lines = process.getBuiltinModule("node:readline").createInterface({ input: this.#input(), terminal: false, crlfDelay: Infinity });
    this.#lines.on("line", (line) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#typedAhead.push(line);
      else waiting(line);
    });
    this.#lines.on("close", () => this.#end());
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}
