import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { McpassError } from "../../src/base/errors.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { examineVault } from "../vault-exam.ts";
import { aGrant, keyFor } from "./records.ts";
import { buildScript } from "./script.ts";

const key = keyFor("https://mcp.example/mcp");
const environment = { MCPASS_KEY_SOURCE: "file" };
/** What lies in a vault beside its records. */
const keyFiles = ["vault.json", "vault.lock"];
const nobody = 65_534;
const never = (): never => {
  throw new Error("the change is not to be asked");
};
let root: string;
let directory: string;
let file: string;
let vault: Vault;

async function newRoot(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "mcpass-vault-"));
}

examineVault({
  name: "file vault",
  opening: `import { openFileVault } from "./src/vault/file-vault.ts";\nconst environment = { MCPASS_KEY_SOURCE: "file" };\nconst vault = openFileVault({ directory: process.argv[2]!, now: Date.now, environment });`,
  async open() {
    const examRoot = await newRoot();
    const examined = join(examRoot, "vault");
    return {
      vault: openFileVault({ directory: examined, now: Date.now, environment }),
      impatient: openFileVault({ directory: examined, now: Date.now, environment, lockWaitMs: 300 }),
      argument: examined,
      spoil: (spoilt) => writeFile(join(examined, `${spoilt}.json`), "{ spoilt"),
      close: () => rm(examRoot, { recursive: true, force: true }),
    };
  },
});

