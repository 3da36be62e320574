import { mkdirSync, readFileSync } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import type { AccessContext } from "../../src/access/access-context.ts";
import { createTokenSource } from "../../src/access/token-source.ts";
import { readPolicy } from "../../src/config/policy.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { linkKey } from "../../src/vault/vault-key.ts";
import { entryFor } from "../../test/rig/storm/entry.ts";
import { aGrant, keyFor } from "../../test/vault/records.ts";
import { median } from "./measure.ts";
import type { Row } from "./table.ts";

const url = "https://mcp.example/mcp";
const environment = { MCPASS_KEY_SOURCE: "file" };
const samples = 200;
/** One call is too short for the clock. */
const callsPerSample = 100;

/** What the vault adds to what the disk and the system take anyway. In this process, in turn. */
export async function vaultRows(work: string): Promise<readonly Row[]> {
  const home = join(work, "vault-rows");
  mkdirSync(home);
  const runtime = createNodeRuntime({ environment, homeDirectory: home, workingDirectory: home });
  const directory = join(runtime.directories.data, "vault");
  const vault = openFileVault({ directory, now: runtime.now, environment });
  const key = keyFor(url);
  const issuedAt = Date.now();
  const tokens = { ...aGrant().tokens!, issuedAt, expiresAt: issuedAt + 3_600_000, accessToken: "a".repeat(1_000), refreshToken: "r".repeat(100) };
  await vault.update(key, async () => aGrant({ tokens }));
  await vault.update(linkKey(url, "default"), async () => ({ kind: "link", serverUrl: url, account: "default", grant: key, madeAt: issuedAt }));
  const file = join(directory, `${key}.json`);
  const bareWrite = durableWrite(directory, readFileSync(file, "utf8"));
  const update = (generation: number): Promise<unknown> => vault.update(key, async () => aGrant({ tokens, generation }));
  const written = await inTurn(bareWrite, update, samples);
  // All of an access context that a valid grant asks for.
  const context = { runtime, vault, name: "bench", entry: entryFor(url), account: "default", serverUrl: url, unsaved: undefined, policy: readPolicy() } as Partial<AccessContext> as AccessContext;
  const source = createTokenSource(context);
  const asked = await inTurn(repeated(() => stat(file)), repeated(() => source.token()), samples / 4);
  return [
    { what: "`vault.update`, nobody else wants the key", beside: "bare `open`, `write`, `fsync`, `rename` and `fsync` of the directory, as long a text", ratio: written, limit: 3 },
    { what: "a token for a call, from a grant that is good", beside: "one bare `await stat(file)` of `node:fs/promises`", ratio: asked, limit: 2 },
  ];
}

/** The median of what `ours` takes over that of what `bare` takes. */
async function inTurn(bare: (turn: number) => Promise<unknown>, ours: (turn: number) => Promise<unknown>, turns: number): Promise<number> {
  const taken = { bare: [] as number[], ours: [] as number[] };
  for (let turn = 0; turn < turns; turn += 1) {
    const startedAt = performance.now();
    await bare(turn);
    const between = performance.now();
    await ours(turn);
    if (turn < turns / 10) continue;
    taken.bare.push(between - startedAt);
    taken.ours.push(performance.now() - between);
  }
  return median(taken.ours) / median(taken.bare);
}

/** Each in a turn of the event loop of its own: within one, requests share what they look up. */
function repeated(work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    for (let call = 0; call < callsPerSample; call += 1) {
      await work();
      await setImmediate();
    }
  };
}

function durableWrite(directory: string, text: string): () => Promise<void> {
  return async () => {
    const handle = await open(join(directory, "bare.new"), "wx", 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(join(directory, "bare.new"), join(directory, "bare"));
    const folder = await open(directory, "r");
    await folder.sync();
    await folder.close();
  };
}
