import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describeCause, findMcpassError } from "../base/errors.ts";
import { openDataKeys } from "./data-keys.ts";
import { fileKeyRecord } from "./file-key-record.ts";
import type { Keychain, KeychainPatience } from "./keychain.ts";
import { lockHindrance, withLockUnless } from "./lock.ts";
import { createRecordFiles, type RecordFiles } from "./record-files.ts";
import { codeOf, makePrivateFolder, removeFile, unreadable } from "./record-file.ts";
import { nameOfRecord } from "./record-name.ts";
import { createSeal } from "./seal.ts";
import type { LeftRecord, SealedVault, StoredSeal } from "./sealed-vault.ts";
import { createUnderWay } from "./under-way.ts";
import type { Environment } from "./vault-environment.ts";
import { keyPattern, type VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";
import type { Change, UpdateOptions, VaultListing } from "./vault.ts";
import { watchRecords } from "./watch-records.ts";
import { whenChanged } from "./when-changed.ts";
import { createWrappingKeys, type WrappingKeyOptions } from "./wrapping-key.ts";

export interface FileVaultOptions {
  /** Made private at the first update; reading creates nothing. Not one that other programs synchronise or share. Key files lie beside it. */
  readonly directory: string;
  readonly now: () => number;
  /** `MCPASS_KEY` and `MCPASS_KEY_SOURCE` count. */
  readonly environment: Environment;
  /** How long an update waits for another process. Default 60 s. */
  readonly lockWaitMs?: number | undefined;
  /** Default: the system's. */
  readonly keychain?: (() => Promise<Keychain>) | undefined;
  /** Default 2.5 s: long enough for all but a person. */
  readonly keychainPatience?: KeychainPatience | undefined;
  /** See `WrappingKeyOptions`. */
  readonly forbids?: WrappingKeyOptions["forbids"];
}

/** A Vault of one sealed file per key, each with its lock beside it, so that no sign-in can touch another's. S01, S05 */
export function openFileVault(options: FileVaultOptions): SealedVault {
  const { directory, now, environment, lockWaitMs = 60_000, keychain, keychainPatience, forbids } = options;
  const fileOf = (key: VaultKey): string => join(directory, `${key}.json`);
  const wrapping = createWrappingKeys({ environment, directory: dirname(directory), keychain, keychainPatience, forbids });
  const seals = async (): Promise<readonly StoredSeal[]> => (await namesIn(directory)).map((key) => ({ key, sealedWith: files.sealedWith(key) }));
  const place = fileKeyRecord({ directory, now, lockWaitMs });
  const keys = openDataKeys({ place, wrapping, where: place.file, now, contents: async () => contentsOf(await seals()) });
  const files: RecordFiles = createRecordFiles({ fileOf, directory, seal: createSeal(keys), keys });
  const underWay = createUnderWay();
  const exclusively: Exclusively = async (key, work, enough = () => false) => {
    const subject = nameOfRecord(key, await files.head(key));
    // What does not show in the head is no reason to open a record that a whole crowd waits for.
    const mayEnd = whenChanged(async () => JSON.stringify(await files.head(key)), async () => enough(await files.read(key)));
    return withLockUnless({ file: join(directory, `${key}.lock`), waitMs: lockWaitMs, subject, now }, mayEnd, work);
  };
  const reseal = async (): Promise<readonly LeftRecord[]> => resealAll(await namesIn(directory), files, exclusively);
  const forget = async (key: VaultKey): Promise<void> => {
    await removeFile(fileOf(key), directory);
    // A `state` is used once: nobody makes this record again, so nobody can need its lock.
    if (key.startsWith("pending-")) await rm(join(directory, `${key}.lock`), { force: true }).catch(() => undefined);
  };
  const update = async (key: VaultKey, change: Change, enough: UpdateOptions["enough"]): Promise<VaultRecord | undefined> => {
    await makePrivateFolder(directory);
    // Before anything is changed: what could not be sealed must not be obtained.
    await keys.current();
    if ((await keys.record())?.plain === true) await sealPlain(reseal).then(() => keys.settle());
    const done = await exclusively(key, async () => ({ record: await apply(files, key, change, () => forget(key)) }), enough);
    return done === undefined ? files.read(key) : done.record;
  };
  return {
    place: directory,
    keys,
    wrapping,
    seals,
    reseal: () => underWay.run(reseal()),
    hindrance: () => lockHindrance(place.lock),
    read: (key) => files.read(key),
    head: (key) => files.head(key),
    update: (key, change, { enough } = {}) => underWay.run(update(key, change, enough)),
    async list() {
      const listings = await Promise.all((await namesIn(directory)).map((key) => listRecord(files, key)));
      return listings.filter((listing) => listing !== undefined);
    },
    watch: (onChange) => underWay.keep(watchRecords({ directory, names: () => namesIn(directory), fileOf, onChange })),
    close: () => underWay.settle(),
  };
}

/** undefined: it was enough before the key could be had. */
type Exclusively = <T>(key: VaultKey, work: () => Promise<T>, enough?: (stored: VaultRecord | undefined) => boolean) => Promise<T | undefined>;

async function apply(files: RecordFiles, key: VaultKey, change: Change, remove: () => Promise<void>): Promise<VaultRecord | undefined> {
  const read = (): Promise<VaultRecord | undefined> => files.read(key, { fresh: true });
  const next = await change(await read(), { write: (record) => files.write(key, record), read });
  if (next === "keep") return read();
  await (next === "remove" ? remove() : files.write(key, next));
  return next === "remove" ? undefined : next;
}

async function resealAll(keys: readonly VaultKey[], files: RecordFiles, exclusively: Exclusively): Promise<readonly LeftRecord[]> {
  const left: LeftRecord[] = [];
  for (const key of keys) {
    await exclusively(key, () => files.reseal(key)).catch((thrown: unknown) => left.push({ key, error: findMcpassError(thrown) ?? raise(thrown) }));
  }
  return left;
}

/** What is no record stays as it is; anything else is not to be called unsealed for good. */
async function sealPlain(reseal: SealedVault["reseal"]): Promise<void> {
  const unsealed = (await reseal()).find(({ error }) => error.code !== "vault_unreadable");
  if (unsealed !== undefined) throw unsealed.error;
}

function contentsOf(seals: readonly StoredSeal[]): { readonly plain: boolean; readonly sealed: boolean } {
  return { plain: seals.some(({ sealedWith }) => sealedWith === "plain"), sealed: seals.some(({ sealedWith }) => sealedWith !== undefined && sealedWith !== "plain") };
}

function raise(thrown: unknown): never {
  throw thrown;
}

/** Locks, records half written and whatever else lies there are not records. */
async function namesIn(directory: string): Promise<readonly VaultKey[]> {
  try {
    // At once, as `readText` does: Node's promises of files take longer to load than everything that `list` does here.
    const names = readdirSync(directory).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    return names.filter((name) => keyPattern.test(name)).toSorted() as VaultKey[];
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw unreadable(directory, describeCause(error), `Make ${directory} readable for you.`, error);
  }
}

/** undefined: forgotten since the folder was read. */
async function listRecord(files: RecordFiles, key: VaultKey): Promise<VaultListing | undefined> {
  try {
    const head = await files.head(key);
    return head === undefined ? undefined : { key, head };
  } catch (error) {
    const known = findMcpassError(error);
    if (known === undefined) throw error;
    return { key, error: known };
  }
}
