import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { vaultFiles } from "./places.ts";

const secret = canary("robot-secret");
const robots: AuthorizationServerOptions = { grants: ["client-credentials"], registration: "off", refreshTokens: "never", clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }] };

interface Robot {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly url: string;
  readonly words: readonly string[];
  runs(): Promise<number>;
}

/** A server for robots, and a program that counts its runs and then does as `script` says. */
async function robot(script: string, issuerOptions: AuthorizationServerOptions = robots): Promise<Robot> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  const { url } = await walk.resource({ trusts: issuer });
  const [file, count] = [join(walk.home.directory, "keeper.mjs"), join(walk.home.directory, "runs")];
  await writeFile(file, `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(count)}, ".");\n${script}\n`);
  return { walk, issuer, url, words: [process.execPath, file], runs: async () => (await readFile(count, "utf8").catch(() => "")).length };
}

const printsIt = `console.log(${JSON.stringify(secret)})`;
const entryOf = ({ url, words }: Robot, more: object = {}): object => ({ type: "remote", url, oauth: { grant: "client_credentials", clientId: "robot", clientSecretCommand: words, ...more } });
const call = (name: string): readonly string[] => ["call", name, "add_numbers", "a=1", "b=2"];

test("H03, H07: a client secret from a program goes to its issuer, is asked for once per token, and is kept and printed nowhere", async () => {
  const made = await robot(printsIt);
  const { walk, runs } = made;
  await walk.configure({ example: entryOf(made) });
  const { exitCode, stdout, stderr } = await walk.run(call("example"));
  expect([exitCode, stdout.trim(), stderr]).toEqual([0, "3", ""]);
  expect((await walk.run(["list", "--json"])).stdout).toContain('"connected"');
  expect(await runs()).toBe(1);
  expect((await walk.run(["doctor", "example", "--trace"])).exitCode).toBe(0);
  expectNowhere([secret], { ledger: walk.ledger, except: ["issuer"], texts: { ...(await vaultFiles(walk)), printed: walk.printed() } });
});

