import { boolean, either, type Infer, list, literal, object, oneOf, optional, record, type Rule, type Schema, string, whole } from "./schema.ts";

/**
 * The one schema of an entry as it stands in a file: it validates, types (`RemoteInput`, `LocalInput`) and, through `config-json-schema.ts`,
 * becomes the editors' JSON Schema.
 */
const unless = <T>(holds: (value: T) => boolean, expectation: string): Rule<T> => (value) => (holds(value) ? undefined : expectation);

const text = (expectation = "a text in quotes", ...rules: readonly Rule<string>[]): Schema<string> =>
  string(expectation, [unless((value) => value !== "", `${expectation} that is not empty`), ...rules], { minLength: 1 });

const longestTimer = 2_147_483_647;
const milliseconds = (): Schema<number> => whole(1, longestTimer, "a whole number of milliseconds above 0");

/** An http(s) URL that can carry a credential: no user info, which would end up in logs, and no fragment, which is never sent. */
function url(...rules: readonly Rule<string>[]): Schema<string> {
  return string("an http(s) URL in quotes", [
    unless((value) => parsedUrl(value) !== undefined, "an http:// or https:// URL"),
    unless((value) => !hasUserInfo(value), "a URL without a user name or password: use headers"),
    unless((value) => !value.includes("#"), "a URL without a fragment (#…)"),
    ...rules,
  ]);
}

/** A URL that secrets are sent to and no server named: plain http on this machine only. */
function secureUrl(): Schema<string> {
  return url(unless((value) => /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?=[:/?]|$)/i.test(value), "an https:// URL (http:// on this machine only)"));
}

function parsedUrl(value: string): URL | undefined {
  if (/[\s\p{Cc}]/u.test(value)) return undefined;
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  return parsed !== undefined && /^https?:\/\//i.test(value) && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed : undefined;
}

function hasUserInfo(value: string): boolean {
  const parsed = parsedUrl(value);
  return parsed !== undefined && (parsed.username !== "" || parsed.password !== "");
}

const absoluteUri = (expectation: string): Schema<string> => text(expectation, unless((value) => URL.canParse(value), expectation));

/** As it stands in a URL when it stands there as it is; IPv6 without brackets. */
function isHost(value: string): boolean {
  const host = value.includes(":") ? `[${value}]` : value.toLowerCase();
  return URL.canParse(`http://${host}/`) && new URL(`http://${host}/`).hostname === host;
}

function isAddress(value: string): boolean {
  return isHost(value) && (value.includes(":") || /^[\d.]+$/.test(value));
}

function isPath(value: string): boolean {
  return value.startsWith("/") && URL.canParse(value, "http://path.invalid") && new URL(value, "http://path.invalid").pathname === value;
}

const filled = (expectation: string, holds: (value: string) => boolean): Schema<string> => text(expectation, unless(holds, expectation));

const anyText = (): Schema<string> => string("a text in quotes");

/** RFC 9110 §5.1 and §5.5: what a header's name and value may be made of. */
export const headersSchema = record(anyText(), "an object of header names and texts", [
  everyEntry((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name), "must be the name of a header: letters, digits and - only"),
  everyEntry((_, value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value), "must be one line of printable Latin text"),
]);

function parameters(reserved: readonly string[]): Schema<Readonly<Record<string, string>>> {
  return record(anyText(), "an object of parameter names and texts", [everyEntry((name) => !reserved.includes(name), "must not be set: the sign-in sets it itself")]);
}

function everyEntry(holds: (name: string, value: string) => boolean, problem: string): Rule<Readonly<Record<string, string>>> {
  return (entries) => {
    const [first, ...others] = Object.entries(entries).filter(([name, value]) => !holds(name, value)).map(([name]) => ({ path: [name], problem }));
    return first === undefined ? undefined : [first, ...others];
  };
}

const word = (): Schema<string> => string("a text in quotes", [unless((value) => !value.includes("\0"), "a text without a NUL character")]);

function commandWords(example: string): Schema<readonly string[]> {
  const expectation = `a list of texts, the program first, like ${example}`;
  const rules = [unless<readonly string[]>((words) => words.length > 0, expectation), unless<readonly string[]>((words) => words[0] !== "", "a list whose first text names the program")];
  return list(word(), expectation, rules, { minItems: 1 });
}

/** Provider profiles of the protocol floor, which this floor does not know; a test keeps the two lists equal. */
export const profileNames = [
  "none", "entra", "google", "auth0", "okta", "keycloak", "cognito", "aws-sign-in", "github", "slack", "atlassian", "notion", "linear", "figma", "datadog",
  "sentry", "supabase", "clerk", "better-auth", "fastmcp", "cloudflare-workers",
] as const;

