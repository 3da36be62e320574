import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { mcpRemoteCallback } from "../../config/import/mcp-remote-callback.ts";
import { readHeaderFlags } from "../../config/override-entry.ts";
import { parsePortWord } from "./flag-values.ts";
import type { OverrideFlags } from "./override-flags.ts";

/** What the command line of mcp-remote says in other words. */
export interface McpRemoteFlags extends Omit<OverrideFlags, "transport"> {
  readonly transport?: string | undefined;
  readonly host?: string | undefined;
  readonly staticOauthClientInfo?: string | undefined;
  readonly staticOauthClientMetadata?: string | undefined;
  readonly headerFile?: readonly string[] | undefined;
  readonly clientCredentials?: boolean | undefined;
  readonly deviceCode?: boolean | undefined;
  readonly authorizeParam?: readonly string[] | undefined;
  readonly disableResourceParameter?: boolean | undefined;
}

const transports = { auto: "auto", http: "http", sse: "sse", "http-only": "http", "sse-only": "sse", "http-first": "auto", "sse-first": "auto" } as const;

/**
 * The same in our words: the port behind the server, `${NAME}` in headers and in the client, the client as JSON. A client that is given like that comes back to where mcp-remote would have had it come back to, for that is what
 * its issuer knows. Throws `usage` (never repeating a secret), `variable_unset`, `file_reference_unreadable`.
 */
export function fromMcpRemote(flags: McpRemoteFlags, [server = "", port]: readonly string[], runtime: Pick<Runtime, "environment" | "workingDirectory">): OverrideFlags {
  const { transport, host, staticOauthClientInfo, staticOauthClientMetadata, headerFile = [], clientCredentials, deviceCode, authorizeParam, disableResourceParameter, ...ours } = flags;
  const client = readClient("--static-oauth-client-info", staticOauthClientInfo, runtime.workingDirectory);
  const metadata = readClient("--static-oauth-client-metadata", staticOauthClientMetadata, runtime.workingDirectory);
  const clientText = (name: string): string | undefined => withVariables("--static-oauth-client-info", textOf("--static-oauth-client-info", client, name), runtime.environment);
  const clientId = clientText("client_id");
  if (staticOauthClientInfo !== undefined && clientId === undefined) throw new McpassError("usage", "--static-oauth-client-info needs a client_id, as a text", { hint: `--static-oauth-client-info '{"client_id": "ID"}', or @ and a file with it` });
  const headers = [...headerFile.flatMap((path) => headersIn(resolve(runtime.workingDirectory, path))), ...(flags.header ?? [])];
  const resource = disableResourceParameter === true || flags.resource?.trim() === "" ? "none" : flags.resource;
  const authorizationParams = authorizeParam === undefined ? undefined : Object.fromEntries(authorizeParam.map(readParameter));
  const signIn = { url: server, headers: readHeaderFlags(headers), resource: resource === "none" ? undefined : resource, authorizationParams, clientMetadataUrl: flags.clientMetadataUrl, tokenEndpoint: flags.tokenEndpoint };
  const usual = clientId !== undefined && flags.clientId === undefined && flags.redirectUri === undefined && /^https?:/i.test(server) ? mcpRemoteCallback(signIn, process.platform) : undefined;
  return {
    ...ours,
    header: headers.length === 0 ? undefined : headers.map((header) => withVariables("--header", header, runtime.environment) ?? ""),
    transport: transport === undefined ? undefined : transports[transport as keyof typeof transports],
    resource,
    authorizationParams,
    grant: flags.grant ?? (clientCredentials === true ? "client_credentials" : deviceCode === true ? "device_code" : undefined),
    callbackPort: flags.callbackPort ?? (port === undefined ? usual?.callbackPort : parsePortWord(port)),
    callbackHost: flags.callbackHost ?? host ?? usual?.callbackHost,
    callbackPath: flags.callbackPath ?? usual?.callbackPath,
    clientId: flags.clientId ?? clientId,
    clientSecret: flags.clientSecret ?? clientText("client_secret"),
    scope: flags.scope ?? textOf("--static-oauth-client-metadata", metadata, "scope"),
  };
}

/** Clients that cannot have spaces in their arguments put the value into the environment, as do those that keep secrets out of them. */
function withVariables(flag: string, text: string | undefined, environment: Runtime["environment"]): string | undefined {
  return text?.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new McpassError("variable_unset", `${flag} names \${${name}}, which is not set`, { hint: `Set ${name} in the client's "env" for this server.`, details: { variable: name } });
    return value;
  });
}

function readParameter(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new McpassError("usage", "--authorize-param must be NAME=VALUE", { hint: "--authorize-param audience=https://api.example.com" });
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

/** One on each line; what begins with # is a comment. */
function headersIn(path: string): readonly string[] {
  const lines = readFile("--header-file", path).replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

function textOf(flag: string, values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name] ?? "";
  if (typeof value !== "string" && name !== "client_id") throw new McpassError("usage", `${flag} has a ${name} that is no text`);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readClient(flag: string, given: string | undefined, directory: string): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  const text = given.startsWith("@") ? readFile(flag, resolve(directory, given.slice(1))) : given;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below: what stands there may be a secret.
  }
  throw new McpassError("usage", `${flag} needs a JSON object, or @ and a file with one`);
}

function readFile(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new McpassError("file_reference_unreadable", `${flag} names ${path}, which cannot be read`, { cause: thrown, details: { path } });
  }
}
