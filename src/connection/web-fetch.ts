import { McpassError } from "../base/errors.ts";
import type { Fetch, FetchAnswer } from "../base/runtime.ts";
import { manyMayListen } from "./deadline.ts";

/** The web's fetch over ours, as the SDK's transports want it. */
export interface WebFetch {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** The last McpassError that a request threw: the SDK's event source passes on its words only. */
  failure(): McpassError | undefined;
}

/** `onStreamFailure` hears of a GET stream that failed: nobody waits for its answer. */
export function createWebFetch(fetch: Fetch, onStreamFailure: (error: McpassError) => void): WebFetch {
  let failure: McpassError | undefined;
  return {
    failure: () => failure,
    fetch: async (url, init = {}) => {
      const method = init.method ?? "GET";
      manyMayListen(init.signal);
      try {
        const answer = await fetch(String(url), {
          method,
          headers: Object.fromEntries(new Headers(init.headers)),
          redirect: "manual",
          ...(typeof init.body === "string" ? { body: init.body } : {}),
          ...(init.signal === undefined || init.signal === null ? {} : { signal: init.signal }),
        });
        return toResponse(answer);
      } catch (thrown) {
        if (thrown instanceof McpassError) {
          failure = thrown;
          if (method === "GET") onStreamFailure(thrown);
        }
        throw thrown;
      }
    },
  };
}

/** Streamed, under the web's own name. */
export function toResponse(answer: FetchAnswer): Response {
  const empty = answer.status === 204 || answer.status === 205 || answer.status === 304;
  return new Response(empty || answer.body === null ? null : streamOf(answer.body), { status: answer.status, headers: headersOf(answer) });
}

/** What the transports read, for a fetch whose headers cannot be walked. */
const neededHeaders = ["content-type", "mcp-session-id", "www-authenticate", "location"];

function headersOf(answer: FetchAnswer): Headers {
  const headers = new Headers();
  if (answer.headers.forEach !== undefined) answer.headers.forEach((value, name) => headers.append(name, value));
  else {
    for (const name of neededHeaders) {
      const value = answer.headers.get(name);
      if (value !== null) headers.append(name, value);
    }
  }
  return headers;
}

function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => {
      await chunks.return?.();
    },
  });
}
