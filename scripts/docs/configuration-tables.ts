import { configJsonSchema } from "../../src/config/config-json-schema.ts";
import type { localShape, oauthShape, remoteShape, tlsShape, topShape } from "../../src/config/entry-schema.ts";
import { localDescriptions, oauthDescriptions, remoteDescriptions, tlsDescriptions, topDescriptions } from "../../src/config/field-descriptions.ts";

type Texts<Shape> = Readonly<Record<keyof Shape, string>>;
type Schema = Readonly<Record<string, unknown>>;

/** What holds where a key is absent; total, so that a new key does not compile without it. */
const remoteDefaults: Texts<typeof remoteShape> = {
  type: "required",
  url: "required",
  headers: "none",
  headersCommand: "none",
  headersCommandTimeout: "`10000`",
  tls: "none",
  oauth: "found out",
  enabled: "`true`",
  timeout: "`30000`, `60000`",
  account: "`\"default\"`",
  allowPrivate: "`false`",
  transport: "`\"auto\"`",
  protocol: "`\"auto\"`",
};

const localDefaults: Texts<typeof localShape> = {
  type: "required",
  command: "required",
  environment: "none",
  cwd: "where mcpass runs",
  enabled: "`true`",
  timeout: "`30000`, `60000`",
  protocol: "`\"auto\"`",
};

const tlsDefaults: Texts<typeof tlsShape> = { ca: "none", cert: "none", key: "none", passphrase: "none" };

const oauthDefaults: Texts<typeof oauthShape> = {
  clientId: "registered by mcpass",
  clientSecret: "none",
  clientSecretCommand: "none",
  scope: "what the server names",
  callbackPort: "`19876`",
  callbackHost: "`\"127.0.0.1\"`",
  callbackBind: "loopback",
  callbackPath: "`\"/mcp/oauth/callback\"`",
  redirectUri: "from the keys above",
  callbackTimeout: "`600`",
  tokenTimeout: "`30000`",
  issuer: "what the server names",
  authServerMetadataUrl: "found out",
  authorizationEndpoint: "from the metadata",
  tokenEndpoint: "from the metadata",
  registrationEndpoint: "from the metadata",
  resource: "what the server names",
  authorizationParams: "none",
  tokenParams: "none",
  audience: "none",
  tokenPath: "`access_token`",
  loginHint: "by account",
  clientName: "`\"mcpass\"`",
  clientUri: "none",
  clientMetadataUrl: "none",
  tokenEndpointAuthMethod: "as registered",
  iss: "`\"required\"`",
  pkce: "`\"auto\"`",
  offline: "`\"auto\"`",
  registration: "`\"auto\"`",
  registrationAccessToken: "none",
  allowSchemeUpgrade: "`false`",
  profile: "by issuer",
  headers: "none",
  grant: "`\"authorization_code\"`",
  privateKey: "none",
  privateKeyFile: "none",
  privateKeyCommand: "none",
  signingAlg: "by the key",
  assertion: "none",
  assertionFile: "none",
  assertionCommand: "none",
  assertionAudience: "the issuer",
  idpIssuer: "none",
  idpScope: "`openid offline_access`",
  idpTokenEndpoint: "none",
  idpClientId: "none",
  idpClientSecret: "none",
  idpClientSecretCommand: "none",
  idToken: "none",
  idTokenFile: "none",
  idTokenCommand: "none",
  commandTimeout: "`30000`",
  dpop: "`false`",
};

const topDefaults: Texts<typeof topShape> = { account: "`\"default\"`", bridge: "`{}`", gateway: "`{}`", experimental: "none" };

/** The tables of docs/configuration.md by the name of their part, from the schema that the program checks with. */
export function configurationTables(): Readonly<Record<"remote keys" | "local keys" | "tls keys" | "oauth keys" | "top keys", string>> {
  const schema = configJsonSchema() as { readonly definitions: { readonly entry: { readonly anyOf: readonly [Schema, Schema] } }; readonly properties: Schema };
  const [remote, local] = schema.definitions.entry.anyOf;
  const oauth = (propertiesOf(remote)["oauth"] as { readonly anyOf: readonly [Schema] }).anyOf[0];
  return {
    "remote keys": table(propertiesOf(remote), remoteDescriptions, remoteDefaults),
    "local keys": table(propertiesOf(local), localDescriptions, localDefaults),
    "tls keys": table(propertiesOf(propertiesOf(remote)["tls"] as Schema), tlsDescriptions, tlsDefaults),
    "oauth keys": table(propertiesOf(oauth), oauthDescriptions, oauthDefaults),
    "top keys": table(schema.properties, topDescriptions, topDefaults),
  };
}

function table(properties: Schema, descriptions: Readonly<Record<string, string>>, defaults: Readonly<Record<string, string>>): string {
  const rows = Object.entries(defaults).map(([key, absent]) => `| \`${key}\` | ${typeWords(properties[key] as Schema)} | ${absent} | ${cell(descriptions[key] ?? "")} |`);
  return ["| key | type | default | what it is |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** References stand in backquotes; what the default column says is not said twice. */
function cell(description: string): string {
  const said = description.replace(/\s*Default: [^.]*?(?=\.( |$))\./g, "").trim();
  return said.replace(/\{(env|file):[^}]*\}/g, "`$&`").replace(/https?:\/\/[^\s]*[^\s.]/g, "`$&`").replaceAll("|", "\\|");
}

/** A JSON Schema's type in words. */
function typeWords(schema: Schema): string {
  const { type, anyOf, enum: values, const: only, additionalProperties } = schema;
  if (Array.isArray(anyOf)) return [...new Set((anyOf as readonly Schema[]).map(typeWords))].join(" or ");
  if (Array.isArray(values)) return values.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (type === "object") return isSchema(additionalProperties) && additionalProperties["type"] === "string" ? "object of texts" : "object";
  if (type === "array") return "list of texts";
  const words: Readonly<Record<string, string>> = { string: "text", boolean: "`true` or `false`", integer: "whole number", number: "number" };
  return words[String(type)] ?? String(type);
}

function propertiesOf(schema: Schema): Schema {
  return isSchema(schema["properties"]) ? schema["properties"] : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}
