import type { IncomingMessage } from "node:http";

import { BodyText } from "../relay/body-text.ts";
import { type Frame, readFrames } from "../relay/frame.ts";
import { Refused } from "./http-answers.ts";

/** Bytes. Larger messages than any client sends. */
const largest = 64 * 1024 * 1024;

/** The messages of a POST. Throws `Refused`. */
export async function readPost(incoming: IncomingMessage): Promise<readonly Frame[]> {
  const { accept = "*/*", "content-type": type = "" } = incoming.headers;
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refused(415, -32_000, "The body must be JSON (Content-Type: application/json).");
  if (!/\*\/\*|application\/(json|\*)|text\/(event-stream|\*)/i.test(accept)) throw new Refused(406, -32_000, "Accept must name application/json and text/event-stream.");
  const frames = readFrames(await readText(incoming));
  if (frames === undefined) throw new Refused(400, -32_700, "The body is no JSON-RPC message.");
  return frames;
}

/** Put together as it comes. By events: an iterator over so little costs more than all the rest. */
function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const tooLarge = (): void => reject(new Refused(413, -32_000, `The body is larger than ${String(largest)} bytes.`, { headers: { connection: "close" } }));
    if (Number(incoming.headers["content-length"] ?? 0) > largest) return tooLarge();
    const text = new BodyText();
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largest) return text.add(chunk);
      incoming.pause();
      tooLarge();
    });
    incoming.once("end", () => resolve(text.take()));
    incoming.once("error", reject);
    // Of every request; an error that nobody sees would cost as much as all the rest here.
    incoming.once("close", () => void (incoming.readableEnded || reject(new Refused(400, -32_000, "The body ended before its end."))));
  });
}