export const oauthShape = {
  clientId: optional(text()),
  clientSecret: optional(text()),
  clientSecretCommand: optional(commandWords('["pass", "show", "mcp"]')),
  scope: optional(string("a text of space separated scopes")),
  callbackPort: optional(whole(1, 65_535, "a port: a whole number from 1 to 65535")),
  callbackHost: optional(filled("a host name or an IP address, without a port", isHost)),
  callbackBind: optional(filled('an IP address of this machine, like "0.0.0.0"', isAddress)),
  callbackPath: optional(filled('a path that starts with /, like "/callback"', isPath)),
  redirectUri: optional(absoluteUri("an absolute URI")),
  callbackTimeout: optional(whole(1, 86_400, "a whole number of seconds from 1 to 86400")),
  tokenTimeout: optional(milliseconds()),
  issuer: optional(url()),
  authServerMetadataUrl: optional(url()),
  authorizationEndpoint: optional(url()),
  tokenEndpoint: optional(url()),
  registrationEndpoint: optional(url()),
  resource: optional(either(absoluteUri("an absolute URI"), literal(false, "false"), "an absolute URI, or false to send none")),
  authorizationParams: optional(parameters(["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"])),
  tokenParams: optional(parameters(["grant_type", "code", "code_verifier", "refresh_token", "redirect_uri", "client_id", "client_secret", "client_assertion"])),
  audience: optional(text()),
  tokenPath: optional(text("names with dots between them", unless((value) => /^[^.\s]+(\.[^.\s]+)*$/.test(value), 'names with dots between them, like "authed_user.access_token"'))),
  loginHint: optional(text()),
  clientName: optional(text()),
  clientUri: optional(url()),
  clientMetadataUrl: optional(url()),
  tokenEndpointAuthMethod: optional(oneOf(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])),
  iss: optional(oneOf(["required", "optional"])),
  pkce: optional(oneOf(["auto", "strict"])),
  offline: optional(oneOf(["auto", "always", "never"])),
  registration: optional(oneOf(["auto", "static", "cimd", "dcr"])),
  registrationAccessToken: optional(text()),
  allowSchemeUpgrade: optional(boolean()),
  profile: optional(oneOf(profileNames)),
  headers: optional(headersSchema),
  grant: optional(oneOf(["authorization_code", "device_code", "client_credentials", "jwt-bearer", "id-jag"])),
  privateKey: optional(text()),
  privateKeyFile: optional(text()),
  privateKeyCommand: optional(commandWords('["vault", "read", "-field=key", "mcp"]')),
  signingAlg: optional(oneOf(["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"])),
  assertion: optional(text()),
  assertionFile: optional(text()),
  assertionCommand: optional(commandWords('["gcloud", "auth", "print-identity-token"]')),
  assertionAudience: optional(text()),
  idpIssuer: optional(secureUrl()),
  idpScope: optional(string("a text of space separated scopes")),
  idpTokenEndpoint: optional(secureUrl()),
  idpClientId: optional(text()),
  idpClientSecret: optional(text()),
  idpClientSecretCommand: optional(commandWords('["pass", "show", "idp"]')),
  idToken: optional(text()),
  idTokenFile: optional(text()),
  idTokenCommand: optional(commandWords('["corp-login", "--id-token"]')),
  commandTimeout: optional(milliseconds()),
  dpop: optional(boolean()),
};
export const oauthSchema = object(oauthShape, "an object of settings, or false for no OAuth at all");

export const timeoutShape = {
  startup: optional(milliseconds()),
  catalog: optional(milliseconds()),
  execution: optional(milliseconds()),
};
export const timeoutSchema = either(milliseconds(), object(timeoutShape), "a whole number of milliseconds above 0, or an object of startup, catalog and execution");

export const sharedShape = {
  enabled: optional(boolean()),
  timeout: optional(timeoutSchema),
};

const path = (): Schema<string> => text("the path of a file");
export const tlsShape = {
  ca: optional(path()),
  cert: optional(path()),
  key: optional(path()),
  passphrase: optional(text()),
};
const tlsObject = object(tlsShape, "an object of ca, cert, key and passphrase");
export const tlsSchema: typeof tlsObject = {
  ...tlsObject,
  read: (value) => {
    const read = tlsObject.read(value);
    const half = read.problems === undefined && (read.value.cert === undefined) !== (read.value.key === undefined);
    return half ? { problems: [{ path: [], problem: "must have both cert and key, or neither" }] } : read;
  },
};

export const remoteShape = {
  type: literal("remote", '"remote" or "local"'),
  url: url(),
  headers: optional(headersSchema),
  headersCommand: optional(commandWords('["corp-token", "--json"]')),
  headersCommandTimeout: optional(milliseconds()),
  tls: optional(tlsSchema),
  oauth: optional(either(oauthSchema, literal(false, "false"), "an object of settings, or false for no OAuth at all")),
  ...sharedShape,
  account: optional(text()),
  allowPrivate: optional(boolean()),
  transport: optional(oneOf(["auto", "http", "sse"])),
  protocol: optional(oneOf(["auto", "legacy", "2026-07-28"])),
};
export const remoteSchema = object(remoteShape);

export const localShape = {
  type: literal("local", '"remote" or "local"'),
  command: commandWords('["npx", "-y", "some-server"]'),
  environment: optional(record(word(), "an object of variable names and texts")),
  cwd: optional(text()),
  ...sharedShape,
  protocol: optional(oneOf(["auto", "legacy", "2026-07-28"])),
};
export const localSchema = object(localShape);

/** What may override an entry of a lower layer. */
export const stubSchema = object(sharedShape);
const patterns = (what: string): Schema<readonly string[]> => list(text(), `a list of ${what}, in which * stands for any text`);
export const gatewayShape = {
  allow: optional(patterns("servers' names")),
  deny: optional(patterns("servers' names")),
  tools: optional(record(object({ allow: optional(patterns("tools' names")), deny: optional(patterns("tools' names")) }), "an object of servers' names, each with the lists allow and deny")),
  search: optional(boolean()),
};

/** The top-level keys of a file that mean something here. `experimental.mcp_timeout` is OpenCode's default for `timeout`. */
export const topShape = {
  account: optional(text()),
  bridge: optional(object({ open: optional(boolean()) })),
  gateway: optional(object(gatewayShape)),
  experimental: optional(object({ mcp_timeout: optional(milliseconds()) })),
};

export type RemoteInput = Infer<typeof remoteSchema>;
export type LocalInput = Infer<typeof localSchema>;
export type OAuthInput = Infer<typeof oauthSchema>;
export type TimeoutInput = Infer<typeof timeoutSchema>;
