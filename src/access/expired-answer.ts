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

/** A refusal (3xx, 4xx, a page) did nothing; after a 500 only a message that changes nothing may be sent again. */
export function mayRepeat(init: FetchInit, status: number): boolean {
  if (status < 500 || init.method === "GET") return true;
  return !/"method"\s*:\s*"(tools\/call|completion\/complete|prompts\/get)"/.test(init.body ?? "");
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