beforeEach(async () => {
  root = await newRoot();
  directory = join(root, "deep", "vault");
  file = join(directory, `${key}.json`);
  vault = openFileVault({ directory, now: Date.now, environment });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("files", () => {
  test("looking creates nothing", async () => {
    expect([await vault.read(key), await vault.list(), vault.place]).toEqual([undefined, [], directory]);
    expect(await readdir(root)).toEqual([]);
  });

  test.each([0o000, 0o077, 0o777])("S01: under umask %o the file is 0600 and its folder 0700", async (umask) => {
    const script = await buildScript(`
      import { openFileVault } from "./src/vault/file-vault.ts";
      const environment = { MCPASS_KEY_SOURCE: "file" };
      import { aGrant } from "./test/vault/records.ts";
      process.umask(${umask});
      await openFileVault({ directory: process.argv[2]!, now: Date.now, environment }).update(${JSON.stringify(key)}, async () => aGrant());
    `);
    await mkdir(join(root, "deep"));
    expect(await script.run(directory)).toMatchObject({ code: 0, stderr: "" });
    await script.remove();
    expect([await modeOf(file), await modeOf(directory)]).toEqual(["600", "700"]);
    expect(await readdir(directory)).toEqual([`${key}.json`, `${key}.lock`, ...keyFiles]);
  });

  test("S01: what others could read is closed to them by the next update", async () => {
    await vault.update(key, async () => aGrant());
    await chmod(file, 0o644);
    await chmod(directory, 0o755);
    await vault.update(key, async () => aGrant({ generation: 2 }));
    expect([await modeOf(file), await modeOf(directory)]).toEqual(["600", "700"]);
  });

  test("keeping writes nothing; removing leaves the lock only", async () => {
    await vault.update(key, async () => aGrant());
    const before = await stat(file);
    await vault.update(key, async () => "keep");
    const after = await stat(file);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    await vault.update(key, async () => "remove");
    expect(await readdir(directory)).toEqual([`${key}.lock`, ...keyFiles]);
  });

  test("S05: what a crash left half written is never read, and gone after the next update", async () => {
    await vault.update(key, async () => aGrant());
    await writeFile(`${file}.new`, '{"kind":"gra', { mode: 0o644 });
    expect(await vault.read(key)).toEqual(aGrant());
    expect(await vault.list()).toHaveLength(1);
    await vault.update(key, async () => aGrant({ generation: 2 }));
    expect(await readdir(directory)).toEqual([`${key}.json`, `${key}.lock`, ...keyFiles]);
    expect(await modeOf(file)).toBe("600");
    await writeFile(`${file}.new`, '{"kind":"gra');
    await vault.update(key, async () => "remove");
    expect(await readdir(directory)).toEqual([`${key}.lock`, ...keyFiles]);
  });

  test("a vault listed beside foreign files lists its own", async () => {
    await vault.update(key, async () => aGrant());
    for (const name of [".DS_Store", "notes.json", `${key}.json.broken`]) await writeFile(join(directory, name), "{}");
    expect((await vault.list()).map((listing) => listing.key)).toEqual([key]);
  });

  test("fields that this version does not know are no reason to refuse, and numbers that are none cost no sign-in", async () => {
    await vault.update(key, async () => ({ ...aGrant({ renewedAt: Number.NaN }), later: { added: true } }));
    expect(await vault.read(key)).toStrictEqual(aGrant());
  });
});

describe("a file that cannot be read is named, left as it is, and its content shown to nobody", () => {
  const { tokens, ...tokenless } = aGrant();
  const plain = { ...tokenless, schema: 1 };
  const isMisread = async (content: string, reason: string): Promise<void> => {
    await mkdir(directory, { recursive: true });
    await writeFile(file, content);
    const failure = (await vault.read(key).catch((error: unknown) => error)) as McpassError;
    expect(failure).toMatchObject({
      code: "vault_unreadable",
      message: `The vault file ${file} cannot be read: ${reason}. It is left as it is.`,
      details: { file, reason },
    });
    expect(failure.hint).toMatch(reason.includes("newer") ? /^Upgrade/ : /^To sign in anew .*mv '/);
    expect(JSON.stringify(failure) + failure.stack + String(failure.cause)).not.toContain("canary-access");
    await expect(vault.update(key, never)).rejects.toMatchObject({ code: "vault_unreadable" });
    expect(await readFile(file, "utf8")).toBe(content);
  };
  test.each([
    ["", "it is empty"],
    ['{"accessToken": "canary-access', "it is not JSON"],
    ['["canary-access"]', "it is not an object"],
    [JSON.stringify({ ...plain, tokens: { ...tokens, accessToken: 7, refreshToken: "canary-access" } }), "tokens.accessToken is not a text"],
    [JSON.stringify({ ...plain, tokens, requestedScopes: ["a", null] }), "requestedScopes[1] is not a text"],
    [JSON.stringify({ ...plain, tokens, requestedScopes: "canary-access" }), "requestedScopes is not a list"],
    [JSON.stringify({ ...plain, tokens, kind: "canary-access" }), "its kind is not grant, link, registration or pending"],
    [JSON.stringify({ kind: "registration", schema: 1, registration: { kind: "canary-access" } }), "registration.kind is not configured or metadata-document or dynamic"],
    [JSON.stringify({ kind: "registration", schema: 1 }), "registration is not an object"],
    [JSON.stringify({ format: "mcpass-vault", schema: 3, sealed: "canary-access" }), "a newer mcpass wrote it (schema 3; this one knows 2)"],
    [JSON.stringify({ format: "canary-access", schema: 2 }), "it is not of the format mcpass-vault, schema 2"],
    [JSON.stringify({ format: "mcpass-vault", schema: 2, sealed: "canary-access" }), "sealed is not an object"],
  ])("%j", async (content, reason) => {
    await isMisread(content, reason);
    expect(await vault.list()).toMatchObject([{ key, error: { code: "vault_unreadable" } }]);
  });

  test("something that is no file", async () => {
    await mkdir(file, { recursive: true });
    await expect(vault.read(key)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringContaining("it is not a file") });
    await expect(openFileVault({ directory: join(file, "..", "..", "..", "absent", "..", "deep"), now: Date.now, environment }).read(key)).resolves.toBeUndefined();
  });

  test("one that belongs to somebody else, like a folder that does", async () => {
    await vault.update(key, async () => aGrant());
    const script = await buildScript(`
      import { openFileVault } from "./src/vault/file-vault.ts";
      const environment = { MCPASS_KEY_SOURCE: "file" };
      if (process.getuid?.() === 0) process.setuid?.(${nobody});
      const vault = openFileVault({ directory: process.argv[2]!, now: Date.now, environment });
      const tell = (error: { code: string; message: string }) => console.log(error.code, /EACCES|EPERM/.test(error.message));
      await vault.read(${JSON.stringify(key)}).catch(tell);
      await vault.update(${JSON.stringify(key)}, async () => { throw new Error("asked"); }).catch(tell);
      await vault.list().then((listed) => listed.map((listing) => "error" in listing ? tell(listing.error) : console.log("listed"))).catch(tell);
    `);
    try {
      await chmod(root, 0o755);
      await chmod(join(root, "deep"), 0o755);
      await chmod(directory, 0o777);
      await chmod(file, 0o000);
      if (process.getuid?.() === 0) await chown(directory, nobody, nobody);
      expect((await script.run(directory)).stdout).toBe("vault_unreadable true\nvault_unreadable true\nvault_unreadable true\n");
      if (process.getuid?.() === 0) await chown(directory, 0, 0);
      await chmod(directory, 0o000);
      expect((await script.run(directory)).stdout.split("\n").slice(0, 3)).toEqual(["vault_unreadable true", expect.stringMatching(/^vault_un\w+ true$/), "vault_unreadable true"]);
    } finally {
      await chmod(directory, 0o700);
      await script.remove();
    }
  });
});

describe("a vault that cannot be written says so", () => {
  test("before the change is asked, so that no token is redeemed that could not be kept", async () => {
    await writeFile(join(root, "deep"), "a file where a folder should be");
    await expect(vault.update(key, never)).rejects.toMatchObject({ code: "vault_unwritable", message: expect.stringContaining(directory) });
  });

  test("F05: a write that fails leaves the old record, and says which file", async () => {
    await vault.update(key, async () => aGrant());
    const blocked = vault.update(key, async () => {
      await mkdir(join(`${file}.new`, "in the way"), { recursive: true });
      return aGrant({ generation: 2 });
    });
    await expect(blocked).rejects.toMatchObject({ code: "vault_unwritable", message: expect.stringContaining(file) });
    expect(await vault.read(key)).toEqual(aGrant());
  });

  test("what is no record is never written", async () => {
    await expect(vault.update(key, async () => ({ ...aGrant(), serverUrl: 7 }) as never)).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("serverUrl is not a text") });
    expect(await vault.read(key)).toBeUndefined();
  });
});

test("a vault that is only read loads no native code", async () => {
  const script = await buildScript(`
    import { openFileVault } from "./src/vault/file-vault.ts";
    const environment = {};
    const vault = openFileVault({ directory: process.argv[2]!, now: Date.now, environment });
    await vault.read(${JSON.stringify(key)});
    await vault.list();
    console.log((process.report!.getReport() as { sharedObjects: string[] }).sharedObjects.filter((object) => object.endsWith(".node")).join());
  `);
  try {
    expect(await script.run(directory)).toMatchObject({ code: 0, stdout: "\n" });
  } finally {
    await script.remove();
  }
});
