import { resolve } from "node:path";

import { openFileVault as openSealedFiles } from "../../vault/file-vault.ts";
import { openPostgresVault as openSealedRows } from "../../vault/postgres/postgres-vault.ts";
import type { Vault } from "../../vault/vault.ts";

/** What both kinds of vault may be given. */
export interface VaultOptions {
  /** Where its key comes from: `MCPASS_KEY` and `MCPASS_KEY_SOURCE` count. Default `process.env`; without them the system's keychain, else a key file. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** How long an update waits for another process that holds the same record, in ms. Default 60,000; then `vault_busy`. */
  readonly lockWaitMs?: number | undefined;
}

/** Where the files of a vault lie. */
export interface FileVaultOptions extends VaultOptions {
  /** Made private at the first update; reading creates nothing. Not one that other programs synchronise. A key file lies beside it. */
  readonly directory: string;
}

/** Where the database of a vault is. */
export interface PostgresVaultOptions extends VaultOptions {
  /** `postgres://user:password@host:port/database?schema=…`, as in `MCPASS_VAULT`; see docs/postgresql.md. Needs the package `pg`. */
  readonly address: string;
  /** Where key files lie on this machine. */
  readonly directory: string;
}

/** A vault of sealed files, one for each record (AES-256-GCM), that any number of processes share. Every method throws as `Vault` says. */
export function openFileVault({ directory, environment = process.env, now = Date.now, lockWaitMs }: FileVaultOptions): Vault {
  return openSealedFiles({ directory: resolve(directory), environment, now, lockWaitMs });
}

/** A vault of sealed rows in PostgreSQL, that any number of machines share. Connects to nothing before its first use. Throws `usage` for an address that is none. */
export function openPostgresVault({ address, directory, environment = process.env, now = Date.now, lockWaitMs }: PostgresVaultOptions): Vault {
  return openSealedRows({ address, directory: resolve(directory), environment, now, ...(lockWaitMs === undefined ? {} : { lockWaitMs }) });
}
