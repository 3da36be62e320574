import { findMcpassError, McpassError } from "../base/errors.ts";
import { product } from "../base/product.ts";
import { showUrl } from "../base/redact.ts";
import type { Fetch, FetchAnswer, FetchInit } from "../base/runtime.ts";
import { readBearerChallenge } from "../oauth/challenge.ts";
import { translateFailure } from "../oauth/outgoing.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import { assessRefusal } from "./assess.ts";
import { isEnding } from "./ending.ts";
import { isExpiredTokenAnswer, mayRepeat } from "./expired-answer.ts";
import { freshTokenRefused, headerRefused, nonceRefused, scopeInsufficient, tokensTooShort } from "./refusals.ts";
import type { Headers } from "./own-headers.ts";
import { hasOwnCredential } from "./static-credential.ts";
import { readGrant } from "./stored-grant.ts";
import type { Credential, TokenSource } from "./token-source.ts";

const redirectLimit = 3;

/**
 * A fetch that knows nothing of OAuth to its caller: it signs, renews before expiry and once on a 401, sends again once, and otherwise says why
 * in one McpassError (see `Access.fetch`). Credentials go to the server's own origin and nowhere else. Every other answer passes through.
 */
export function createAuthorizedFetch(context: AccessContext, source: TokenSource): Fetch {
  const { origin } = new URL(context.entry.url);
  const withOAuth = context.entry.oauth !== false && !hasOwnCredential(context.entry);
  return async (url, init = {}) => {
    if (url !== context.entry.url && new URL(url).origin !== origin) throw elsewhere(context, url);
    if (!withOAuth) return sendWithOwnHeaders(context, origin, url, init);
    const token = await whileWanted(source.token().catch((thrown: unknown) => noteEnded(context, thrown)), init.signal);
    const answer = await send(context, origin, url, init, token);
    if (answer.status === 401) return refused(context, source, { origin, url, init, token, answer });
    if (answer.status === 403) throwIfScopeInsufficient(context, answer, token?.obtainedAt);
    const judged = token === undefined ? undefined : await isExpiredTokenAnswer(context, answer);
    if (token === undefined || judged === undefined) return answer;
    return judged.expired ? again(context, source, { origin, url, init, token, answer: judged.answer }) : judged.answer;
  };
}

/** Refused headers are made or read anew once, where that gives others; a 403 may be about something else, and passes through. H07 */
async function sendWithOwnHeaders(context: AccessContext, origin: string, url: string, init: FetchInit): Promise<FetchAnswer> {
  const own = await context.headers.current();
  let answer = await send(context, origin, url, init, undefined, own);
  const others = answer.status === 401 || answer.status === 403 ? await context.headers.renew(own, answer.status).catch((thrown: unknown) => discarding(answer, thrown)) : undefined;
  if (others !== undefined) {
    await discard(answer);
    answer = await send(context, origin, url, init, undefined, others);
  }
  if (answer.status === 401) return discarding(answer, headerRefused(context));
  if (answer.status === 403) throwIfScopeInsufficient(context, answer, undefined);
  return answer;
}

/** Who gives up waits no longer; what was begun for them goes on. F05 */
function whileWanted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new McpassError("cancelled", "Cancelled.", { cause: signal.reason }));
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

interface Refused {
  readonly origin: string;
  readonly url: string;
  readonly init: FetchInit;
  readonly token: Credential | undefined;
  readonly answer: FetchAnswer;
}

/** One that ended on its way says nothing of the next. */
const mostTokens = 5;

/** Its process was suspended, or the machine slept; or another process has renewed it meanwhile, at an issuer where that ends the access token before. F01 */
async function hasEnded(context: AccessContext, { accessToken, goodUntil }: Credential): Promise<boolean> {
  if (context.runtime.now() >= (goodUntil ?? Infinity)) return true;
  const stored = await readGrant(context).catch(() => undefined);
  return stored?.tokens !== undefined && stored.tokens.accessToken !== accessToken;
}

async function refused(context: AccessContext, source: TokenSource, { origin, url, init, token, answer }: Refused, turn = 1): Promise<FetchAnswer> {
  await discard(answer);
  const challenge = readBearerChallenge(answer.headers.get("www-authenticate"));
  const other = await whileWanted(token === undefined ? source.first(challenge) : source.replace(token), init.signal);
  if (token === undefined && isCall(init)) await context.memory.note(context.serverUrl, { closedCalls: { at: context.runtime.now() } });
  if (other === undefined) throw await assessRefusal(context, challenge, token === undefined ? undefined : "it refused the access token, and there is no refresh token", token?.obtainedAt);
  const second = await send(context, origin, url, init, other);
  if (second.status === 403) throwIfScopeInsufficient(context, second, other.obtainedAt);
  if (second.status !== 401) return second;
  if (await hasEnded(context, other)) {
    if (turn === mostTokens) return discarding(second, tokensTooShort(context, mostTokens + 1));
    return refused(context, source, { origin, url, init, token: other, answer: second }, turn + 1);
  }
  await discard(second);
  const error = await assessRefusal(context, readBearerChallenge(second.headers.get("www-authenticate")) ?? challenge, "it refuses an access token that its issuer has just renewed", other.obtainedAt);
  throw (error.code === "sign_in_required" || error.code === "registration_unavailable") && machineOf(context) !== undefined ? freshTokenRefused(context) : error;
}

