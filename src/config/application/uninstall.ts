import { rm } from "node:fs/promises";

import { findMcpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { writeWhole } from "../write-whole.ts";
import type { Application } from "./application.ts";
import { type ApplicationFile, contentHash, readApplicationFile, requireWritable } from "./application-file.ts";
import { serverThroughUs } from "./bridge-entry.ts";
import { holdsToken } from "./gateway-entry.ts";
import { requireUnchanged } from "./install.ts";
import { entryHash, type InstalledEntry, type InstallRecord, readRecords, writeRecord } from "./install-record.ts";
import { openServers, requireOnlyChange, type ServersText } from "./servers-text.ts";

export interface Removal {
  readonly application: Application;
  readonly path: string;
  readonly entries: readonly RemovedEntry[];
  /** The file is, to the byte, what it was before the first install; `made`: it was not there and is gone again. */
  readonly restored: "file" | "made" | undefined;
  /** What is left beside the file. */
  readonly backup: string | undefined;
  /** Whether the file has an entry with a token of ours that was not meant to be removed. */
  readonly needsToken: boolean;
}

/** `changed`: by a person since, and so left. `lost`: what stood there before cannot be had any more, and so left. `gone`: it was not there any more. */
export interface RemovedEntry {
  readonly server: string;
  readonly name: string;
  readonly kind: "removed" | "put-back" | "changed" | "lost" | "gone";
}

export interface UninstallOptions {
  readonly application: Application;
  readonly path: string;
  /** Servers, or names in the file; empty: all that were installed. */
  readonly names: readonly string[];
  readonly print: boolean;
}

/**
 * Undoes what `install` did in this file. @throws McpassError `config_unreadable`, `config_invalid`; the file is then as it was.
 */
export async function uninstall(runtime: Runtime, { application, path, names, print }: UninstallOptions): Promise<Removal> {
  const record = (await readRecords(runtime)).get(path);
  const file = await readApplicationFile(path);
  const servers = await openServers(application, file);
  const chosen = chooseEntries(servers, record, names);
  const judged = await Promise.all(chosen.map(async ([name, entry]) => judge(application, servers, name, entry)));
  const entries = judged.map(({ removed }) => removed);
  const needsToken = [...servers.servers].some(([name, entry]) => holdsToken(entry) && !chosen.some(([other]) => other === name));
  if (print || entries.length === 0) return { application, path, entries, restored: undefined, backup: record?.backup, needsToken };
  const rest = leftOf(record, entries);
  const isWhole = Object.keys(rest).length === 0 && record?.after === contentHash(file) && chosen.every(([, entry]) => entry !== undefined);
  const whole = record !== undefined && isWhole ? await wholeBefore(record) : undefined;
  await requireWritable(file);
  await requireUnchanged(file);
  const after = whole === undefined ? undoEach(path, servers, judged, record, rest) : undefined;
  if (whole === "absent") await rm(path);
  else if (whole !== undefined) await writeWhole(path, whole.mark + whole.text);
  else if (after !== undefined && after.text !== servers.text) await writeWhole(path, file.mark + after.text);
  if (whole !== undefined && whole !== "absent" && record?.backup !== undefined) await rm(record.backup, { force: true });
  if (record !== undefined) await writeRecord(runtime, path, { ...record, entries: rest, after: nextHash(record, file, after) });
  return { application, path, entries, restored: whole === undefined ? undefined : whole === "absent" ? "made" : "file", backup: whole === undefined ? record?.backup : undefined, needsToken };
}

type Chosen = readonly [name: string, entry: InstalledEntry | undefined];

/** What was recorded; where nothing was, or by its name, also what plainly leads through us. */
function chooseEntries({ servers }: ServersText, record: InstallRecord | undefined, names: readonly string[]): readonly Chosen[] {
  const recorded = Object.entries(record?.entries ?? {});
  const others = [...servers].filter(([name, value]) => record?.entries[name] === undefined && serverThroughUs(value) !== undefined);
  const all: readonly Chosen[] = [...recorded, ...others.map(([name]): Chosen => [name, undefined])];
  const isNamed = ([name, entry]: Chosen): boolean => names.includes(name) || names.includes(entry?.server ?? serverThroughUs(servers.get(name)) ?? "");
  if (names.length > 0) return all.filter(isNamed);
  return record === undefined ? all : recorded;
}

interface Judged {
  readonly removed: RemovedEntry;
  /** What is put back; undefined: nothing is. */
  readonly raw: string | undefined;
}

async function judge(application: Application, { servers }: ServersText, name: string, entry: InstalledEntry | undefined): Promise<Judged> {
  const there = servers.get(name);
  const as = (kind: RemovedEntry["kind"], raw?: string): Judged => ({ removed: { server: entry?.server ?? serverThroughUs(there) ?? name, name, kind }, raw });
  if (!servers.has(name)) return as("gone");
  if (entry === undefined) return as("removed");
  if (entryHash(there) !== entry.written) return as("changed");
  if (entry.backup === undefined) return as("removed");
  const raw = await rawBefore(application, entry.backup, name);
  return raw === undefined ? as("lost") : as("put-back", raw);
}

async function rawBefore(application: Application, backup: string, name: string): Promise<string | undefined> {
  try {
    return (await openServers(application, await readApplicationFile(backup))).rawOf(name);
  } catch (thrown) {
    if (findMcpassError(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** What stays recorded. */
function leftOf(record: InstallRecord | undefined, entries: readonly RemovedEntry[]): InstallRecord["entries"] {
  const done = entries.filter(({ kind }) => kind !== "changed" && kind !== "lost").map(({ name }) => name);
  return Object.fromEntries(Object.entries(record?.entries ?? {}).filter(([name]) => !done.includes(name)));
}

/** The file as it was; undefined where its backup is not what was put there, or would bring back a token of ours that is good for nothing any more. */
async function wholeBefore({ backup, before }: InstallRecord): Promise<ApplicationFile | "absent" | undefined> {
  if (before === undefined) return "absent";
  const file = backup === undefined ? undefined : await readApplicationFile(backup).catch(() => undefined);
  return file?.exists === true && contentHash(file) === before && !holdsToken(file.text) ? file : undefined;
}

function undoEach(path: string, servers: ServersText, judged: readonly Judged[], record: InstallRecord | undefined, rest: InstallRecord["entries"]): ServersText {
  const undone = judged.reduce((current, { removed: { name, kind }, raw }) => {
    if (kind !== "removed" && kind !== "put-back") return current;
    const after = raw === undefined ? current.without(name) : current.withRaw(name, raw);
    requireOnlyChange(path, current, after, name, raw === undefined ? undefined : after.servers.get(name));
    return after;
  }, servers);
  return record?.madeServers === true && Object.keys(rest).length === 0 ? undone.withoutEmptyServers() : undone;
}

function nextHash(record: InstallRecord, file: ApplicationFile, after: ServersText | undefined): string | undefined {
  return after !== undefined && record.after === contentHash(file) ? contentHash({ mark: file.mark, text: after.text }) : undefined;
}
