import { type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { aGrant, keyFor } from "./records.ts";
import { buildScript, type Script } from "./script.ts";

const key = keyFor("https://mcp.example/mcp");
const environment = { MCPASS_KEY_SOURCE: "file" };

/** A process that tells each key that it is told. */
const watching = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { openFileVault } from "./src/vault/file-vault.ts";
const [directory = "", notices] = process.argv.slice(2);
if (notices === "no notices") {
  fs.watch = () => { throw new Error("this file system gives none"); };
  syncBuiltinESMExports();
}
const vault = openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
vault.watch((key) => console.log(key));
setTimeout(() => console.log("watches"), 300);
setInterval(() => undefined, 1_000);
`;

let script: Script;
beforeAll(async () => {
  script = await buildScript(watching);
});
afterAll(() => script.remove());

function start(...words: readonly string[]): { readonly child: ChildProcess; readonly lines: () => readonly string[] } {
  const child = script.start(...words);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  return { child, lines: () => said.split("\n").slice(0, -1) };
}

test.each(["notices", "no notices"])("F06: what one process stores or removes, another sees within two seconds (the file system gives %s)", async (notices) => {
  const root = await mkdtemp(join(tmpdir(), "mcpass-watch-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const vault = openFileVault({ directory: join(root, "vault"), now: Date.now, environment });
  await vault.update(key, async () => aGrant());
  const { lines } = start(join(root, "vault"), notices);
  await waitUntil(() => lines().includes("watches"), "the other process to watch");
  const took: number[] = [];
  for (const change of [async () => aGrant({ generation: 2 }), async () => aGrant({ generation: 3 }), async () => "remove" as const]) {
    const before = lines().length;
    await vault.update(key, change);
    const startedAt = performance.now();
    await waitUntil(() => lines().length > before, "the change to be seen");
    took.push(performance.now() - startedAt);
  }
  expect(new Set(lines())).toEqual(new Set(["watches", key]));
  // Of a busy machine, the quickest: each is waited for right after a look, so none is quick by chance.
  expect(Math.min(...took)).toBeLessThan(2_000);
});
