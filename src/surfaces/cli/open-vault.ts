import { join } from "node:path";

import type { Runtime } from "../../base/runtime.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import type { KeychainPatience } from "../../vault/keychain.ts";
import type { SealedVault } from "../../vault/sealed-vault.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Where sign-ins are kept: in the database that `MCPASS_VAULT` names, else in files of this machine. A keychain that asks a person is waited for where there
 * is one. Throws `usage` for an address that is none.
 */
export async function openVault({ directories, environment, now }: Runtime, terminal: Terminal): Promise<SealedVault> {
  const address = environment["MCPASS_VAULT"] ?? "";
  const keychainPatience = patienceIn(terminal);
  if (address === "") return openFileVault({ directory: join(directories.data, "vault"), now, environment, keychainPatience });
  const { openPostgresVault } = await import("../../vault/postgres/postgres-vault.ts");
  return openPostgresVault({ address, directory: directories.data, now, environment, keychainPatience });
}

function patienceIn(terminal: Terminal): KeychainPatience | undefined {
  if (!terminal.interactive) return undefined;
  return { limitMs: 30_000, onWait: () => terminal.say("Waiting for the system's keychain, at most half a minute; it may be asking you to unlock it.") };
}
