import { join } from "node:path";

import type { Runtime } from "../../base/runtime.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import type { Vault } from "../../vault/vault.ts";

/** Where sign-ins are kept: in the database that `MCPASS_VAULT` names, else in files of this machine. Throws `usage` for an address that is none. */
export async function openVault({ directories, environment, now }: Runtime): Promise<Vault> {
  const address = environment["MCPASS_VAULT"] ?? "";
  if (address === "") return openFileVault({ directory: join(directories.data, "vault"), now, environment });
  const { openPostgresVault } = await import("../../vault/postgres/postgres-vault.ts");
  return openPostgresVault({ address, directory: directories.data, now, environment });
}
