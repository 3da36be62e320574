import { randomInt } from "node:crypto";
import { createServer } from "node:net";

import { openAccess } from "../../../src/access/access.ts";
import { openServerMemory } from "../../../src/access/server-memory.ts";
import { Emitter } from "../../../src/base/events.ts";
import type { Runtime } from "../../../src/base/runtime.ts";
import { openVault } from "../../../src/surfaces/cli/open-vault.ts";
import { createNodeRuntime } from "../../../src/surfaces/node/node-runtime.ts";
import type { Vault } from "../../../src/vault/vault.ts";
import { entryFor } from "./entry.ts";

export interface SignIns {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly url: string;
  readonly accounts: readonly string[];
}

/** Signs every account in, once, with a person who approves. The vault they are kept in. */
export async function signInEvery({ home, environment, url, accounts }: SignIns): Promise<Vault> {
  const openBrowser: Runtime["openBrowser"] = async (address) => {
    await fetch(address);
    return { opened: true };
  };
  const runtime: Runtime = { ...createNodeRuntime({ environment, homeDirectory: home, workingDirectory: home }), openBrowser };
  const vault = await openVault(runtime);
  const memory = openServerMemory({ directory: runtime.directories.cache });
  const entry = entryFor(url, await freePort());
  for (const account of accounts) {
    const access = openAccess({ runtime, vault, memory, events: new Emitter(), name: "storm", entry, account });
    await access.signIn({ timeoutMs: 10_000, onAuthorization: () => undefined });
  }
  return vault;
}

/** Below those that the system hands out. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
