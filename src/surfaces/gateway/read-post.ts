import type { IncomingMessage } from "node:http";

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

/** Put together once. */
async function readText(incoming: IncomingMessage): Promise<string> {
  const tooLarge = (): Refused => new Refused(413, -32_000, `The body is larger than ${String(largest)} bytes.`, { headers: { connection: "close" } });
  if (Number(incoming.headers["content-length"] ?? 0) > largest) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > largest) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  const [first] = chunks;
  return (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString("utf8");
}
