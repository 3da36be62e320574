import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, findMcpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import { withLock } from "./lock.ts";
import { codeOf, makePrivateFolder, readRecordFile, removeRecordFile, unreadable, writeRecordFile } from "./record-file.ts";
import type { Vault, VaultKey, VaultListing, VaultRecord } from "./vault.ts";

export interface FileVaultOptions {
  /** Made private at the first update; reading creates nothing. Not one that other programs synchronise or share. */
  readonly directory: string;
  readonly now: () => number;
  /** How long an update waits for another process. Default 60 s. */
  readonly lockWaitMs?: number | undefined;
}

/** A Vault of one JSON file per key, each with its lock beside it, so that no sign-in can touch another's. S05 */
export function openFileVault({ directory, now, lockWaitMs = 60_000 }: FileVaultOptions): Vault {
  const fileOf = (key: VaultKey): string => join(directory, `${key}.json`);
  return {
    place: directory,
    read: (key) => readRecordFile(fileOf(key)),
    async update(key, change) {
      const file = fileOf(key);
      await makePrivateFolder(directory);
      const subject = nameOf(key, await readRecordFile(file));
      const lock = { file: join(directory, `${key}.lock`), waitMs: lockWaitMs, subject, now };
      return await withLock(lock, async () => {
        const current = await readRecordFile(file);
        const next = await change(current);
        if (next === "keep") return current;
        if (next === "remove") {
          await removeRecordFile(file, directory);
          return undefined;
        }
        await writeRecordFile(file, directory, next);
        return next;
      });
    },
    async list() {
      const names = await namesIn(directory);
      const listings = await Promise.all(names.map((name) => listFile(join(directory, name), name.slice(0, -".json".length) as VaultKey)));
      return listings.filter((listing) => listing !== undefined);
    },
  };
}

function nameOf(key: VaultKey, record: VaultRecord | undefined): string {
  if (record === undefined) return `The vault's ${key}`;
  return record.kind === "grant" ? `The grant of account ${record.account} for ${showUrl(record.serverUrl)}` : `The registration at ${showUrl(record.registration.issuer)}`;
}

/** Locks, records half written and whatever else lies there are not records. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => /^[a-z]+-[0-9a-f]{40}\.json$/.test(name)).toSorted();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw unreadable(directory, describeCause(error), `Make ${directory} readable for you.`, error);
  }
}

/** undefined: forgotten since the folder was read. */
async function listFile(file: string, key: VaultKey): Promise<VaultListing | undefined> {
  try {
    const record = await readRecordFile(file);
    return record === undefined ? undefined : { key, record };
  } catch (error) {
    const known = findMcpassError(error);
    if (known === undefined) throw error;
    return { key, error: known };
  }
}
