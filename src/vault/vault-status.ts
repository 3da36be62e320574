import { findMcpassError, type McpassError } from "../base/errors.ts";
import type { KeyRecord, KeySource } from "./key-record.ts";
import type { RecordHead } from "./record-head.ts";
import type { LeftRecord, SealedVault } from "./sealed-vault.ts";
import type { KeyWishes } from "./vault-environment.ts";
import type { VaultKey } from "./vault-key.ts";

/** How a vault stands. */
export interface VaultStatus {
  readonly place: string;
  /** Something is stored in it, if only its key record. */
  readonly exists: boolean;
  /** What it is sealed with; undefined: nothing is sealed yet, or the key record cannot be read. */
  readonly source: KeySource | undefined;
  /** Why the key cannot be had now. */
  readonly locked: McpassError | undefined;
  readonly counts: Readonly<Record<RecordHead["kind"], number>>;
  /** Records that cannot be opened, and why. Where the key cannot be had, only those are known that have no head. */
  readonly unreadable: readonly LeftRecord[];
  /** Records that can be read and are not sealed with the current key. */
  readonly outdated: readonly VaultKey[];
  /** Why nothing could be stored now. */
  readonly hindrance: McpassError | undefined;
  readonly wishes: KeyWishes;
}

/** Looks, and writes nothing: no key is made. What is wrong is in the answer; throws only what a vault that cannot be asked at all throws. */
export async function examineVault(vault: SealedVault): Promise<VaultStatus> {
  const found = await readRecord(vault);
  const listings = await vault.list();
  const seals = new Map((await vault.seals()).map(({ key, sealedWith }) => [key, sealedWith]));
  const counts = { grant: 0, link: 0, registration: 0, pending: 0 };
  const unreadable: LeftRecord[] = [];
  const outdated: VaultKey[] = [];
  const locked = found.error ?? (await keyProblem(vault, found.record));
  for (const listing of listings) {
    const error = "error" in listing ? listing.error : locked === undefined ? await readingProblem(vault, listing.key) : undefined;
    if ("head" in listing) counts[listing.head.kind] += 1;
    if (error !== undefined) unreadable.push({ key: listing.key, error });
    else if (seals.get(listing.key) !== found.record?.keys[0].id) outdated.push(listing.key);
  }
  return {
    place: vault.place,
    exists: found.record !== undefined || found.error !== undefined || listings.length > 0,
    source: found.record?.source,
    locked,
    counts,
    unreadable,
    outdated,
    hindrance: await vault.hindrance(),
    wishes: vault.wrapping.wishes(),
  };
}

async function readRecord({ keys }: SealedVault): Promise<{ readonly record?: KeyRecord | undefined; readonly error?: McpassError }> {
  try {
    return { record: await keys.record() };
  } catch (thrown) {
    return { error: expected(thrown) };
  }
}

async function keyProblem({ keys }: SealedVault, record: KeyRecord | undefined): Promise<McpassError | undefined> {
  if (record === undefined) return undefined;
  return keys.find(record.keys[0].id).then(() => undefined, expected);
}

async function readingProblem(vault: SealedVault, key: VaultKey): Promise<McpassError | undefined> {
  return vault.read(key).then(() => undefined, expected);
}

function expected(thrown: unknown): McpassError {
  const known = findMcpassError(thrown);
  if (known === undefined) throw thrown;
  return known;
}
