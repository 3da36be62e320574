import { findMcpassError } from "../../base/errors.ts";
import { openDataKeys } from "../data-keys.ts";
import type { Keychain, KeychainPatience } from "../keychain.ts";
import { createSeal } from "../seal.ts";
import type { LeftRecord, SealedVault } from "../sealed-vault.ts";
import { createUnderWay } from "../under-way.ts";
import type { Environment } from "../vault-environment.ts";
import type { VaultKey } from "../vault-key.ts";
import type { Change, UpdateOptions, Vault } from "../vault.ts";
import { createWrappingKeys, type WrappingKeyOptions } from "../wrapping-key.ts";
import { readDatabaseAddress } from "./address.ts";
import { openConnections } from "./connections.ts";
import { applicationName, processName } from "./holder.ts";
import { keyRecordRow } from "./key-record-row.ts";
import { createLocks } from "./locks.ts";
import { createRows } from "./rows.ts";
import { asking, createSealedRows, type SealedRows } from "./sealed-rows.ts";
import { updateRow, type UpdateTools } from "./update-row.ts";
import { type RowWatch, watchRows } from "./watch-rows.ts";

export interface PostgresVaultOptions {
  /** The text of `MCPASS_VAULT`; see `readDatabaseAddress`. */
  readonly address: string;
  /** `MCPASS_KEY` and `MCPASS_KEY_SOURCE` count. */
  readonly environment: Environment;
  /** Where key files lie on this machine. */
  readonly directory: string;
  readonly now: () => number;
  /** Default: the system's. */
  readonly keychain?: (() => Promise<Keychain>) | undefined;
  /** Default 2.5 s: long enough for all but a person. */
  readonly keychainPatience?: KeychainPatience | undefined;
  /** See `WrappingKeyOptions`. */
  readonly forbids?: WrappingKeyOptions["forbids"];
  /** How long an update waits for another one. Default 60 s. */
  readonly lockWaitMs?: number | undefined;
  /** How long a record that must not be lost is tried to be stored while the database is away. Default 30 s. */
  readonly persistMs?: number | undefined;
  /** How long a holder who has written ahead may be without its connection before another takes over. Default 1 s. */
  readonly graceMs?: number | undefined;
  /** How long a holder may give no sign of life: its machine is gone, or it is suspended. Default two minutes. */
  readonly deadAfterMs?: number | undefined;
}

/** Nothing is connected to before the first use. Throws `usage` for an address that is none. */
export function openPostgresVault(options: PostgresVaultOptions): SealedVault {
  const { environment, directory, now, keychain, keychainPatience, forbids } = options;
  const { lockWaitMs: waitMs = 60_000, persistMs = 30_000, graceMs = 1_000, deadAfterMs = 120_000 } = options;
  const connections = openConnections(readDatabaseAddress(options.address), applicationName());
  const { place } = connections.address;
  const by = processName();
  const wrapping = createWrappingKeys({ environment, directory, keychain, keychainPatience, forbids });
  const rows = createRows(connections, by);
  const contents = async (): Promise<{ plain: false; sealed: boolean }> => ({ plain: false, sealed: (await asking(place, () => rows.list())).length > 0 });
  const keys = openDataKeys({ place: keyRecordRow(connections), wrapping, where: `mcpass.key_record of ${place}`, now, contents });
  const sealed = createSealedRows(rows, createSeal(keys), place);
  const locks = createLocks({ connections, rows, now, waitMs, graceMs, deadAfterMs });
  const watches = new Set<RowWatch>();
  const stored: UpdateTools["stored"] = (key, revision) => watches.forEach((watch) => watch.tell(key, revision));
  const underWay = createUnderWay();
  const apply = async (key: VaultKey, change: Change, enough?: UpdateOptions["enough"]): ReturnType<Vault["update"]> => {
    // Before anything is changed: what could not be sealed must not be obtained.
    await keys.current();
    return updateRow({ rows, sealed, locks, place, by, persistMs, stored }, key, change, enough);
  };
  const update: Vault["update"] = (key, change, { enough } = {}) => underWay.run(apply(key, change, enough));
  return {
    place,
    keys,
    wrapping,
    read: async (key) => (await sealed.read(key))?.record,
    head: (key) => sealed.head(key),
    update,
    list: () => sealed.list(),
    watch(onChange) {
      const watch = watchRows(connections, rows, onChange);
      watches.add(watch);
      return underWay.keep(() => {
        watches.delete(watch);
        watch.stop();
      });
    },
    async close() {
      await underWay.settle();
      await connections.close();
    },
    seals: () => sealed.seals(),
    reseal: () => resealAll(sealed, update),
    // One that cannot be asked says so to whoever asks, and its locks are its own.
    hindrance: async () => undefined,
  };
}

async function resealAll({ list }: SealedRows, update: Vault["update"]): Promise<readonly LeftRecord[]> {
  const left: LeftRecord[] = [];
  for (const { key } of await list()) {
    await update(key, async (current) => current ?? "keep").catch((thrown: unknown) => {
      const error = findMcpassError(thrown);
      if (error === undefined) throw thrown;
      left.push({ key, error });
    });
  }
  return left;
}
