import type { McpassError } from "../base/errors.ts";
import type { RecordHead } from "./record-head.ts";
import type { VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";

/**
 * Where grants, links, registrations and pending authorizations live. One record per key, sealed; a record is replaced whole.
 * Errors of every method: `vault_unreadable` (a record exists but cannot be read: it is never moved, overwritten or deleted), `vault_locked` (the key that
 * opens it cannot be had), `vault_unwritable`, `vault_busy` (another process held the key's lock longer than the deadline; the message names it).
 */
export interface Vault {
  /** The record as it is now, or undefined when there is none. Never waits for a lock. */
  read(key: VaultKey): Promise<VaultRecord | undefined>;
  /** What may be read of it without the vault's key; authenticated only by `read`. */
  head(key: VaultKey): Promise<RecordHead | undefined>;
  /**
   * Exclusive across processes for this key: lock → read → `change` → write → unlock. What `change` returns is stored and returned;
   * `"keep"` leaves the record as it is now stored, `"remove"` forgets it. When `change` throws, nothing more is written and the error passes through.
   */
  update(key: VaultKey, change: Change, options?: UpdateOptions): Promise<VaultRecord | undefined>;
  /** The head of every record that has one, and the error for each that has none. Opens nothing. */
  list(): Promise<readonly VaultListing[]>;
  /** Calls with each key whose record was changed or removed, by whichever process, within two seconds; until the returned function is called. F06 */
  watch(onChange: (key: VaultKey) => void): () => void;
  /** Settles when no update of this process is under way any more, within a few seconds at the most, and lets go of what was opened. F05 */
  close(): Promise<void>;
  /** Where a person finds this vault: a path or a redacted connection string. */
  readonly place: string;
}

/** How an update waits. */
export interface UpdateOptions {
  /**
   * Whether nothing is left to be done, by the record as it is stored. May be asked while another process holds the key; true: waiting ends, `change` is not
   * asked, and what is stored is returned. So a crowd that waits for one and the same change does not queue up to find that it has been made.
   */
  readonly enough?: ((stored: VaultRecord | undefined) => boolean) | undefined;
}

/** Given the record as it is now, decides what is stored: a record, `"keep"` or `"remove"`. It runs alone for its key, among all processes. */
export type Change = (current: VaultRecord | undefined, held: Held) => Promise<VaultRecord | "keep" | "remove">;

/** What can be done while an update holds its key. */
export interface Held {
  /** Stores `record` durably at once: what a crash from here on must leave behind. */
  write(record: VaultRecord): Promise<void>;
  /** The record as it is stored now. */
  read(): Promise<VaultRecord | undefined>;
}

/** One record's key with its head, or with why it has none. */
export type VaultListing = { readonly key: VaultKey; readonly head: RecordHead } | { readonly key: VaultKey; readonly error: McpassError };
