/**
 * The one tolerant decoder of answers. Every tolerance is a line here with its source and a test; nothing here throws.
 * Wire names (snake_case) end in this file.
 */

export type WireObject = Readonly<Record<string, unknown>>;

/** A JSON object, or undefined. `null` members count as absent (Ory Hydra sends them; typescript-sdk#754). */
export function readJsonObject(text: string): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
  } catch {
    return undefined;
  }
}

/** A token endpoint's answer: JSON whatever its label says, else form encoding (GitHub without Accept; vercel/ai#10899). T02 */
export function readTokenBody(text: string, contentType: string): WireObject | undefined {
  const json = readJsonObject(text);
  if (json !== undefined) return json;
  const looksLikeForm = contentType.includes("application/x-www-form-urlencoded") || /^[\w.~%-]+=[^<>\s]*$/.test(text.trim());
  return looksLikeForm ? Object.fromEntries(new URLSearchParams(text.trim())) : undefined;
}

export interface OAuthFailure {
  readonly error: string;
  readonly description: string | undefined;
}

/** `error` before anything else, even in a 200 (GitHub; vercel/ai#10899) or as `ok:false` (Slack; CommandCodeAI/command-code#610). RFC 6749 §5.2. */
export function readOAuthFailure(body: WireObject | undefined): OAuthFailure | undefined {
  if (body === undefined) return undefined;
  const error = text(body["error"]);
  const nested = typeof body["error"] === "object" ? text((body["error"] as WireObject | null)?.["code"]) : undefined;
  const code = error ?? nested ?? (body["ok"] === false ? "refused" : undefined);
  return code === undefined ? undefined : { error: code, description: text(body["error_description"]) ?? text(body["message"]) };
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly tokenType: string;
  /** undefined: not said, or nonsense. */
  readonly expiresInSeconds: number | undefined;
  readonly refreshToken: string | undefined;
  readonly scope: string | undefined;
  /** RFC 8693 §2.2.1. */
  readonly issuedTokenType: string | undefined;
  readonly idToken: string | undefined;
}

/**
 * RFC 6749 §5.1; undefined without an access token. `path` is where a configured issuer puts the token that is meant, beside another one that is not
 * (Slack: `authed_user.access_token`; obot-platform/obot#6544). What stands beside it there counts before what stands outside. T05
 */
export function readTokenAnswer(body: WireObject, path?: string): TokenAnswer | undefined {
  if (path !== undefined) return readNestedToken(body, path.split("."));
  const accessToken = text(body["access_token"]);
  if (accessToken === undefined) return undefined;
  return {
    accessToken,
    // Absent in answers of several small servers; Bearer is the only type asked for. T03
    tokenType: text(body["token_type"]) ?? "Bearer",
    expiresInSeconds: positiveSeconds(body["expires_in"]),
    refreshToken: text(body["refresh_token"]),
    scope: text(body["scope"]) ?? list(body["scope"])?.join(" "),
    issuedTokenType: text(body["issued_token_type"]),
    idToken: text(body["id_token"]),
  };
}

function readNestedToken(body: WireObject, names: readonly string[]): TokenAnswer | undefined {
  const place = names.slice(0, -1).reduce<WireObject | undefined>((outer, name) => {
    const inner = outer?.[name];
    return typeof inner === "object" && inner !== null ? (inner as WireObject) : undefined;
  }, body);
  if (place === undefined) return undefined;
  // Its type there is a word of the provider's own ("user").
  return readTokenAnswer({ ...body, ...place, access_token: place[names.at(-1) ?? ""], token_type: undefined });
}

export interface DeviceAnswer {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | undefined;
  readonly expiresInSeconds: number | undefined;
  readonly intervalSeconds: number | undefined;
}

/** RFC 8628 §3.2; undefined when one of the three that a person needs is missing. */
export function readDeviceAnswer(body: WireObject): DeviceAnswer | undefined {
  const deviceCode = text(body["device_code"]);
  const userCode = text(body["user_code"]);
  // verification_url: Google's, from a draft of the RFC.
  const verificationUri = text(body["verification_uri"]) ?? text(body["verification_url"]);
  if (deviceCode === undefined || userCode === undefined || verificationUri === undefined) return undefined;
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: text(body["verification_uri_complete"]),
    expiresInSeconds: positiveSeconds(body["expires_in"]),
    intervalSeconds: positiveSeconds(body["interval"]),
  };
}

