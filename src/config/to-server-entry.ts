import { join, resolve } from "node:path";

import type { TlsFiles } from "../base/runtime.ts";
import type { LocalInput, OAuthInput, RemoteInput, TimeoutInput } from "./entry-schema.ts";
import { type CredentialCommand, type FileHeader, type OAuthSettings, type ServerEntry, type Timeouts, defaultTimeouts } from "./server-entry.ts";

export interface EntryContext {
  readonly timeouts: Timeouts;
  /** Where a relative `cwd` starts. */
  readonly baseDirectory: string;
  /** Where relative paths of files start. */
  readonly fileDirectory: string;
  readonly homeDirectory: string;
  readonly fileHeaders: readonly FileHeader[];
}

/** A checked entry with its defaults filled in. */
export function toServerEntry(input: RemoteInput | LocalInput, context: EntryContext): ServerEntry {
  const enabled = input.enabled ?? true;
  const timeout = toTimeouts(input.timeout, context.timeouts);
  const protocol = input.protocol ?? "auto";
  if (input.type === "local") {
    return { type: "local", command: toWords(input.command), environment: input.environment ?? {}, cwd: input.cwd === undefined ? undefined : pathFrom(context.baseDirectory, input.cwd, context), enabled, timeout, protocol };
  }
  return {
    type: "remote",
    url: input.url,
    headers: toHeaders(input.headers),
    ...(context.fileHeaders.length === 0 ? {} : { fileHeaders: context.fileHeaders }),
    ...(input.headersCommand === undefined ? {} : { headersCommand: { words: toWords(input.headersCommand), cwd: context.fileDirectory, timeoutMs: input.headersCommandTimeout ?? 10_000 } }),
    ...(input.tls === undefined ? {} : { tls: toTls(input.tls, context) }),
    oauth: typeof input.oauth === "object" ? toOAuthSettings(input.oauth, { toPath: (path) => pathFrom(context.fileDirectory, path, context), cwd: context.fileDirectory }) : input.oauth,
    enabled,
    timeout,
    account: input.account,
    allowPrivate: input.allowPrivate ?? false,
    transport: input.transport ?? "auto",
    protocol,
  };
}

const paths = ["privateKeyFile", "assertionFile", "idTokenFile"] as const;

export interface Places {
  /** Makes a path absolute. */
  readonly toPath: (path: string) => string;
  /** Where programs run. */
  readonly cwd: string;
}

/** `callbackTimeout` is in seconds in a file and in milliseconds here, `tokenTimeout` in milliseconds in both. */
export function toOAuthSettings({ callbackTimeout, commandTimeout, tokenTimeout, headers, ...input }: OAuthInput, { toPath, cwd }: Places): OAuthSettings {
  const { clientSecretCommand, privateKeyCommand, assertionCommand, idpClientSecretCommand, idTokenCommand, ...settings } = input;
  const programs = { clientSecretCommand, privateKeyCommand, assertionCommand, idpClientSecretCommand, idTokenCommand };
  const files = paths.flatMap((key) => (settings[key] === undefined ? [] : [[key, toPath(settings[key])]]));
  const commands = Object.entries(programs).flatMap(([key, words]) => (words === undefined ? [] : [[key, { words: toWords(words), cwd, timeoutMs: commandTimeout ?? 30_000 }]]));
  return {
    ...settings,
    ...(Object.fromEntries(files) as Partial<Record<(typeof paths)[number], string>>),
    ...(Object.fromEntries(commands) as Partial<Record<keyof typeof programs, CredentialCommand>>),
    ...(callbackTimeout === undefined ? {} : { callbackTimeoutMs: callbackTimeout * 1000 }),
    ...(tokenTimeout === undefined ? {} : { tokenTimeoutMs: tokenTimeout }),
    ...(headers === undefined ? {} : { headers: toHeaders(headers) }),
  };
}

/** A number is both timeouts, as in OpenCode; of the second shape `startup` is for connecting and `execution` for requests. */
export function toTimeouts(input: TimeoutInput | undefined, defaults: Timeouts = defaultTimeouts): Timeouts {
  if (input === undefined) return defaults;
  if (typeof input === "number") return { connectMs: input, requestMs: input };
  return { connectMs: input.startup ?? defaults.connectMs, requestMs: input.execution ?? defaults.requestMs };
}

/** Space around a value is no part of it. RFC 9110 §5.5. */
function toHeaders(headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.trim()]));
}

function toWords([program = "", ...words]: readonly string[]): readonly [string, ...string[]] {
  return [program, ...words];
}

/** A relative path is meant from the configuration file. */
function toTls({ ca, cert, key, passphrase }: NonNullable<RemoteInput["tls"]>, context: EntryContext): TlsFiles {
  const file = (given: string | undefined): string | undefined => (given === undefined ? undefined : pathFrom(context.fileDirectory, given, context));
  return { ca: file(ca), cert: file(cert), key: file(key), passphrase };
}

function pathFrom(start: string, path: string, { homeDirectory }: EntryContext): string {
  return /^~(?=$|[/\\])/.test(path) ? join(homeDirectory, path.slice(1)) : resolve(start, path);
}
