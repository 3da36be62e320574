import * as z from "zod/mini";

/**
 * The one schema of an entry as it stands in a file: it validates, types (`RemoteInput`, `LocalInput`) and, through `config-json-schema.ts`,
 * becomes the editors' JSON Schema. Every message completes the sentence "<field> …" and never repeats a value.
 */
function must(expectation: string): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => (issue.input === undefined ? `is missing: it must be ${expectation}` : `must be ${expectation}`) };
}

const text = (expectation = "a text in quotes") => z.string(must(expectation)).check(z.minLength(1, must(`${expectation} that is not empty`)));
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, must(`one of ${values.map((value) => `"${value}"`).join(", ")}`));
const whole = (minimum: number, maximum: number, expectation: string) =>
  z.number(must(expectation)).check(z.int(must(expectation)), z.minimum(minimum, must(expectation)), z.maximum(maximum, must(expectation)));

const longestTimer = 2_147_483_647;
const milliseconds = () => whole(1, longestTimer, "a whole number of milliseconds above 0");

/** An http(s) URL that can carry a credential: no user info, which would end up in logs, and no fragment, which is never sent. */
function url() {
  return z.string(must("an http(s) URL in quotes")).check(
    z.refine((value) => parsedUrl(value) !== undefined, must("an http:// or https:// URL")),
    z.refine((value) => !hasUserInfo(value), must("a URL without a user name or password: use headers")),
    z.refine((value) => !value.includes("#"), must("a URL without a fragment (#…)")),
  );
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

const absoluteUri = (expectation: string) => text(expectation).check(z.refine((value) => URL.canParse(value), must(expectation)));

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

const texts = (expectation: string) => z.record(z.string(), z.string(must("a text in quotes")), must(expectation));

/** RFC 9110 §5.1 and §5.5: what a header's name and value may be made of. */
export const headersSchema = z
  .record(z.string(), z.string(must("a text in quotes")), must("an object of header names and texts"))
  .check(
    everyEntry((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name), "must be the name of a header: letters, digits and - only"),
    everyEntry((_, value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value), "must be one line of printable Latin text"),
  );

function parameters(reserved: readonly string[]) {
  return texts("an object of parameter names and texts").check(
    everyEntry((name) => !reserved.includes(name), "must not be set: the sign-in sets it itself"),
  );
}

function everyEntry(holds: (name: string, value: string) => boolean, message: string) {
  return z.check<Record<string, string>>((context) => {
    for (const [name, value] of Object.entries(context.value)) {
      if (!holds(name, value)) context.issues.push({ code: "custom", input: context.value, path: [name], message });
    }
  });
}

export const oauthShape = {
  clientId: z.optional(text()),
  clientSecret: z.optional(text()),
  scope: z.optional(z.string(must("a text of space separated scopes"))),
  callbackPort: z.optional(whole(1, 65_535, "a port: a whole number from 1 to 65535")),
  callbackHost: z.optional(text("a host name or an IP address").check(z.refine(isHost, must("a host name or an IP address, without a port")))),
  callbackBind: z.optional(text("an IP address").check(z.refine(isAddress, must('an IP address of this machine, like "0.0.0.0"')))),
  callbackPath: z.optional(text("a path").check(z.refine(isPath, must('a path that starts with /, like "/callback"')))),
  redirectUri: z.optional(absoluteUri("an absolute URI")),
  callbackTimeout: z.optional(whole(1, 86_400, "a whole number of seconds from 1 to 86400")),
  issuer: z.optional(url()),
  authServerMetadataUrl: z.optional(url()),
  authorizationEndpoint: z.optional(url()),
  tokenEndpoint: z.optional(url()),
  registrationEndpoint: z.optional(url()),
  resource: z.optional(z.union([absoluteUri("an absolute URI"), z.literal(false)], must("an absolute URI, or false to send none"))),
  authorizationParams: z.optional(parameters(["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"])),
  tokenParams: z.optional(
    parameters(["grant_type", "code", "code_verifier", "refresh_token", "redirect_uri", "client_id", "client_secret", "client_assertion"]),
  ),
  audience: z.optional(text()),
  clientName: z.optional(text()),
  clientUri: z.optional(url()),
  clientMetadataUrl: z.optional(url()),
  tokenEndpointAuthMethod: z.optional(oneOf(["none", "client_secret_basic", "client_secret_post"])),
  iss: z.optional(oneOf(["required", "optional"])),
  pkce: z.optional(oneOf(["auto", "strict"])),
  offline: z.optional(oneOf(["auto", "always", "never"])),
  registration: z.optional(oneOf(["auto", "static", "cimd", "dcr"])),
  headers: z.optional(headersSchema),
};
export const oauthSchema = z.object(oauthShape, must("an object of settings, or false for no OAuth at all"));

export const timeoutShape = {
  startup: z.optional(milliseconds()),
  catalog: z.optional(milliseconds()),
  execution: z.optional(milliseconds()),
};
export const timeoutSchema = z.union(
  [milliseconds(), z.object(timeoutShape)],
  must("a whole number of milliseconds above 0, or an object of startup, catalog and execution"),
);

export const sharedShape = {
  enabled: z.optional(z.boolean(must("true or false"))),
  timeout: z.optional(timeoutSchema),
};

const word = () => z.string(must("a text in quotes")).check(z.refine((value) => !value.includes("\0"), must("a text without a NUL character")));
function commandWords(expectation: string) {
  return z.array(word(), must(expectation)).check(
    z.minLength(1, must(expectation)),
    z.refine((words) => words[0] !== "", must("a list whose first text names the program")),
  );
}

export const tlsShape = {
  ca: z.optional(text("the path of a file")),
  cert: z.optional(text("the path of a file")),
  key: z.optional(text("the path of a file")),
  passphrase: z.optional(text()),
};
export const tlsSchema = z
  .object(tlsShape, must("an object of ca, cert, key and passphrase"))
  .check(z.refine(({ cert, key }) => (cert === undefined) === (key === undefined), must("an object with both cert and key, or neither")));

export const remoteShape = {
  type: z.literal("remote", must('"remote" or "local"')),
  url: url(),
  headers: z.optional(headersSchema),
  headersCommand: z.optional(commandWords('a list of texts, the program first, like ["gcloud", "auth", "print-…"]')),
  headersCommandTimeout: z.optional(milliseconds()),
  tls: z.optional(tlsSchema),
  oauth: z.optional(z.union([oauthSchema, z.literal(false)], must("an object of settings, or false for no OAuth at all"))),
  ...sharedShape,
  account: z.optional(text()),
  allowPrivate: z.optional(z.boolean(must("true or false"))),
  transport: z.optional(oneOf(["auto", "http", "sse"])),
  protocol: z.optional(oneOf(["auto", "legacy", "2026-07-28"])),
};
export const remoteSchema = z.object(remoteShape, must("an object"));

export const localShape = {
  type: z.literal("local", must('"remote" or "local"')),
  command: commandWords('a list of texts, the program first, like ["npx", "-y", "some-server"]'),
  environment: z.optional(z.record(z.string(), word(), must("an object of variable names and texts"))),
  cwd: z.optional(text()),
  ...sharedShape,
  protocol: z.optional(oneOf(["auto", "legacy", "2026-07-28"])),
};
export const localSchema = z.object(localShape, must("an object"));

/** What may override an entry of a lower layer. */
export const stubSchema = z.object(sharedShape);
/** The top-level keys of a file that mean something here. `experimental.mcp_timeout` is OpenCode's default for `timeout`. */
export const topShape = {
  account: z.optional(text()),
  experimental: z.optional(z.object({ mcp_timeout: z.optional(milliseconds()) })),
};

export type RemoteInput = z.infer<typeof remoteSchema>;
export type LocalInput = z.infer<typeof localSchema>;
export type OAuthInput = z.infer<typeof oauthSchema>;
export type TimeoutInput = z.infer<typeof timeoutSchema>;
