import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { expectKept, vaultFiles } from "./places.ts";

const secret = canary("robot-secret");
const robots: AuthorizationServerOptions = { grants: ["client-credentials"], registration: "off", refreshTokens: "never", clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }] };
const machine = { grant: "client_credentials", clientId: "robot", clientSecret: "{env:ROBOT_SECRET}" };
const env = { ROBOT_SECRET: secret };

async function guarded(options: AuthorizationServerOptions, oauth?: object): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const { url } = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url, ...(oauth === undefined ? {} : { oauth }) } });
  return { walk, issuer, url };
}

/** The secret goes to its issuer and is kept nowhere; the token goes to its server. */
async function expectRobotKept(walk: Walk, issuer: AuthorizationServer): Promise<void> {
  expectNowhere([secret], { ledger: walk.ledger, except: ["issuer"], texts: { ...(await vaultFiles(walk)), printed: walk.printed() } });
  expectNowhere(issuer.secrets("access-token"), { ledger: walk.ledger, except: ["issuer", "resource"], texts: { printed: walk.printed() } });
}

test("H03 from cron: list, call and inspect work with no sign-in, no terminal and no browser, by one token", async () => {
  const { walk, issuer } = await guarded(robots, machine);
  const options = { env, stdin: "closed" as const };
  const list = await walk.run(["list", "--json"], options);
  expect(JSON.parse(list.stdout)).toMatchObject({ servers: [{ name: "example", status: "connected", account: "default", signedIn: true, error: null }] });
  const call = await walk.run(["call", "example", "add_numbers", "a=1", "b=2"], options);
  expect([call.exitCode, call.stdout.trim(), call.stderr]).toEqual([0, "3", ""]);
  expect((await walk.run(["inspect", "example"], options)).exitCode).toBe(0);
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
  expect(walk.ledger.count({ party: "issuer", path: "/authorize" })).toBe(0);
  await expectRobotKept(walk, issuer);
});

test("H03 auth gets a token now and says how; the vault says that it renews; logout forgets it", async () => {
  const { walk, issuer } = await guarded(robots, machine);
  const auth = await walk.run(["auth", "example"], { env });
  expect(auth.stderr).toMatch(new RegExp(`^✓ Signed in to example as default at ${issuer.issuer} by client_credentials, without a person; renewed automatically\\n$`));
  expect((await walk.run(["auth", "list"], { env })).stdout).toContain("renewed automatically");
  expect(JSON.parse((await walk.run(["auth", "list", "--json"], { env })).stdout)).toMatchObject({ grants: [{ server: "example", grantType: "client_credentials", bound: false, renewable: true }] });
  expect((await walk.run(["list", "--offline", "--json"], { env })).stdout).toContain('"authenticated"');
  expect((await walk.run(["logout", "example"], { env })).exitCode).toBe(0);
  expect((await walk.run(["list", "--offline", "--json"], { env })).stdout).toContain('"not_authenticated"');
});

test("H03 a refusal exits 1 with what to check; it is not called a sign-in that is needed", async () => {
  const { walk } = await guarded(robots, machine);
  const { exitCode, stderr } = await walk.run(["call", "example", "add_numbers", "a=1", "b=2"], { env: { ROBOT_SECRET: "wrong" } });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/error: example got no token by the grant client_credentials: The token endpoint \S+ refused \(invalid_client/);
  expect(stderr).toContain("hint: Check oauth.clientId and oauth.clientSecret (or oauth.privateKeyFile).");
  expect(stderr).not.toContain("mcpass auth");
});

test("a secret typed on the command line works, with one warning", async () => {
  const { walk, issuer, url } = await guarded(robots);
  const words = ["call", url, "add_numbers", "a=1", "b=2", "--grant", "client_credentials", "--client-id", "robot"];
  const typed = await walk.run([...words, "--client-secret", secret]);
  expect([typed.exitCode, typed.stdout.trim()]).toEqual([0, "3"]);
  expect(typed.stderr.match(/warning: /g)).toHaveLength(1);
  expect(typed.stderr).toContain("--client-secret shows the secret to this machine's other users");
  expect((await walk.run(["logout", url])).stderr).toMatch(/^✓ Signed out of/);
  expect((await walk.run(["auth", "list"])).stdout).toContain("No sign-ins are stored.");
  const both = await walk.run([...words, "--client-secret", secret, "--client-secret-env", "X"]);
  expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining("--client-secret and --client-secret-env cannot be used together") as string]);
  await expectRobotKept(walk, issuer);
});