export interface RegistrationAnswer {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Milliseconds since the epoch; 0 on the wire means never. RFC 7591 §3.2.1. */
  readonly clientSecretExpiresAt: number | undefined;
  readonly tokenEndpointAuthMethod: string | undefined;
  readonly registrationClientUri: string | undefined;
  readonly registrationAccessToken: string | undefined;
}

export function readRegistrationAnswer(body: WireObject): RegistrationAnswer | undefined {
  const clientId = text(body["client_id"]);
  if (clientId === undefined) return undefined;
  const expiresAt = positiveSeconds(body["client_secret_expires_at"]);
  return {
    clientId,
    clientSecret: text(body["client_secret"]),
    clientSecretExpiresAt: expiresAt === undefined ? undefined : expiresAt * 1000,
    tokenEndpointAuthMethod: text(body["token_endpoint_auth_method"]),
    registrationClientUri: text(body["registration_client_uri"]),
    registrationAccessToken: text(body["registration_access_token"]),
  };
}

export interface ResourceMetadata {
  readonly resource: string | undefined;
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[] | undefined;
}

/** RFC 9728 §2; undefined when the object has none of its members (a catch-all that answers `{}` to everything). D08 */
export function readResourceMetadata(body: WireObject): ResourceMetadata | undefined {
  const authorizationServers = list(body["authorization_servers"]) ?? [];
  const resource = text(body["resource"]);
  if (resource === undefined && authorizationServers.length === 0) return undefined;
  return { resource, authorizationServers, scopes: list(body["scopes_supported"]) };
}

/** RFC 8414 §2 and OpenID Discovery §3, the members a client needs; undefined without a token endpoint, or an authorization endpoint that its grants use. */
export interface IssuerMetadata {
  readonly issuer: string | undefined;
  /** undefined only where no grant uses it. */
  readonly authorizationEndpoint: string | undefined;
  /** RFC 8628 §4. */
  readonly deviceAuthorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  /** OpenID Connect Core §5.3. */
  readonly userinfoEndpoint?: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly codeChallengeMethods: readonly string[] | undefined;
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  readonly grantTypes: readonly string[] | undefined;
  readonly issParameterSupported: boolean;
  readonly clientIdMetadataDocumentSupported: boolean;
}

export function readIssuerMetadata(body: WireObject): IssuerMetadata | undefined {
  const authorizationEndpoint = text(body["authorization_endpoint"]);
  const tokenEndpoint = text(body["token_endpoint"]);
  const grantTypes = list(body["grant_types_supported"]);
  if (tokenEndpoint === undefined || (authorizationEndpoint === undefined && grantTypes?.includes("authorization_code") !== false)) return undefined;
  return {
    issuer: text(body["issuer"]),
    authorizationEndpoint,
    deviceAuthorizationEndpoint: text(body["device_authorization_endpoint"]),
    tokenEndpoint,
    registrationEndpoint: text(body["registration_endpoint"]),
    revocationEndpoint: text(body["revocation_endpoint"]),
    userinfoEndpoint: text(body["userinfo_endpoint"]),
    scopes: list(body["scopes_supported"]),
    codeChallengeMethods: list(body["code_challenge_methods_supported"]),
    tokenEndpointAuthMethods: list(body["token_endpoint_auth_methods_supported"]),
    grantTypes,
    issParameterSupported: body["authorization_response_iss_parameter_supported"] === true,
    clientIdMetadataDocumentSupported: body["client_id_metadata_document_supported"] === true,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Seconds as a number or as text (Entra v1, LibreChat#420); zero, negative, unreadable and beyond any date (30,000 years) are absent. T03 */
function positiveSeconds(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && number > 0 && number < 1e12 ? number : undefined;
}

/** A list of strings; one string alone counts as a list of one. */
function list(value: unknown): readonly string[] | undefined {
  if (typeof value === "string" && value !== "") return [value];
  return Array.isArray(value) ? value.filter((member): member is string => typeof member === "string" && member !== "") : undefined;
}
