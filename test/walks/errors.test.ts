import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServerOptions } from "../servers/resource-server.ts";
import { freePort } from "../rig/free-port.ts";
import { vaultDirectory } from "./places.ts";

const leaks = /^ {4}at |\bat .*\.(c?js|ts):\d+|ZodError|\[object Object\]|"?issues"?:|\bundefined\b|\bNaN\b|node:internal/m;

async function world(options: ResourceServerOptions = {}): Promise<{ walk: Walk; url: string }> {
  const walk = await openWalk();
  const { url } = await walk.resource(options);
  await walk.configure({ linear: { type: "remote", url }, "off-duty": { type: "remote", url, enabled: false }, broken: { type: "remote" }, local: { type: "local", command: ["/no/such/program"] } });
  return { walk, url };
}

/** Arguments, exit code, what standard error says, and whether there is a next step to name. */
const failing: readonly (readonly [readonly string[], number, RegExp, boolean])[] = [
  [["nonsense"], 2, /unknown command 'nonsense'/, true],
  [["lst"], 2, /unknown command 'lst'/, true],
  [["list", "--nonsense"], 2, /unknown option '--nonsense'/, true],
  [["list", "extra"], 2, /too many arguments/, true],
  [["--nonsense"], 2, /unknown option/, true],
  [["call"], 2, /missing required argument 'server'/, true],
  [["call", "linear"], 2, /missing required argument 'tool'/, true],
  [["call", "liner", "echo"], 2, /liner/, true],
  [["auth", "liner"], 2, /liner/, true],
  [["logout", "liner"], 2, /liner/, true],
  [["tools", "off-duty"], 1, /off-duty.*disabled/, true],
  [["tools", "broken"], 1, /mcpass\.jsonc:\d+:\d+.*broken.*url/, true],
  [["tools", "local"], 1, /\/no\/such\/program/, true],
  [["call", "linear", "no_such_tool"], 2, /no_such_tool/, true],
  [["call", "linear", "echo", "no-pair"], 2, /"no-pair" is not an argument/, true],
  [["call", "linear", "echo", "--args", "{not json"], 2, /are not JSON/, true],
  [["call", "linear", "echo", "--args", "[1]"], 2, /must be a JSON object/, false],
  [["call", "linear", "echo", "--args", "@missing.json"], 1, /missing\.json.*ENOENT/, false],
  [["call", "linear", "echo", "--header", "no-separator"], 2, /--header/, true],
  [["auth", "linear", "--timeout", "soon"], 2, /timeout needs a number of seconds/, false],
  [["auth", "linear", "--callback-port", "99999"], 2, /callback-port needs a number/, false],
  [["auth", "--all", "linear"], 2, /cannot be used together/, true],
  [["tools", "ftp://example.com/x"], 2, /ftp:\/\/example\.com/, true],
  [["tools", "http://example.com/mcp"], 2, /http:\/\/example\.com/, true],
  [["list", "--config", "missing.jsonc"], 1, /missing\.jsonc/, true],
  [["inspect", "linear", "--call-all"], 2, /asks first/, true],
  [["tools", "linear", "--transport", "carrier-pigeon"], 2, /carrier-pigeon/, true],
  [["completion", "tcsh"], 2, /tcsh/, false],
  [["add", "x"], 2, /missing/, true],
  [["remove", "liner"], 2, /liner/, true],
  [["trust"], 1, /mcpass\.jsonc/, false],
];

test("U01 whatever goes wrong, nobody sees a stack trace or a schema dump: an error in words, a next step, the contract's exit code, and nothing on standard output", async () => {
  const { walk } = await world();
  for (const [args, code, said, hinted] of failing) {
    const { exitCode, stdout, stderr } = await walk.run(args);
    expect([args, exitCode, stdout]).toEqual([args, code, ""]);
    expect(stderr, args.join(" ")).toMatch(/^error: /);
    expect(stderr, args.join(" ")).toMatch(said);
    expect(stderr, args.join(" ")).not.toMatch(leaks);
    if (hinted) expect(stderr, args.join(" ")).toMatch(/^hint: \S/m);
  }
});

test("U01 with --json the same failures are a JSON document on standard output as well", async () => {
  const { walk } = await world();
  for (const [args, code] of failing.filter(([words]) => ["list", "tools", "call", "inspect"].includes(words[0] ?? ""))) {
    const { exitCode, stdout, stderr } = await walk.run([...args, "--json"]);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect([args, exitCode, typeof error.code, typeof error.message]).toEqual([args, code, "string", "string"]);
    expect(stdout + stderr).not.toMatch(leaks);
  }
});

