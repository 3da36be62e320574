import { McpassError } from "../base/errors.ts";
import { headerSecrets, parameterSecrets, plainText, scrub, showUrl } from "../base/redact.ts";
import { splitScopes } from "./challenge.ts";
import { chooseMethods, type ClientAuthenticationMethod, type ClientCredentials, proveClient } from "./client-authentication.ts";
import type { Prover } from "./dpop.ts";
import type { Leg, Outgoing, OutgoingAnswer } from "./outgoing.ts";
import { readJsonObject, readOAuthFailure, readTokenAnswer, readTokenBody, type TokenAnswer, type WireObject } from "./wire.ts";

/** What an issuer gave: the tokens, and how long they are good by our own clock. Times are milliseconds since the epoch. RFC 6749 §5.1 */
export interface TokenSet {
  readonly accessToken: string;
  /** `DPoP`: bound to the key of its grant. RFC 9449 §5 */
  readonly tokenType: "Bearer" | "DPoP";
  /** Milliseconds since the epoch; undefined when the issuer did not say. */
  readonly expiresAt: number | undefined;
  readonly issuedAt: number;
  readonly refreshToken: string | undefined;
  /** Scopes the issuer said it granted; the requested ones when it said nothing. RFC 6749 §5.1. */
  readonly scopes: readonly string[];
  /** Only where it was to be kept. OpenID Connect Core §3.1.3.3, §12.2 */
  readonly idToken?: string | undefined;
}

export interface TokenRequest {
  readonly tokenEndpoint: string;
  readonly client: ClientCredentials;
  /** The issuer's listed methods; undefined where only the registration is known. */
  readonly methods: readonly string[] | undefined;
  readonly resource: string | undefined;
  /** Scopes asked for; taken as granted when the answer names none. */
  readonly scopes: readonly string[];
  /** Configured additions for this issuer. A05 */
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Given: only a token that is bound to its key will do. */
  readonly prover?: Prover | undefined;
  /** Where in the answer the access token is, if not at the top. T05 */
  readonly tokenPath?: string | undefined;
  /** The answer's ID token is wanted too. */
  readonly keepsIdToken?: true | undefined;
  readonly now: () => number;
  /** Default 30 s: some issuers are slow. T04 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TokenResult {
  readonly tokens: TokenSet;
  /** What the issuer accepted; remembered so that a renewal is one request. */
  readonly method: ClientAuthenticationMethod;
  /** To be looked at and let go: what is to be kept is in `tokens`. */
  readonly idToken?: string | undefined;
}

/**
 * `transient`: keep everything and try later. `terminal`: this code or refresh token is dead. `client`: the registration is. `refused`: anything else the issuer
 * said no to. In `details.failure` of every `token_refused`. F03
 */
export type TokenFailure = "transient" | "terminal" | "client" | "refused";

const defaultTimeoutMs = 30_000;

/** Code for tokens; a code is sent once, whatever happens. RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2. Throws `token_refused` or a network error. */
export async function exchangeCode(outgoing: Outgoing, request: TokenRequest & { code: string; verifier: string; redirectUri: string }): Promise<TokenResult> {
  const { code, verifier, redirectUri } = request;
  return requestTokens(outgoing, "token", request, { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri }, [code, verifier]);
}

/** One request to the recorded endpoint. RFC 6749 §6. A missing refresh token in the answer means the old one stays good. F02, F09 */
export async function renewTokens(outgoing: Outgoing, request: TokenRequest & { refreshToken: string; scopeParameter: string | undefined }): Promise<TokenResult> {
  const { refreshToken, scopeParameter } = request;
  const parameters = { grant_type: "refresh_token", refresh_token: refreshToken, ...(scopeParameter === undefined ? {} : { scope: scopeParameter }) };
  const { tokens, method } = await requestTokens(outgoing, "renewal", request, parameters, [refreshToken]);
  return { tokens: { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken }, method };
}

/** One token request of any grant; `secrets` are not to be shown of what it answers. Throws `token_refused` or a network error. */
export async function requestTokens(outgoing: Outgoing, leg: Leg, request: TokenRequest, parameters: Readonly<Record<string, string>>, secrets: readonly string[]): Promise<TokenResult> {
  // Its life is counted from before it began: an answer may be long on its way, or wait for a machine that sleeps. F02
  const issuedAt = request.now();
  const { answer, read, method } = await requestAnswer(outgoing, leg, request, parameters, secrets);
  return { tokens: tokenSetOf(answer, leg, request, read, issuedAt), method, idToken: read.idToken };
}