test("a grant that lacks a key exits with the key, the snippet and the flag; a key file that is not there is named", async () => {
  const { walk, url } = await guarded(robots);
  const lacking = await walk.run(["call", url, "echo", "--grant", "client_credentials", "--client-id", "robot"]);
  expect([lacking.exitCode, lacking.stderr]).toEqual([1, expect.stringMatching(/oauth has no clientSecret or privateKeyFile, which the grant "client_credentials" needs[\s\S]*hint: write "oauth": \{ "grant": "client_credentials", .* or give --client-secret-file/) as string]);
  const absent = await walk.run(["call", url, "echo", "--grant", "client_credentials", "--client-id", "robot", "--private-key-file", "absent.pem"]);
  expect(absent.stderr).toMatch(/error: The file \/\S+\/absent\.pem, which oauth\.privateKeyFile of \S+ names, does not exist\./);
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
});

test("add writes a grant with where its secrets are, not what they are", async () => {
  const { walk, url } = await guarded(robots);
  const { exitCode } = await walk.run(["add", "robot", url, "--grant", "client_credentials", "--client-id", "robot", "--client-secret-env", "ROBOT_SECRET", "--dpop"], { env });
  expect(exitCode).toBe(0);
  const file = await readFile(join(walk.home.directory, "config", "mcpass.jsonc"), "utf8");
  expect(JSON.parse(file)).toMatchObject({ mcp: { robot: { oauth: { grant: "client_credentials", clientId: "robot", clientSecret: "{env:ROBOT_SECRET}", dpop: true } } } });
  await writeFile(join(walk.home.directory, "config", "mcpass.jsonc"), file.replace('"dpop": true', '"dpop": false'));
  expect((await walk.run(["call", "robot", "add_numbers", "a=1", "b=2"], { env })).exitCode).toBe(0);
});

const device: AuthorizationServerOptions = { grants: ["device"], deviceIntervalSeconds: 0.1 };

test("H02 --device shows code and address, asks nothing, and signs in when the person elsewhere is done", async () => {
  const { walk, issuer } = await guarded(device);
  const running = walk.start(["auth", "example", "--device", "--json"], { stdin: "closed" });
  await running.waitFor(/code: [A-Z]{4}-[A-Z]{4}/);
  const { userCode, verificationUri, redirectUri, url } = JSON.parse(running.stdout().split("\n")[0] ?? "") as Record<string, string>;
  expect([verificationUri, redirectUri, url]).toEqual([`${issuer.origin}/device`, null, `${issuer.origin}/device?user_code=${userCode ?? ""}`]);
  expect(running.stderr()).toContain(`code: ${userCode ?? ""}`);
  expect(running.stderr()).not.toMatch(/[▀▄█]|paste/);
  await fetch(url ?? "");
  const { exitCode, stdout } = await running.ended;
  expect([exitCode, JSON.parse(stdout.trim().split("\n").at(-1) ?? "")]).toEqual([0, expect.objectContaining({ event: "signed_in", grantType: "device_code", renewable: true })]);
  expect((await walk.run(["call", "example", "add_numbers", "a=1", "b=2"])).exitCode).toBe(0);
  await expectKept(walk, issuer);
});

test("H02 in a terminal the address is also a picture, and Ctrl-C ends it with nothing stored", async () => {
  const { walk } = await guarded(device);
  const terminal = await walk.terminal(["auth", "example", "--device"], { columns: 100, rows: 50 });
  await terminal.waitFor(/Waiting for the other device/);
  expect(terminal.screen()).toMatch(/[▀▄█]{5,}/);
  await terminal.type("\u0003");
  expect((await terminal.ended).exitCode).toBe(130);
  expect((await walk.run(["auth", "list"])).stdout).toContain("No sign-ins are stored.");
});

test("H02 where no browser opens and the issuer offers it, the other way is named", async () => {
  const { walk } = await guarded(device);
  const running = walk.start(["auth", "example", "--browser", "false"], { stdin: "closed" });
  await running.waitFor(/Or sign in with another device: mcpass auth example --device/);
  await running.stop();
});
