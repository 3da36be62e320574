import { join, resolve } from "node:path";

import type { LocalInput, OAuthInput, RemoteInput, TimeoutInput } from "./entry-schema.ts";
import { type OAuthSettings, type ServerEntry, type Timeouts, defaultTimeouts } from "./server-entry.ts";

export interface EntryContext {
  readonly timeouts: Timeouts;
  /** Where a relative `cwd` starts. */
  readonly baseDirectory: string;
  readonly homeDirectory: string;
}

/** A checked entry with its defaults filled in. */
export function toServerEntry(input: RemoteInput | LocalInput, context: EntryContext): ServerEntry {
  const enabled = input.enabled ?? true;
  const timeout = toTimeouts(input.timeout, context.timeouts);
  const protocol = input.protocol ?? "auto";
  if (input.type === "local") {
    const [program = "", ...words] = input.command;
    return { type: "local", command: [program, ...words], environment: input.environment ?? {}, cwd: directory(input.cwd, context), enabled, timeout, protocol };
  }
  return {
    type: "remote",
    url: input.url,
    headers: toHeaders(input.headers),
    oauth: input.oauth === undefined || input.oauth === false ? input.oauth : toOAuthSettings(input.oauth),
    enabled,
    timeout,
    account: input.account,
    allowPrivate: input.allowPrivate ?? false,
    transport: input.transport ?? "auto",
    protocol,
  };
}

/** `callbackTimeout` is in seconds in a file and in milliseconds here. */
export function toOAuthSettings({ callbackTimeout, headers, ...settings }: OAuthInput): OAuthSettings {
  return {
    ...settings,
    ...(callbackTimeout === undefined ? {} : { callbackTimeoutMs: callbackTimeout * 1000 }),
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

function directory(cwd: string | undefined, { baseDirectory, homeDirectory }: EntryContext): string | undefined {
  if (cwd === undefined) return undefined;
  return /^~(?=$|[/\\])/.test(cwd) ? join(homeDirectory, cwd.slice(1)) : resolve(baseDirectory, cwd);
}
