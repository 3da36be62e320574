import { McpassError } from "../base/errors.ts";
import { headerSecrets, parameterSecrets, plainText, scrub, showUrl } from "../base/redact.ts";
import { splitScopes } from "./challenge.ts";
import { authenticateClient, chooseMethods, type ClientAuthenticationMethod, type ClientCredentials } from "./client-authentication.ts";
import type { Leg, Outgoing, OutgoingAnswer } from "./outgoing.ts";
import { readOAuthFailure, readTokenAnswer, readTokenBody } from "./wire.ts";

export interface TokenSet {
  readonly accessToken: string;
  readonly tokenType: "Bearer";
  /** Milliseconds since the epoch; undefined when the issuer did not say. */
  readonly expiresAt: number | undefined;
  readonly issuedAt: number;
  readonly refreshToken: string | undefined;
  /** Scopes the issuer said it granted; the requested ones when it said nothing. RFC 6749 §5.1. */
  readonly scopes: readonly string[];
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
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

export interface TokenResult {
  readonly tokens: TokenSet;
  /** What the issuer accepted; remembered so that a renewal is one request. */
  readonly method: ClientAuthenticationMethod;
}

/**
 * `transient`: keep everything and try later. `terminal`: this code or refresh token is dead. `client`: the registration is. `refused`: anything else the issuer
 * said no to. In `details.failure` of every `token_refused`. F03
 */
export type TokenFailure = "transient" | "terminal" | "client" | "refused";

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

async function requestTokens(outgoing: Outgoing, leg: Leg, request: TokenRequest, parameters: Readonly<Record<string, string>>, secrets: readonly string[]): Promise<TokenResult> {
  const [first = "none", other] = chooseMethods(request.client, request.methods);
  const answer = await send(outgoing, leg, request, first, parameters);
  const said = readOAuthFailure(readTokenBody(answer.text, answer.contentType));
  // Client authentication comes before the code is looked at (RFC 6749 §3.2.1), so this one retry cannot spend a code twice. T01
  const switched = said?.error === "invalid_client" && other !== undefined;
  const last = switched ? await send(outgoing, leg, request, other, parameters) : answer;
  const hidden = [...secrets, request.client.clientSecret, ...parameterSecrets(request.parameters), ...headerSecrets(request.headers)];
  return { tokens: readTokens(last, leg, request, hidden), method: switched ? other : first };
}

async function send(outgoing: Outgoing, leg: Leg, request: TokenRequest, method: ClientAuthenticationMethod, parameters: Readonly<Record<string, string>>): Promise<OutgoingAnswer> {
  const authentication = authenticateClient(request.client, method);
  const body = new URLSearchParams({ ...request.parameters, ...parameters, ...authentication.parameters, ...(request.resource === undefined ? {} : { resource: request.resource }) });
  const headers = { ...lowerCased(request.headers ?? {}), "content-type": "application/x-www-form-urlencoded", ...authentication.headers };
  return outgoing.request({ leg, method: "POST", url: request.tokenEndpoint, headers, body: body.toString(), timeoutMs: 30_000, signal: request.signal });
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function readTokens(answer: OutgoingAnswer, leg: Leg, request: TokenRequest, secrets: readonly (string | undefined)[]): TokenSet {
  const body = readTokenBody(answer.text, answer.contentType);
  const failure = readOAuthFailure(body);
  const read = body === undefined || failure !== undefined || answer.status < 200 || answer.status > 299 ? undefined : readTokenAnswer(body);
  if (read === undefined) throw tokenRefused(answer, leg, failure, secrets);
  if (read.tokenType.toLowerCase() !== "bearer") {
    throw refusal(answer, leg, "refused", `issued a token of type ${plainText(read.tokenType, 40)}, which mcpass does not use`);
  }
  const issuedAt = request.now();
  return {
    accessToken: read.accessToken,
    tokenType: "Bearer",
    expiresAt: read.expiresInSeconds === undefined ? undefined : issuedAt + read.expiresInSeconds * 1000,
    issuedAt,
    refreshToken: read.refreshToken,
    scopes: read.scope === undefined ? request.scopes : splitScopes(read.scope),
  };
}

function tokenRefused(answer: OutgoingAnswer, leg: Leg, failure: { error: string; description: string | undefined } | undefined, secrets: readonly (string | undefined)[]): McpassError {
  if (failure === undefined) {
    const transient = answer.status === 200 || answer.status >= 500 || [408, 425, 429].includes(answer.status);
    const what = answer.status >= 200 && answer.status < 300 ? "answered without an access token" : `answered ${answer.status} without an OAuth error`;
    return refusal(answer, leg, transient ? "transient" : "refused", what);
  }
  const said = scrub(`${failure.error}${failure.description === undefined ? "" : `: ${failure.description}`}`, secrets);
  return refusal(answer, leg, classify(failure.error, answer.status), `refused (${plainText(said, 300)})`, plainText(scrub(failure.error, secrets), 80));
}

function classify(error: string, status: number): TokenFailure {
  if (error === "temporarily_unavailable" || error === "server_error" || status >= 500 || [408, 425, 429].includes(status)) return "transient";
  if (error === "invalid_grant") return "terminal";
  return error === "invalid_client" || error === "unauthorized_client" ? "client" : "refused";
}

function refusal(answer: OutgoingAnswer, leg: Leg, failure: TokenFailure, what: string, oauthError?: string): McpassError {
  const wait = answer.header("retry-after");
  return new McpassError("token_refused", `The token endpoint ${showUrl(answer.url)} ${what}.`, {
    hint: failure === "transient" ? "This looks temporary: try again in a moment." : oauthError === undefined ? undefined : tokenHints[oauthError],
    details: { leg, url: showUrl(answer.url), status: answer.status, failure, oauthError, ...(wait === undefined ? {} : { retryAfter: plainText(wait, 40) }) },
  });
}

const tokenHints: Readonly<Record<string, string>> = {
  invalid_client: "Check oauth.clientId and oauth.clientSecret, and oauth.tokenEndpointAuthMethod if this issuer takes only one way.",
  invalid_target: 'Set "oauth": { "resource": false } if this issuer does not take a resource parameter.',
  invalid_scope: 'Set "oauth": { "scope": "…" } to scopes this issuer knows.',
};
