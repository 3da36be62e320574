import type { McpassError } from "../base/errors.ts";
import type { DataKeys } from "./data-keys.ts";
import type { VaultKey } from "./vault-key.ts";
import type { Vault } from "./vault.ts";
import type { WrappingKeys } from "./wrapping-key.ts";

/** A vault whose records are sealed, with what is to be known and done about its keys. Nothing here but `reseal` writes. */
export interface SealedVault extends Vault {
  readonly keys: DataKeys;
  readonly wrapping: WrappingKeys;
  /** What each stored record is sealed with. Opens nothing. */
  seals(): Promise<readonly StoredSeal[]>;
  /** Seals every record with the current key that is not. What cannot be is left as it is, and given back. */
  reseal(): Promise<readonly LeftRecord[]>;
  /** Why nothing can be stored here now, however the keys are; undefined: nothing is known to be in the way. */
  hindrance(): Promise<McpassError | undefined>;
}

export interface StoredSeal {
  readonly key: VaultKey;
  /** "plain": of schema 1, not sealed. undefined: it cannot be told. */
  readonly sealedWith: string | undefined;
}

export interface LeftRecord {
  readonly key: VaultKey;
  readonly error: McpassError;
}
