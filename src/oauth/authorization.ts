import { McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import type { AuthorizationServer } from "./discover-issuer.ts";
import type { DpopKey } from "./dpop.ts";
import { isTenantOf, sameIssuer } from "./issuer.ts";
import { codeChallenge, randomToken } from "./pkce.ts";
import type { Registration } from "./registration.ts";

/** One attempt, from its URL to its callback: plain data, keyed by `state`, used once, never shared between attempts. */
export interface PendingAuthorization {
  readonly state: string;
  readonly verifier: string;
  /** The issuer as recorded before the redirect; the callback's `iss` is compared with it. Q-8 */
  readonly server: AuthorizationServer;
  readonly registration: Registration;
  readonly redirectUri: string;
  readonly serverUrl: string;
  readonly account: string;
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly issMayBeMissing: boolean;
  /** The key that its tokens are to be bound to. RFC 9449 */
  readonly dpopKey?: DpopKey | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface AuthorizationPlan {
  readonly server: AuthorizationServer;
  readonly registration: Registration;
  readonly redirectUri: string;
  readonly serverUrl: string;
  readonly account: string;
  /** Sent byte for byte; undefined: not sent. RFC 8707, A06 */
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly audience: string | undefined;
  /** Whom to suggest; a configured parameter of that name counts before it. */
  readonly loginHint?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly pkce: "auto" | "strict";
  /** The issuer is known to support S256 without saying so. D09 */
  readonly pkceSilent?: boolean | undefined;
  readonly issMayBeMissing: boolean;
  /** The key that its tokens are to be bound to, and what the code is bound to. RFC 9449 §10 */
  readonly dpop?: { readonly key: DpopKey; readonly thumbprint: string } | undefined;
  readonly now: number;
  readonly lifetimeMs: number;
}

export interface BegunAuthorization {
  readonly url: string;
  readonly pending: PendingAuthorization;
  /** What a person should know, once. */
  readonly warnings: readonly string[];
}

const ours = new Set(["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"]);

/**
 * The authorization URL and what its callback will be judged by. Code flow with PKCE S256, always. RFC 6749 §4.1.1, RFC 7636, RFC 8707; A05.
 * Throws `pkce_unsupported`, `entry_invalid` (a configured parameter that is ours).
 */
export async function beginAuthorization(plan: AuthorizationPlan): Promise<BegunAuthorization> {
  const warnings = judgePkce(plan);
  const state = randomToken();
  const verifier = randomToken();
  const url = new URL(requireAuthorizationEndpoint(plan.server));
  const set = (name: string, value: string | undefined): void => void (value === undefined || value === "" ? undefined : url.searchParams.set(name, value));
  for (const [name, value] of Object.entries(plan.parameters)) set(requireFree(name), value);
  set("response_type", "code");
  set("client_id", plan.registration.clientId);
  set("redirect_uri", plan.redirectUri);
  set("state", state);
  set("code_challenge", await codeChallenge(verifier));
  set("code_challenge_method", "S256");
  set("scope", plan.scopes.join(" "));
  set("resource", plan.resource);
  set("audience", plan.audience);
  if (plan.parameters["login_hint"] === undefined) set("login_hint", plan.loginHint);
  set("dpop_jkt", plan.dpop?.thumbprint);
  // OpenID Connect Core §11: offline access is granted only with consent.
  if (plan.scopes.includes("offline_access") && !url.searchParams.has("prompt")) set("prompt", "consent");
  url.hash = "";
  const { server, registration, redirectUri, serverUrl, account, resource, scopes, issMayBeMissing, dpop, now } = plan;
  const pending = { state, verifier, server, registration, redirectUri, serverUrl, account, resource, scopes, issMayBeMissing, dpopKey: dpop?.key, createdAt: now, expiresAt: now + plan.lifetimeMs };
  return { url: url.href, pending, warnings };
}

/** An issuer of other grants has none. RFC 8414 §2 */
function requireAuthorizationEndpoint({ issuer, authorizationEndpoint, grantTypes }: AuthorizationServer): string {
  if (authorizationEndpoint !== undefined) return authorizationEndpoint;
  throw new McpassError("discovery_failed", `The issuer ${showUrl(issuer)} has no authorization endpoint: nobody can sign in there in a browser.`, {
    hint: `Choose one of its grants: "oauth": { "grant": "…" } (${plainText(grantTypes?.join(", ") ?? "", 200)}).`,
    details: { leg: "authorization", issuer },
  });
}

/** Absent methods: S256 all the same, said once (Cognito and Entra support it silently; D09). Listed without S256: refused. Q-3 */
export function judgePkce({ server, pkce, pkceSilent }: Pick<AuthorizationPlan, "server" | "pkce" | "pkceSilent">): readonly string[] {
  const methods = server.codeChallengeMethods;
  if (methods?.includes("S256") === true) return [];
  if (methods !== undefined || pkce === "strict") {
    const what = methods === undefined ? "does not say that it supports PKCE" : `supports PKCE only with ${plainText(methods.join(", "), 100) || "no method"}`;
    throw new McpassError("pkce_unsupported", `The issuer ${showUrl(server.issuer)} ${what}; mcpass signs in with S256 only.`, {
      hint: methods === undefined ? 'Remove "pkce": "strict" to try S256 anyway.' : "Ask the issuer's operator for S256.",
      details: { issuer: server.issuer },
    });
  }
  if (pkceSilent === true) return [];
  return [`The issuer ${showUrl(server.issuer)} does not say that it supports PKCE; S256 is used all the same.`];
}

function requireFree(name: string): string {
  if (!ours.has(name)) return name;
  throw new McpassError("entry_invalid", `oauth.authorizationParams may not set ${name}: mcpass sets it for each sign-in.`, { hint: "Remove it from authorizationParams." });
}

/**
 * The code of a callback, once everything about it holds. `iss` is judged before anything else is believed or shown. RFC 6749 §4.1.2, RFC 9207 §2.4; V-1 … V-8, A08.
 * Throws `callback_invalid` (not ours, repeated or missing parameters, wrong `iss`) or `authorization_refused` (details.oauthError).
 */
export function readCallback(pending: PendingAuthorization, parameters: URLSearchParams): string {
  for (const name of ["state", "iss", "code", "error"]) {
    if (parameters.getAll(name).length > 1) throw invalid(pending, `it carries ${name} more than once`);
  }
  if (parameters.get("state") !== pending.state) throw invalid(pending, "its state is not the one that was sent");
  judgeIssuer(pending, parameters.get("iss"));
  const error = parameters.get("error");
  if (error !== null) throw refused(pending, error, parameters.get("error_description"));
  const code = parameters.get("code");
  if (code === null || code === "") throw invalid(pending, "it carries no code");
  return code;
}

function judgeIssuer({ server, issMayBeMissing, ...pending }: PendingAuthorization, iss: string | null): void {
  if (iss === null) {
    if (!server.issParameterSupported || issMayBeMissing) return;
    throw invalid({ server }, "it does not name its issuer, although that issuer promises to", 'If this issuer is known to forget it, set "oauth": { "iss": "optional" }.');
  }
  // No normalisation here (V-6) — save that an issuer guessed or configured without metadata has no exact string to compare with.
  const same = server.source === "metadata" || server.source === "legacy metadata" ? iss === server.issuer || isTenantOf(iss, server.issuer) : sameIssuer(iss, server.issuer);
  if (!same) throw invalid({ server, ...pending }, `it comes from the issuer ${plainText(iss, 200)}`, "Start the sign-in again; if the same happens, tell the server's operator: another issuer answers in its issuer's place.");
}

function invalid({ server }: Pick<PendingAuthorization, "server">, reason: string, hint?: string): McpassError {
  return new McpassError("callback_invalid", `The answer to the sign-in at ${showUrl(server.issuer)} was not accepted: ${reason}. No code was sent anywhere.`, { hint, details: { leg: "authorization", issuer: server.issuer } });
}

function refused({ server, scopes, resource }: PendingAuthorization, error: string, description: string | null): McpassError {
  const said = `${plainText(error, 80)}${description === null ? "" : `: ${plainText(description, 300)}`}`;
  const what = error === "invalid_scope" ? ` Asked for: ${scopes.join(" ") || "no scope"}.` : error === "invalid_target" ? ` Asked for the resource ${resource ?? "(none)"}.` : "";
  return new McpassError("authorization_refused", `${showUrl(server.issuer)} refused the sign-in (${said}).${what}`, {
    hint: hints[error],
    details: { leg: "authorization", issuer: server.issuer, oauthError: plainText(error, 80) },
  });
}

const hints: Readonly<Record<string, string>> = {
  invalid_scope: 'Set "oauth": { "scope": "…" } to scopes this issuer knows.',
  invalid_target: 'Set "oauth": { "resource": false } if this issuer does not take a resource parameter.',
  access_denied: "Nothing was changed. Run the same command to try again.",
};
