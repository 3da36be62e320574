import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { keyringHere, noBus, startKeyring, startSilentBus } from "../rig/keyring.ts";
import type { ProgramResult } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept, homeTexts, vaultDirectory } from "./places.ts";

interface Signed {
  readonly walk: Walk;
  /** With a browser. */
  readonly run: (words: readonly string[], environment?: Readonly<Record<string, string | undefined>>) => Promise<ProgramResult>;
  readonly issuer: Awaited<ReturnType<Walk["issuer"]>>;
}

async function openNotes(environment: Readonly<Record<string, string | undefined>> = {}): Promise<Signed> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  // A port of its own: a client registered for a passing one is not kept.
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
  const browser = walk.browser();
  return { walk, issuer, run: (words, more = {}) => walk.run(words, { browser, env: { ...environment, ...more } }) };
}

async function done(running: Promise<ProgramResult>): Promise<ProgramResult> {
  const result = await running;
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  return result;
}

const json = <T>({ stdout }: ProgramResult): T => JSON.parse(stdout) as T;
const keyFiles = async (walk: Walk): Promise<readonly string[]> => (await readdir(join(walk.home.directory, "data"))).filter((name) => name.endsWith(".key"));
const keySource = async (walk: Walk): Promise<unknown> => (JSON.parse(await readFile(join(vaultDirectory(walk), "vault.json"), "utf8")) as { source: unknown }).source;

/** Every command says that the vault is locked, in seconds, and nobody is told to sign in. S03 */
async function expectLocked({ walk, run }: Signed, environment: Readonly<Record<string, string | undefined>>, reason: RegExp): Promise<void> {
  const before = await homeTexts(walk);
  const listed = json<{ servers: readonly { status: string; error: { code: string; message: string } }[] }>(await run(["list", "--json"], environment));
  expect(listed.servers).toMatchObject([{ status: "failed", error: { code: "vault_locked", message: expect.stringMatching(reason) as string } }]);
  for (const words of [["auth", "notes"], ["call", "notes", "echo", "text=hello"], ["logout", "notes"], ["tools", "notes"]]) {
    const { exitCode, stderr, elapsedMs } = await run(words, environment);
    expect({ words, exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(reason) as string });
    expect(stderr).not.toMatch(/mcpass auth notes|needs a sign-in/);
    expect(elapsedMs).toBeLessThan(15_000);
  }
  const examined = await run(["doctor", "notes"], environment);
  expect(examined).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(reason) as string });
  expect(examined.stdout).not.toContain("mcpass auth notes");
  expect(await run(["vault", "status"], environment)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(reason) as string });
  // What needs no key goes on.
  expect(json<{ servers: readonly { status: string }[] }>(await done(run(["list", "--offline", "--json"], environment))).servers).toMatchObject([{ status: "authenticated" }]);
  const after = await homeTexts(walk);
  expect(Object.fromEntries(Object.entries(after).filter(([path]) => path.startsWith("data")))).toEqual(Object.fromEntries(Object.entries(before).filter(([path]) => path.startsWith("data"))));
}

