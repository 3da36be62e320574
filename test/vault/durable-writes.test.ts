import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import { keyFor } from "./records.ts";
import { buildScript, type Script } from "./script.ts";

const key = keyFor("https://mcp.example/mcp");

/** A process that updates a grant so many times, and tells what its last update asked of the system. As on Windows, where every second `rename` is refused while a reader has the file open. */
const updating = `
import fs from "node:fs";
import { basename } from "node:path";
import { syncBuiltinESMExports } from "node:module";
import "fs-native-extensions";
import { openFileVault } from "./src/vault/file-vault.ts";
import { aGrant } from "./test/vault/records.ts";
const [directory = "", key = "", system, times] = process.argv.slice(2);
const { open, rename } = fs.promises;
const steps: string[] = [];
let renames = 0;
fs.promises.open = async (path: any, ...rest: any[]): Promise<any> => {
  const handle: any = await open(path, ...rest);
  const { sync, writeFile } = handle;
  const noting = (step: string, work: any) => async (...given: unknown[]) => (steps.push(step + " " + basename(String(path))), work.apply(handle, given));
  return Object.assign(handle, { sync: noting("sync", sync), writeFile: noting("write", writeFile) });
};
fs.promises.rename = async (from, to) => {
  renames += 1;
  if (system === "win32" && renames % 2 === 1) throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
  steps.push("rename " + basename(String(from)) + " " + basename(String(to)));
  await rename(from, to);
};
syncBuiltinESMExports();
if (system === "win32") Object.defineProperty(process, "platform", { value: system });
const vault = openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
for (let time = 0; time < Number(times); time += 1) {
  steps.length = 0;
  await vault.update(key as any, async (current: any) => aGrant({ generation: (current?.generation ?? 0) + 1 }));
}
console.log(JSON.stringify(steps));
`;

let script: Script;
let root: string;
let directory: string;
beforeAll(async () => {
  script = await buildScript(updating);
});
afterAll(() => script.remove());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-durable-"));
  directory = join(root, "vault");
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("F05: a record is on the disk before it takes the place of the one before, and its place is on the disk before anybody counts on it", async () => {
  const { stdout, stderr } = await script.run(directory, key, "as it is", "2");
  expect([stderr, JSON.parse(stdout)]).toEqual(["", [`write ${key}.json.new`, `sync ${key}.json.new`, `rename ${key}.json.new ${key}.json`, "sync vault"]]);
});

test("S05: as Windows has it, as far as that can be played: a rename that is refused while somebody reads is tried again, and four processes lose no update", async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => script.run(directory, key, "win32", "10")));
  expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, ""]));
  expect(await openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } }).read(key)).toMatchObject({ generation: 40 });
});