test("U01 an unknown server names the nearest one", async () => {
  const { walk } = await world();
  for (const args of [["call", "liner", "echo"], ["auth", "Linear"], ["logout", "linea"], ["tools", "lniear"]]) expect((await walk.run(args)).stderr).toMatch(/\blinear\b/);
});

test("U01 an error in the configuration's JSON names file, line and column, and a caret stands under the place", async () => {
  const walk = await openWalk();
  const file = await walk.configure({});
  await writeFile(file, '{\n  // my servers\n  "mcp": {\n    "a": { "type": "remote" "url": "https://a.example/mcp" }\n  }\n}\n');
  const { exitCode, stdout, stderr } = await walk.run(["list"]);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(`${file}:4:29`);
  const lines = stderr.split("\n");
  const caret = lines.findIndex((line) => /^\s*\^\s*$/.test(line));
  expect(lines[caret - 1]?.slice(lines[caret]?.indexOf("^"))).toMatch(/^"url"/);
  expect(stderr).not.toMatch(leaks);
});

/** The vault as it lies on the disk, byte for byte. */
async function vaultBytes(walk: Walk): Promise<Record<string, string>> {
  const names = (await readdir(vaultDirectory(walk))).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await readFile(join(vaultDirectory(walk), name))).toString("base64")] as const)));
}

test("a grant that cannot be read is vault_unreadable everywhere: the file is named, and stays as it is, byte for byte", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  await walk.run(["auth", "example"], { browser: walk.browser() });
  const [grant = ""] = Object.keys(await vaultBytes(walk)).filter((name) => name.startsWith("grant-"));
  const file = join(vaultDirectory(walk), grant);
  for (const damage of ["{ half", '{"kind":"grant","schema":99}']) {
    await writeFile(file, damage);
    const before = await vaultBytes(walk);
    for (const args of [["call", "example", "whoami"], ["auth", "example"], ["auth", "example", "--force"], ["logout", "example"], ["tools", "example"]]) {
      const { exitCode, stdout, stderr } = await walk.run(args, { browser: walk.browser() });
      expect([args, exitCode, stdout]).toEqual([args, 1, ""]);
      expect(stderr).toContain(file);
      expect(stderr).not.toMatch(leaks);
    }
    const { stdout } = await walk.run(["list", "--json"]);
    expect((JSON.parse(stdout) as { servers: { status: string; error: { code: string } }[] }).servers[0]).toMatchObject({ status: "failed", error: { code: "vault_unreadable" } });
    expect((await walk.run(["auth", "list"])).stdout).toContain("unreadable");
    expect(await vaultBytes(walk)).toEqual(before);
  }
});

test("U02 a vault that cannot be written to is said with its place, and nothing claims a sign-in", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ trusts: await walk.issuer() });
  await walk.configure({ example: { type: "remote", url: server.url } });
  // Nothing is there to be read, and nothing can be made there, whoever runs this.
  await symlink(join(walk.home.directory, "nowhere", "deeper"), join(walk.home.directory, "data"));
  const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(new RegExp(`^error: .*${vaultDirectory(walk)}`, "m"));
  expect(stderr).not.toMatch(/Signed in/);
  expect(stderr).not.toMatch(leaks);
});

test("U01 a network failure names the URL, the leg and the cause: refused, reset, no such name, no answer", async () => {
  const walk = await openWalk();
  const [resetting, hanging] = [await walk.resource({ endpointAnswer: "reset" }), await walk.resource({ hang: true })];
  const refused = `http://127.0.0.1:${String(await freePort())}/mcp`;
  const table = [[refused, /ECONNREFUSED/], ["https://name.invalid/mcp", /ENOTFOUND|EAI_AGAIN/], [resetting.url, /ECONNRESET|socket hang up/], [hanging.url, /within 1 s/]] as const;
  for (const [url, cause] of table) {
    // A resolver may take its time before it says that there is no such name.
    await walk.configure({ example: { type: "remote", url, timeout: { startup: url === hanging.url ? 1_000 : 15_000 } } });
    for (const args of [["call", "example", "echo"], ["auth", "example"]]) {
      const { exitCode, stdout, stderr } = await walk.run(args);
      expect([url, args, exitCode, stdout]).toEqual([url, args, 1, ""]);
      expect(stderr).toContain(url);
      expect(stderr).toMatch(/server request|example/);
      expect(stderr).toMatch(cause);
      expect(stderr).not.toMatch(leaks);
    }
  }
});

test("U01 --verbose tells more of the same failure, the error's code among it, and still no secret", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ codeAnswer: "echo-secrets" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const { exitCode, stderr } = await walk.run(["auth", "example", "--verbose"], { browser: walk.browser() });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("code: token_refused");
  for (const secret of issuer.secrets()) expect(stderr).not.toContain(secret);
});
