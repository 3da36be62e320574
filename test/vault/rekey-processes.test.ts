import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import { rekey } from "../../src/vault/rekey.ts";
import type { SealedVault } from "../../src/vault/sealed-vault.ts";
import type { Environment } from "../../src/vault/vault-environment.ts";
import { examineVault } from "../../src/vault/vault-status.ts";
import { aGrant, keyFor } from "./records.ts";
import { buildScript, type Script } from "./script.ts";

const keys = Array.from({ length: 4 }, (_, index) => keyFor(`https://mcp.example/${index}`));
const hexKey = "ab".repeat(32);
let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-rekey-"));
  directory = join(root, "vault");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (environment: Environment = {}): SealedVault => openFileVault({ directory, now: Date.now, environment });

async function fill(vault: SealedVault): Promise<void> {
  for (const [index, key] of keys.entries()) await vault.update(key, async () => aGrant({ generation: index }));
}

async function expectEveryGrant(vault: SealedVault): Promise<void> {
  for (const [index, key] of keys.entries()) expect(await vault.read(key)).toMatchObject({ kind: "grant", generation: index, tokens: { accessToken: "canary-access" } });
}

let script: Script;
let worker: Script;
beforeAll(async () => {
  script = await buildScript(`
    import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const [, , directory, to, dieAt] = process.argv;
    const handle = await fs.open(process.execPath, "r");
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    let step = 0;
    const counted = (owner, name) => {
      const real = owner[name];
      owner[name] = function (...words) {
        step += 1;
        if (step === Number(dieAt)) process.kill(process.pid, "SIGKILL");
        return real.apply(this, words);
      };
    };
    for (const name of ["open", "rename", "rm"]) counted(fs, name);
    for (const name of ["writeFile", "sync"]) counted(prototype, name);
    syncBuiltinESMExports();
    const { openFileVault } = await import("./src/vault/file-vault.ts");
    const { rekey } = await import("./src/vault/rekey.ts");
    const environment = { MCPASS_KEY: ${JSON.stringify(hexKey)} };
    await rekey(openFileVault({ directory, now: Date.now, environment }), to);
    console.log(step);
  `);
  worker = await buildScript(`
    import { existsSync } from "node:fs";
    import { openFileVault } from "./src/vault/file-vault.ts";
    const [, , directory, ...keys] = process.argv;
    const vault = openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY: ${JSON.stringify(hexKey)} } });
    let rounds = 0;
    while (!existsSync(directory + ".stop")) {
      for (const key of keys) {
        await vault.read(key);
        await vault.update(key, async (current) => ({ ...current, generation: current.generation + 1 }));
        rounds += 1;
      }
      console.log(rounds);
    }
    process.exit(0);
  `);
});
afterAll(() => Promise.all([script.remove(), worker.remove()]));

test.each(["file", "environment"])("killed at any step on its way to %s, it leaves every grant readable, and the next rekey ends what it began", async (to) => {
  await fill(open({ MCPASS_KEY_SOURCE: "file" }));
  let killed = 0;
  for (let dieAt = 1; dieAt < 200; dieAt += 1) {
    const { code, stderr } = await script.run(directory, to, String(dieAt));
    expect(stderr).toBe("");
    if (code === 0) break;
    killed += 1;
    await expectEveryGrant(open({ MCPASS_KEY: hexKey }));
    expect(await examineVault(open({ MCPASS_KEY: hexKey }))).toMatchObject({ locked: undefined, unreadable: [], counts: { grant: 4 } });
  }
  expect(killed).toBeGreaterThan(20);
  expect(await examineVault(open({ MCPASS_KEY: hexKey }))).toMatchObject({ outdated: [], source: { kind: to } });
}, 120_000);

test("processes that read and update all the while go on, and what they store is kept", async () => {
  await fill(open({ MCPASS_KEY_SOURCE: "file" }));
  const children = Array.from({ length: 2 }, () => worker.start(directory, ...keys));
  const said = children.map(() => ({ rounds: 0, errors: "" }));
  children.forEach((child, index) => {
    child.stdout!.on("data", (data: Buffer) => (said[index]!.rounds = Number(data.toString().trim().split("\n").at(-1))));
    child.stderr!.on("data", (data: Buffer) => (said[index]!.errors += data.toString()));
  });
  try {
    await Promise.all(children.map((child) => once(child.stdout!, "data")));
    for (const to of ["environment", "file", undefined, "environment", undefined, "file"] as const) {
      expect(await rekey(open({ MCPASS_KEY: hexKey }), to)).toMatchObject({ left: [] });
      const before = said.map(({ rounds }) => rounds);
      await expect.poll(() => said.every(({ rounds }, index) => rounds > before[index]! + keys.length)).toBe(true);
    }
  } finally {
    await writeFile(`${directory}.stop`, "");
    const timer = setTimeout(() => children.forEach((child) => child.kill("SIGKILL")), 10_000);
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, "exit") : undefined)));
    clearTimeout(timer);
  }
  expect(said.map(({ errors }) => errors)).toEqual(["", ""]);
  const generations = await Promise.all(keys.map(async (key) => ((await open({ MCPASS_KEY: hexKey }).read(key)) as { generation: number }).generation));
  const started = keys.reduce((sum, _, index) => sum + index, 0);
  expect(generations.reduce((sum, each) => sum + each, 0)).toBe(started + said.reduce((sum, { rounds }) => sum + rounds, 0));
}, 90_000);
