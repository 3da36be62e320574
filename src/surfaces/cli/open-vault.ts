import type { Runtime } from "../../base/runtime.ts";
import type { KeychainPatience } from "../../vault/keychain.ts";
import { openVault as open } from "../../vault/open-vault.ts";
import type { SealedVault } from "../../vault/sealed-vault.ts";
import { renderWarning } from "./render-error.ts";
import type { Terminal } from "./terminal.ts";

const startedMs = 500;

/** The vault of this machine; a keychain that asks a person is waited for where there is one. */
export async function openVault(runtime: Runtime, terminal?: Terminal): Promise<SealedVault> {
  return open(runtime, patienceIn(terminal));
}

/** For programs that stay: that nothing can be renewed here is said when they start, and not when the first token has ended. Holds up no start, and keeps no process alive. */
export function tellHindrance({ hindrance }: Pick<SealedVault, "hindrance">, { insist, err }: Pick<Terminal, "insist" | "err">): void {
  const tell = async (): Promise<void> => {
    const error = await hindrance().catch(() => undefined);
    if (error !== undefined) insist(renderWarning(error, err));
  };
  setTimeout(() => void tell(), startedMs).unref();
}

function patienceIn(terminal: Terminal | undefined): KeychainPatience | undefined {
  if (terminal?.interactive !== true) return undefined;
  return { limitMs: 30_000, onWait: () => terminal.say("Waiting for the system's keychain, at most half a minute; it may be asking you to unlock it.") };
}
