/** How one authorization server answers, in words for the table of docs/authorization-servers.md. */
export interface Differences {
  readonly metadata: string;
  readonly registration: string;
  readonly unknownClient: string;
  readonly pkce: string;
  readonly resource: string;
  readonly scope: string;
  readonly iss: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly secondSignIn: string;
  readonly replay: string;
  readonly codeReplay: string;
  readonly revocation: string;
}

/** The questions, in the order of the table. */
export const questions: Readonly<Record<keyof Differences, string>> = {
  metadata: "Metadata",
  registration: "Becoming a client",
  unknownClient: "A client it does not know",
  pkce: "PKCE",
  resource: "`resource` parameter",
  scope: "Scopes",
  iss: "`iss` in the answer",
  accessToken: "Access token",
  refreshToken: "Refresh token",
  secondSignIn: "The same person signs in again",
  replay: "An old refresh token is used again",
  codeReplay: "A code is used again",
  revocation: "Revocation",
};

/**
 * What was seen of every server, asked from outside with the settings of the tests; test/servers/independent/differences.test.ts asks again and
 * compares, and the table is made from it.
 */
export const differences = {
  "oidc-provider": {
    metadata: "`/.well-known/oauth-authorization-server`, `/.well-known/openid-configuration`",
    registration: "dynamic, 201, no secret",
    unknownClient: "browser: a page, 400 text/html; token: 401 `invalid_client`",
    pkce: "announces S256; without: `invalid_request`; wrong verifier: 400 `invalid_grant`",
    resource: "unknown: `invalid_target`; none: 200, a token for no server",
    scope: "unknown: left out; answer with `scope`",
    iss: "sent, announced",
    accessToken: "opaque, for the resource",
    refreshToken: "always; a new one at every renewal",
    secondSignIn: "the first stays",
    replay: "400 `invalid_grant`; the newest one then: 400 `invalid_grant`",
    codeReplay: "400 `invalid_grant`; the tokens from it: end",
    revocation: "refresh token: 200, then renewing: 400 `invalid_grant`; access token ends with it; revoking it: 200",
  },
  "workers-oauth-provider": {
    metadata: "`/.well-known/oauth-authorization-server`",
    registration: "dynamic, 201, no secret; client metadata documents",
    unknownClient: "browser: a page, 400 text/plain; token: 401 `invalid_client`",
    pkce: "announces S256; without: `invalid_request`; wrong verifier: 400 `invalid_grant`",
    resource: "unknown: `invalid_target`; none: 200, a token for the server",
    scope: "unknown: granted; answer with `scope`",
    iss: "sent, announced",
    accessToken: "opaque, for the resource",
    refreshToken: "always; a new one at every renewal",
    secondSignIn: "the first ends",
    replay: "200; the newest one then: 400 `invalid_grant`",
    codeReplay: "400 `invalid_grant`; the tokens from it: end",
    revocation: "refresh token: 200, then renewing: 400 `invalid_grant`; access token ends with it; revoking it: 200",
  },
  "better-auth": {
    metadata: "`/.well-known/oauth-authorization-server/api/auth`, `/api/auth/.well-known/oauth-authorization-server`, `/api/auth/.well-known/openid-configuration`",
    registration: "dynamic, 201, no secret",
    unknownClient: "browser: a page, 200 text/html; token: 400 `invalid_grant`",
    pkce: "announces S256; without: `invalid_request`; wrong verifier: 401 `invalid_request`",
    resource: "unknown: `invalid_target`; none: 200, a token for no server",
    scope: "unknown: `invalid_scope`; answer with `scope`",
    iss: "sent, announced",
    accessToken: "JWT, for the resource",
    refreshToken: "with `offline_access`; a new one at every renewal",
    secondSignIn: "the first stays",
    replay: "400 `invalid_grant`; the newest one then: 400 `invalid_grant`",
    codeReplay: "400 `invalid_grant`; the tokens from it: end",
    revocation: "refresh token: 200, then renewing: 400 `invalid_grant`; access token stays valid; revoking it: 400 `unsupported_token_type`",
  },
  "oauth2-server": {
    metadata: "none",
    registration: "none",
    unknownClient: "browser: a page, 400 application/json; token: 400 `invalid_client`",
    pkce: "announces nothing; without: accepted; wrong verifier: 400 `invalid_grant`",
    resource: "unknown: accepted; none: 200, a token for no server",
    scope: "unknown: `invalid_scope`; answer with `scope`",
    iss: "not sent",
    accessToken: "opaque, for no resource",
    refreshToken: "always; a new one at every renewal",
    secondSignIn: "the first stays",
    replay: "400 `invalid_grant`; the newest one then: 200",
    codeReplay: "400 `invalid_grant`; the tokens from it: stay",
    revocation: "none",
  },
  "MCP SDK": {
    metadata: "`/.well-known/oauth-authorization-server`",
    registration: "dynamic, 201, no secret",
    unknownClient: "browser: a page, 400 application/json; token: 400 `invalid_client`",
    pkce: "announces S256; without: `invalid_request`; wrong verifier: 400 `invalid_grant`",
    resource: "unknown: accepted; none: 200, a token for no server",
    scope: "unknown: granted; answer with `scope`",
    iss: "not sent",
    accessToken: "opaque, for the resource",
    refreshToken: "never",
    secondSignIn: "the first stays",
    replay: "–",
    codeReplay: "500 `server_error`",
    revocation: "none",
  },
} as const satisfies Readonly<Record<string, Differences>>;

export type ServerName = keyof typeof differences;
export const serverNames = Object.keys(differences) as readonly ServerName[];

/** Which package it is, at which version. */
export const packageOf: Readonly<Record<ServerName, string>> = {
  "oidc-provider": "oidc-provider@9.13.3",
  "workers-oauth-provider": "@cloudflare/workers-oauth-provider@1.2.3",
  "better-auth": "@better-auth/oauth-provider@1.7.5",
  "oauth2-server": "@node-oauth/oauth2-server@5.3.0",
  "MCP SDK": "@modelcontextprotocol/sdk@1.32.2",
};