test("H07: a person's sign-in takes its client's secret from a program too, at the sign-in and at each renewal", async () => {
  const made = await robot(printsIt, { clients: [{ client_id: "ours", client_secret: secret, redirect_uris: ["http://127.0.0.1:19876/mcp/oauth/callback"] }], clientAuthentication: "basic" });
  const { walk, issuer, url, words, runs } = made;
  await walk.configure({ example: { type: "remote", url, oauth: { clientId: "ours", clientSecretCommand: words } } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  issuer.expireTokens();
  expect((await walk.run(call("example"))).exitCode).toBe(0);
  expect(await runs()).toBeGreaterThan(1);
  expect(walk.ledger.count({ path: "/token", word: "refresh_token" })).toBeGreaterThan(0);
  expectNowhere([secret], { ledger: walk.ledger, except: ["issuer"], texts: { ...(await vaultFiles(walk)), printed: walk.printed() } });
});

test.each([
  ["fails", `console.log("${secret}"); console.error("first"); console.error("locked: password=${secret} run op signin"); process.exit(3)`, "ended with exit code 3: locked: password=… run op signin."],
  ["is ended", 'process.kill(process.pid, "SIGKILL")', "was ended by SIGKILL."],
  ["prints nothing", 'console.log("  ")', "printed nothing."],
  ["prints a banner too", `console.log("Welcome!\\n${secret}")`, "printed more than one line."],
  ["prints without end", `console.log("${secret}".repeat(20_000))`, "printed more than 256 KiB"],
  ["hangs", "setInterval(() => {}, 1000)", "did not end within 0.5 s."],
])("H07: a program for a secret that %s says so, and no token is asked for", async (what, script, words) => {
  const made = await robot(script);
  await made.walk.configure({ example: entryOf(made, what === "hangs" ? { commandTimeout: 500 } : {}) });
  const { exitCode, stderr } = await made.walk.run([...call("example"), "--verbose"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`error: The client secret for example could not be had: ${process.execPath} ${words}`) as string]);
  expect(stderr).toContain("hint: Run the oauth.clientSecretCommand of its entry by hand");
  expect(made.walk.ledger.count({ path: "/token" })).toBe(0);
  expectNowhere([secret], { texts: { printed: made.walk.printed() } });
});

test("H07: a program for a secret that is not there is named; no shell reads its words", async () => {
  const made = await robot("");
  await made.walk.configure({ example: entryOf(made, { clientSecretCommand: [`corp-secret; touch ${made.walk.home.directory}/shell`] }) });
  expect((await made.walk.run(call("example"))).stderr).toContain("could not be had: corp-secret; touch");
  expect((await made.walk.run(call("example"))).stderr).toContain("could not be started (ENOENT)");
  await expect(readFile(join(made.walk.home.directory, "shell"))).rejects.toThrow("ENOENT");
});

test("H07, Z06: a project's program for a secret does not run before it is trusted, mcpass trust shows its whole command, and a changed one needs trust again", async () => {
  const made = await robot(printsIt);
  const { walk, words, runs } = made;
  const cwd = walk.home.directory;
  const write = (...more: string[]): Promise<void> => writeFile(join(cwd, "mcpass.jsonc"), JSON.stringify({ mcp: { example: entryOf(made, { clientSecretCommand: [...words, ...more] }) } }));
  await write("--for", "a b");
  expect((await walk.run(call("example"), { cwd })).stderr).toContain("mcpass trust");
  expect(await runs()).toBe(0);
  expect((await walk.run(["trust", "--yes"], { cwd })).stdout).toMatch(/runs for secrets\s+.*keeper\.mjs --for "a b"/);
  expect((await walk.run(call("example"), { cwd })).exitCode).toBe(0);
  await write("--for", "another");
  expect((await walk.run(call("example"), { cwd })).stderr).toContain("has changed since you trusted it");
  expect(await runs()).toBe(1);
});

test("H03: by flags, a secret comes from a variable, a file or a program; from two places it is wrong usage", async () => {
  const made = await robot(printsIt);
  const { walk, url, words } = made;
  const file = join(walk.home.directory, "secret");
  await writeFile(file, `${secret}\n`);
  const flags = [...call(url), "--grant", "client_credentials", "--client-id", "robot"];
  const command = words.map((word) => `'${word}'`).join(" ");
  for (const [flag, value] of [["--client-secret-env", "ROBOT"], ["--client-secret-file", "secret"], ["--client-secret-command", command]] as const) {
    made.issuer.expireTokens();
    const { exitCode, stdout, stderr } = await walk.run([...flags, flag, value], { env: { ROBOT: secret } });
    expect([flag, exitCode, stdout.trim(), stderr]).toEqual([flag, 0, "3", ""]);
  }
  expect(walk.ledger.count({ path: "/token" })).toBe(3);
  const both = await walk.run([...flags, "--client-secret-command", command, "--client-secret-env", "ROBOT"]);
  expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining("--client-secret-env and --client-secret-command cannot be used together") as string]);
  await walk.configure({ twice: entryOf(made, { clientSecret: "{env:ROBOT}" }) });
  expect((await walk.run(call("twice"), { env: { ROBOT: secret } })).stderr).toContain("oauth has clientSecret and clientSecretCommand, which say the same");
  expect((await walk.run(["add", "robot", url, "--grant", "client_credentials", "--client-id", "robot", "--client-secret-command", "pass show 'mcp robot'"])).exitCode).toBe(0);
  expect(await readFile(join(walk.home.directory, "config", "mcpass.jsonc"), "utf8")).toMatch(/"clientSecretCommand": \[\s*"pass",\s*"show",\s*"mcp robot"\s*\]/);
  expectNowhere([secret], { texts: { printed: walk.printed() } });
}, 60_000);
