import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import type { VaultRecord } from "../../src/vault/vault-record.ts";
import { aGrant, keyFor } from "./records.ts";

const key = keyFor("https://mcp.example/mcp");
const generationOf = (record: VaultRecord | undefined): number => (record?.kind === "grant" ? record.generation : 0);

test("F01: a crowd that waits for one change has it as soon as it is stored, while its maker still holds the key, and is not asked to make it again", async () => {
  const root = await mkdtemp(join(tmpdir(), "mcpass-crowd-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const open = () => openFileVault({ directory: join(root, "vault"), now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
  const vault = open();
  await vault.update(key, async () => aGrant({ generation: 1 }));
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let holds = (): void => undefined;
  const held = new Promise<void>((resolve) => (holds = resolve));
  const making = vault.update(key, async (_, { write }) => {
    holds();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await write(aGrant({ generation: 2 }));
    await released;
    return "keep";
  });
  await held;
  const again = (): never => {
    throw new Error("it has been made already");
  };
  const crowd = await Promise.all(Array.from({ length: 20 }, () => open().update(key, again, { enough: (stored) => generationOf(stored) === 2 })));
  expect(crowd.map(generationOf)).toEqual(crowd.map(() => 2));
  release();
  expect(generationOf(await making)).toBe(2);
});

test("who finds the key free is asked, whatever would be enough", async () => {
  const root = await mkdtemp(join(tmpdir(), "mcpass-crowd-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const vault = openFileVault({ directory: join(root, "vault"), now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
  expect(generationOf(await vault.update(key, async () => aGrant({ generation: 5 }), { enough: () => true }))).toBe(5);
});
