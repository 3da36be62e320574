import type { ServerResponse } from "node:http";

import { TextWriter } from "../relay/text-writer.ts";

/** Messages that were sent and may be asked for again; the oldest of all streams go first. */
export interface ReplayStore {
  keep(entry: Kept): void;
  drop(entry: Kept): void;
}

export interface Kept {
  readonly number: number;
  readonly text: string;
  /** Takes it out of its stream. */
  readonly forget: () => void;
}

/** `most`: in UTF-16 units, of all messages together. */
export function createReplayStore(most: number): ReplayStore {
  const kept = new Set<Kept>();
  let size = 0;
  const drop = (entry: Kept): void => {
    if (kept.delete(entry)) size -= entry.text.length;
  };
  return {
    drop,
    keep: (entry) => {
      // At the price of none of the others.
      if (entry.text.length > most) return entry.forget();
      kept.add(entry);
      size += entry.text.length;
      for (const oldest of kept) {
        if (size <= most) break;
        drop(oldest);
        oldest.forget();
      }
    },
  };
}

/**
 * Messages as a text/event-stream, to one listener at a time. With a store its events have ids, those that were written while nobody listened are not lost, and a listener
 * that comes back is given what it missed. 2025-11-25, resumability
 */
export class EventStream {
  readonly key: string;
  readonly #store: ReplayStore | undefined;
  readonly #kept = new Map<number, Kept>();
  #listener: TextWriter | undefined;
  #last = 0;
  #given = 0;
  #over = false;

  constructor(key: string, store: ReplayStore | undefined) {
    this.key = key;
    this.#store = store;
  }

  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The listener from now on; one before it is let go. `after`: the number of the last event that it has seen. */
  attach(outgoing: ServerResponse, options: { readonly after?: number | undefined; readonly primes: boolean; readonly headers?: Readonly<Record<string, string>> | undefined }): void {
    this.#listener?.end();
    const { after = this.#given, primes, headers } = options;
    outgoing.writeHead(200, { ...streamHeaders, ...headers });
    const listener = new TextWriter(outgoing);
    // With it a client may come back even when nothing was sent yet. Older ones take it for a broken message.
    if (primes && this.#store !== undefined) outgoing.write(`id: ${this.#idOf(after)}\ndata: \n\n`);
    else outgoing.write(": mcpass\n\n");
    this.#listener = listener;
    outgoing.once("close", () => {
      if (this.#listener === listener) this.#listener = undefined;
    });
    for (const { number, text } of this.#kept.values()) if (number > after) void this.#put(listener, number, text);
    this.#given = this.#last;
    if (this.#over) listener.end();
  }

  /** Settles when there is room for more, at once when nobody listens. */
  write(text: string): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#last += 1;
    const number = this.#last;
    if (this.#store !== undefined) {
      const entry: Kept = { number, text, forget: () => void this.#kept.delete(number) };
      this.#kept.set(number, entry);
      this.#store.keep(entry);
    }
    if (this.#listener === undefined) return Promise.resolve();
    this.#given = number;
    return this.#put(this.#listener, number, text);
  }

  /** So that nobody on the way takes it for dead. */
  beat(): void {
    if (this.#listener?.hasRoom === true) void this.#listener.write(": mcpass\n\n");
  }

  /** Nothing comes any more; what is kept can still be asked for. */
  end(): void {
    this.#over = true;
    this.#listener?.end();
  }

  forget(): void {
    for (const entry of this.#kept.values()) this.#store?.drop(entry);
    this.#kept.clear();
  }

  #idOf(number: number): string {
    return `${this.key}-${String(number)}`;
  }

  #put(listener: TextWriter, number: number, text: string): Promise<void> {
    return listener.write(text, `${this.#store === undefined ? "" : `id: ${this.#idOf(number)}\n`}data: `, "\n\n");
  }
}

/** What `Last-Event-ID` says; undefined: no event of ours. */
export function readEventId(text: string): { readonly key: string; readonly number: number } | undefined {
  const [, key, number] = /^([\w]{1,40})-(\d{1,15})$/.exec(text) ?? [];
  return key === undefined ? undefined : { key, number: Number(number) };
}

const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "x-accel-buffering": "no" };
