import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

import type { FetchAnswer } from "../../base/runtime.ts";

/** The answer to a request made with `method`; its body is null where HTTP allows none (RFC 9110 §6.4.1) or it is empty. */
export function readAnswer(message: IncomingMessage, method: string): FetchAnswer {
  const status = message.statusCode ?? 0;
  message.socket.unref();
  const get = (name: string): string | null => readField(message, name.toLowerCase());
  const bodiless = method === "HEAD" || status === 204 || status === 304 || get("content-length") === "0";
  if (bodiless) message.resume();
  return {
    status,
    headers: {
      get,
      forEach: (callback) => Object.entries(message.headersDistinct).forEach(([name, values]) => values?.forEach((value) => callback(value, name))),
    },
    body: bodiless ? null : readBody(message),
  };
}

/** From the lines as they came: few of them are asked for, and an object of all takes longer. `name`: in lower case. RFC 9110 §5.3 */
function readField({ rawHeaders }: IncomingMessage, name: string): string | null {
  let found: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const line = rawHeaders[at] ?? "";
    if (line.length !== name.length || line.toLowerCase() !== name) continue;
    const value = rawHeaders[at + 1] ?? "";
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

/** Reading holds the process alive; stopping early, even before the first chunk, closes the connection. */
function readBody(message: IncomingMessage): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      let chunks: Promise<AsyncIterator<Uint8Array>> | undefined;
      const start = async (): Promise<AsyncIterator<Uint8Array>> => {
        if (!message.destroyed) message.socket.ref();
        const coded = await decoded(message);
        return coded === undefined ? readChunks(message) : (coded[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>);
      };
      return {
        next: async () => await (await (chunks ??= start())).next(),
        return: async () => {
          message.destroy();
          await (await chunks)?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * What has come is there at once, and so is its end: most answers are there as a whole, and whoever waits for one need not wait until its connection can serve again,
 * which it does by the end of this turn's ticks. Node's own iterator would take longer than all else that is done with a small answer.
 */
function readChunks(message: IncomingMessage): AsyncIterator<Uint8Array> {
  let wake: (() => void) | undefined;
  let failure: Error | undefined;
  const listen = (): void => {
    for (const event of ["readable", "end", "close"]) message.on(event, () => wake?.());
  };
  message.on("error", (error) => {
    failure = error;
    wake?.();
  });
  return {
    next: async () => {
      for (;;) {
        const chunk = message.read() as Buffer | null;
        if (chunk !== null) return { done: false, value: chunk };
        if (message.complete && message.readableLength === 0) return { done: true, value: undefined };
        if (failure !== undefined || message.destroyed) throw failure ?? message.errored ?? Object.assign(new Error("aborted"), { code: "ECONNRESET" });
        if (wake === undefined) listen();
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** Servers that compress although `identity` was asked for exist; a coding unknown here is passed through as it is: undefined. */
async function decoded(message: IncomingMessage): Promise<Readable | undefined> {
  const coding = readField(message, "content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!["gzip", "x-gzip", "deflate", "br"].includes(coding)) return undefined;
  const [{ createBrotliDecompress, createUnzip }, { pipeline }] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const decoder = coding === "br" ? createBrotliDecompress() : createUnzip();
  // An error of either ends both, and the reader of the decoder sees it.
  return pipeline(message, decoder, () => undefined);
}
