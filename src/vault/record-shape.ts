import type { Registration } from "../oauth/registration.ts";
import type { TokenSet } from "../oauth/token.ts";
import type { Grant, RegistrationRecord, VaultRecord } from "./vault.ts";

/** Why a stored text is not a record: a phrase that names fields and kinds, never what stands in them. */
export interface Unfit {
  readonly reason: string;
  /** A later version of mcpass wrote it. */
  readonly newer: boolean;
}

/** Reads a stored record narrowly; unknown fields are left out. By hand, because every command that reads the vault pays for it. */
export function parseRecord(text: string): VaultRecord | Unfit {
  try {
    return record(JSON.parse(text), "");
  } catch (thrown) {
    if (thrown instanceof Misfit) return { reason: thrown.message, newer: thrown.newer };
    return { reason: text.trim() === "" ? "it is empty" : "it is not JSON", newer: false };
  }
}

type Check<T> = (value: unknown, path: string) => T;
type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> };

/** Never leaves this file. */
class Misfit extends Error {
  readonly newer: boolean;
  constructor(message: string, newer = false) {
    super(message);
    this.newer = newer;
  }
}

const text = ofType("string", "a text");
const number = ofType("number", "a number");

const tokens: Check<TokenSet> = object({
  accessToken: text,
  tokenType: oneOf("Bearer", "DPoP"),
  expiresAt: optional(number),
  issuedAt: number,
  refreshToken: optional(text),
  scopes: list(text),
  idToken: optional(text),
}, ["idToken"]);

const registration: Check<Registration> = object({
  kind: oneOf("configured", "metadata-document", "dynamic"),
  issuer: text,
  clientId: text,
  clientSecret: optional(text),
  clientSecretExpiresAt: optional(number),
  tokenEndpointAuthMethod: optional(oneOf("none", "client_secret_basic", "client_secret_post", "private_key_jwt")),
  redirectUri: optional(text),
  registeredAt: number,
  registrationClientUri: optional(text),
  registrationAccessToken: optional(text),
}, ["registrationClientUri", "registrationAccessToken"]);

const grant: Check<Grant> = object({
  kind: oneOf("grant"),
  schema: oneOf(1),
  serverUrl: text,
  account: text,
  issuer: text,
  tokenEndpoint: text,
  revocationEndpoint: optional(text),
  authorizationEndpoint: optional(text),
  resource: optional(text),
  callbackIssuer: optional(text),
  registration,
  requestedScopes: list(text),
  tokens: optional(tokens),
  obtainedAt: number,
  renewedAt: optional(number),
  generation: number,
  grantType: optional(oneOf("authorization_code", "device_code", "client_credentials", "jwt-bearer", "id-jag")),
  dpopKey: optional(object({ kty: oneOf("EC"), crv: oneOf("P-256"), x: text, y: text, d: text })),
  trouble: optional(object({ code: text, message: text, at: number })),
  ended: optional(object({ reason: text, at: number, quarantined: optional(tokens) })),
}, ["callbackIssuer"]);

const registrationRecord: Check<RegistrationRecord> = object({ kind: oneOf("registration"), schema: oneOf(1), registration });

function record(value: unknown, path: string): VaultRecord {
  const { kind, schema } = fieldsOf(value, path);
  if (typeof schema === "number" && schema > 1) throw new Misfit(`a newer mcpass wrote it (schema ${schema}; this one knows 1)`, true);
  return kind === "registration" ? registrationRecord(value, path) : grant(value, path);
}

/** `later`: fields of later versions of schema 1, left out where they are absent. */
function object<T>(checks: Checks<T>, later: readonly (keyof T)[] = []): Check<T> {
  const names = Object.keys(checks) as (keyof T & string)[];
  return (value, path) => {
    const fields = fieldsOf(value, path);
    const read = names.map((name) => [name, checks[name](fields[name], path === "" ? name : `${path}.${name}`)] as const);
    return Object.fromEntries(read.filter(([name, found]) => found !== undefined || !later.includes(name))) as T;
  };
}

function fieldsOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Misfit(`${path === "" ? "it" : path} is not an object`);
  return value as Record<string, unknown>;
}

function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(`${path} is not a list`);
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };
}

/** JSON has no `undefined`: absent and null are both read as it, so a number that was not one costs no sign-in. */
function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : check(value, path));
}

function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  return (value, path) => values.find((known) => known === value) ?? misfit(`${path} is not ${values.join(" or ")}`);
}

function ofType<N extends "string" | "number">(type: N, words: string): Check<N extends "string" ? string : number> {
  return (value, path) => (typeof value === type ? (value as N extends "string" ? string : number) : misfit(`${path} is not ${words}`));
}

function misfit(message: string): never {
  throw new Misfit(message);
}
