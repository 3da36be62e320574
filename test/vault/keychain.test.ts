import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import type { SealedVault } from "../../src/vault/sealed-vault.ts";
import { examineVault } from "../../src/vault/vault-status.ts";
import { fakeKeychain, type FakeKeychain } from "./fake-keychain.ts";
import { aGrant, keyFor } from "./records.ts";

const keys = Array.from({ length: 5 }, (_, index) => keyFor(`https://mcp.example/${index}`));
let root: string;
let keychain: FakeKeychain;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-keychain-"));
  keychain = fakeKeychain();
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As another process has it. */
const open = (limitMs?: number, onWait?: () => void): SealedVault =>
  openFileVault({ directory: join(root, "vault"), now: Date.now, environment: {}, keychain: keychain.open, keychainPatience: limitMs === undefined ? undefined : { limitMs, onWait } });

async function texts(): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((file) => file.isFile() && !file.name.endsWith(".lock"));
  return Object.fromEntries(await Promise.all(files.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), "utf8")] as const)));
}

test("S02: tokens of any size are kept where a keychain takes 1280 characters: it holds one small key", async () => {
  const tokens = { ...aGrant().tokens!, accessToken: "a".repeat(8192), refreshToken: "r".repeat(8192), idToken: "i".repeat(8192) };
  for (const key of keys) await open().update(key, async () => aGrant({ tokens }));
  expect(await open().read(keys[0]!)).toMatchObject({ tokens });
  expect([...keychain.items.values()].map((value) => value.length)).toEqual([44]);
  expect(Object.keys(await texts()).filter((name) => name.endsWith(".key"))).toEqual([]);
});

test("S03: a keychain is asked once in a process, whatever is done and whatever it answers; for a list and a head it is not asked", async () => {
  const first = open();
  for (const key of keys) await first.update(key, async () => aGrant());
  expect(keychain.asked.map((each) => each.split(" ")[0])).toEqual(["set", "get"]);
  keychain.asked.length = 0;
  const second = open();
  expect([(await second.list()).length, (await second.head(keys[0]!))?.kind]).toEqual([5, "grant"]);
  expect(keychain.asked).toEqual([]);
  await Promise.all(keys.map((key) => second.read(key)));
  for (const key of keys) await second.update(key, async () => aGrant({ generation: 2 }));
  await examineVault(second);
  expect(keychain.asked).toHaveLength(1);
  keychain.asked.length = 0;
  keychain.habits.broken = "unlock prompt was dismissed";
  const refused = open();
  for (const key of keys) {
    await expect(refused.read(key)).rejects.toMatchObject({ code: "vault_locked", message: "The system's keychain cannot be read: unlock prompt was dismissed." });
    await expect(refused.update(key, async () => aGrant())).rejects.toMatchObject({ code: "vault_locked" });
  }
  expect(keychain.asked).toHaveLength(1);
});

test("S03: a keychain that never answers is a locked vault by its deadline, and somebody is told that it is waited for", async () => {
  await open().update(keys[0]!, async () => aGrant());
  const before = await texts();
  keychain.habits.silent = true;
  let told = 0;
  const startedAt = performance.now();
  const hanging = open(1_500, () => (told += 1));
  await expect(hanging.read(keys[0]!)).rejects.toMatchObject({ code: "vault_locked", message: "The system's keychain cannot be read: it gave no answer within 1.5 s." });
  await expect(hanging.update(keys[1]!, async () => aGrant())).rejects.toMatchObject({ code: "vault_locked" });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect([told, await texts()]).toEqual([1, before]);
  await expect(open().read(keys[0]!)).rejects.toMatchObject({ message: expect.stringContaining("within 2.5 s") });
});

test("S03: no keychain at the first use: a key file, and no keychain is asked ever after; none at a later one: a locked vault and no new key", async () => {
  keychain.habits.broken = "no D-Bus";
  await open().update(keys[0]!, async () => aGrant());
  expect(await open().keys.record()).toMatchObject({ source: { kind: "file" } });
  keychain.habits.broken = undefined;
  keychain.asked.length = 0;
  expect(await open().update(keys[1]!, async () => aGrant())).toMatchObject({ kind: "grant" });
  expect(keychain.asked).toEqual([]);
  await rm(join(root, "vault"), { recursive: true });
  await open().update(keys[0]!, async () => aGrant());
  expect(await open().keys.record()).toMatchObject({ source: { kind: "keychain" } });
  const before = await texts();
  keychain.items.clear();
  for (const attempt of [() => open().read(keys[0]!), () => open().update(keys[1]!, async () => aGrant())])
    await expect(attempt()).rejects.toMatchObject({ code: "vault_locked", message: expect.stringMatching(/^The system's keychain has no key of the name vault-\w+, and the vault is sealed with it\.$/) });
  expect([await texts(), keychain.items.size]).toEqual([before, 0]);
});
