import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { parsePortWord } from "./flag-values.ts";
import type { OverrideFlags } from "./override-flags.ts";

/** What the command line of mcp-remote says in other words. */
export interface McpRemoteFlags extends Omit<OverrideFlags, "transport"> {
  readonly transport?: string | undefined;
  readonly host?: string | undefined;
  readonly staticOauthClientInfo?: string | undefined;
  readonly staticOauthClientMetadata?: string | undefined;
}

const transports = { auto: "auto", http: "http", sse: "sse", "http-only": "http", "sse-only": "sse", "http-first": "auto", "sse-first": "auto" } as const;

/**
 * The same in our words: the port behind the server, `${NAME}` in headers, the client as JSON. Throws `usage` (never repeating a secret), `variable_unset`,
 * `file_reference_unreadable`.
 */
export function fromMcpRemote(flags: McpRemoteFlags, port: string | undefined, runtime: Pick<Runtime, "environment" | "workingDirectory">): OverrideFlags {
  const { transport, host, staticOauthClientInfo, staticOauthClientMetadata, ...ours } = flags;
  const client = readClient("--static-oauth-client-info", staticOauthClientInfo, runtime.workingDirectory);
  const metadata = readClient("--static-oauth-client-metadata", staticOauthClientMetadata, runtime.workingDirectory);
  const clientId = textOf("--static-oauth-client-info", client, "client_id");
  if (staticOauthClientInfo !== undefined && clientId === undefined) throw new McpassError("usage", "--static-oauth-client-info needs a client_id, as a text", { hint: `--static-oauth-client-info '{"client_id": "ID"}', or @ and a file with it` });
  return {
    ...ours,
    header: flags.header?.map((header) => withVariables(header, runtime.environment)),
    transport: transport === undefined ? undefined : transports[transport as keyof typeof transports],
    callbackPort: flags.callbackPort ?? (port === undefined ? undefined : parsePortWord(port)),
    callbackHost: flags.callbackHost ?? host,
    clientId: flags.clientId ?? clientId,
    clientSecret: flags.clientSecret ?? textOf("--static-oauth-client-info", client, "client_secret"),
    scope: flags.scope ?? textOf("--static-oauth-client-metadata", metadata, "scope"),
  };
}

/** Clients that cannot have spaces in their arguments put the value into the environment. */
function withVariables(header: string, environment: Runtime["environment"]): string {
  return header.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new McpassError("variable_unset", `--header names \${${name}}, which is not set`, { hint: `Set ${name} in the client's "env" for this server.`, details: { variable: name } });
    return value;
  });
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
