import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

import type { FetchAnswer } from "../../base/runtime.ts";

/** The answer to a request made with `method`; its body is null where HTTP allows none (RFC 9110 §6.4.1) or it is empty. */
export function readAnswer(message: IncomingMessage, method: string): FetchAnswer {
  const status = message.statusCode ?? 0;
  const fields = message.headersDistinct;
  message.socket.unref();
  const bodiless = method === "HEAD" || status === 204 || status === 304 || fields["content-length"]?.[0] === "0";
  if (bodiless) message.resume();
  return {
    status,
    headers: {
      get: (name) => fields[name.toLowerCase()]?.join(", ") ?? null,
      forEach: (callback) => Object.entries(fields).forEach(([name, values]) => values?.forEach((value) => callback(value, name))),
    },
    body: bodiless ? null : readBody(message),
  };
}

/** Reading holds the process alive; stopping early, even before the first chunk, closes the connection. */
function readBody(message: IncomingMessage): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      let chunks: Promise<AsyncIterator<Uint8Array>> | undefined;
      const start = async (): Promise<AsyncIterator<Uint8Array>> => {
        if (!message.destroyed) message.socket.ref();
        return (await decoded(message))[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
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

/** Servers that compress although `identity` was asked for exist; a coding unknown here is passed through as it is. */
async function decoded(message: IncomingMessage): Promise<Readable> {
  const coding = message.headersDistinct["content-encoding"]?.join(", ").trim().toLowerCase() ?? "identity";
  if (!["gzip", "x-gzip", "deflate", "br"].includes(coding)) return message;
  const [{ createBrotliDecompress, createUnzip }, { pipeline }] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const decoder = coding === "br" ? createBrotliDecompress() : createUnzip();
  // An error of either ends both, and the reader of the decoder sees it.
  return pipeline(message, decoder, () => undefined);
}
