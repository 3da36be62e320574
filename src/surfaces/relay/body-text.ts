import { StringDecoder } from "node:string_decoder";

import { GrowingText } from "../../base/growing-text.ts";
import { oneLine } from "./frame.ts";

/** A body of UTF-8 that comes in chunks, most of them in one. What comes in more is decoded as it comes, and put on one line, so that it is put together once. */
export class BodyText {
  #last: Buffer | undefined;
  #begun: { readonly decoder: StringDecoder; readonly text: GrowingText } | undefined;

  add(chunk: Buffer): void {
    if (this.#last !== undefined) {
      this.#begun ??= { decoder: new StringDecoder("utf8"), text: new GrowingText() };
      this.#begun.text.add(oneLine(this.#begun.decoder.write(this.#last)));
    }
    this.#last = chunk;
  }

  /** Once, at its end. */
  take(): string {
    if (this.#begun === undefined) return this.#last?.toString("utf8") ?? "";
    const { decoder, text } = this.#begun;
    text.add(oneLine(decoder.end(this.#last)));
    this.#begun = this.#last = undefined;
    return text.take();
  }
}
