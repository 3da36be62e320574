import { McpassError } from "../base/errors.ts";
import { headerSecrets, plainText, scrub, showUrl } from "../base/redact.ts";
import { type ClientAuthenticationMethod, isClientAuthenticationMethod } from "./client-authentication.ts";
import { isLoopbackHost } from "./address.ts";
import { deviceGrantType } from "./device-grant-type.ts";
import type { AuthorizationServer } from "./discover-issuer.ts";
import type { Outgoing, OutgoingAnswer } from "./outgoing.ts";
import { readJsonObject, readOAuthFailure, readRegistrationAnswer, type RegistrationAnswer } from "./wire.ts";

/** Who we are at one issuer. Never presented to another. R-16 */
export interface Registration {
  readonly kind: "configured" | "metadata-document" | "dynamic";
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Milliseconds since the epoch; undefined: does not expire. */
  readonly clientSecretExpiresAt: number | undefined;
  /** undefined: not told; chosen from the issuer's metadata. */
  readonly tokenEndpointAuthMethod: ClientAuthenticationMethod | undefined;
  readonly redirectUri: string | undefined;
  readonly registeredAt: number;
  /** Where and with what the issuer lets this client be read and deleted; undefined: it does not. RFC 7592 §3. */
  readonly registrationClientUri?: string | undefined;
  readonly registrationAccessToken?: string | undefined;
}

export interface RegistrationSettings {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly clientMetadataUrl?: string | undefined;
  readonly clientName?: string | undefined;
  readonly clientUri?: string | undefined;
  readonly tokenEndpointAuthMethod?: ClientAuthenticationMethod | undefined;
  readonly registration?: "auto" | "static" | "cimd" | "dcr" | undefined;
  /** The issuer is known to register nobody by itself, whatever its metadata says. R01 */
  readonly closed?: boolean | undefined;
}

/** What registering will take: nothing (a client is configured, or a document we own speaks for us), a request, or it cannot be done. R-2, R01 */
export type RegistrationPlan = { readonly kind: "ready"; readonly registration: Registration } | { readonly kind: "dynamic"; readonly endpoint: string } | { readonly kind: "unavailable" };

/** Configured → metadata document (only when its URL is configured and the issuer reads them) → dynamic → unavailable. RFC 7591, CIMD draft; R-2, R-4 */
export function planRegistration(server: AuthorizationServer, settings: RegistrationSettings, now: number): RegistrationPlan {
  const base = { issuer: server.issuer, clientSecretExpiresAt: undefined, redirectUri: undefined, registeredAt: now };
  if (settings.clientId !== undefined) {
    const registration = { ...base, kind: "configured" as const, clientId: settings.clientId, clientSecret: settings.clientSecret, tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod };
    return { kind: "ready", registration };
  }
  const way = settings.registration ?? "auto";
  if (settings.clientMetadataUrl !== undefined && (way === "cimd" || (way === "auto" && server.clientIdMetadataDocumentSupported))) {
    return { kind: "ready", registration: { ...base, kind: "metadata-document", clientId: requireDocumentUrl(settings.clientMetadataUrl), clientSecret: undefined, tokenEndpointAuthMethod: "none" } };
  }
  if (server.registrationEndpoint !== undefined && (way === "dcr" || (way === "auto" && settings.closed !== true))) return { kind: "dynamic", endpoint: server.registrationEndpoint };
  return { kind: "unavailable" };
}

/** R-5: https, with a path. Throws `entry_invalid`. */
function requireDocumentUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "https:" && parsed.pathname !== "/" && parsed.hash === "" && parsed.username === "") return url;
  throw new McpassError("entry_invalid", `clientMetadataUrl ${showUrl(url)} cannot be a client id: it must be https with a path, and no fragment or user name.`);
}

/** `registration_unavailable`: what to give the issuer and what to write down afterwards. */
export function registrationUnavailable(server: string, issuer: string, redirectUri: string, reason?: string, howTo?: string): McpassError {
  return new McpassError("registration_unavailable", `${showUrl(issuer)} takes no new clients by itself${reason === undefined ? "" : ` (${reason})`}, and none is configured for ${plainText(server)}.`, {
    hint: `Register a client there with the redirect URI ${redirectUri}${howTo === undefined ? "" : ` (${howTo})`}, then set "oauth": { "clientId": "…" } on ${plainText(server)}.`,
    details: { issuer, redirectUri },
  });
}

