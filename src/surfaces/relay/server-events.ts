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
 * The events of a text/event-stream with their ids and retry times, also those without data. HTML §9.2.6. Data is put together once, however many lines
 * and pieces it came in, so that a large message costs no more than twice its size.
 */
export async function* readServerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const data = new GrowingText();
  const line = new Line(data);
  let hasData = false;
  let event = "";
  let id: string | undefined;
  let retry: number | undefined;
  for await (const { text, ends } of readLineParts(body)) {
    line.add(text, ends, hasData);
    if (!ends) continue;
    const { field, value } = line.take() ?? {};
    if (field === "data") hasData = true;
    else if (field === "event") event = value ?? "";
    else if (field === "id" && value?.includes("\0") === false) id = value;
    else if (field === "retry" && value !== undefined && /^\d+$/.test(value)) retry = Number(value);
    if (field !== undefined) continue;
    if (hasData || id !== undefined || retry !== undefined) yield { event: event === "" ? "message" : event, data: data.take(), id, retry };
    event = "";
    hasData = false;
    id = retry = undefined;
  }
}

/** As much of a line as tells whether it is data, and with or without the space that does not count. */
const dataStart = "data: ";

/** A line in parts. The value of one with data goes to `data` as it comes. */
class Line {
  readonly #data: GrowingText;
  readonly #other = new GrowingText();
  /** What has come, as long as it is not known what it is. */
  #start: string | undefined = "";
  #isData = false;

  constructor(data: GrowingText) {
    this.#data = data;
  }

  /** `follows`: a line with data came before it. */
  add(text: string, ends: boolean, follows: boolean): void {
    if (this.#start === undefined) return (this.#isData ? this.#data : this.#other).add(text);
    const start = this.#start + text;
    this.#start = start;
    if (!ends && start.length < dataStart.length) return;
    this.#start = undefined;
    this.#isData = start === "data" || start.startsWith("data:");
    if (!this.#isData) return this.#other.add(start);
    if (follows) this.#data.add(" ");
    this.#data.add(start.slice(start.startsWith(dataStart) ? dataStart.length : "data:".length));
  }

  /** At its end; undefined: it is empty. */
  take(): { readonly field: string; readonly value?: string } | undefined {
    this.#start = "";
    if (this.#isData) return { field: "data" };
    const line = this.#other.take();
    if (line === "") return undefined;
    const colon = line.indexOf(":");
    if (colon < 0) return { field: line, value: "" };
    return { field: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === " " ? 2 : 1)) };
  }
}

/** What comes of lines that are ended by CR LF, LF or CR. */
async function* readLineParts(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly text: string; readonly ends: boolean }, void, undefined> {
  const decoder = new StringDecoder("utf8");
  const ends = /\r\n|\n|\r/g;
  let afterReturn = false;
  for await (const chunk of body) {
    let text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    // The CR at the end of the chunk before was the first half of a CR LF.
    if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") afterReturn = text.endsWith("\r");
    let from = 0;
    ends.lastIndex = 0;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      yield { text: text.slice(from, end.index), ends: true };
      from = ends.lastIndex;
    }
    if (from < text.length) yield { text: text.slice(from), ends: false };
  }
}
