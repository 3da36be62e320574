import type { Runtime } from "../../base/runtime.ts";
import type { KeychainPatience } from "../../vault/keychain.ts";
import { openVault as open } from "../../vault/open-vault.ts";
import type { SealedVault } from "../../vault/sealed-vault.ts";
import type { Terminal } from "./terminal.ts";

/** The vault of this machine; a keychain that asks a person is waited for where there is one. */
export async function openVault(runtime: Runtime, terminal?: Terminal): Promise<SealedVault> {
  return open(runtime, patienceIn(terminal));
}

function patienceIn(terminal: Terminal | undefined): KeychainPatience | undefined {
  if (terminal?.interactive !== true) return undefined;
  return { limitMs: 30_000, onWait: () => terminal.say("Waiting for the system's keychain, at most half a minute; it may be asking you to unlock it.") };
}
