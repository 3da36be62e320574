import type { FetchAnswer, FetchInit } from "../base/runtime.ts";
import { type AccessContext, readGrant } from "./access-context.ts";

const suspicious = new Set([301, 302, 303, 307, 308, 400, 403, 500]);
const tokenWords = /invalid_token|(access|bearer)?[ _-]?token[^.]{0,40}(expired|invalid|revoked)|(expired|invalid)[ _-]?(access[ _-]?|bearer[ _-]?)?token|unauthori[sz]ed|not authenticated|session (has )?expired|jwt expired/i;
const lookAtMost = 64 * 1024;

/**
 * Servers that answer an ended token with something other than 401. True when the token is past its end, or when its age is unknown and the answer speaks of
 * tokens or sends us to a page. undefined: nothing suspicious, and the answer is untouched. X08
 */
export async function isExpiredTokenAnswer(context: AccessContext, answer: FetchAnswer): Promise<{ readonly expired: boolean; readonly answer: FetchAnswer } | undefined> {
  if (!suspicious.has(answer.status)) return undefined;
  const expiresAt = (await readGrant(context))?.tokens?.expiresAt;
  if (expiresAt !== undefined) return expiresAt <= context.runtime.now() ? { expired: true, answer } : undefined;
  if (answer.status < 400) return { expired: true, answer };
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    if (chunks.reduce((size, { byteLength }) => size + byteLength, 0) > lookAtMost) break;
  }
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  return { expired: tokenWords.test(text), answer: { status: answer.status, headers: answer.headers, body: replay(chunks) } };
}

/** A refusal (3xx, 4xx) did nothing; after a 500 only a message that changes nothing may be sent again. */
export function mayRepeat(init: FetchInit, status: number): boolean {
  if (status < 500 || init.method === "GET") return true;
  return !/"method"\s*:\s*"(tools\/call|completion\/complete|prompts\/get)"/.test(init.body ?? "");
}

async function* replay(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
