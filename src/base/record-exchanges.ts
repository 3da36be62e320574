import { describeCause } from "./errors.ts";
import { plainText, scrub, showUrl } from "./redact.ts";
import type { Fetch, FetchAnswer, FetchInit } from "./runtime.ts";

/** One request and what came of it, safe to show: no credential, no control character, long texts cut. Instants and durations in ms. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly startedAt: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string | undefined;
  /** Until the answer's head; undefined while there is none. */
  durationMs: number | undefined;
  status: number | undefined;
  responseHeaders: Readonly<Record<string, string>>;
  /** As far as it was read, at most 2,000 characters. */
  responseBody: string | undefined;
  /** Why there was no answer. */
  error: string | undefined;
}

export interface Recording {
  readonly fetch: Fetch;
  readonly exchanges: readonly Exchange[];
}

const bodyLimit = 2_000;
const secretHeader = /^(authorization|proxy-authorization|cookie|set-cookie|mcp-session-id|dpop)$|api[-_]?key|(^|[-_])(token|secret|password|credential|auth|session)s?$/i;
const secretMember = /((?:"|\b)(?:access_token|refresh_token|id_token|client_secret|registration_access_token|code|code_verifier|state|assertion|client_assertion|subject_token|password|api_key)(?:"\s*:\s*"|=))[^"&\s]+/g;
const jwt = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** A fetch that keeps every exchange in redacted form. `secrets` are asked for when something is kept, so that later ones count too. Z05 */
export function recordExchanges(fetch: Fetch, options: { readonly now: () => number; readonly secrets: () => readonly (string | undefined)[] }): Recording {
  const exchanges: Exchange[] = [];
  const safe = (text: string): string => redactText(text, options.secrets());
  return {
    exchanges,
    fetch: async (url, init = {}) => {
      const exchange = begin(url, init, options.now(), safe);
      exchanges.push(exchange);
      try {
        const answer = await fetch(url, init);
        exchange.durationMs = options.now() - exchange.startedAt;
        exchange.status = answer.status;
        exchange.responseHeaders = headersOf(answer, safe);
        return { ...answer, headers: answer.headers, body: answer.body === null ? null : keeping(answer.body, exchange, safe) };
      } catch (thrown) {
        exchange.durationMs = options.now() - exchange.startedAt;
        exchange.error = safe(describeCause(thrown));
        throw thrown;
      }
    },
  };
}

/** One text as it may be shown: known secrets, members that carry secrets, and whatever looks like a JWT are left out. */
export function redactText(text: string, secrets: readonly (string | undefined)[] = []): string {
  const shown = scrub(text, secrets).replace(secretMember, "$1[secret]").replace(jwt, "[secret]");
  return plainText(shown, bodyLimit);
}

function begin(url: string, init: FetchInit, startedAt: number, safe: (text: string) => string): Exchange {
  const shownHeaders = Object.entries(init.headers ?? {}).map(([name, value]) => [name, showHeader(name, value, safe)] as const);
  return {
    method: init.method ?? "GET",
    url: safe(showUrl(url)),
    startedAt,
    requestHeaders: Object.fromEntries(shownHeaders),
    requestBody: init.body === undefined ? undefined : safe(init.body),
    durationMs: undefined,
    status: undefined,
    responseHeaders: {},
    responseBody: undefined,
    error: undefined,
  };
}

function headersOf(answer: FetchAnswer, safe: (text: string) => string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (answer.headers.forEach === undefined) {
    for (const name of ["content-type", "www-authenticate", "location", "retry-after"]) {
      const value = answer.headers.get(name);
      if (value !== null) headers[name] = showHeader(name, value, safe);
    }
  }
  answer.headers.forEach?.((value, name) => void (headers[name] = showHeader(name, value, safe)));
  return headers;
}

/** The scheme of a credential may be seen, and where a redirect points without its secrets. */
function showHeader(name: string, value: string, safe: (text: string) => string): string {
  if (name.toLowerCase() === "location") return safe(showUrl(value));
  if (!secretHeader.test(name)) return safe(value);
  const scheme = /^(Bearer|Basic|DPoP) /i.exec(value)?.[1];
  return scheme === undefined ? "[secret]" : `${scheme} [secret]`;
}

/** Passes every chunk and the wish to stop on as they are: a generator would swallow a stop before the first chunk. */
function keeping(body: AsyncIterable<Uint8Array>, exchange: Exchange, safe: (text: string) => string): AsyncIterable<Uint8Array> {
  const decoder = new TextDecoder();
  let text = "";
  const keep = (): void => void (exchange.responseBody = safe(text));
  return {
    [Symbol.asyncIterator]: () => {
      const chunks = body[Symbol.asyncIterator]();
      return {
        next: async () => {
          const step = await chunks.next();
          // Kept longer than shown, so that a secret is whole when it is looked for.
          if (step.done !== true && text.length < 4 * bodyLimit) text += decoder.decode(step.value, { stream: true });
          if (step.done === true) keep();
          return step;
        },
        return: async () => {
          keep();
          await chunks.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
