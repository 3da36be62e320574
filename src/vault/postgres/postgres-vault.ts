import { findMcpassError } from "../../base/errors.ts";
import { openDataKeys, type DataKeys } from "../data-keys.ts";
import { openKeychain, type Keychain } from "../keychain.ts";
import { createSeal } from "../seal.ts";
import { createUnderWay } from "../under-way.ts";
import type { Environment } from "../vault-environment.ts";
import type { VaultKey } from "../vault-key.ts";
import type { Change, Vault } from "../vault.ts";
import { createWrappingKeys, type WrappingKeys } from "../wrapping-key.ts";
import { readDatabaseAddress } from "./address.ts";
import { openConnections } from "./connections.ts";
import { applicationName, processName } from "./holder.ts";
import { keyRecordRow } from "./key-record-row.ts";
import { createLocks } from "./locks.ts";
import { createRows } from "./rows.ts";
import { createSealedRows } from "./sealed-rows.ts";
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
  /** How long an update waits for another one. Default 60 s. */
  readonly lockWaitMs?: number | undefined;
  /** How long a record that must not be lost is tried to be stored while the database is away. Default 30 s. */
  readonly persistMs?: number | undefined;
  /** How long a holder who has written ahead may be without its connection before another takes over. Default 1 s. */
  readonly graceMs?: number | undefined;
  /** How long a holder may give no sign of life: its machine is gone, or it is suspended. Default two minutes. */
  readonly deadAfterMs?: number | undefined;
}

/** A vault that many machines share, and what is known of its keys. */
export interface PostgresVault extends Vault {
  readonly keys: DataKeys;
  readonly wrapping: WrappingKeys;
  /** Seals every record with the current key. Records that cannot be opened are left; their keys are given back. */
  reseal(): Promise<readonly VaultKey[]>;
}

/** Nothing is connected to before the first use. Throws `usage` for an address that is none. */
export function openPostgresVault(options: PostgresVaultOptions): PostgresVault {
  const { environment, directory, now, keychain = openKeychain } = options;
  const { lockWaitMs: waitMs = 60_000, persistMs = 30_000, graceMs = 1_000, deadAfterMs = 120_000 } = options;
  const connections = openConnections(readDatabaseAddress(options.address), applicationName());
  const { place } = connections.address;
  const by = processName();
  const wrapping = createWrappingKeys({ environment, directory, keychain });
  const keys = openDataKeys({ place: keyRecordRow(connections), wrapping, where: `mcpass.key_record of ${place}`, now, hasPlain: async () => false });
  const rows = createRows(connections, by);
  const sealed = createSealedRows(rows, createSeal(keys), place);
  const locks = createLocks({ connections, rows, now, waitMs, graceMs, deadAfterMs });
  const watches = new Set<RowWatch>();
  const stored: UpdateTools["stored"] = (key, revision) => watches.forEach((watch) => watch.tell(key, revision));
  const underWay = createUnderWay();
  const apply = async (key: VaultKey, change: Change): ReturnType<Vault["update"]> => {
    // Before anything is changed: what could not be sealed must not be obtained.
    await keys.current();
    return updateRow({ rows, sealed, locks, place, by, persistMs, stored }, key, change);
  };
  const update: Vault["update"] = (key, change) => underWay.run(apply(key, change));
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
    async reseal() {
      const left: VaultKey[] = [];
      for (const { key } of await sealed.list()) {
        await update(key, async (current) => current ?? "keep").catch((thrown: unknown) => (findMcpassError(thrown)?.code === "vault_unreadable" ? left.push(key) : Promise.reject(thrown)));
      }
      return left;
    },
  };
}
