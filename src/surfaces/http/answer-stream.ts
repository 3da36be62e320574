import type { ServerResponse } from "node:http";

import type { Api } from "./api.ts";
import { answerTo } from "./error-answers.ts";
import type { Reply } from "./route.ts";

/** One answer that comes in parts, as `text/event-stream`: what is on the way, then the end. `signal` aborts when the caller is gone. */
export interface AnswerStream {
  readonly signal: AbortSignal;
  tell(type: string, properties: Readonly<Record<string, unknown>>): void;
}

const heartbeatMs = 15_000;
/** Bytes that may wait for a caller that does not read; what is on the way is left out then, the end never. */
const mostUnread = 1024 * 1024;

interface LastEvent {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Streamed extends Pick<Api, "onInternal"> {
  readonly outgoing: ServerResponse;
  /** The server that it is about. */
  readonly name: string;
}

/** Runs `work` and writes what it tells; what it gives is the last event, or `error {error, code, hint}` with what it throws. */
export async function streamAnswer({ outgoing, name, onInternal }: Streamed, work: (stream: AnswerStream) => Promise<LastEvent>): Promise<Reply> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  outgoing.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-accel-buffering": "no" });
  // So that the caller knows at once that it was let in.
  outgoing.write(": begun\n\n");
  const heartbeat = setInterval(() => outgoing.write(": still at it\n\n"), heartbeatMs);
  try {
    const tell: AnswerStream["tell"] = (type, properties) => void (outgoing.writableLength > mostUnread || outgoing.write(frame(type, properties)));
    const { type, properties } = await work({ signal: gone.signal, tell }).catch((thrown: unknown): LastEvent => ({ type: "error", properties: { ...answerTo(thrown, { name }, onInternal).body } }));
    outgoing.end(frame(type, properties));
  } finally {
    clearInterval(heartbeat);
    outgoing.end();
  }
  return { kind: "sent" };
}

function frame(type: string, properties: Readonly<Record<string, unknown>>): string {
  return `data: ${JSON.stringify({ type, properties })}\n\n`;
}
