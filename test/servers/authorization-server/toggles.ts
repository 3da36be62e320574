import type { JSONWebKeySet } from "jose";
import type { AnswerKind, Scripted } from "../answers.ts";
import { defaultGrantToggles, type GrantToggles } from "./grant-toggles.ts";
import { defaultPersonToggles, type PersonToggles } from "./userinfo.ts";
import { defaultQuirkToggles, type QuirkToggles } from "./quirk-toggles.ts";

export interface PreRegisteredClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly redirect_uris: readonly string[];
  /** For private_key_jwt; a client with keys and without a secret must use them. */
  readonly jwks?: JSONWebKeySet;
  /** Looked at with `checksGrantTypes`. */
  readonly grant_types?: readonly string[];
}

export type RegistrationAnswer =
  | "on"
  | "off" // no endpoint in the metadata, 404 at /register
  | "named" // 403 text/plain unless client_name is one of approvedNames
  | "unauthorized" // 401 (wants an initial access token)
  | "policy" // 403 JSON, as Keycloak's trusted hosts
  | "busy" // 429, Retry-After: retryAfterSeconds
  | "refused" // 400 invalid_client_metadata
  | "redirect-refused" // 400 invalid_redirect_uri
  | "failing" // 500
  | "html" // 200 text/html
  | "no-client-id" // 201 without a client_id
  | "reset";

export type TokenAnswer =
  | "json"
  | "form" // 200 application/x-www-form-urlencoded
  | "form-error" // 200 application/x-www-form-urlencoded with error=…
  | "by-accept" // form, unless the request accepts application/json (GitHub)
  | "nested-user" // the user's token inside authed_user, a bot's token outside (Slack)
  | "error-200" // 200 {"error": …}
  | "ok-false" // 200 {"ok": false, "error": …}
  | "string-expiry" // "expires_in": "3600"
  | "no-expiry"
  | "no-token-type"
  | "nulls" // refresh_token, scope and id_token null
  | "html" // 200 text/html
  | "no-access-token" // 200 {}
  | "busy" // 429, Retry-After: retryAfterSeconds
  | "bad-gateway" // 502 text/html
  | "unavailable" // 503 text/plain
  | "no-origin" // 530 text/html, of an edge that does not find its server
  | "hang" // never answered, nothing processed
  | "invalid-grant" // 400
  | "temporarily-unavailable" // 400 with that error code
  | "invalid-client" // 401
  | "empty-400"
  | "html-404"
  | "gateway-403" // {"message": "Forbidden"}
  | "html-500"
  | "echo-secrets" // 400 invalid_grant whose description holds what was sent, raw, url-encoded and base64
  | "redirect" // 307 to foreignUrl
  | "reset" // cut, nothing processed
  | "reset-half" // processed, cut in the middle of the answer
  | { readonly slowMs: number };

/** Everything may be changed while the server runs; the next request sees it. */
export interface AuthorizationServerToggles extends GrantToggles, QuirkToggles, PersonToggles {
  /** root: `http://127.0.0.1:N`; root-slash: with `/`; path: `…/realms/a`; path-slash: `…/realms/a/`. */
  issuerForm: "root" | "root-slash" | "path" | "path-slash";
  /** Replaces the issuer wholly (a mismatch, another host). */
  issuer: string | undefined;
  /** Which well-known place answers how. With a root issuer the two `oidc` places are one, and `append8414` does not exist. */
  wellKnown: {
    insert8414: Scripted<AnswerKind>;
    insertOidc: Scripted<AnswerKind>;
    appendOidc: Scripted<AnswerKind>;
    append8414: Scripted<AnswerKind>;
  };
  /** With a path issuer: true = the root well-known URLs answer with the document of a different issuer and endpoints under /decoy. */
  rootDecoy: boolean;
  /** The origin of the endpoints in the metadata, when it is not the one that is listened on. */
  endpointOrigin: string | undefined;
  /** Merged over the metadata document; a field set to undefined is removed. */
  metadata: Record<string, unknown>;
  scopesSupported: string[] | undefined;
  /** What the metadata says; S256 is always required and verified. */
  pkce: "S256" | "plain" | "absent";

