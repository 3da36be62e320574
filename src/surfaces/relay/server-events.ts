import { StringDecoder } from "node:string_decoder";

import { GrowingText } from "../../base/growing-text.ts";

export interface ServerEvent {
  /** `message` when the stream named none. */
  readonly event: string;
  /** Its lines are joined by spaces, so that a message stands on one line. */
  readonly data: string;
  readonly id: string | undefined;
  /** In ms. */
  readonly retry: number | undefined;
}

/**
 * The events of a text/event-stream with their ids and retry times, also those without data. HTML §9.2.6. A line is joined once, however many
 * pieces it came in, so that a large message costs no more than twice its size.
 */
export async function* readServerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const data = new GrowingText();
  let hasData = false;
  let event = "";
  let id: string | undefined;
  let retry: number | undefined;
  for await (const line of readEventLines(body)) {
    if (line === "") {
      if (hasData || id !== undefined || retry !== undefined) yield { event: event === "" ? "message" : event, data: data.take(), id, retry };
      event = "";
      hasData = false;
      id = retry = undefined;
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "data") {
      if (hasData) data.add(" ");
      data.add(value);
      hasData = true;
    } else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
  }
}

/** Lines ended by CR LF, LF or CR; a last one without an end is not given. */
async function* readEventLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  const ends = /\r\n|\n|\r/g;
  const begun = new GrowingText();
  let afterReturn = false;
  for await (const chunk of body) {
    let text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    // The CR at the end of the chunk before was the first half of a CR LF.
    if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") afterReturn = text.endsWith("\r");
    let from = 0;
    ends.lastIndex = 0;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      begun.add(text.slice(from, end.index));
      yield begun.take();
      from = ends.lastIndex;
    }
    if (from < text.length) begun.add(text.slice(from));
  }
}
