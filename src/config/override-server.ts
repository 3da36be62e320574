import { problemText } from "./check-entry.ts";
import type { ConfiguredServer } from "./configuration.ts";
import { lowered } from "./configure-server.ts";
import { stubSchema, timeoutSchema } from "./entry-schema.ts";
import { canonicalJson } from "./fingerprint.ts";
import { isRawObject } from "./lower-entry.ts";
import { type RawEntry, locate } from "./raw-entries.ts";
import type { Timeouts } from "./server-entry.ts";
import { toTimeouts } from "./to-server-entry.ts";

export interface Overridden {
  readonly server: ConfiguredServer;
  readonly warnings: readonly string[];
}

/** A user's server under a project's entry of the same name: it may switch the server off and time it, and nothing else (Z06). */
export function restrictByProject(server: ConfiguredServer, users: RawEntry, projects: RawEntry): Overridden {
  if (!isRawObject(projects.value)) return { server, warnings: [warning(projects, [], "must be an object; it is ignored")] };
  const own = lowered(users).value;
  const { value } = lowered(projects);
  const timed = withTimeout(server, projects, value["timeout"]);
  const enabled = server.enabled && value["enabled"] !== false;
  const ignored = Object.keys(value).filter((key) => !isApplied(key, value[key]) && canonicalJson(value[key]) !== canonicalJson(implied(key, own[key])));
  return {
    server: switched(timed.server, enabled),
    warnings: [...timed.warnings, ...ignored.map((key) => warning(projects, [key], "is ignored: on a server of the user's a project may only set enabled to false, and timeout"))],
  };
}

/** A server of the project's under the user's stub of the same name: the user's word counts. */
export function overrideByUser(server: ConfiguredServer, stub: RawEntry): Overridden {
  const { value } = lowered(stub);
  const parsed = stubSchema.read({ enabled: value["enabled"] });
  const timed = withTimeout(server, stub, value["timeout"]);
  if (parsed.problems !== undefined) return { server: timed.server, warnings: [...timed.warnings, warning(stub, ["enabled"], "must be true or false; it is ignored")] };
  return { server: switched(timed.server, parsed.value.enabled ?? server.enabled), warnings: timed.warnings };
}

function isApplied(key: string, value: unknown): boolean {
  return key === "timeout" || (key === "enabled" && value === false);
}

function implied(key: string, value: unknown): unknown {
  return key === "enabled" && value === undefined ? true : value;
}

function switched(server: ConfiguredServer, enabled: boolean): ConfiguredServer {
  return { ...server, enabled, entry: server.entry && { ...server.entry, enabled } };
}

function withTimeout(server: ConfiguredServer, raw: RawEntry, value: unknown): Overridden {
  if (value === undefined) return { server, warnings: [] };
  const parsed = timeoutSchema.read(value);
  if (parsed.problems !== undefined) return { server, warnings: [warning(raw, ["timeout"], `is ignored: ${problemText({ ...parsed.problems[0], path: [] })}`)] };
  const timeout: Timeouts | undefined = server.entry && toTimeouts(parsed.value, server.entry.timeout);
  return { server: server.entry === undefined || timeout === undefined ? server : { ...server, entry: { ...server.entry, timeout } }, warnings: [] };
}

function warning(raw: RawEntry, path: readonly string[], problem: string): string {
  const { line, column, field } = locate(raw, path);
  return `${raw.source.file}:${line}:${column}: ${field} ${problem}`;
}