export interface RegistrationRequest {
  readonly endpoint: string;
  readonly issuer: string;
  readonly redirectUri: string;
  readonly clientName: string;
  readonly clientUri: string | undefined;
  readonly scopes: readonly string[];
  /** Also for signing in at another device. RFC 8628 */
  readonly device?: boolean | undefined;
  /** The issuer's listed methods; decides whether to ask for a secret. */
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** RFC 7591 §3, initial access token. */
  readonly initialAccessToken?: string | undefined;
  /** Only what no issuer can object to: for one more try after `invalid_client_metadata`. R08 */
  readonly reduced?: boolean | undefined;
  /** What is known to help at this issuer, for the hint of a refusal. */
  readonly howTo?: string | undefined;
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Dynamic registration as a native app. RFC 7591 §3, R-11, R-12, R-20. Throws `registration_refused` (details.status, details.final: the issuer
 * said no for good) — also for an answer without a client id and for a secret that has expired on arrival. R03, R05
 */
export async function registerDynamically(outgoing: Outgoing, request: RegistrationRequest): Promise<Registration> {
  const answer = await outgoing.request({
    leg: "registration",
    method: "POST",
    url: request.endpoint,
    headers: { ...request.headers, "content-type": "application/json", ...(request.initialAccessToken === undefined ? {} : { authorization: `Bearer ${request.initialAccessToken}` }) },
    body: JSON.stringify(clientMetadata(request)),
    timeoutMs: 30_000,
    signal: request.signal,
  });
  const body = readJsonObject(answer.text);
  const registered = answer.status >= 200 && answer.status < 300 && body !== undefined ? readRegistrationAnswer(body) : undefined;
  if (registered === undefined) throw refusal(request, answer);
  if (registered.clientSecretExpiresAt !== undefined && registered.clientSecretExpiresAt <= request.now) {
    throw new McpassError("registration_refused", `${showUrl(request.endpoint)} issued a client secret that has expired already; it was not used.`, { details: { leg: "registration", status: answer.status, final: false } });
  }
  const method = registered.tokenEndpointAuthMethod;
  return {
    kind: "dynamic",
    issuer: request.issuer,
    clientId: registered.clientId,
    clientSecret: registered.clientSecret,
    clientSecretExpiresAt: registered.clientSecretExpiresAt,
    tokenEndpointAuthMethod: isClientAuthenticationMethod(method) ? method : undefined,
    redirectUri: request.redirectUri,
    registeredAt: request.now,
    ...managementOf(registered, request),
  };
}

/** Only at the origin that registered the client: nothing else may be told to delete it. */
function managementOf({ registrationClientUri: uri, registrationAccessToken: token }: RegistrationAnswer, { endpoint }: RegistrationRequest): Pick<Registration, "registrationClientUri" | "registrationAccessToken"> {
  if (uri === undefined || token === undefined || !URL.canParse(uri) || new URL(uri).origin !== new URL(endpoint).origin) return {};
  return { registrationClientUri: uri, registrationAccessToken: token };
}

function clientMetadata(request: RegistrationRequest): Readonly<Record<string, unknown>> {
  const listed = request.tokenEndpointAuthMethods;
  const withSecret = listed?.find((method) => method === "client_secret_basic" || method === "client_secret_post");
  return {
    client_name: request.clientName,
    ...(request.clientUri === undefined || request.reduced === true ? {} : { client_uri: request.clientUri }),
    redirect_uris: [request.redirectUri],
    ...(request.reduced === true ? {} : { application_type: applicationType(request.redirectUri) }),
    grant_types: ["authorization_code", ...(request.device === true ? [deviceGrantType] : []), "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: listed === undefined || listed.includes("none") ? "none" : (withSecret ?? "none"),
    ...(request.scopes.length === 0 || request.reduced === true ? {} : { scope: request.scopes.join(" ") }),
  };
}

/** `web` where the browser comes back to a host of the network over https, `native` where it comes back to this machine. OpenID Connect Registration §2 */
function applicationType(redirectUri: string): "native" | "web" {
  const { protocol, hostname } = new URL(redirectUri);
  return protocol === "https:" && !isLoopbackHost(hostname) ? "web" : "native";
}

function refusal(request: RegistrationRequest, answer: OutgoingAnswer): McpassError {
  const failure = readOAuthFailure(readJsonObject(answer.text));
  const words = failure === undefined ? excerpt(answer) : `${failure.error}${failure.description === undefined ? "" : `: ${failure.description}`}`;
  const said = plainText(scrub(words, [...headerSecrets(request.headers), request.initialAccessToken]), failure === undefined ? 120 : 200);
  const wait = answer.header("retry-after");
  const final = answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status);
  const details = { leg: "registration", url: showUrl(request.endpoint), status: answer.status, final, redirectUri: request.redirectUri, issuer: request.issuer, ...(failure === undefined ? {} : { error: plainText(failure.error, 80) }), ...(wait === undefined ? {} : { retryAfter: plainText(wait, 40) }) };
  return new McpassError("registration_refused", `${showUrl(request.endpoint)} refused to register mcpass (${answer.status}${said === "" ? "" : `, ${said}`}).`, {
    hint: final
      ? `This issuer may register approved clients only: register one there with the redirect URI ${request.redirectUri} and set oauth.clientId (or oauth.clientName, if it goes by name)${request.howTo === undefined ? "" : `; ${request.howTo}`}.`
      : answer.status >= 300 && answer.status < 400
        ? "A registration is not sent on to another address: tell the issuer's operator, or set oauth.registrationEndpoint to where it is now."
        : `This looks temporary: try again ${wait === undefined ? "later" : `in ${plainText(wait, 40)} s`}.`,
    details,
  });
}

function excerpt(answer: OutgoingAnswer): string {
  if (answer.contentType.includes("html")) return "an HTML page";
  // An answer that means to be a registration may hold a secret.
  return answer.status >= 200 && answer.status < 300 ? "no client id in its answer" : answer.text;
}
