import { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { canonicalJson } from "../fingerprint.ts";
import type { RawObject } from "../lower-entry.ts";
import { writeWhole } from "../write-whole.ts";
import type { Application } from "./application.ts";
import { type ApplicationFile, contentHash, readApplicationFile } from "./application-file.ts";
import { makeBackup } from "./backup.ts";
import { bridgedServer, leadsTo, nameThere } from "./bridge-entry.ts";
import { type InstalledEntry, type InstallRecord, readRecords, writeRecord } from "./install-record.ts";
import { openServers, requireOnlyChange, type ServersText } from "./servers-text.ts";

/** A server that an application is to reach through us. */
export interface WantedServer {
  readonly server: string;
  /** undefined: not known just now, so that no other entry is known to be for it. */
  readonly url: string | undefined;
  /** What starts its bridge. */
  readonly words: readonly string[];
}

export interface InstallOptions {
  readonly application: Application;
  readonly path: string;
  readonly wanted: readonly WantedServer[];
  /** Also in place of an entry that is for something else. */
  readonly replace: boolean;
  /** Change nothing; tell what would be. */
  readonly print: boolean;
}

export interface Installation {
  readonly application: Application;
  readonly path: string;
  /** The file was not there. */
  readonly made: boolean;
  readonly backup: string | undefined;
  readonly entries: readonly PlannedEntry[];
}

/** `taken`: an entry of this name is for something else, and stays. */
export interface PlannedEntry {
  readonly server: string;
  readonly name: string;
  readonly kind: "added" | "replaced" | "there-already" | "taken";
  readonly value: RawObject;
}

/**
 * Writes bridge entries into an application's file: whole or not at all, with a backup beside it; all other characters stay, and so does its mode.
 * @throws McpassError `config_unreadable`, `config_invalid`; the file is then as it was.
 */
export async function install(runtime: Runtime, options: InstallOptions): Promise<Installation> {
  const { application, path } = options;
  const file = await readApplicationFile(path);
  const before = await openServers(application, file);
  const record = stillThere((await readRecords(runtime)).get(path), before);
  const entries = plan(before, record, options);
  const changed = entries.filter(({ kind }) => kind === "added" || kind === "replaced");
  const base = { application, path, made: !file.exists, entries };
  const after = changed.reduce((servers, { name, value }) => changeOne(path, servers, name, value), before);
  if (options.print || changed.length === 0) return { ...base, backup: undefined };
  await requireUnchanged(file);
  const backup = file.exists && (record === undefined || record.after !== contentHash(file)) ? await makeBackup(path) : undefined;
  // First what undoes it: a record of what was never written harms nothing.
  await writeRecord(runtime, path, nextRecord(record, { file, before, after, changed, backup }));
  await writeWhole(path, file.mark + after.text);
  return { ...base, backup: backup ?? record?.backup };
}

/** A record of entries that are all gone tells nothing of this file. */
function stillThere(record: InstallRecord | undefined, { servers }: ServersText): InstallRecord | undefined {
  return Object.entries(record?.entries ?? {}).some(([name, { written }]) => same(servers.get(name), written)) ? record : undefined;
}

function plan(servers: ServersText, record: InstallRecord | undefined, { application, wanted, replace }: InstallOptions): readonly PlannedEntry[] {
  const planned: PlannedEntry[] = [];
  for (const one of wanted) {
    const name = nameThere(one.server);
    const value = application.entryFor(one.words);
    const isTwice = planned.some((other) => other.name === name);
    planned.push({ server: one.server, name, value, kind: isTwice ? "taken" : kindOf(servers.servers, record?.entries[name], { ...one, name, value, replace }) });
  }
  return planned;
}

interface Placed extends WantedServer {
  readonly name: string;
  readonly value: RawObject;
  readonly replace: boolean;
}

function kindOf(servers: ReadonlyMap<string, unknown>, ours: InstalledEntry | undefined, { name, server, url, value, replace }: Placed): PlannedEntry["kind"] {
  const there = servers.get(name);
  if (!servers.has(name)) return "added";
  if (same(there, value)) return "there-already";
  const isFor = bridgedServer(there) === server || (ours !== undefined && same(there, ours.written)) || (url !== undefined && leadsTo(there, url));
  return isFor || replace ? "replaced" : "taken";
}

function changeOne(path: string, servers: ServersText, name: string, value: RawObject): ServersText {
  const after = servers.with(name, value);
  requireOnlyChange(path, servers, after, name, value);
  return after;
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
  const entries = changed.map(({ server, name, value }): readonly [string, InstalledEntry] => {
    const earlier = record?.entries[name];
    const wasOurs = earlier !== undefined && same(before.servers.get(name), earlier.written);
    return [name, { server, written: value, backup: wasOurs ? earlier.backup : before.servers.has(name) ? stands : undefined }];
  });
  return {
    backup: record === undefined ? backup : record.backup,
    before: record === undefined ? (file.exists ? contentHash(file) : undefined) : record.before,
    after: untouched ? hash : undefined,
    madeServers: record?.madeServers ?? before.lacksServers,
    entries: { ...record?.entries, ...Object.fromEntries(entries) },
  };
}

/** Programs write their files while we look at them. @throws McpassError `config_unreadable` */
export async function requireUnchanged(file: ApplicationFile): Promise<void> {
  if (contentHash(await readApplicationFile(file.path)) === contentHash(file)) return;
  throw new McpassError("config_unreadable", `${file.path} was changed by another program at this moment; nothing was written`, { hint: "the same command again", details: { file: file.path } });
}

export function same(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
