import { dirname, resolve } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { checkEntry, entryInvalid, unknownFields } from "./check-entry.ts";
import type { ConfiguredServer, Shown } from "./configuration.ts";
import { expand, homeDirectory, readFileHeaders } from "./expand.ts";
import { grantKeyProblem } from "./grant-keys.ts";
import { type LoweredEntry, isRawObject, lowerEntry } from "./lower-entry.ts";
import { quoted } from "./quoted.ts";
import { type RawEntry, locate } from "./raw-entries.ts";
import type { Timeouts } from "./server-entry.ts";
import { toServerEntry } from "./to-server-entry.ts";

/** Expands and checks one entry. Never throws: what is wrong with it becomes its `error`. */
export async function configureServer(runtime: Runtime, raw: RawEntry, timeouts: Timeouts): Promise<ConfiguredServer> {
  const { value } = lowered(raw);
  const server = { name: raw.name, source: raw.source, enabled: isEnabled(value), shown: shownOf(value) };
  try {
    const input = checkEntry(raw, isRawObject(raw.value) ? await expand(runtime, raw, value) : raw.value);
    const baseDirectory = raw.source.layer === "project" ? dirname(raw.source.file) : runtime.workingDirectory;
    const fileHeaders = input.type === "remote" ? readFileHeaders(runtime, raw, value["headers"]) : [];
    const entry = toServerEntry(input, { timeouts, baseDirectory, fileDirectory: dirname(resolve(raw.source.file)), homeDirectory: homeDirectory(runtime), fileHeaders });
    const lacking = entry.type === "remote" && typeof entry.oauth === "object" ? grantKeyProblem(entry.oauth) : undefined;
    if (lacking !== undefined) throw entryInvalid(raw, ["oauth"], lacking.problem, lacking.hint, lacking.key);
    return { ...server, entry, error: undefined };
  } catch (thrown) {
    if (!(thrown instanceof McpassError)) throw thrown;
    return { ...server, entry: undefined, error: thrown };
  }
}

/** An entry that is known but may not be used, for a reason other than its content. */
export function refusedServer(raw: RawEntry, error: McpassError): ConfiguredServer {
  const { value } = lowered(raw);
  return { name: raw.name, source: raw.source, enabled: isEnabled(value), shown: shownOf(value), entry: undefined, error };
}

/** What stands in an entry and has no effect, one sentence each. */
export function entryWarnings(raw: RawEntry): readonly string[] {
  const { value, doubled } = lowered(raw);
  const at = (path: readonly (string | number)[]) => {
    const { line, column, field } = locate(raw, path);
    return { place: `${raw.source.file}:${line}:${column}`, field };
  };
  const unknown = isRawObject(raw.value) ? unknownFields(value) : [];
  return [
    ...unknown.map(({ path, meant }) => `${at(path).place}: ${at(path).field} is unknown and ignored${meant === undefined ? "" : `; did you mean ${quoted(meant)}?`}`),
    ...doubled.map((key) => `${at([]).place}: ${at([]).field} has ${quoted(key)} twice, in two spellings; the other one counts`),
    ...emptyHeaders(value).map((name) => `${at(["headers", name]).place}: ${at(["headers", name]).field} is empty`),
  ];
}

/** `type`, `url` and `command` as written; never what stands before the @ of a URL. */
export function shownOf(value: Readonly<Record<string, unknown>>): Shown {
  const { type, url, command } = value;
  return {
    type: type === "remote" || type === "local" ? type : undefined,
    url: typeof url === "string" ? url.replace(/\/\/[^/?#]*@/, "//") : undefined,
    command: Array.isArray(command) ? command.filter((word) => typeof word === "string") : undefined,
  };
}

export function lowered(raw: RawEntry): LoweredEntry {
  return isRawObject(raw.value) ? lowerEntry(raw.value) : { value: {}, doubled: [] };
}

function isEnabled(value: Readonly<Record<string, unknown>>): boolean {
  return value["enabled"] !== false;
}

function emptyHeaders({ headers }: Readonly<Record<string, unknown>>): readonly string[] {
  return isRawObject(headers) ? Object.keys(headers).filter((name) => typeof headers[name] === "string" && headers[name].trim() === "") : [];
}
