import { expect, test } from "vitest";
import { readConfiguration } from "../../src/config/config-file.ts";
import { createManager, type Manager } from "../../src/connection/manager.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ageGrant } from "./age-grant.ts";
import { expectKept } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  signIn(...flags: string[]): Promise<string>;
}

const people = { "ada-1": { email: "ada@example.com", name: "Ada" }, "bob-1": { email: "bob@example.com", name: "Bob" } };

/** Two people at one issuer; the browser is Ada's unless the sign-in suggests another. */
async function open(options: AuthorizationServerOptions = {}): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ idTokens: true, idTokenClaims: "all", people, person: "ada-1", scopesSupported: ["openid"], ...options });
  const server = await walk.resource({ trusts: issuer, scopesSupported: ["openid", "mcp:read"] });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const signIn = async (...flags: string[]): Promise<string> => {
    const { exitCode, stderr } = await walk.run(["auth", "example", ...flags], { browser: walk.browser() });
    if (exitCode !== 0) throw new Error(stderr);
    return stderr;
  };
  return { walk, issuer, server, signIn };
}

const whoami = async (walk: Walk, ...flags: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await walk.run(["call", "example", "whoami", ...flags]);
  return exitCode === 0 ? String((JSON.parse(stdout) as { subject: string }).subject) : stderr;
};

test("S07: two people of one provider are signed in side by side by login_hint, and of interleaved calls none is ever the other's", async () => {
  const { walk, issuer, signIn } = await open();
  const addresses = ["ada@example.com", "bob@example.com"];
  const said = await Promise.all(addresses.map((address) => signIn("--account", address)));
  expect(said.map((text, index) => text.includes(`Signed in to example as ${addresses[index] ?? ""} at`))).toEqual([true, true]);
  const accounts = ["ada", "bob", "ada", "bob", "bob", "ada", "ada", "bob"];
  expect(await Promise.all(accounts.map((name) => whoami(walk, "--account", `${name}@example.com`)))).toEqual(accounts.map((name) => `${name}-1`));
  issuer.expireTokens();
  expect(await Promise.all(accounts.map((name) => whoami(walk, "--account", `${name}@example.com`)))).toEqual(accounts.map((name) => `${name}-1`));
  expect([walk.ledger.count({ word: "refresh_token" }), walk.ledger.count({ path: "/register" })]).toEqual([2, 1]);
  await expectKept(walk, issuer);
});

test("S07: who is signed in stands in every list, in doctor, in inspect and in every JSON", async () => {
  const { walk, signIn } = await open();
  expect(await signIn()).toContain("Signed in to example as default (ada@example.com) at");
  expect(await signIn("--account", "work")).toContain("Signed in to example as work (ada@example.com) at");
  const run = async (...args: string[]): Promise<string> => (await walk.run(args)).stdout;
  const json = async (...args: string[]): Promise<Record<string, never>> => JSON.parse(await run(...args, "--json")) as Record<string, never>;
  const ada = { subject: "ada-1", name: "Ada", email: "ada@example.com" };
  for (const offline of [[], ["--offline"]]) {
    expect(await run("list", ...offline)).toMatch(/account default \(ada@example\.com\)\n {4}http:\S+\n {4}also signed in as work \(ada@example\.com\)\n/);
    expect((await json("list", ...offline))["servers"]).toMatchObject([{ account: "default", identity: ada, otherAccounts: [{ account: "work", identity: ada, state: "authenticated" }] }]);
  }
  expect((await run("auth", "list")).match(/signed in as (default|work) \(ada@example\.com\)/g)).toHaveLength(2);
  expect((await json("auth", "list"))["grants"]).toMatchObject([{ identity: ada }, { identity: ada }]);
  expect((await run("doctor", "example")).match(/account (default|work) \(ada@example\.com\) at/g)).toHaveLength(2);
  expect((await json("doctor", "example"))["grants"]).toMatchObject([{ identity: ada }, { identity: ada }]);
  expect(await run("inspect", "example", "--account", "work")).toMatch(/account {3}work \(ada@example\.com\)/);
  expect((await json("inspect", "example"))["server"]).toMatchObject({ account: "default", identity: ada });
  const again = await walk.run(["auth", "example", "--force", "--json"], { browser: walk.browser() });
  expect(again.stderr).toContain("account      default (last signed in as ada@example.com)");
  expect(JSON.parse(again.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ event: "signed_in", account: "default", identity: ada });
});

test("S07: list says when only other accounts than the one in use are signed in, and a label that nobody used names those that were", async () => {
  const { walk, signIn } = await open();
  await signIn("--account", "work");
  await signIn("--account", "home");
  expect((await walk.run(["list"])).stdout).toContain("    signed in as home (ada@example.com), work (ada@example.com), not as default; --account LABEL uses another\n");
  const call = await walk.run(["call", "example", "whoami", "--account", "wrok"]);
  expect([call.exitCode, call.stderr]).toEqual([4, "error: example needs a sign-in: nobody has signed in to it as wrok; there is home, work.\nhint: mcpass auth example --account wrok\n"]);
  const out = await walk.run(["logout", "example", "--account", "wrok"]);
  expect([out.exitCode, out.stderr]).toEqual([0, "No sign-in is stored for example (account wrok), but for home, work; nothing to do.\n"]);
});

