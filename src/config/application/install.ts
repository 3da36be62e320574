import { findMcpassError, McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { isRawObject, type RawObject } from "../lower-entry.ts";
import { writeWhole } from "../write-whole.ts";
import type { Application } from "./application.ts";
import { type ApplicationFile, contentHash, readApplicationFile, requireWritable } from "./application-file.ts";
import { makeBackup } from "./backup.ts";
import { leadsTo, nameThere, serverThroughUs } from "./bridge-entry.ts";
import { entryWithToken, holdsToken, withToken } from "./gateway-entry.ts";
import { entryHash, type InstalledEntry, type InstallRecord, readRecords, writeRecord } from "./install-record.ts";
import { openServers, requireOnlyChange, type ServersText } from "./servers-text.ts";

/** A server that an application is to reach through us. */
export interface WantedServer {
  readonly server: string;
  /** undefined: not known just now, so that no other entry is known to be for it. */
  readonly url: string | undefined;
  /** What leads to it through us; without the token, where it needs one. */
  readonly entry: RawObject;
}

export interface InstallOptions {
  readonly application: Application;
  readonly path: string;
  readonly wanted: readonly WantedServer[];
  /** Also in place of an entry that is for something else. */
  readonly replace: boolean;
  /** Change nothing; tell what would be. */
  readonly print: boolean;
  /** For entries that need one. Asked once, when all else is well; every entry of the file that holds one of ours is then given the new one. */
  readonly makeToken?: (() => Promise<string>) | undefined;
}

export interface Installation {
  readonly application: Application;
  readonly path: string;
  /** The file was not there. */
  readonly made: boolean;
  readonly backup: string | undefined;
  readonly entries: readonly PlannedEntry[];
  /** Whether the file now has an entry with a token of ours. */
  readonly holdsToken: boolean;
  /** With `print`: why it cannot be written like this; the entries are then those of an empty file. */
  readonly problem?: McpassError | undefined;
}

/** `taken`: an entry of this name is for something else, and stays. */
export interface PlannedEntry {
  readonly server: string;
  readonly name: string;
  readonly kind: "added" | "replaced" | "there-already" | "taken";
  /** Without its token. */
  readonly value: RawObject;
}

/**
 * Writes entries that lead through us into an application's file: whole or not at all, with a backup beside it; all other characters stay, and so does its mode.
 * With `print` also what is wrong with the file is only told.
 * @throws McpassError `config_unreadable`, `config_invalid`; the file is then as it was.
 */
export async function install(runtime: Runtime, options: InstallOptions): Promise<Installation> {
  try {
    return await changeFile(runtime, options);
  } catch (thrown) {
    const problem = options.print ? findMcpassError(thrown) : undefined;
    if (problem === undefined) throw thrown;
    const { application, path } = options;
    const entries = plan(await openServers(application, { path, text: "" }), undefined, options);
    return { application, path, made: false, backup: undefined, entries, holdsToken: false, problem };
  }
}

async function changeFile(runtime: Runtime, options: InstallOptions): Promise<Installation> {
  const { application, path } = options;
  const file = await readApplicationFile(path);
  const before = await openServers(application, file);
  const record = stillThere((await readRecords(runtime)).get(path), before);
  const entries = plan(before, record, options);
  const changed = entries.filter(({ kind }) => kind === "added" || kind === "replaced");
  const base = { application, path, made: !file.exists, entries };
  const shown = changed.reduce((servers, { name, value }) => changeOne(path, servers, name, value), before);
  if (options.print || changed.length === 0) return { ...base, backup: undefined, holdsToken: hasToken(before) };
  await requireWritable(file);
  const token = options.makeToken === undefined ? undefined : await options.makeToken();
  const after = token === undefined ? shown : withNewToken(path, shown, token);
  await requireUnchanged(file);
  const backup = file.exists && (record === undefined || record.after !== contentHash(file)) ? await makeBackup(path) : undefined;
  // First what undoes it: a record of what was never written harms nothing.
  await writeRecord(runtime, path, nextRecord(record, { file, before, after, changed, backup }));
  await writeWhole(path, file.mark + after.text);
  return { ...base, backup: backup ?? record?.backup, holdsToken: hasToken(after) };
}

/** A record of entries that are all gone tells nothing of this file. */
function stillThere(record: InstallRecord | undefined, { servers }: ServersText): InstallRecord | undefined {
  return Object.entries(record?.entries ?? {}).some(([name, { server, written }]) => entryHash(servers.get(name)) === written || serverThroughUs(servers.get(name)) === server) ? record : undefined;
}

function plan(servers: ServersText, record: InstallRecord | undefined, { wanted, replace }: InstallOptions): readonly PlannedEntry[] {
  const planned: PlannedEntry[] = [];
  for (const one of wanted) {
    const name = nameThere(one.server);
    const value = one.entry;
    const isTwice = planned.some((other) => other.name === name);
    planned.push({ server: one.server, name, value, kind: isTwice ? "taken" : kindOf(servers.servers, record?.entries[name], { ...one, name, replace }) });
  }
  return planned;
}

interface Placed extends WantedServer {
  readonly name: string;
  readonly replace: boolean;
}

function kindOf(servers: ReadonlyMap<string, unknown>, ours: InstalledEntry | undefined, { name, server, url, entry, replace }: Placed): PlannedEntry["kind"] {
  const there = servers.get(name);
  if (!servers.has(name)) return "added";
  if (entryHash(there) === entryHash(entry) && !holdsToken(entry)) return "there-already";
  const isFor = serverThroughUs(there) === server || (ours !== undefined && entryHash(there) === ours.written) || (url !== undefined && leadsTo(there, url));
  return isFor || replace ? "replaced" : "taken";
}

function changeOne(path: string, servers: ServersText, name: string, value: RawObject): ServersText {
  const after = servers.with(name, value);
  requireOnlyChange(path, servers, after, name, value);
  return after;
}

/** In every entry that holds one, all other bytes of it kept. */
function withNewToken(path: string, servers: ServersText, token: string): ServersText {
  return [...servers.servers].reduce((current, [name, entry]) => {
    const raw = holdsToken(entry) ? current.rawOf(name) : undefined;
    if (raw === undefined || !isRawObject(entry)) return current;
    const after = current.withRaw(name, withToken(raw, token));
    requireOnlyChange(path, current, after, name, entryWithToken(entry, token));
    return after;
  }, servers);
}

function hasToken({ servers }: ServersText): boolean {
  return [...servers.values()].some(holdsToken);
}

interface Change {
  readonly file: ApplicationFile;
  readonly before: ServersText;
  readonly after: ServersText;
  readonly changed: readonly PlannedEntry[];
  readonly backup: string | undefined;
}

function nextRecord(record: InstallRecord | undefined, { file, before, after, changed, backup }: Change): InstallRecord {
  const hash = contentHash({ mark: file.mark, text: after.text });
  const untouched = record === undefined || record.after === contentHash(file);
  const stands = backup ?? record?.backup;
  const wasOurs = (name: string): boolean => record?.entries[name]?.written === entryHash(before.servers.get(name));
  const hashAfter = (name: string): string => entryHash(after.servers.get(name));
  const entries = changed.map(({ server, name }): readonly [string, InstalledEntry] => [name, { server, written: hashAfter(name), backup: wasOurs(name) ? record?.entries[name]?.backup : before.servers.has(name) ? stands : undefined }]);
  // Others of ours have a new token; one that a person has changed stays known as changed.
  const kept = Object.entries(record?.entries ?? {}).map(([name, entry]) => [name, wasOurs(name) ? { ...entry, written: hashAfter(name) } : entry] as const);
  return {
    backup: record === undefined ? backup : record.backup,
    before: record === undefined ? (file.exists ? contentHash(file) : undefined) : record.before,
    after: untouched ? hash : undefined,
    madeServers: record?.madeServers ?? before.lacksServers,
    entries: Object.fromEntries([...kept, ...entries]),
  };
}

/** Programs write their files while we look at them. @throws McpassError `config_unreadable` */
export async function requireUnchanged(file: ApplicationFile): Promise<void> {
  if (contentHash(await readApplicationFile(file.path)) === contentHash(file)) return;
  throw new McpassError("config_unreadable", `${file.path} was changed by another program at this moment; nothing was written`, { hint: "the same command again", details: { file: file.path } });
}
