import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import { rekey } from "../../src/vault/rekey.ts";
import type { SealedVault } from "../../src/vault/sealed-vault.ts";
import type { Environment } from "../../src/vault/vault-environment.ts";
import { examineVault } from "../../src/vault/vault-status.ts";
import { fakeKeychain, type FakeKeychain } from "./fake-keychain.ts";
import { aGrant, keyFor } from "./records.ts";

const keys = Array.from({ length: 4 }, (_, index) => keyFor(`https://mcp.example/${index}`));
const hexKey = "ab".repeat(32);
let root: string;
let directory: string;
let keychain: FakeKeychain;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-rekey-"));
  directory = join(root, "vault");
  keychain = fakeKeychain();
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As another process has it. */
const open = (environment: Environment = {}, lockWaitMs?: number): SealedVault => openFileVault({ directory, now: Date.now, environment, keychain: keychain.open, lockWaitMs });

async function fill(vault: SealedVault): Promise<void> {
  for (const [index, key] of keys.entries()) await vault.update(key, async () => aGrant({ generation: index }));
}

async function expectEveryGrant(vault: SealedVault): Promise<void> {
  for (const [index, key] of keys.entries()) expect(await vault.read(key)).toMatchObject({ kind: "grant", generation: index, tokens: { accessToken: "canary-access" } });
}

const keyFilesIn = async (): Promise<readonly string[]> => (await readdir(root)).filter((name) => name.endsWith(".key"));
const sealedWith = async (): Promise<ReadonlySet<string | undefined>> => new Set((await open().seals()).map((seal) => seal.sealedWith));

