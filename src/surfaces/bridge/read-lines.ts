import { StringDecoder } from "node:string_decoder";

/** The lines of a stream, without their ends; a last one without an end is given too. A long line is joined once, however many pieces it came in. */
export async function* readLines(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  for await (const chunk of input) {
    const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      pieces.push(text.slice(from, end));
      const line = pieces.join("");
      pieces = [];
      from = end + 1;
      if (line.trim() !== "") yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    if (from < text.length) pieces.push(text.slice(from));
  }
  const last = pieces.join("") + decoder.end();
  if (last.trim() !== "") yield last;
}