/** The same, before it is known what the answer is good for: an exchange gives no access token. */
export async function requestAnswer(outgoing: Outgoing, leg: Leg, request: TokenRequest, parameters: Readonly<Record<string, string>>, secrets: readonly string[]): Promise<{ readonly answer: OutgoingAnswer; readonly read: TokenAnswer; readonly method: ClientAuthenticationMethod }> {
  const { answer, method } = await postAuthenticated(outgoing, leg, request, parameters);
  const body = requireAccepted(answer, leg, request, secrets);
  const read = body === undefined ? undefined : readTokenAnswer(body, request.tokenPath);
  if (read === undefined) throw tokenRefused(answer, leg, undefined, []);
  return { answer, read, method };
}

/** The form of a client to an endpoint that authenticates it; `invalid_client` is answered with the other way of sending a secret, once. T01 */
export async function postAuthenticated(outgoing: Outgoing, leg: Leg, request: TokenRequest, parameters: Readonly<Record<string, string>>): Promise<{ readonly answer: OutgoingAnswer; readonly method: ClientAuthenticationMethod }> {
  const [first = "none", other] = chooseMethods(request.client, request.methods);
  const answer = await send(outgoing, leg, request, first, parameters);
  const said = readOAuthFailure(readTokenBody(answer.text, answer.contentType));
  // Client authentication comes before the code is looked at (RFC 6749 §3.2.1), so this one retry cannot spend a code twice. T01
  if (said?.error !== "invalid_client" || other === undefined) return { answer, method: first };
  return { answer: await send(outgoing, leg, request, other, parameters), method: other };
}

/** The members of an answer that is no refusal; undefined when it has none. Throws `token_refused` without any of the request's secrets. */
export function requireAccepted(answer: OutgoingAnswer, leg: Leg, request: TokenRequest, secrets: readonly string[]): WireObject | undefined {
  const body = readTokenBody(answer.text, answer.contentType);
  const failure = readOAuthFailure(body);
  const hidden = [...secrets, request.client.clientSecret, ...parameterSecrets(request.parameters), ...headerSecrets(request.headers)];
  if (failure !== undefined || answer.status < 200 || answer.status > 299) throw tokenRefused(answer, leg, failure, hidden);
  return body;
}

/** A nonce that the issuer asks for is asked for before anything is looked at, so sending again with it spends nothing twice. RFC 9449 §8 */
async function send(outgoing: Outgoing, leg: Leg, request: TokenRequest, method: ClientAuthenticationMethod, parameters: Readonly<Record<string, string>>): Promise<OutgoingAnswer> {
  const sendNoting = async (): Promise<{ readonly answer: OutgoingAnswer; readonly given: boolean }> => {
    const answer = await sendOnce(outgoing, leg, request, method, parameters);
    return { answer, given: request.prover?.note(request.tokenEndpoint, answer.header("dpop-nonce")) === true };
  };
  const { answer, given } = await sendNoting();
  const wanted = given && readOAuthFailure(readTokenBody(answer.text, answer.contentType))?.error === "use_dpop_nonce";
  // Once: an issuer that takes no nonce of its own would ask for ever.
  return wanted ? (await sendNoting()).answer : answer;
}

