import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { McpassError } from "../../src/base/errors.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { grantHeadOf } from "../../src/vault/record-head.ts";
import { firstGrantKey, registrationKey } from "../../src/vault/vault-key.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { aGrant, aRegistration, keyFor } from "./records.ts";

interface Stored {
  readonly head: { readonly scopes: readonly string[] };
  readonly sealed: { readonly keyId: string; readonly nonce: string; readonly data: string };
}

const key = keyFor("https://mcp.example/mcp");
const plain = { ...aGrant(), schema: 1 };
let root: string;
let directory: string;
let file: string;
let vault: Vault;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mcpass-sealed-"));
  directory = join(root, "vault");
  file = join(directory, `${key}.json`);
  vault = openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The same base64 text with its first character another. */
function flipped(base64: string): string {
  return `${base64.startsWith("A") ? "B" : "A"}${base64.slice(1)}`;
}

async function isMisread(content: string, reason: string): Promise<void> {
  await writeFile(file, content);
  const failure = (await vault.read(key).catch((error: unknown) => error)) as McpassError;
  expect(failure).toMatchObject({ code: "vault_unreadable", message: `The vault file ${file} cannot be read: ${reason}. It is left as it is.`, details: { file, reason } });
  await expect(vault.update(key, () => Promise.reject(new Error("the change is not to be asked")))).rejects.toMatchObject({ code: "vault_unreadable" });
  expect(await readFile(file, "utf8")).toBe(content);
}

test("S01: nothing that lets anybody in stands readable in any file, and the head says what a list needs", async () => {
  const record = aGrant({
    dpopKey: { kty: "EC", crv: "P-256", x: "x", y: "y", d: "canary-private" },
    ended: { reason: "invalid_grant", at: 1, quarantined: { ...aGrant().tokens!, accessToken: "canary-quarantined" } },
  });
  await vault.update(key, async () => record);
  await vault.update(registrationKey("https://issuer.example/", "http://127.0.0.1/cb", "mcpass"), async () => aRegistration());
  for (const name of await readdir(directory)) expect(await readFile(join(directory, name), "utf8")).not.toContain("canary");
  expect(await vault.head(key)).toStrictEqual(grantHeadOf(record));
  expect(await vault.head(key)).toMatchObject({ issuer: "https://issuer.example/", account: "default", scopes: ["read"], expiresAt: 2_000_000, refreshable: true });
});

test("S04: what schema 1 left is read, and sealed by the first update of anything; the same sign-ins go on", async () => {
  const [first, registration] = [firstGrantKey("https://mcp.example/mcp", "default"), registrationKey("https://issuer.example/", "http://127.0.0.1/cb", "mcpass")];
  await mkdir(directory, { recursive: true });
  for (const [name, record] of [
    [first, aGrant()],
    [registration, aRegistration()],
  ] as const)
    await writeFile(join(directory, `${name}.json`), JSON.stringify({ ...record, schema: 1 }));
  expect([await vault.read(first), await vault.head(first), (await vault.list()).length]).toEqual([aGrant(), grantHeadOf(aGrant()), 2]);
  expect(await readdir(directory)).not.toContain("vault.json");
  await vault.update(keyFor("https://other.example/mcp"), async () => aGrant());
  for (const name of await readdir(directory)) expect(await readFile(join(directory, name), "utf8")).not.toContain("canary");
  expect([await vault.read(first), await vault.read(registration)]).toEqual([aGrant(), aRegistration()]);
  expect(JSON.parse(await readFile(join(directory, "vault.json"), "utf8"))).not.toHaveProperty("plain");
});

describe("what was tampered with is named, kept, and used by nobody", () => {
  const broken = "its seal is broken: it was changed, or it belongs to another vault or another name";
  test.each<[string, (stored: Stored) => object, string]>([
    ["a bit of the sealed part", (stored) => ({ ...stored, sealed: { ...stored.sealed, data: flipped(stored.sealed.data) } }), broken],
    ["the nonce", (stored) => ({ ...stored, sealed: { ...stored.sealed, nonce: flipped(stored.sealed.nonce) } }), broken],
    ["a scope in the head", (stored) => ({ ...stored, head: { ...stored.head, scopes: ["admin"] } }), broken],
    ["a field added to the head", (stored) => ({ ...stored, head: { ...stored.head, later: 1 } }), broken],
    ["the sealed part cut short", (stored) => ({ ...stored, sealed: { ...stored.sealed, data: stored.sealed.data.slice(0, 12) } }), broken],
    ["no sealed part", (stored) => ({ ...stored, sealed: undefined }), "sealed is not an object"],
    [
      "another vault's key",
      (stored) => ({ ...stored, sealed: { ...stored.sealed, keyId: "0000000000000000" } }),
      "it was sealed with the key 0000000000000000, which DIRECTORY/vault.json does not hold",
    ],
  ])("S01: tampered with: %s", async (_, tamper, reason) => {
    await vault.update(key, async () => aGrant());
    await isMisread(JSON.stringify(tamper(JSON.parse(await readFile(file, "utf8")))), reason.replace("DIRECTORY", directory));
  });

  test("S06: a record put in the place of another is neither", async () => {
    const other = keyFor("https://other.example/mcp");
    await Promise.all([key, other].map((each) => vault.update(each, async () => aGrant())));
    await isMisread(await readFile(join(directory, `${other}.json`), "utf8"), broken);
    expect(await vault.list()).toMatchObject([{ key: other }, { key, error: { code: "vault_unreadable" } }].toSorted((one, another) => (one.key < another.key ? -1 : 1)));
  });

  test("S01: a record without a seal is refused where everything else has one", async () => {
    await vault.update(keyFor("https://other.example/mcp"), async () => aGrant());
    await isMisread(JSON.stringify(plain), "it is not sealed, and everything in this vault is");
  });
});