  registration: Scripted<RegistrationAnswer>;
  approvedNames: string[];
  retryAfterSeconds: number;
  registrationStatus: 200 | 201;
  issueSecret: "as-asked" | "always" | "never";
  /** Negative: expired on arrival. Undefined: client_secret_expires_at is 0. */
  secretLifetimeSeconds: number | undefined;
  /** Appended to every client secret issued, for form-encoding tests (":%+"). */
  secretSuffix: string;
  registrationNulls: boolean;
  /** token_endpoint_auth_method in the registration's answer; undefined leaves it out. */
  registeredMethod: "as-asked" | "none" | "client_secret_basic" | "client_secret_post" | undefined;
  clients: PreRegisteredClient[];
  /** Advertised; an https client_id is then accepted, its document is not fetched (`fetchesClientDocuments` does). */
  clientMetadataDocuments: boolean;
  redirectMatching: "exact" | "any-port";

  /** auto: 302 with a code at once; deny: 302 with `denial`; page: 200 html, a person would be stuck. */
  approval: "auto" | "deny" | "page";
  denial: { error: string; error_description?: string };
  authorizeDelayMs: number;
  iss: "right" | "wrong" | "none" | "normalized";
  issAdvertised: boolean;
  scopePolicy: "accept" | "redirect" | "page";
  refusedScopes: string[];
  /** Without this scope the authorization ends with invalid_scope. */
  requiredScope: string | undefined;
  /** What is granted whatever was asked. */
  grantedScope: string | undefined;
  /** exact: every leg must carry exactly `expectedResource`, byte for byte; reject: any `resource` is invalid_target. */
  resourcePolicy: "ignore" | "exact" | "reject";
  expectedResource: string | undefined;

  clientAuthentication: "none" | "basic" | "post" | "either" | "basic-lies" | "post-lies" | "none-lies";
  /** How Basic is read: form = RFC 6749 §2.3.1; raw = as it is. */
  basicDecoding: "form" | "raw";
  codeAnswer: Scripted<TokenAnswer>;
  refreshAnswer: Scripted<TokenAnswer>;
  tokenType: string;
  accessTokenSeconds: number;
  answersScope: boolean;
  /** first-consent: with access_type=offline, and again only with prompt=consent (Google, A04). */
  refreshTokens: "always" | "never" | "offline-scope" | "offline-access-type" | "first-consent";
  rotation: "off" | "on" | "family";
  /** The refresh must repeat the `scope` of the grant. */
  refreshNeedsScope: boolean;
  revocation: Scripted<"ok" | "unavailable" | "unsupported" | "hang" | "absent">;
  /** Where "redirect" of a token answer points. */
  foreignUrl: string;
}

export function defaultToggles(): AuthorizationServerToggles {
  return {
    ...defaultGrantToggles(),
    ...defaultPersonToggles(),
    ...defaultQuirkToggles(),
    issuerForm: "root",
    issuer: undefined,
    wellKnown: { insert8414: "document", insertOidc: "absent", appendOidc: "absent", append8414: "absent" },
    rootDecoy: false,
    endpointOrigin: undefined,
    metadata: {},
    scopesSupported: undefined,
    pkce: "S256",
    registration: "on",
    approvedNames: [],
    retryAfterSeconds: 1,
    registrationStatus: 201,
    issueSecret: "as-asked",
    secretLifetimeSeconds: undefined,
    secretSuffix: "",
    registrationNulls: false,
    registeredMethod: "as-asked",
    clients: [],
    clientMetadataDocuments: false,
    redirectMatching: "any-port",
    approval: "auto",
    denial: { error: "access_denied", error_description: "The user said no" },
    authorizeDelayMs: 0,
    iss: "right",
    issAdvertised: true,
    scopePolicy: "accept",
    refusedScopes: [],
    requiredScope: undefined,
    grantedScope: undefined,
    resourcePolicy: "ignore",
    expectedResource: undefined,
    clientAuthentication: "either",
    basicDecoding: "form",
    codeAnswer: "json",
    refreshAnswer: "json",
    tokenType: "Bearer",
    accessTokenSeconds: 3600,
    answersScope: true,
    refreshTokens: "always",
    rotation: "on",
    refreshNeedsScope: false,
    revocation: "ok",
    foreignUrl: "http://127.0.0.1:9/",
  };
}