/** For doctor, which calls no tool: a server may be open until one is called. X01 */
function isCall({ body }: FetchInit): boolean {
  return body !== undefined && /"method"\s*:\s*"tools\/call"/.test(body);
}

/** X08: the token was over and the server said so with another status; renewed once, sent again once where that is safe. */
async function again(context: AccessContext, source: TokenSource, { origin, url, init, token, answer }: Refused): Promise<FetchAnswer> {
  const other = token === undefined ? undefined : await whileWanted(source.replace(token), init.signal);
  if (other === undefined || !mayRepeat(init, answer.status)) return answer;
  await discard(answer);
  return send(context, origin, url, init, other);
}

/** A nonce that the server asks a proof for is asked for before anything is done, so sending again with it is no repetition. RFC 9449 §9 */
async function send(context: AccessContext, origin: string, url: string, init: FetchInit, token: Credential | undefined, known?: Headers): Promise<FetchAnswer> {
  const own = known ?? (await context.headers.current());
  const prover = token?.prover;
  for (let turn = 1; ; turn += 1) {
    const answer = await sendFollowing(context, origin, url, init, own, token);
    const given = prover?.note(url, answer.headers.get("dpop-nonce")) === true;
    if (prover === undefined || answer.status !== 401 || !/\buse_dpop_nonce\b/.test(answer.headers.get("www-authenticate") ?? "")) return answer;
    await discard(answer);
    // Another token would fare no better.
    if (turn === 2 || !given) throw nonceRefused(context);
  }
}

async function sendFollowing(context: AccessContext, origin: string, url: string, init: FetchInit, own: Headers, token: Credential | undefined): Promise<FetchAnswer> {
  const { body, signal, addresses, tls } = init;
  const method = init.method ?? "GET";
  let current = url;
  for (let hop = 0; ; hop += 1) {
    const headers: Record<string, string> = { "user-agent": product.userAgent };
    for (const some of [init.headers ?? {}, own, await signature(token, method, current)]) for (const name of Object.keys(some)) headers[name.toLowerCase()] = some[name] ?? "";
    const answer = await attempt(context, current, { method, headers, body, redirect: "manual", signal, addresses, tls } as FetchInit);
    const location = answer.headers.get("location");
    const keepsMethod = answer.status === 307 || answer.status === 308 || ((answer.status === 301 || answer.status === 302) && method === "GET");
    if (!keepsMethod || location === null || hop === redirectLimit || !URL.canParse(location, current)) return answer;
    const next = new URL(location, current);
    // Z04: whatever this answer means, neither the token nor the message goes to another origin.
    if (next.origin !== origin) return answer;
    await discard(answer);
    current = next.href;
  }
}

async function signature(token: Credential | undefined, method: string, url: string): Promise<Readonly<Record<string, string>>> {
  if (token === undefined) return {};
  const { accessToken, prover } = token;
  return prover === undefined ? { authorization: `Bearer ${accessToken}` } : { authorization: `DPoP ${accessToken}`, dpop: await prover.prove({ method, url, accessToken }) };
}

async function attempt(context: AccessContext, url: string, init: FetchInit): Promise<FetchAnswer> {
  try {
    return await context.runtime.fetch(url, init);
  } catch (thrown) {
    throw translateFailure(thrown, { leg: "server", url }, undefined, init.signal);
  }
}

function throwIfScopeInsufficient(context: AccessContext, answer: FetchAnswer, obtainedAt: number | undefined): void {
  const challenge = readBearerChallenge(answer.headers.get("www-authenticate"));
  if (challenge?.error !== "insufficient_scope") return;
  const error = scopeInsufficient(context, challenge.scopes, challenge.errorDescription);
  context.lastRefusal = { challenge, discovery: undefined, error, obtainedAt };
  void discard(answer);
  throw error;
}

/** Which grant it is that has ended: one that is there by the time of a sign-in may be another. F06 */
async function noteEnded(context: AccessContext, thrown: unknown): Promise<never> {
  const error = findMcpassError(thrown);
  const grant = error?.code === "sign_in_required" ? await readGrant(context).catch(() => undefined) : undefined;
  if (error !== undefined && grant !== undefined && (grant.tokens === undefined || isEnding(grant, context.runtime.now()))) {
    context.lastRefusal = { challenge: undefined, discovery: undefined, error, obtainedAt: grant.obtainedAt };
  }
  throw thrown;
}

async function discarding(answer: FetchAnswer, thrown: unknown): Promise<never> {
  await discard(answer);
  throw thrown;
}

/** Lets go of a body nobody will read, so that its connection ends. */
export async function discard(answer: FetchAnswer): Promise<void> {
  try {
    await answer.body?.[Symbol.asyncIterator]().return?.();
  } catch {
    // Already gone.
  }
}

function elsewhere(context: AccessContext, url: string): McpassError {
  return new McpassError("url_insecure", `${context.name} sends its messages to ${showUrl(url)}, which is another origin than ${showUrl(context.entry.url)}; nothing was sent there.`, { hint: "Set the server's url to the address it uses.", details: { server: context.name } });
}
