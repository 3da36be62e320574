import type { AuthorizationServerOptions } from "./authorization-server.ts";

/** A GUID, as Entra's tenants have. */
export const tenantGuid = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

/**
 * The habits of providers, by field-notes/providers.md, as options of the scriptable authorization server:
 * `walk.issuer({ ...providers.entra(), …more })`. Real names come with `publicOrigin` and a route of the proxy.
 */
export const providers = {
  /** R01 A01 D09 D11 T03: OpenID discovery under /common, a templated issuer, no DCR, no PKCE field, `resource` against the scopes, v1 expiry. */
  entra: (): AuthorizationServerOptions => ({
    tenant: { alias: "common", guid: tenantGuid },
    wellKnown: { insert8414: "absent", appendOidc: "document" },
    endpointPaths: { authorize: "/common/oauth2/v2.0/authorize", token: "/common/oauth2/v2.0/token", device_authorization: "/common/oauth2/v2.0/devicecode" },
    registration: "off",
    revocation: "absent",
    pkce: "absent",
    issAdvertised: false,
    iss: "none",
    scopeNamesResource: ["authorize", "code", "refresh"],
    refreshTokens: "offline-scope",
    codeAnswer: "string-expiry",
    refreshAnswer: "string-expiry",
  }),
  /** R01 A04: no DCR; a refresh token for access_type=offline, the second time only with prompt=consent. */
  google: (): AuthorizationServerOptions => ({ registration: "off", refreshTokens: "first-consent", wellKnown: { insert8414: "absent", appendOidc: "document" }, endpointPaths: { authorize: "/o/oauth2/v2/auth" }, rotation: "off" }),
  /** D02 A05: an issuer that ends in a slash; the API's tokens need `audience` (give the resource server `audience`). */
  auth0: (): AuthorizationServerOptions => ({ issuerForm: "root-slash", wellKnown: { insert8414: "document", appendOidc: "document" }, refreshTokens: "offline-scope", endpointPaths: { token: "/oauth/token", register: "/oidc/register", revoke: "/oauth/revoke" } }),
  /** R01 D04: a registration endpoint that wants an administrator's token; a path issuer. */
  okta: (): AuthorizationServerOptions => ({ issuerForm: "path", initialAccessToken: "an administrator's", wellKnown: { appendOidc: "document" } }),
  /** R03 D04 F09: a path issuer whose registration is for trusted hosts; the same resource on every leg (set expectedResource). */
  keycloak: (): AuthorizationServerOptions => ({ issuerForm: "path", registration: "policy", wellKnown: { insert8414: "document", appendOidc: "document" } }),
  /** D09 C02: no PKCE field, exact redirect URIs, no DCR. */
  cognito: (): AuthorizationServerOptions => ({ pkce: "absent", redirectMatching: "exact", registration: "off", wellKnown: { insert8414: "absent", appendOidc: "document" } }),
  /** R01 T02 A03: no DCR; answers are forms unless JSON is asked for; a secret in the body. Errors: `codeAnswer: "error-200"`, `"form-error"`. */
  github: (): AuthorizationServerOptions => ({ registration: "off", codeAnswer: "by-accept", refreshAnswer: "by-accept", clientAuthentication: "post", endpointPaths: { authorize: "/login/oauth/authorize", token: "/login/oauth/access_token" } }),
  /** R01 T05 C02 D13: v2_user endpoints, no DCR, exact redirects. Errors: `codeAnswer: "ok-false"`; a bot's token first: `"nested-user"`. */
  slack: (): AuthorizationServerOptions => ({ registration: "off", redirectMatching: "exact", clientAuthentication: "post", endpointPaths: { authorize: "/oauth/v2_user/authorize", token: "/api/oauth.v2.user.access" }, accessTokenSeconds: 43_200 }),
  /** A02 F01 R02: rotation with replay detection; a forgotten client is an "Internal Server Error" page. */
  atlassian: (): AuthorizationServerOptions => ({ rotation: "family", unknownClientPage: "text-500", refreshTokens: "offline-scope", accessTokenSeconds: 28_800 }),
  /** F01 F02: a renewal ends the earlier access tokens, a replay the family. */
  notion: (): AuthorizationServerOptions => ({ rotation: "family", rotationEndsAccess: true }),
  /** R07: advertises documents; give the resource server `acceptsDocumentClients: false`. */
  linear: (): AuthorizationServerOptions => ({ fetchesClientDocuments: "port-less" }),
  /** R03 T01: registration by exact name, 403 text; a secret although none was asked for, which must then be posted. */
  figma: (): AuthorizationServerOptions => ({ registration: "named", approvedNames: ["Approved Client"], issueSecret: "always", clientAuthentication: "post", registeredMethod: "none" }),
  /** C03: `localhost` redirects are refused. */
  datadog: (): AuthorizationServerOptions => ({ refusedRedirectHosts: ["localhost"], redirectMatching: "exact" }),
  /** A08: sends `iss` without saying so. */
  sentry: (): AuthorizationServerOptions => ({ issAdvertised: false, iss: "right" }),
  /** R02: forgets clients, and shows 422 JSON. */
  supabase: (): AuthorizationServerOptions => ({ unknownClientPage: "json-422" }),
  /** R02 R08: an unknown client is invalid_grant; scopes are bound at registration; a path issuer. */
  betterAuth: (): AuthorizationServerOptions => ({ issuerForm: "path", wellKnown: { insert8414: "document", append8414: "document", appendOidc: "document" }, unknownClientError: "invalid_grant-400", bindsScopes: true, rotation: "family" }),
  /** R02 T01: 400 for unknown clients; advertises Basic and reads only the body. */
  fastmcp: (): AuthorizationServerOptions => ({ unknownClientError: "invalid_client-400", clientAuthentication: "basic-lies" }),
  /** R08: registered clients may not ask for openid. */
  clerk: (): AuthorizationServerOptions => ({ refusedRegistrationScopes: ["openid"], refusedScopes: ["openid"] }),
  /** A02: offline_access is refused unless allowed. */
  authelia: (): AuthorizationServerOptions => ({ refusedScopes: ["offline_access"], scopePolicy: "redirect" }),
};