describe.skipIf(!keyringHere)("a real keychain", () => {
  test("S02, S03: the first sign-in puts one small key there and none into a file; every other process reads it; locked, everything says so and nothing changes", async () => {
    const keyring = await startKeyring();
    const signed = await openNotes(keyring.environment);
    const { walk, run, issuer } = signed;
    walk.keep(keyring);
    await done(run(["auth", "notes"]));
    expect([await keyFiles(walk), await keySource(walk)]).toEqual([[], { kind: "keychain", item: expect.stringMatching(/^vault-[0-9a-f]{16}$/) as string }]);
    expect((await done(run(["call", "notes", "echo", "text=hello"]))).stdout).toContain("hello");
    expect((await done(run(["vault", "status"]))).stdout).toMatch(/the item vault-\w+ of the system's keychain, which opens it/);
    await keyring.lock();
    await expectLocked(signed, keyring.environment, /The system's keychain cannot be read: /);
    await keyring.unlock();
    expect((await done(run(["call", "notes", "echo", "text=again"]))).stdout).toContain("again");
    await expectKept(walk, issuer);
  }, 120_000);

  test("S03: a keychain that is gone, or that never answers, is a locked vault, in seconds; never a new key", async () => {
    const keyring = await startKeyring();
    const signed = await openNotes(keyring.environment);
    signed.walk.keep(keyring);
    await done(signed.run(["auth", "notes"]));
    await expectLocked(signed, noBus, /The system's keychain cannot be read: .*DBus/);
    const silent = signed.walk.keep(await startSilentBus());
    await expectLocked(signed, silent.environment, /The system's keychain cannot be read: it gave no answer within 2\.5 s/);
    expect(await keyFiles(signed.walk)).toEqual([]);
  }, 180_000);

  test("rekey moves a sign-in from the keychain to a file, to MCPASS_KEY and back, and takes the old key away each time", async () => {
    const keyring = await startKeyring();
    const { walk, run } = await openNotes(keyring.environment);
    walk.keep(keyring);
    const key = { MCPASS_KEY: "correct horse battery staple" };
    await done(run(["auth", "notes"]));
    for (const [to, files, environment] of [["file", 1, {}], ["environment", 0, key], ["keychain", 0, key], ["file", 1, {}]] as const) {
      const { stderr } = await done(run(["vault", "rekey", "--to", to], environment));
      expect(stderr).toMatch(/^✓ Sealed 3 records of /);
      expect([await keyFiles(walk).then((names) => names.length), await keySource(walk)]).toMatchObject([files, { kind: to }]);
      expect((await done(run(["call", "notes", "echo", "text=hello"], environment))).stdout).toContain("hello");
    }
  }, 120_000);
});

describe("where there is no keychain", () => {
  test("S03: the first sign-in makes a key file, also where the keychain does not answer, and the vault stays with it", async () => {
    for (const bus of [noBus, undefined]) {
      const { walk, run } = await openNotes();
      const environment = bus ?? walk.keep(await startSilentBus()).environment;
      const { elapsedMs } = await done(run(["auth", "notes"], environment));
      expect(elapsedMs).toBeLessThan(15_000);
      expect([await keyFiles(walk).then((names) => names.length), await keySource(walk)]).toMatchObject([1, { kind: "file" }]);
      // Never asked again.
      expect((await done(run(["call", "notes", "echo", "text=hello"], { ...environment, MCPASS_KEY: "something else altogether" }))).stdout).toContain("hello");
    }
  }, 60_000);
});

describe("vault status", () => {
  test("looks and writes nothing: before the first sign-in, after it, and beside files that were spoilt", async () => {
    const { walk, run } = await openNotes();
    const first = await done(run(["vault", "status"], noBus));
    expect(first.stdout).toContain("none yet; the first sign-in will be sealed with the system's keychain or, where that takes no key, a key file in ");
    expect(await readdir(walk.home.directory)).not.toContain("data");
    await done(run(["auth", "notes"]));
    const before = await homeTexts(walk);
    const { stdout } = await done(run(["vault", "status"], { MCPASS_KEY: "something else altogether" }));
    expect(stdout).toMatch(/the key file \S+\.key, which opens it\n +It protects copies and backups that do not hold this key file, and nothing else/);
    expect(stdout).toContain("holds   1 sign-in, 1 link from servers to them, 1 registered client, 0 sign-ins under way");
    expect(stdout).toMatch(/MCPASS_KEY is set, but this vault is sealed with the key file \S+; to change: mcpass vault rekey --to environment/);
    expect(await homeTexts(walk)).toEqual(before);
    const files = (await readdir(vaultDirectory(walk))).filter((name) => /^(grant|link|registration)-.*json$/.test(name));
    for (const [index, name] of files.entries()) {
      const text = await readFile(join(vaultDirectory(walk), name), "utf8");
      await writeFile(join(vaultDirectory(walk), name), [text.slice(0, 100), text.replace('"schema": 2', '"schema": 3'), text.replace('"hasSecret": ', '"hasSecret": true, "had": ')][index] ?? text);
    }
    const spoilt = await homeTexts(walk);
    const status = await run(["vault", "status"]);
    expect(status.exitCode).toBe(1);
    for (const [name, reason] of [[files[0], "it is not JSON"], [files[1], "a newer mcpass wrote it (schema 3; this one knows 2)"], [files[2], /its seal is broken|its kind/]] as const) {
      expect(status.stdout.split("\n").filter((line) => line.includes(name ?? ""))).toMatchObject([expect.stringMatching(reason instanceof RegExp ? reason : reason.replaceAll(/[().]/g, "\\$&"))]);
    }
    expect(await homeTexts(walk)).toEqual(spoilt);
    const { vault } = json<{ vault: object }>(await run(["vault", "status", "--json"]));
    expect(vault).toMatchObject({ exists: true, key: { source: "file", available: true }, unreadable: files.map(() => ({ error: { code: "vault_unreadable" } })), locks: { available: true } });
  }, 60_000);
});

describe("where two processes cannot be kept apart", () => {
  const preloads = {
    "the lock cannot be loaded": {
      text: `const open = process.dlopen; process.dlopen = function (module, file, ...rest) { if (String(file).includes("fs-native-extensions")) throw new Error("Error loading shared library ld-linux-x86-64.so.2: No such file or directory"); return open.call(this, module, file, ...rest); };`,
      words: /this system cannot load the lock that keeps two processes apart \(.*ld-linux-x86-64\.so\.2/,
    },
    "the file system has no locks": {
      text: `const { createRequire } = require("node:module"); const own = createRequire(process.argv[1])("fs-native-extensions"); own.tryLock = () => { throw Object.assign(new Error("no locks available"), { code: "ENOLCK" }); };`,
      words: /the file system of \S+ gives no locks \(ENOLCK no locks available\)/,
    },
  };
  test.each(Object.entries(preloads))("%s: it is said with what can be done, reading goes on, and nothing is ever written", async (_, { text, words }) => {
    const { walk, run } = await openNotes();
    const preload = join(walk.home.directory, "preload.cjs");
    await writeFile(preload, text);
    const broken = { NODE_OPTIONS: `--require ${preload}` };
    for (const command of [["auth", "notes"], ["vault", "rekey", "--to", "file"]]) {
      const { exitCode, stderr } = await run(command, broken);
      expect({ command, exitCode }).toEqual({ command, exitCode: 1 });
      expect(stderr).toMatch(words);
      expect(stderr).toContain("MCPASS_VAULT=postgres://");
    }
    await done(run(["auth", "notes"]));
    const before = await homeTexts(walk);
    expect((await done(run(["call", "notes", "echo", "text=hello"], broken))).stdout).toContain("hello");
    expect(json<{ servers: readonly { status: string }[] }>(await done(run(["list", "--json"], broken))).servers).toMatchObject([{ status: "connected" }]);
    for (const command of [["logout", "notes"], ["auth", "notes", "--force"], ["vault", "rekey"], ["vault", "status"]]) {
      const { exitCode, stderr, stdout } = await run(command, broken);
      expect({ command, exitCode }).toEqual({ command, exitCode: 1 });
      expect(stderr + stdout).toMatch(words);
    }
    const data = (texts: Readonly<Record<string, string>>): object => Object.fromEntries(Object.entries(texts).filter(([path]) => path.startsWith("data")));
    expect(data(await homeTexts(walk))).toEqual(data(before));
    // What stays says so at its start, and not when the first token has ended.
    for (const command of [["serve", "--port", "0"], ["bridge", "notes"]]) {
      const program = walk.start(command, { env: broken, stdin: "open" });
      await program.waitFor(/hint: .*MCPASS_VAULT=postgres:\/\//);
      expect(program.stderr()).toMatch(words);
      await program.stop();
    }
  }, 60_000);
});
