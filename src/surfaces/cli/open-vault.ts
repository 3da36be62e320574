import { join } from "node:path";

import { openFileVault } from "../../vault/file-vault.ts";
import type { KeychainPatience } from "../../vault/keychain.ts";
import type { SealedVault } from "../../vault/sealed-vault.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { Terminal } from "./terminal.ts";

/** Where sign-ins are kept. A keychain that asks a person is waited for where there is one. */
export async function openVault({ directories, environment, now }: Runtime, terminal: Terminal): Promise<SealedVault> {
  return openFileVault({ directory: join(directories.data, "vault"), now, environment, keychainPatience: patienceIn(terminal) });
}

function patienceIn(terminal: Terminal): KeychainPatience | undefined {
  if (!terminal.interactive) return undefined;
  return { limitMs: 30_000, onWait: () => terminal.say("Waiting for the system's keychain, at most half a minute; it may be asking you to unlock it.") };
}
