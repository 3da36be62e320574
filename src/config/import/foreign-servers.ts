import { describeCause, findMcpassError, McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { Application, Machine } from "../application/application.ts";
import { type ApplicationFile, readApplicationFile } from "../application/application-file.ts";
import { filesOf } from "../application/applications.ts";
import { serverThroughUs } from "../application/bridge-entry.ts";
import { openServers } from "../application/servers-text.ts";
import { homeDirectory, referencedPath } from "../expand.ts";
import { isRawObject, lowerEntry, type RawObject } from "../lower-entry.ts";
import { dialects } from "./dialects.ts";
import type { ForeignServer, ForeignServers } from "./foreign-server.ts";
import { behindMcpRemote, given, readForeignEntry } from "./read-foreign-entry.ts";

export interface ForeignReading extends ForeignServers {
  /** Files that could not be used. */
  readonly errors: readonly McpassError[];
}

/** The servers that an application's files have, as entries of ours. Reads only; one file that cannot be used spoils no other. */
export async function readForeignServers(runtime: Runtime, machine: Machine, application: Application, project: boolean): Promise<ForeignReading> {
  const places = filesOf(application, machine, project);
  const found = new Map<string, ForeignServer>();
  const errors: McpassError[] = [];
  for (const place of places) {
    try {
      for (const server of await readFile(runtime, machine, application, place, project)) if (!found.has(server.label)) found.set(server.label, server);
    } catch (thrown) {
      errors.push(findMcpassError(thrown) ?? new McpassError("config_unreadable", `${place} cannot be used: ${describeCause(thrown)}`, { cause: thrown }));
    }
  }
  return { title: application.title, places, servers: [...found.values()], errors };
}

async function readFile(runtime: Runtime, machine: Machine, application: Application, path: string, project: boolean): Promise<readonly ForeignServer[]> {
  const file = await readApplicationFile(path);
  if (!file.exists) return [];
  const { servers, value } = await openServers(application, file);
  const entries = [...localScope(application, machine, value), ...servers];
  const foreign = { title: application.title, file: path, home: homeDirectory(runtime), project, platform: machine.platform };
  const { name } = application;
  return entries.map(([label, entry]) => (name === "opencode" ? readOpencodeEntry(runtime, machine, file, [label, entry]) : readForeignEntry(dialects[name], foreign, label, entry)));
}

/** Claude Code keeps servers that count in one folder only in the user's file, by folder. */
function localScope({ name }: Application, { workingDirectory }: Machine, value: unknown): readonly (readonly [string, unknown])[] {
  const projects = name === "claude-code" && isRawObject(value) ? value["projects"] : undefined;
  const here = isRawObject(projects) ? projects[workingDirectory] : undefined;
  const servers = isRawObject(here) ? here["mcpServers"] : undefined;
  return isRawObject(servers) ? Object.entries(servers) : [];
}

/** An entry of OpenCode's is one of ours; only its relative paths mean another place. */
function readOpencodeEntry(runtime: Runtime, { platform }: Machine, { path }: ApplicationFile, [label, entry]: readonly [string, unknown]): ForeignServer {
  const base = { label, file: path, value: undefined, leftOut: undefined, isOurs: false, notes: [] };
  if (!isRawObject(entry)) return { ...base, leftOut: "it is not an object" };
  if (serverThroughUs(entry) !== undefined) return { ...base, isOurs: true };
  const { value } = lowerEntry(entry);
  const { codemode: _, ...rest } = value;
  if (rest["type"] !== "remote" && rest["type"] !== "local") return { ...base, leftOut: "it only switches a server that is defined elsewhere" };
  const { command, environment, enabled, timeout } = rest;
  const remote = Array.isArray(command) ? behindMcpRemote({ words: command.map(String), platform }, isRawObject(environment) ? (environment as Readonly<Record<string, string>>) : {}) : undefined;
  return { ...base, notes: remote?.notes ?? [], value: withAbsolutePaths(runtime, path, remote === undefined ? rest : { ...remote.value, ...given({ enabled, timeout }) }) as RawObject };
}

function withAbsolutePaths(runtime: Runtime, file: string, value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(/\{file:([^{}]*)\}/g, (_, path: string) => `{file:${referencedPath(runtime, file, path.trim())}}`);
  if (Array.isArray(value)) return value.map((item) => withAbsolutePaths(runtime, file, item));
  return isRawObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withAbsolutePaths(runtime, file, item)])) : value;
}