describe("rekey", () => {
  const environments = { keychain: { MCPASS_KEY_SOURCE: "keychain" }, file: { MCPASS_KEY_SOURCE: "file" }, environment: { MCPASS_KEY_SOURCE: "environment", MCPASS_KEY: hexKey } };
  const kinds = ["keychain", "file", "environment"] as const;
  test.each(kinds.flatMap((from) => kinds.map((to) => [from, to] as const)))("from %s to %s: every grant stays, every record is sealed anew, the old key is gone", async (from, to) => {
    await fill(open(environments[from]));
    const before = [...(await sealedWith())];
    const everything = { MCPASS_KEY: hexKey };
    const result = await rekey(open(everything), to);
    expect(result).toMatchObject({ before: { kind: from }, after: { kind: to }, sealed: 4, left: [], notForgotten: undefined });
    await expectEveryGrant(open(everything));
    const after = [...(await sealedWith())];
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
    expect([(await keyFilesIn()).length, keychain.items.size]).toEqual([to === "file" ? 1 : 0, to === "keychain" ? 1 : 0]);
  });

  test("without a source it stays with the one there is, whatever the environment asks for", async () => {
    await fill(open(environments.file));
    const [before] = await keyFilesIn();
    expect(await rekey(open(environments.environment), undefined)).toMatchObject({ before: { kind: "file" }, after: { kind: "file" }, sealed: 4 });
    const after = await keyFilesIn();
    expect([after.length, after.includes(before!)]).toEqual([1, false]);
    await expectEveryGrant(open());
  });

  test("another value of MCPASS_KEY takes its place from MCPASS_NEW_KEY, and opens alone", async () => {
    await fill(open(environments.environment));
    const successor = "a passphrase of some length";
    expect(await rekey(open({ MCPASS_KEY: hexKey, MCPASS_NEW_KEY: successor }), undefined)).toMatchObject({ after: { kind: "environment", salt: expect.any(String) }, sealed: 4 });
    await expectEveryGrant(open({ MCPASS_KEY: successor }));
    await expect(open({ MCPASS_KEY: hexKey }).read(keys[0]!)).rejects.toMatchObject({ code: "vault_locked" });
    await expect(rekey(open({ MCPASS_KEY: successor, MCPASS_NEW_KEY: "another one that is long" }), "file")).rejects.toMatchObject({ code: "usage" });
  });

  test.each([
    ["the old key cannot be had", "keychain", {}, "file", "vault_locked"],
    ["there is no new key", "file", {}, "environment", "usage"],
    ["the new passphrase is short", "file", { MCPASS_KEY: "too short" }, "environment", "usage"],
    ["the keychain takes no key", "file", {}, "keychain", "vault_locked"],
  ] as const)("S03: %s: nothing has changed, and no key is left lying about", async (_, from, environment, to, code) => {
    await fill(open(environments[from]));
    const before = [await readFile(join(directory, "vault.json"), "utf8"), await keyFilesIn()];
    keychain.habits.broken = "unlock prompt was dismissed";
    await expect(rekey(open(environment), to)).rejects.toMatchObject({ code });
    expect([await readFile(join(directory, "vault.json"), "utf8"), await keyFilesIn()]).toEqual(before);
    keychain.habits.broken = undefined;
    await expectEveryGrant(open());
  });

  test("what cannot be opened is reported and kept with the keys it may need; the rest is sealed anew", async () => {
    await fill(open(environments.file));
    const files = keys.map((key) => join(directory, `${key}.json`));
    const stored = await readFile(files[1]!, "utf8");
    await writeFile(files[1]!, stored.replace('"live": true', '"live": false'));
    await writeFile(files[2]!, stored.slice(0, 300));
    const spoilt = await Promise.all([files[1]!, files[2]!].map((file) => readFile(file, "utf8")));
    for (let round = 0; round < 3; round += 1) {
      const result = await rekey(open(), undefined);
      expect(result).toMatchObject({ sealed: 2 });
      expect(result?.left.map(({ key, error }) => [key, error.code])).toEqual([keys[1]!, keys[2]!].toSorted().map((key) => [key, "vault_unreadable"]));
    }
    expect(await Promise.all([files[1]!, files[2]!].map((file) => readFile(file, "utf8")))).toEqual(spoilt);
    // Put right, it opens: its key is still there.
    await writeFile(files[1]!, stored);
    expect(await open().read(keys[1]!)).toMatchObject({ generation: 1 });
  });

  test("where a record does not say which key it needs, every key is kept: put back, it opens", async () => {
    await fill(open(environments.file));
    const file = join(directory, `${keys[2]!}.json`);
    const stored = await readFile(file, "utf8");
    await writeFile(file, stored.slice(0, 300));
    for (let round = 0; round < 3; round += 1) await rekey(open(), undefined);
    await writeFile(file, stored);
    await expectEveryGrant(open());
  });

  test("who has read the key record just before it was replaced opens by the one that is there now", async () => {
    await fill(open(environments.keychain));
    const late = open();
    keychain.habits.before = async () => {
      keychain.habits.before = undefined;
      await rekey(open(), "file");
    };
    await expectEveryGrant(late);
    expect(await late.update(keys[0]!, async () => aGrant({ generation: 9 }))).toMatchObject({ generation: 9 });
  });

  test("a record in use is left for the next time, and stays readable until then", async () => {
    await fill(open(environments.file));
    let release = (): void => undefined;
    const inside = new Promise<void>((entered) => {
      void open().update(keys[0]!, async () => {
        entered();
        await new Promise<void>((resolve) => (release = resolve));
        return "keep";
      });
    });
    await inside;
    expect(await rekey(open({}, 200), undefined)).toMatchObject({ sealed: 3, left: [{ key: keys[0], error: { code: "vault_busy" } }] });
    release();
    await expectEveryGrant(open());
    expect(await examineVault(open())).toMatchObject({ outdated: [keys[0]], unreadable: [] });
    expect(await rekey(open(), undefined)).toMatchObject({ sealed: 4, left: [] });
    expect(await examineVault(open())).toMatchObject({ outdated: [], unreadable: [] });
  });

  test("what was obtained while the vault moved to a source that its holder does not have is stored all the same", async () => {
    await fill(open(environments.file));
    const holder = open();
    await holder.read(keys[0]!);
    await holder.update(keys[0]!, async (current) => {
      await rekey(open({ MCPASS_KEY: hexKey }, 100), "environment");
      return { ...aGrant(), ...current, generation: 7 } as ReturnType<typeof aGrant>;
    });
    expect(await open({ MCPASS_KEY: hexKey }).read(keys[0]!)).toMatchObject({ generation: 7 });
    expect(await rekey(open({ MCPASS_KEY: hexKey }), undefined)).toMatchObject({ sealed: 4, left: [] });
    expect(await open({ MCPASS_KEY: hexKey }).read(keys[0]!)).toMatchObject({ generation: 7 });
  });

  test("an old key that cannot be taken away is said to be there still", async () => {
    await fill(open(environments.keychain));
    keychain.habits.keepsEverything = true;
    expect(await rekey(open(), "file")).toMatchObject({ sealed: 4, notForgotten: { code: "vault_locked" } });
    await expectEveryGrant(open());
  });

  test("where nothing is stored there is nothing to do, unless a source is chosen", async () => {
    expect(await rekey(open(), undefined)).toBeUndefined();
    expect(await readdir(root)).toEqual([]);
    expect(await rekey(open(), "file")).toMatchObject({ before: undefined, after: { kind: "file" }, sealed: 0 });
    await fill(open(environments.environment));
    expect(await open().keys.record()).toMatchObject({ source: { kind: "file" } });
  });

  test("a vault that has lost its key record is no new vault: nothing is made in its place", async () => {
    await fill(open(environments.file));
    await rm(join(directory, "vault.json"));
    for (const attempt of [() => open().update(keyFor("https://new.example/"), async () => aGrant()), () => rekey(open(), "file")])
      await expect(attempt()).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringContaining("vault.json is missing") });
    expect(await readdir(directory)).not.toContain("vault.json");
  });
});
