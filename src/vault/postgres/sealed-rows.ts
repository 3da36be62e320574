import { findMcpassError, McpassError } from "../../base/errors.ts";
import type { RecordHead } from "../record-head.ts";
import { keyIdIn, parseFields, readHead, type Seal } from "../seal.ts";
import type { StoredSeal } from "../sealed-vault.ts";
import { Misfit } from "../shape.ts";
import type { VaultKey } from "../vault-key.ts";
import type { VaultRecord } from "../vault-record.ts";
import type { VaultListing } from "../vault.ts";
import { translated } from "./database-error.ts";
import type { Rows, StoredRow } from "./rows.ts";

export interface OpenedRow {
  readonly row: StoredRow;
  readonly record: VaultRecord;
}

/** Records in rows. Methods throw `vault_unreadable`, `vault_locked`; nothing that cannot be read is touched. */
export interface SealedRows {
  read(key: VaultKey): Promise<OpenedRow | undefined>;
  open(key: VaultKey, row: StoredRow | undefined): Promise<OpenedRow | undefined>;
  /** Opens no key. */
  head(key: VaultKey): Promise<RecordHead | undefined>;
  list(): Promise<readonly VaultListing[]>;
  /** Opens no key. */
  seals(): Promise<readonly StoredSeal[]>;
  /** What is to be stored of a record. */
  seal(key: VaultKey, record: VaultRecord): Promise<string>;
}

export function createSealedRows(rows: Rows, seal: Seal, place: string): SealedRows {
  const remembered = new Map<VaultKey, OpenedRow>();
  const open: SealedRows["open"] = async (key, row) => {
    if (row === undefined) return void remembered.delete(key);
    const known = remembered.get(key);
    if (known?.row.revision === row.revision) return { row, record: known.record };
    const opened = { row, record: await saying(key, place, async () => seal.unseal(key, parseFields(row.content))) };
    remembered.set(key, opened);
    return opened;
  };
  const fetch = (key: VaultKey): Promise<StoredRow | undefined> => asking(place, () => rows.read(key));
  const headOfRow = (key: VaultKey, row: StoredRow): Promise<RecordHead> => saying(key, place, async () => readHead(key, parseFields(row.content)));
  return {
    open,
    read: async (key) => open(key, await fetch(key)),
    head: async (key) => {
      const row = await fetch(key);
      return row === undefined ? undefined : headOfRow(key, row);
    },
    list: async () => {
      const found = await asking(place, () => rows.list());
      return Promise.all(found.map(({ key, ...row }) => headOfRow(key, row).then((head) => ({ key, head }), (thrown: unknown) => ({ key, error: ours(thrown) }))));
    },
    seals: async () => (await asking(place, () => rows.list())).map(({ key, content }) => ({ key, sealedWith: keyOf(content) })),
    seal: async (key, record) => {
      const content = await seal.seal(key, record);
      // What cannot be read again must not take the place of what can.
      await seal.unseal(key, parseFields(content)).catch((thrown: unknown) => Promise.reject(unfit(key, thrown)));
      return content;
    },
  };
}

function keyOf(content: string): string | undefined {
  try {
    return keyIdIn(parseFields(content));
  } catch {
    return undefined;
  }
}

/** Says what the database, or its tables, have against being read. */
export async function asking<T>(place: string, work: () => Promise<T>, code: "vault_unreadable" | "vault_unwritable" = "vault_unreadable"): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw translated(thrown, code, place);
    throw new McpassError("vault_unreadable", `The vault ${place} cannot be used: ${thrown.message}. It is left as it is.`, { hint: thrown.newer ? "Upgrade mcpass." : "Put its tables back from a backup.", details: { place, reason: thrown.message } });
  }
}

async function saying<T>(key: VaultKey, place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw thrown;
    const aside = `psql '${place}' -c "update mcpass.record set key = key || '.broken' where key = '${key}'"`;
    throw new McpassError("vault_unreadable", `The vault's ${key} in ${place} cannot be read: ${thrown.message}. It is left as it is.`, { hint: thrown.newer ? "Upgrade mcpass." : `To sign in anew without it, put it aside first: ${aside}`, details: { place, key, reason: thrown.message } });
  }
}

function ours(thrown: unknown): McpassError {
  const known = findMcpassError(thrown);
  if (known === undefined) throw thrown;
  return known;
}

function unfit(key: VaultKey, thrown: unknown): unknown {
  return thrown instanceof Misfit ? new McpassError("internal", `What was to be stored as ${key} is not a record: ${thrown.message}.`) : thrown;
}