test("S07: another person under the same label is said loudly, with both names, and is the one who is signed in", async () => {
  const { walk, issuer, signIn } = await open({ ignoresHint: true });
  await signIn("--account", "work");
  issuer.toggles.person = "bob-1";
  const said = await signIn("--account", "work", "--force");
  expect(said).toContain("warning: this is another person than before: bob@example.com; account work of example was ada@example.com. From now on it acts as bob@example.com.\nhint: to keep both, sign in with a label for each: mcpass auth example --account LABEL --force\n");
  expect(said).toContain("Signed in to example as work (bob@example.com)");
  expect(await whoami(walk, "--account", "work")).toBe("bob-1");
  issuer.toggles.person = "ada-1";
  const quiet = await walk.run(["--quiet", "auth", "example", "--account", "work", "--force"], { browser: walk.browser() });
  expect(quiet.stderr).toContain("another person than before: ada@example.com");
});

test("S07: the two halves of a sign-in, in two processes, say it too", async () => {
  const { walk, issuer, signIn } = await open({ ignoresHint: true });
  await signIn();
  issuer.toggles.person = "bob-1";
  const { stdout } = await walk.run(["auth", "example", "--start", "--force"]);
  const { headers } = await fetch(stdout.trim(), { redirect: "manual" });
  expect((await walk.run(["auth", "example", "--finish", headers.get("location") ?? ""])).stderr).toContain("another person than before: bob@example.com; account default of example was ada@example.com");
});

test("S07: which account is used is decided by the flag, then the entry, then the project, then the user", async () => {
  const { walk, server, signIn } = await open();
  for (const account of ["flag", "entry", "project", "user", "default"]) await signIn("--account", account);
  const project = join(walk.home.directory, "project");
  await mkdir(project);
  const entry = { type: "remote", url: server.url };
  const used = async (cwd: string, ...flags: string[]): Promise<unknown> => {
    const { stdout } = await walk.run(["inspect", "example", "--json", ...flags], { cwd });
    return (JSON.parse(stdout) as { server: { account: string } }).server.account;
  };
  const inProject = (account: string | undefined): Promise<void> => writeFile(join(project, "mcpass.jsonc"), JSON.stringify({ account }));
  await inProject("project");
  await walk.configure({ example: { ...entry, account: "entry" } }, { account: "user" });
  expect([await used(project, "--account", "flag"), await used(project)]).toEqual(["flag", "entry"]);
  await walk.configure({ example: entry }, { account: "user" });
  expect([await used(project, "--account", "flag"), await used(project), await used(walk.home.directory)]).toEqual(["flag", "project", "user"]);
  await inProject(undefined);
  expect([await used(project), await used(project, "--account", "flag")]).toEqual(["user", "flag"]);
  await walk.configure({ example: entry });
  expect(await used(project)).toBe("default");
});

async function library(walk: Walk): Promise<Manager> {
  const runtime = createNodeRuntime({ environment: { ...process.env, MCPASS_HOME: walk.home.directory, MCPASS_KEY_SOURCE: "file" }, homeDirectory: walk.home.directory, workingDirectory: walk.home.directory });
  const vault = openFileVault({ directory: join(walk.home.directory, "data", "vault"), now: runtime.now, environment: runtime.environment });
  return createManager({ runtime, vault, configuration: await readConfiguration({ runtime }) });
}

test("B03: two processes and the library at once use one sign-in, and of what has ended make one renewal", async () => {
  const { walk, issuer, server, signIn } = await open({ rotation: "family", refreshAnswer: { slowMs: 200 } });
  await signIn();
  const manager = await library(walk);
  try {
    const asLibrary = async (): Promise<unknown> => {
      const connection = await manager.connect("example");
      try {
        const { content } = await connection.callTool("whoami", {});
        return (JSON.parse((content as unknown as { text: string }[])[0]?.text ?? "") as { subject: string }).subject;
      } finally {
        await connection.close();
      }
    };
    for (const round of [1, 2]) {
      issuer.expireTokens();
      await ageGrant(walk, server.url, -1000);
      walk.ledger.clear();
      expect(await Promise.all([whoami(walk), asLibrary(), whoami(walk)])).toEqual(["ada-1", "ada-1", "ada-1"]);
      expect(walk.ledger.sequence("issuer"), `round ${String(round)}`).toEqual(["issuer POST /token refresh_token → 200"]);
    }
  } finally {
    await manager.close();
  }
  await expectKept(walk, issuer);
});
