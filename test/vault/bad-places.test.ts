import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openFileVault } from "../../src/vault/file-vault.ts";
import { rekey } from "../../src/vault/rekey.ts";
import type { SealedVault } from "../../src/vault/sealed-vault.ts";
import { examineVault } from "../../src/vault/vault-status.ts";
import { aGrant, keyFor } from "./records.ts";

const [key, other] = [keyFor("https://mcp.example/mcp"), keyFor("https://other.example/mcp")];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-places-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As another process has it. */
const open = (base = root): SealedVault => openFileVault({ directory: join(base, "vault"), now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });

async function fill(base = root): Promise<void> {
  for (const each of [key, other]) await open(base).update(each, async () => aGrant());
}

/** A disk of its own, where this user may mount one. */
const mayMount = ((): boolean => {
  try {
    const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!mayMount)("a disk of its own (skipped where none may be mounted)", () => {
  let disk: string;
  beforeEach(async () => {
    disk = join(root, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
  });
  afterEach(() => execFileSync("umount", [disk]));

  test("a full disk is said to be full; what was stored stays, is read, and can be stored again when there is room", async () => {
    await fill(disk);
    const filler = join(disk, "filler");
    for (let size = 262_144; size >= 1; size = Math.floor(size / 2)) await writeFile(filler, Buffer.alloc(size), { flag: "a" }).catch(() => undefined);
    const big = aGrant({ generation: 2, tokens: { ...aGrant().tokens!, accessToken: "a".repeat(16_384) } });
    await expect(open(disk).update(key, async () => big)).rejects.toMatchObject({
      code: "vault_unwritable",
      message: expect.stringMatching(/^The vault cannot write \S+grant-\w+\.json: ENOSPC: no space left on device/),
      hint: expect.stringContaining("room on its disk"),
    });
    await expect(rekey(open(disk), undefined)).rejects.toMatchObject({ code: "vault_unwritable", message: expect.stringContaining("ENOSPC") });
    expect([await open(disk).read(key), await open(disk).read(other)]).toEqual([aGrant(), aGrant()]);
    await rm(filler);
    expect(await open(disk).update(key, async () => big)).toEqual(big);
    expect(await rekey(open(disk), undefined)).toMatchObject({ sealed: 2, left: [] });
  });

  test("a disk that became read-only is said to be; everything is read, and looking at it is no error of its own", async () => {
    await fill(disk);
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const changed = open(disk).update(key, async () => aGrant({ generation: 2 }));
    await expect(changed).rejects.toMatchObject({ code: "vault_unwritable", message: expect.stringContaining("EROFS"), hint: expect.stringContaining("writable") });
    await expect(rekey(open(disk), undefined)).rejects.toMatchObject({ code: "vault_unwritable" });
    expect([await open(disk).read(key), (await open(disk).list()).length]).toEqual([aGrant(), 2]);
    expect(await examineVault(open(disk))).toMatchObject({ locked: undefined, unreadable: [], hindrance: { code: "vault_unwritable" }, counts: { grant: 2 } });
  });
});

describe("what became of files", () => {
  const record = (): string => join(root, "vault", `${key}.json`);
  const keyRecord = (): string => join(root, "vault", "vault.json");
  const keyFile = async (): Promise<string> => join(root, (await readdir(root)).find((name) => name.endsWith(".key")) ?? "none");
  const cut = async (file: string): Promise<void> => writeFile(file, (await readFile(file)).subarray(0, 120));
  /** One bit of the middle of the last long base64 text. */
  const flip = async (file: string): Promise<void> => {
    const text = await readFile(file, "utf8");
    const at = text.lastIndexOf('"data": "') + 20;
    await writeFile(file, `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`);
  };

  test.each<[string, () => Promise<void>, RegExp]>([
    ["a record cut short", () => cut(record()), /^The vault file \S+ cannot be read: it is not JSON\. It is left as it is\.$/],
    ["a bit of a record", () => flip(record()), /: its seal is broken: it was changed, or it belongs to another vault or another name\. It is left as it is\.$/],
    ["an empty record", () => writeFile(record(), ""), /: it is empty\. It is left as it is\.$/],
  ])("S05: %s: it is named and kept, by reading, changing, rekeying and status, and the other grants go on", async (_, spoil, words) => {
    await fill();
    await spoil();
    const content = await readFile(record(), "utf8");
    for (const attempt of [() => open().read(key), () => open().update(key, async () => aGrant())]) await expect(attempt()).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringMatching(words) });
    expect(await open().update(other, async () => aGrant({ generation: 5 }))).toMatchObject({ generation: 5 });
    expect(await rekey(open(), undefined)).toMatchObject({ sealed: 1, left: [{ key, error: { code: "vault_unreadable" } }] });
    expect(await examineVault(open())).toMatchObject({ locked: undefined, unreadable: [{ key, error: { message: expect.stringMatching(words) } }] });
    expect([await readFile(record(), "utf8"), await open().read(other)]).toEqual([content, aGrant({ generation: 5 })]);
  });

  test.each<[string, () => Promise<void>, string, RegExp]>([
    ["another key in the key file", async () => writeFile(await keyFile(), `${"A".repeat(43)}=\n`, { mode: 0o600 }), "vault_locked", /^The vault was not sealed with the key file \S+\.key, or \S+vault\.json was changed\.$/],
    ["no key in the key file", async () => writeFile(await keyFile(), "nothing", { mode: 0o600 }), "vault_locked", /^The vault's key file \S+ does not hold a key\.$/],
    ["a key file that others can read", async () => chmod(await keyFile(), 0o640), "vault_locked", /^The vault's key file \S+\.key can be read by others \(mode 640\)\.$/],
    ["no key file", async () => rm(await keyFile()), "vault_locked", /^The vault's key file \S+ is gone\.$/],
    ["a bit of the key record", () => flip(keyRecord()), "vault_locked", /vault\.json was changed\.$/],
    ["a key record cut short", () => cut(keyRecord()), "vault_unreadable", /^The vault's key record \S+vault\.json cannot be read: it is not JSON\. It is left as it is\.$/],
  ])("S03: %s: everything says which, nothing is written, and lists go on", async (_, spoil, code, words) => {
    await fill();
    await spoil();
    const before = await readFile(keyRecord(), "utf8");
    const files = await readdir(root, { recursive: true });
    for (const attempt of [() => open().read(key), () => open().update(keyFor("https://new.example/"), async () => aGrant()), () => rekey(open(), undefined)])
      await expect(attempt()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    expect(await examineVault(open())).toMatchObject({ exists: true, locked: { code }, counts: { grant: 2 }, unreadable: [] });
    expect([await readFile(keyRecord(), "utf8"), await readdir(root, { recursive: true })]).toEqual([before, files]);
  });
});
