/**
 * What is known of named providers, as data: each entry only fills in what the user has not set, and is shown where it acts. `oauth.profile` picks another
 * one, or `"none"`. Sources: the field notes that each entry cites (docs/field-notes.md).
 */
export type ProfileName =
  | "entra" | "google" | "auth0" | "okta" | "keycloak" | "cognito" | "aws-sign-in" | "github" | "slack" | "atlassian" | "notion" | "linear" | "figma" | "datadog"
  | "sentry" | "supabase" | "clerk" | "better-auth" | "fastmcp" | "cloudflare-workers";

export interface ProviderProfile {
  readonly name: ProfileName;
  readonly title: string;
  /** Ids of the field notes it comes from. */
  readonly fieldNotes: readonly string[];
  /** What any of the issuer's URL, its endpoints' URLs and the server's URL must match. */
  readonly issuer?: RegExp;
  readonly endpoint?: RegExp;
  readonly server?: RegExp;
  /** No RFC 8707 `resource` where every scope names its own resource (`api://…`, `https://…/scope`). */
  readonly omitResourceWhenScopesQualified?: true;
  /** `audience` is what the resource would be. */
  readonly audienceFromResource?: true;
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /** It registers no clients by itself, whatever its metadata says: where a person gets one. */
  readonly clientHowTo?: string;
  /** What helps when it refuses to register. */
  readonly registrationHowTo?: string;
  readonly registration?: "dcr";
  /** Metadata for many tenants has the literal `{tenantid}` in its issuer. */
  readonly tenantTemplateIssuer?: true;
  /** It supports S256 without saying so: no warning. */
  readonly pkceSilent?: true;
  /** For a client with a secret that was told no other way. */
  readonly tokenEndpointAuthMethod?: "client_secret_basic" | "client_secret_post";
  /** Scopes that a client registered by itself may not ask for. */
  readonly withheldScopes?: readonly string[];
  readonly refusesLocalhost?: true;
  /** It forgets clients without saying so: any error page for a kept client means that. */
  readonly forgetsClients?: true;
  /** Anything else worth knowing; for doctor. */
  readonly remark?: string;
}

const consoleOf = (place: string, kind: string): string => `${place}: ${kind}, with exactly that redirect URI`;