async function sendOnce(outgoing: Outgoing, leg: Leg, request: TokenRequest, method: ClientAuthenticationMethod, parameters: Readonly<Record<string, string>>): Promise<OutgoingAnswer> {
  const authentication = await proveClient(request.client, method);
  const proof = await request.prover?.prove({ method: "POST", url: request.tokenEndpoint });
  const body = new URLSearchParams({ ...request.parameters, ...parameters, ...authentication.parameters, ...(request.resource === undefined ? {} : { resource: request.resource }) });
  const headers = { ...lowerCased(request.headers ?? {}), "content-type": "application/x-www-form-urlencoded", ...authentication.headers, ...(proof === undefined ? {} : { dpop: proof }) };
  return outgoing.request({ leg, method: "POST", url: request.tokenEndpoint, headers, body: body.toString(), timeoutMs: request.timeoutMs ?? defaultTimeoutMs, signal: request.signal });
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function tokenSetOf(answer: OutgoingAnswer, leg: Leg, request: TokenRequest, read: TokenAnswer, issuedAt: number): TokenSet {
  const tokenType = request.prover === undefined ? "Bearer" : "DPoP";
  if (read.tokenType.toLowerCase() !== tokenType.toLowerCase()) throw wrongType(answer, leg, read.tokenType, tokenType);
  // RFC 6749 appendix A.12; with anything else it could be stored and never sent.
  if (!/^[\x20-\x7e]+$/.test(read.accessToken)) throw refusal(answer, leg, "refused", "issued an access token with characters that no header can carry");
  return {
    accessToken: read.accessToken,
    tokenType,
    expiresAt: read.expiresInSeconds === undefined ? undefined : issuedAt + read.expiresInSeconds * 1000,
    issuedAt,
    refreshToken: read.refreshToken,
    scopes: read.scope === undefined ? request.scopes : splitScopes(read.scope),
    ...(request.keepsIdToken === true && read.idToken !== undefined ? { idToken: read.idToken } : {}),
  };
}

function wrongType(answer: OutgoingAnswer, leg: Leg, received: string, wanted: TokenSet["tokenType"]): McpassError {
  const type = plainText(received, 40);
  if (wanted === "DPoP") return refusal(answer, leg, "refused", `issued a token of type ${type}, although one that is bound to a key was asked for ("dpop": true)`);
  return refusal(answer, leg, "refused", `issued a token of type ${type}, which ${type.toLowerCase() === "dpop" ? 'mcpass uses only with "oauth": { "dpop": true }' : "mcpass does not use"}`);
}

function tokenRefused(answer: OutgoingAnswer, leg: Leg, failure: { error: string; description: string | undefined } | undefined, secrets: readonly (string | undefined)[]): McpassError {
  if (failure === undefined) {
    // Who renews has a grant to lose, and this says nothing of it: a gateway spoke, or a page. F03
    const transient = leg === "renewal" || answer.status === 200 || answer.status >= 500 || [408, 425, 429].includes(answer.status);
    const what = answer.status >= 200 && answer.status < 300 ? "without an access token" : "without an OAuth error";
    return refusal(answer, leg, transient ? "transient" : "refused", `answered ${answer.status} ${what} (${contentOf(answer)})`);
  }
  const said = scrub(`${failure.error}${failure.description === undefined ? "" : `: ${failure.description}`}`, secrets);
  return refusal(answer, leg, classify(failure.error, answer.status), `refused (${plainText(said, 300)})`, plainText(scrub(failure.error, secrets), 80));
}

/** What came instead, in words of our own: it may repeat what nobody here knows to be a secret. Z05 */
function contentOf({ status, text, contentType, header, url }: OutgoingAnswer): string {
  const location = header("location");
  if (status >= 300 && status < 400 && location !== undefined) return `a redirect to ${URL.canParse(location, url) ? showUrl(new URL(location, url).origin) : "no address"}, which is not followed`;
  if (text.trim() === "") return "nothing in it";
  if (contentType.includes("html") || /^\s*<(!doctype|html)/i.test(text)) return "an HTML page";
  return readJsonObject(text) === undefined ? "no JSON" : "JSON without one";
}

/** The last two are about proofs, which another sign-in would make no better. RFC 9449 §5, §8 */
const faultsOfTheMoment: ReadonlySet<string> = new Set(["temporarily_unavailable", "server_error", "use_dpop_nonce", "invalid_dpop_proof"]);

function classify(error: string, status: number): TokenFailure {
  if (faultsOfTheMoment.has(error) || status >= 500 || [408, 425, 429].includes(status)) return "transient";
  if (error === "invalid_grant") return "terminal";
  return error === "invalid_client" || error === "unauthorized_client" ? "client" : "refused";
}

export function refusal(answer: OutgoingAnswer, leg: Leg, failure: TokenFailure, what: string, oauthError?: string): McpassError {
  const wait = answer.header("retry-after");
  return new McpassError("token_refused", `The ${leg === "device authorization" ? leg : "token"} endpoint ${showUrl(answer.url)} ${what}.`, {
    hint: tokenHints[oauthError ?? ""] ?? (failure === "transient" ? "This looks temporary: run the same command again in a moment." : undefined),
    details: { leg, url: showUrl(answer.url), status: answer.status, failure, oauthError, ...(wait === undefined ? {} : { retryAfter: plainText(wait, 40) }) },
  });
}

const tokenHints: Readonly<Record<string, string>> = {
  invalid_client: "Check oauth.clientId and oauth.clientSecret, and oauth.tokenEndpointAuthMethod if this issuer takes only one way.",
  invalid_target: 'Set "oauth": { "resource": false } if this issuer does not take a resource parameter.',
  use_dpop_nonce: "The issuer asks for a nonce and takes none that it gave; its operator can tell why.",
  invalid_dpop_proof: "Check this machine's clock; proofs are good for a minute or so.",
  invalid_scope: 'Set "oauth": { "scope": "…" } to scopes this issuer knows.',
};
