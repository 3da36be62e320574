/** In UTF-16 units. Of texts that are longer, what can be done piece by piece is: no other copy of the whole is made. */
export const pieceLength = 1024 * 1024;

/** In UTF-16 units. What of a long text waits to be stored. */
const bitLength = 64 * 1024;

/** Bytes. One store has room for what a message may have; only what is longer takes more than one. */
const storeSize = 64 * 1024 * 1024;

/**
 * A text that comes bit by bit, put together once. A long one is kept as bytes until then, in memory that is given back at once: what was kept as texts would be copied
 * about by the garbage collector, and lie around until it comes by.
 */
export class GrowingText {
  #bits: string[] = [];
  #length = 0;
  #stores: Store[] = [];

  /** It must not end between the halves of a surrogate pair. */
  add(bit: string): void {
    // Not before more comes: what comes at once stays as it is. After that soon: what does not live long costs least.
    if (this.#length >= (this.#stores.length === 0 ? pieceLength : bitLength)) this.#store();
    this.#bits.push(bit);
    this.#length += bit.length;
  }

  /** What came, and keeps nothing of it. */
  take(): string {
    if (this.#stores.length > 0) this.#store();
    const parts = this.#stores.length > 0 ? this.#stores.map((store) => store.take()) : this.#bits;
    this.#bits = [];
    this.#length = 0;
    this.#stores = [];
    return parts.length === 1 ? (parts[0] ?? "") : parts.join("");
  }

  #store(): void {
    for (const piece of piecesOf(this.#bits.join(""))) {
      if (this.#stores.at(-1)?.add(piece) === true) continue;
      const store = new Store();
      store.add(piece);
      this.#stores.push(store);
    }
    this.#bits = [];
    this.#length = 0;
  }
}

/** Bytes of UTF-8, in memory that grows where it is. */
class Store {
  readonly #encoder = new TextEncoder();
  readonly #buffer = new ArrayBuffer(0, { maxByteLength: storeSize });
  #size = 0;

  /** False: it has no room. */
  add(piece: string): boolean {
    // No unit takes more than three.
    const most = this.#size + 3 * piece.length;
    if (most > storeSize) return false;
    // All at once for a large text: so much asked for makes the garbage collector look for what the last one has left.
    if (most > this.#buffer.byteLength) this.#buffer.resize(most > storeSize / 8 ? storeSize : 2 * most);
    this.#size += this.#encoder.encodeInto(piece, new Uint8Array(this.#buffer, this.#size)).written;
    return true;
  }

  take(): string {
    this.#buffer.resize(this.#size);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(this.#buffer, 0, this.#size));
    this.#buffer.resize(0);
    return text;
  }
}

/** A text in pieces, none of which ends between the halves of a surrogate pair: each can be encoded by itself. */
export function* piecesOf(text: string): Generator<string, void, undefined> {
  for (let from = 0, to; from < text.length; from = to) {
    to = Math.min(from + pieceLength, text.length);
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    yield text.slice(from, to);
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
