import { resolve } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Source } from "./configuration.ts";
import { lowered, shownOf } from "./configure-server.ts";
import { findReferences, referencedPath } from "./expand.ts";
import { findProjectConfigFile, findUserConfigFile } from "./find-config.ts";
import { fingerprint } from "./fingerprint.ts";
import { readLayer } from "./layer.ts";
import { secretNames } from "./grant-keys.ts";
import { isRawObject } from "./lower-entry.ts";
import type { RawEntry } from "./raw-entries.ts";
import { readConfigFile } from "./read-text.ts";
import { readTrust, trustOf } from "./trust.ts";

/** A project's entries that need trust, for a person to look at. Nothing in them is expanded or run. */
export interface ProjectDescription {
  readonly file: string;
  readonly entries: readonly ProjectEntry[];
}

export interface ProjectEntry {
  readonly name: string;
  readonly source: Source;
  readonly trust: "trusted" | "changed" | "unknown";
  readonly type: "remote" | "local" | undefined;
  readonly url: string | undefined;
  /** Hosts that other values of the entry name: an issuer elsewhere, say. */
  readonly otherHosts: readonly string[];
  readonly command: readonly string[] | undefined;
  /** Run for its headers. */
  readonly headersCommand: readonly string[] | undefined;
  /** Run for its secrets. */
  readonly secretCommands: readonly (readonly string[])[];
  readonly cwd: string | undefined;
  /** Names only: a value may be a secret. */
  readonly headerNames: readonly string[];
  readonly environmentNames: readonly string[];
  /** Absolute paths of every `{file:}`, and of the files of `tls`. */
  readonly files: readonly string[];
  /** Names of every `{env:}`. */
  readonly variables: readonly string[];
  readonly allowPrivate: boolean;
  /** Of the entry as described: what `trustProject` pins. */
  readonly fingerprint: string;
}

/**
 * The project found from `directory` (relative to the working directory) upward, without entries that the user's own file defines.
 * @throws McpassError `config_unreadable` when there is none, `config_invalid`
 */
export async function describeProject(runtime: Runtime, directory: string): Promise<ProjectDescription> {
  const start = resolve(runtime.workingDirectory, directory);
  const path = await findProjectConfigFile(runtime, start);
  if (path === undefined) throw new McpassError("config_unreadable", `there is no mcpass.jsonc in ${start} or above it`, { hint: "mcpass trust DIR" });
  const layer = readLayer(readConfigFile({ path, layer: "project" }));
  const users = await userNames(runtime);
  const trust = await readTrust(runtime);
  const described = layer.entries
    .filter(({ name }) => !users.has(name))
    .map(async (raw) => ({ ...describeEntry(runtime, raw), trust: await trustOf(runtime, trust, raw), fingerprint: await fingerprint(runtime, raw) }));
  return { file: path, entries: await Promise.all(described) };
}

function describeEntry(runtime: Runtime, raw: RawEntry): Omit<ProjectEntry, "trust" | "fingerprint"> {
  const { value } = lowered(raw);
  const { variables, files } = findReferences(raw.value);
  return {
    name: raw.name,
    source: raw.source,
    ...shownOf(value),
    otherHosts: otherHosts(value),
    cwd: typeof value["cwd"] === "string" ? value["cwd"] : undefined,
    headerNames: [...names(value["headers"]), ...names(isRawObject(value["oauth"]) ? value["oauth"]["headers"] : undefined)],
    environmentNames: names(value["environment"]),
    headersCommand: texts(value["headersCommand"]),
    secretCommands: secretCommands(value["oauth"]),
    files: [...files, ...tlsFiles(value["tls"])].map((path) => referencedPath(runtime, raw.file.path, path)),
    variables,
    allowPrivate: value["allowPrivate"] === true,
  };
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : undefined;
}

function secretCommands(oauth: unknown): readonly (readonly string[])[] {
  return isRawObject(oauth) ? secretNames.map((name) => texts(oauth[`${name}Command`]) ?? []).filter(({ length }) => length > 0) : [];
}

function tlsFiles(tls: unknown): readonly string[] {
  return isRawObject(tls) ? (texts([tls["ca"], tls["cert"], tls["key"]]) ?? []) : [];
}

function otherHosts(value: Readonly<Record<string, unknown>>): readonly string[] {
  const { url, ...others } = value;
  const own = hostsIn(url);
  return [...new Set(hostsIn(others))].filter((host) => !own.includes(host));
}

function hostsIn(value: unknown): readonly string[] {
  const found = [...(JSON.stringify(value) ?? "").matchAll(/https?:\/\/[^\s"'<>\\]+/gi)];
  return found.flatMap(([text]) => (URL.canParse(text) ? [new URL(text).host] : []));
}

function names(value: unknown): readonly string[] {
  return isRawObject(value) ? Object.keys(value) : [];
}

async function userNames(runtime: Runtime): Promise<ReadonlySet<string>> {
  const path = await findUserConfigFile(runtime);
  if (path === undefined) return new Set();
  return new Set(readLayer(readConfigFile({ path, layer: "user" })).entries.map(({ name }) => name));
}