/** Order matters only where two match: the first does. */
export const providerProfiles: readonly ProviderProfile[] = [
  {
    name: "entra",
    title: "Microsoft Entra",
    fieldNotes: ["A01", "D09", "D11", "F09", "R01"],
    issuer: /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
    omitResourceWhenScopesQualified: true,
    tenantTemplateIssuer: true,
    pkceSilent: true,
    clientHowTo: consoleOf("Entra admin center → App registrations → New registration", 'platform "Mobile and desktop applications"'),
  },
  {
    name: "google",
    title: "Google",
    fieldNotes: ["A04", "D02", "R01"],
    issuer: /^https:\/\/accounts\.google\.com\/?$/,
    authorizationParams: { access_type: "offline", prompt: "consent" },
    clientHowTo: consoleOf("Google Cloud console → APIs & Services → Credentials → Create OAuth client ID", 'type "Desktop app", which has a secret too'),
  },
  { name: "auth0", title: "Auth0", fieldNotes: ["A05", "D02"], issuer: /^https:\/\/[\w.-]+\.auth0\.com\/?$/, audienceFromResource: true },
  {
    name: "okta",
    title: "Okta",
    fieldNotes: ["D04", "R01"],
    issuer: /^https:\/\/[\w.-]+\.(okta|oktapreview|okta-emea)\.com(\/|$)/,
    clientHowTo: consoleOf("Okta admin console → Applications → Create App Integration", 'OIDC, "Native Application"; its registration_endpoint wants an administrator\'s token (oauth.registrationAccessToken)'),
  },
  {
    name: "keycloak",
    title: "Keycloak",
    fieldNotes: ["D04", "F09", "R03", "R08"],
    endpoint: /\/protocol\/openid-connect\/(auth|token)$/,
    registrationHowTo: "its administrator may allow this machine under Realm → Client registration → Trusted hosts, or give an initial access token (oauth.registrationAccessToken)",
  },
  {
    name: "cognito",
    title: "Amazon Cognito",
    fieldNotes: ["C02", "D09", "R01"],
    issuer: /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?\//,
    endpoint: /^https:\/\/[\w.-]+\.amazoncognito\.com\//,
    pkceSilent: true,
    clientHowTo: consoleOf("Cognito console → User pool → App clients", "public client, authorization code grant; the callback URL is compared letter by letter"),
  },
  { name: "aws-sign-in", title: "AWS Sign-In", fieldNotes: ["D09", "R02"], issuer: /^https:\/\/([\w-]+\.)*signin\.aws(\.amazon\.com)?(\/|$)/, pkceSilent: true, forgetsClients: true },
  {
    name: "github",
    title: "GitHub",
    fieldNotes: ["A03", "R01", "T02"],
    issuer: /^https:\/\/github\.com(\/login\/oauth)?\/?$/,
    endpoint: /^https:\/\/github\.com\/login\/oauth\//,
    tokenEndpointAuthMethod: "client_secret_post",
    clientHowTo: consoleOf("GitHub → Settings → Developer settings → OAuth Apps → New OAuth App", "it needs the secret too (oauth.clientSecret), and oauth.scope names what you want"),
  },
  {
    name: "slack",
    title: "Slack",
    fieldNotes: ["C02", "D13", "R01", "T05"],
    issuer: /^https:\/\/([\w-]+\.)?slack\.com\/?$/,
    endpoint: /^https:\/\/([\w-]+\.)?slack\.com\/(oauth|api\/oauth)/,
    tokenEndpointAuthMethod: "client_secret_post",
    clientHowTo: consoleOf("api.slack.com/apps → your app → OAuth & Permissions", "a fixed list of redirect URLs"),
  },
  {
    name: "atlassian",
    title: "Atlassian",
    fieldNotes: ["A02", "D06", "R02", "S07"],
    issuer: /^https:\/\/([\w-]+\.)*atlassian\.com(\/|$)/,
    server: /^https:\/\/mcp\.atlassian\.com\//,
    forgetsClients: true,
    remark: "one sign-in is for one site: use --account for each",
  },
  { name: "notion", title: "Notion", fieldNotes: ["D03", "F01"], issuer: /^https:\/\/([\w-]+\.)*notion\.com(\/|$)/, server: /^https:\/\/mcp\.notion\.com\//, remark: "a refresh token used twice ends the sign-in: let one vault hold it" },
  { name: "linear", title: "Linear", fieldNotes: ["R07"], issuer: /^https:\/\/mcp\.linear\.app(\/|$)/, server: /^https:\/\/mcp\.linear\.app\//, registration: "dcr" },
  {
    name: "figma",
    title: "Figma",
    fieldNotes: ["R03", "T01"],
    issuer: /^https:\/\/([\w-]+\.)*figma\.com(\/|$)/,
    tokenEndpointAuthMethod: "client_secret_post",
    registrationHowTo: "it registers only products of its catalog, by their exact name; mcpass never takes another product's name: apply to Figma, or register your own application and set oauth.clientId",
  },
  { name: "datadog", title: "Datadog", fieldNotes: ["C03", "D05"], issuer: /^https:\/\/([\w-]+\.)*(datadoghq\.(com|eu)|ddog-gov\.com)(\/|$)/, server: /^https:\/\/mcp\.([\w-]+\.)*(datadoghq\.(com|eu)|ddog-gov\.com)\//, refusesLocalhost: true },
  { name: "sentry", title: "Sentry", fieldNotes: ["A08"], issuer: /^https:\/\/mcp\.sentry\.dev(\/|$)/, server: /^https:\/\/mcp\.sentry\.dev\//, remark: "it names itself in the answer (iss) without promising to; the name is compared all the same" },
  { name: "supabase", title: "Supabase", fieldNotes: ["R02"], issuer: /^https:\/\/(api|[\w-]+)\.supabase\.(com|co|green)(\/|$)/, server: /^https:\/\/mcp\.supabase\.com\//, forgetsClients: true },
  { name: "clerk", title: "Clerk", fieldNotes: ["R08"], issuer: /^https:\/\/([\w-]+\.clerk\.accounts\.dev|clerk\.[\w.-]+)(\/|$)/, withheldScopes: ["openid"] },
  { name: "better-auth", title: "better-auth", fieldNotes: ["R02", "R08"], endpoint: /\/api\/auth\/(mcp|oauth2)\/(authorize|token)$/, forgetsClients: true, remark: "a client is bound to the scopes it registered with" },
  { name: "fastmcp", title: "FastMCP", fieldNotes: ["R02", "T01"], issuer: /^https:\/\/[\w.-]+\.fastmcp\.app(\/|$)/, tokenEndpointAuthMethod: "client_secret_post", forgetsClients: true },
  { name: "cloudflare-workers", title: "Cloudflare Workers", fieldNotes: ["D06", "R02"], issuer: /^https:\/\/[\w.-]+\.workers\.dev(\/|$)/, forgetsClients: true, remark: "older ones publish no resource metadata: their own host is the issuer" },
];

export interface ProfileQuestion {
  /** `oauth.profile`: takes the place of matching. */
  readonly chosen?: ProfileName | "none" | undefined;
  readonly serverUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly endpoints?: readonly string[] | undefined;
}

export function findProfile({ chosen, serverUrl, issuer, endpoints = [] }: ProfileQuestion): ProviderProfile | undefined {
  if (chosen !== undefined) return providerProfiles.find(({ name }) => name === chosen);
  const matches = (pattern: RegExp | undefined, url: string | undefined): boolean => pattern !== undefined && url !== undefined && pattern.test(url);
  return providerProfiles.find((profile) => matches(profile.issuer, issuer) || endpoints.some((url) => matches(profile.endpoint, url)) || matches(profile.server, serverUrl));
}

/** True when every scope says itself whose it is, so that a resource beside them can only contradict. A01 */
export function areQualified(scopes: readonly string[]): boolean {
  const named = scopes.filter((scope) => !standardScopes.has(scope));
  return named.length > 0 && named.every((scope) => /^(api|https?):\/\/[^/]+\/|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\//i.test(scope));
}

const standardScopes: ReadonlySet<string> = new Set(["openid", "profile", "email", "offline_access"]);
