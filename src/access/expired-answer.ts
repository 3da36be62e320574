import type { FetchAnswer, FetchInit } from "../base/runtime.ts";
import type { AccessContext } from "./access-context.ts";
import { readGrant } from "./stored-grant.ts";

const suspicious = new Set([301, 302, 303, 307, 308, 400, 403, 500]);
const tokenWords = /invalid_token|(access|bearer)?[ _-]?token[^.]{0,40}(expired|invalid|revoked)|(expired|invalid)[ _-]?(access[ _-]?|bearer[ _-]?)?token|unauthori[sz]ed|not authenticated|session (has )?expired|jwt expired/i;
const lookAtMost = 64 * 1024;

/**
 * Servers that answer an ended token with something other than 401. True when the token is past its end, or when its age is unknown and the answer speaks of
 * tokens or sends us to a page. undefined: nothing suspicious, and the answer is untouched. X08
 */
export async function isExpiredTokenAnswer(context: AccessContext, answer: FetchAnswer): Promise<{ readonly expired: boolean; readonly answer: FetchAnswer } | undefined> {
  if (!suspicious.has(answer.status) && !isPage(answer)) return undefined;
  const expiresAt = (await readGrant(context))?.tokens?.expiresAt;
  if (expiresAt !== undefined) return expiresAt <= context.runtime.now() ? { expired: true, answer } : undefined;
  if (answer.status < 400) return { expired: true, answer };
  if (answer.body === null) return { expired: false, answer };
  const rest = answer.body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= lookAtMost; size += chunks.at(-1)?.byteLength ?? 0) {
    const { done, value } = await rest.next();
    if (done === true) break;
    chunks.push(value);
  }
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  return { expired: tokenWords.test(text), answer: { status: answer.status, headers: answer.headers, body: replay(chunks, rest) } };
}

/** Where a redirect to a login page on the server's own origin ends; no MCP message is answered with one. */
function isPage({ status, headers }: FetchAnswer): boolean {
  return status === 200 && headers.get("content-type")?.toLowerCase().startsWith("text/html") === true;
}

/**
 * A refusal did nothing: a 4xx, and a redirect to the same again elsewhere (307, 308). Whoever answers otherwise, with a 500, a page or another redirect, may have done
 * what was asked: then only messages that change nothing are sent again. RFC 9110 §15.4, §15.5
 */
export function mayRepeat({ method, body = "" }: FetchInit, status: number): boolean {
  return method === "GET" || (status >= 400 && status < 500) || status === 307 || status === 308 || changesNothing(body);
}

const harmless = /^(initialize|ping|server\/discover|logging\/setLevel|[a-z/]+\/list|resources\/.+|subscriptions\/listen|tasks\/(get|result)|notifications\/.+)$/;

/** Of JSON-RPC messages. An answer to what the server asked counts once, however often it comes. */
function changesNothing(body: string): boolean {
  try {
    const messages = [JSON.parse(body) as unknown].flat() as readonly { readonly jsonrpc?: unknown; readonly method?: unknown }[];
    return messages.length > 0 && messages.every(({ jsonrpc, method }) => jsonrpc === "2.0" && (method === undefined || (typeof method === "string" && harmless.test(method))));
  } catch {
    return false;
  }
}

/** What was read already, then the rest; letting go of it lets go of the answer. */
function replay(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  const kept = chunks.values();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const known = kept.next();
        return known.done === true ? rest.next() : known;
      },
      return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
