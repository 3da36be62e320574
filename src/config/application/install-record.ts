import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { canonicalJson } from "../fingerprint.ts";
import { isRawObject } from "../lower-entry.ts";
import { writeWhole } from "../write-whole.ts";

/** What was written into one file, so that exactly that can be undone. */
export interface InstallRecord {
  /** The file as it was before; undefined: it was not there. */
  readonly backup: string | undefined;
  /** SHA-256 of the backup. */
  readonly before: string | undefined;
  /** SHA-256 of the file as it was left, while all that differs from the backup is ours; undefined: others changed it in between. */
  readonly after: string | undefined;
  /** The object of servers was made with the first entry. */
  readonly madeServers: boolean;
  /** By the name in the file. */
  readonly entries: Readonly<Record<string, InstalledEntry>>;
}

export interface InstalledEntry {
  /** The server's name here. */
  readonly server: string;
  /** SHA-256 of what was written: it may hold a secret. */
  readonly written: string;
  /** Where the entry stands that was there before; undefined: there was none. */
  readonly backup: string | undefined;
}

export type InstallRecords = ReadonlyMap<string, InstallRecord>;

/** The same for entries of equal content. */
export function entryHash(entry: unknown): string {
  return createHash("sha256").update(canonicalJson(entry)).digest("hex");
}

export function recordsFile(runtime: Runtime): string {
  return join(runtime.directories.state, "installed.json");
}

/** By file. @throws McpassError `config_unreadable`: without them nothing can be undone, and what is there must not be lost. */
export async function readRecords(runtime: Runtime): Promise<InstallRecords> {
  const path = recordsFile(runtime);
  try {
    const stored: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!isRawObject(stored) || stored["schema"] !== 1 || !isRawObject(stored["files"])) throw new Error("it has another form than is known");
    return new Map(Object.entries(stored["files"]).map(([file, record]) => [file, requireRecord(record)]));
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "ENOENT") return new Map();
    throw new McpassError("config_unreadable", `${path}, which says what was installed where, cannot be used: ${describeCause(thrown)}`, { hint: `move ${path} away; what it tells can then be undone by hand only`, cause: thrown, details: { file: path } });
  }
}

/** A record without entries is left out. @throws McpassError `config_unreadable` */
export async function writeRecord(runtime: Runtime, file: string, record: InstallRecord): Promise<void> {
  const records = new Map(await readRecords(runtime)).set(file, record);
  const kept = [...records].filter(([, { entries }]) => Object.keys(entries).length > 0);
  await writeWhole(recordsFile(runtime), `${JSON.stringify({ schema: 1, files: Object.fromEntries(kept) }, undefined, 2)}\n`);
}

function requireRecord(value: unknown): InstallRecord {
  if (!isRawObject(value) || !isRawObject(value["entries"])) throw new Error("it has another form than is known");
  const text = (key: string): string | undefined => (typeof value[key] === "string" ? value[key] : undefined);
  const entries = Object.entries(value["entries"]).map(([name, entry]) => [name, requireEntry(entry)] as const);
  return { backup: text("backup"), before: text("before"), after: text("after"), madeServers: value["madeServers"] === true, entries: Object.fromEntries(entries) };
}

function requireEntry(value: unknown): InstalledEntry {
  if (!isRawObject(value) || typeof value["server"] !== "string" || value["written"] === undefined) throw new Error("it has another form than is known");
  const { written } = value;
  // Once, the entry itself stood there.
  return { server: value["server"], written: typeof written === "string" ? written : entryHash(written), backup: typeof value["backup"] === "string" ? value["backup"] : undefined };
}
