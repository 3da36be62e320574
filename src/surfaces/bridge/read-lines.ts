import { StringDecoder } from "node:string_decoder";

import { GrowingText } from "../../base/growing-text.ts";

/** The lines of a stream, without their ends; a last one without an end is given too. A long line is joined once, however many pieces it came in. */
export async function* readLines(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  const begun = new GrowingText();
  for await (const chunk of input) {
    const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      begun.add(text.slice(from, end));
      from = end + 1;
      yield* lineOf(begun.take());
    }
    if (from < text.length) begun.add(text.slice(from));
  }
  yield* lineOf(begun.take() + decoder.end());
}

/** Not an empty one. */
function* lineOf(text: string): Generator<string, void, undefined> {
  if (text.trim() !== "") yield text.endsWith("\r") ? text.slice(0, -1) : text;
}
