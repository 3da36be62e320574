import { McpassError } from "../base/errors.ts";
import { problemText } from "./check-entry.ts";
import type { ConfiguredServer } from "./configuration.ts";
import { remoteSchema } from "./entry-schema.ts";
import { quoted } from "./quoted.ts";
import { formsOf, grantKeyProblem, type SecretName } from "./grant-keys.ts";
import type { OAuthSettings, Protocol, RemoteEntry, ServerEntry, Transport } from "./server-entry.ts";
import { toOAuthSettings } from "./to-server-entry.ts";

/** Keys of `oauth` whose flags have the same name; paths are absolute. */
type GrantFlag = "grant" | "tokenEndpoint" | "authorizationParams" | "privateKey" | "privateKeyFile" | "signingAlg" | "assertion" | "assertionFile" | "idpIssuer" | "idpTokenEndpoint" | "idpClientId" | "idpClientSecret" | "idToken" | "idTokenFile" | "dpop";
type CommandFlag = `${SecretName}Command`;

/** The flags that override an entry for one run; absent and undefined change nothing. */
export interface EntryOverrides extends Pick<OAuthSettings, GrantFlag>, Readonly<Partial<Record<CommandFlag, readonly string[] | undefined>>> {
  /** Where programs that flags name run. Changes nothing by itself. */
  readonly commandDirectory?: string | undefined;
  /** Beside the entry's own; one of the same name (in any case) is replaced. See `readHeaderFlags`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly clientMetadataUrl?: string | undefined;
  readonly scope?: string | undefined;
  readonly callbackPort?: number | undefined;
  readonly callbackHost?: string | undefined;
  readonly callbackBind?: string | undefined;
  readonly callbackPath?: string | undefined;
  readonly redirectUri?: string | undefined;
  /** `false` or "none": send no `resource` parameter. */
  readonly resource?: string | false | undefined;
  readonly transport?: Transport | undefined;
  readonly protocol?: Protocol | undefined;
  readonly account?: string | undefined;
}

/**
 * The server as the flags want it. A server that has an error keeps it and is returned as it is. An OAuth flag on an entry with `oauth: false`
 * turns OAuth on for this run.
 * @throws McpassError `usage` for a flag of the wrong form, or one that only a remote server knows
 */
export function withOverrides(server: ConfiguredServer, overrides: EntryOverrides): ConfiguredServer {
  const { commandDirectory = "", ...given } = withoutUndefined(overrides);
  if (server.entry === undefined || Object.keys(given).length === 0) return server;
  return { ...server, entry: overridden(server.name, server.entry, given, commandDirectory) };
}

/** `--header K=V` or `K: V`: the first of `:` and `=` separates. @throws McpassError `usage`, never repeating the value */
export function readHeaderFlags(flags: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    flags.map((flag) => {
      const at = flag.search(/[:=]/);
      if (at <= 0) throw new McpassError("usage", "--header must be NAME=VALUE or NAME: VALUE", { hint: '--header "X-Api-Key=…"' });
      return [flag.slice(0, at).trim(), flag.slice(at + 1).trim()];
    }),
  );
}

function overridden(name: string, entry: ServerEntry, { headers, transport, protocol, account, ...oauth }: EntryOverrides, cwd: string): ServerEntry {
  const settings = oauth.resource === "none" ? { ...oauth, resource: false as const } : oauth;
  const checked = check({ headers, transport, protocol, account, ...(Object.keys(settings).length === 0 ? {} : { oauth: settings }) });
  if (entry.type === "local") {
    const remoteOnly = Object.keys({ ...settings, ...withoutUndefined({ headers, transport, account }) });
    if (remoteOnly.length > 0) throw new McpassError("usage", `server ${quoted(name)} is a local program: ${remoteOnly.map(flagName).join(", ")} is for remote servers only`);
    return { ...entry, protocol: checked.protocol ?? entry.protocol };
  }
  const merged = withSettings(entry.oauth, checked.oauth, cwd);
  const lacking = typeof merged === "object" ? grantKeyProblem(merged) : undefined;
  if (lacking !== undefined) throw new McpassError("entry_invalid", `server ${quoted(name)}: oauth ${lacking.problem}`, { hint: `${lacking.hint}, or give ${flagOf(lacking.key)}`, details: { server: name, field: `oauth.${lacking.key}` } });
  return {
    ...entry,
    ...(headers === undefined ? {} : withHeaders(entry, headers)),
    oauth: merged,
    transport: checked.transport ?? entry.transport,
    protocol: checked.protocol ?? entry.protocol,
    account: checked.account ?? entry.account,
  };
}

/** The flags pass the same schema as a file. */
function check(flags: object) {
  const result = remoteSchema.read({ type: "remote", url: "https://flags.invalid/", ...withoutUndefined(flags) });
  if (result.problems === undefined) return result.value;
  const [{ path, problem }] = result.problems;
  const field = path.findLast((segment) => segment !== "oauth") ?? "";
  // What has a name of its own below its flag.
  const named = path[0] === "headers" ? { flag: "--header", below: path.slice(1) } : path[1] === "authorizationParams" ? { flag: "--authorize-param", below: path.slice(2) } : undefined;
  throw new McpassError("usage", named === undefined ? `${flagName(String(field))} ${problem}` : `${named.flag} ${problemText({ path: named.below, problem })}`);
}

/** A flag takes the place of every other way in which the entry gives the same secret. */
function withSettings(oauth: RemoteEntry["oauth"], settings: ReturnType<typeof check>["oauth"], cwd: string): RemoteEntry["oauth"] {
  if (settings === undefined || settings === false) return oauth;
  const flags = toOAuthSettings(settings, { toPath: (path) => path, cwd });
  const replaced = new Set((Object.keys(flags) as (keyof OAuthSettings)[]).flatMap(formsOf));
  const kept = Object.entries(oauth === false ? {} : (oauth ?? {})).filter(([key]) => !replaced.has(key as keyof OAuthSettings));
  return { ...(Object.fromEntries(kept) as OAuthSettings), ...flags };
}

function withHeaders({ headers, fileHeaders }: RemoteEntry, flags: Readonly<Record<string, string>>): Pick<RemoteEntry, "headers" | "fileHeaders"> {
  const replaced = new Set(Object.keys(flags).map((name) => name.toLowerCase()));
  const kept = (name: string): boolean => !replaced.has(name.toLowerCase());
  return {
    headers: Object.fromEntries([...Object.entries(headers).filter(([name]) => kept(name)), ...Object.entries(flags)]),
    ...(fileHeaders === undefined ? {} : { fileHeaders: fileHeaders.filter(({ name }) => kept(name)) }),
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

/** Secrets come from a file or a variable. */
function flagOf(key: string): string {
  return key.endsWith("Secret") ? `${flagName(key)}-file` : flagName(key);
}

function flagName(key: string): string {
  return key === "headers" ? "--header" : `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
