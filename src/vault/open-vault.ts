import { join } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { readPolicy, requireAllowed } from "../config/policy.ts";
import { openFileVault } from "./file-vault.ts";
import type { KeychainPatience } from "./keychain.ts";
import type { SealedVault } from "./sealed-vault.ts";

/**
 * Where sign-ins are kept: in the database that `MCPASS_VAULT` names, else in files of this machine. A keychain that asks a person is waited for where there
 * is one. Throws `usage` for an address that is none.
 */
export async function openVault({ directories, environment, now, policyFiles }: Runtime, keychainPatience?: KeychainPatience): Promise<SealedVault> {
  const forbids = readPolicy(policyFiles).forbidsVault;
  const address = environment["MCPASS_VAULT"] ?? "";
  if (address === "") return openFileVault({ directory: join(directories.data, "vault"), now, environment, keychainPatience, forbids });
  requireAllowed(forbids("postgresql"));
  const { openPostgresVault } = await import("./postgres/postgres-vault.ts");
  return openPostgresVault({ address, directory: directories.data, now, environment, keychainPatience, forbids });
}

/** Throws `forbidden_by_policy` for a vault that is sealed in a way that is not allowed (any more). E04 */
export async function requireAllowedVault(vault: SealedVault, { policyFiles }: Runtime): Promise<void> {
  const { files, forbidsVault } = readPolicy(policyFiles);
  if (files.length === 0) return;
  const kind = (await vault.keys.record())?.source.kind;
  const refusal = kind === undefined ? undefined : forbidsVault(kind);
  if (refusal !== undefined) throw new McpassError(refusal.code, refusal.message, { hint: "Move it to where it may be: mcpass vault rekey --to keychain (or environment)", details: refusal.details });
}
