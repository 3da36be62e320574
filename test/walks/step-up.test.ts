import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { expectKept } from "./places.ts";

async function signedIn(options: ResourceServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; server: ResourceServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ scopesSupported: ["base", "a", "b"] });
  const server = await walk.resource({ trusts: issuer, challengeScope: "base", toolScopes: { add_numbers: "a", echo: "b" }, ...options });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  if (exitCode !== 0) throw new Error(stderr);
  return { walk, issuer, server };
}

/** The scopes of every authorization request of a browser so far: mcpass itself only looks whether its client is still known. R02 */
function asked(walk: Walk): string[][] {
  return walk.ledger.find({ path: "/authorize" }).filter(({ headers }) => headers["user-agent"]?.startsWith("mcpass") !== true).map((entry) => (new URL(entry.path, "http://issuer").searchParams.get("scope") ?? "").split(" ").toSorted());
}

const add = ["call", "example", "add_numbers", "--args", '{"a":1,"b":2}'];
const echo = ["call", "example", "echo", "--args", '{"text":"x"}'];

test("A07 a call that needs more scopes exits 4 without --sign-in, names them, and says the command that asks for them", async () => {
  const { walk, issuer } = await signedIn();
  const browser = walk.browser();
  const { exitCode, stdout, stderr } = await walk.run(add, { browser });
  expect([exitCode, stdout, stderr]).toEqual([4, "", 'error: example wants more than was granted: a (needs scope=a).\nhint: mcpass auth example --force --scope "+a"\n']);
  expect(asked(walk)).toEqual([["base"]]);
  await expect(browser.pages(1)).rejects.toThrow("to be written");
  await expectKept(walk, issuer);
});

test("A07 the command that the hint names adds the scope to those held, so that two tools do not take turns", async () => {
  const { walk } = await signedIn();
  for (const scope of ["+a", "+b"]) expect((await walk.run(["auth", "example", "--force", "--scope", scope], { browser: walk.browser() })).exitCode).toBe(0);
  expect(asked(walk)).toEqual([["base"], ["a", "base"], ["a", "b", "base"]]);
  expect([(await walk.run(add)).stdout, (await walk.run(echo)).stdout]).toEqual(["3\n", "x\n"]);
});

test("A07 with --sign-in it steps up once, to the union of what was held and what is wanted, and repeats the call once", async () => {
  const { walk, issuer } = await signedIn();
  walk.ledger.clear();
  const { exitCode, stdout } = await walk.run([...add, "--sign-in"], { browser: walk.browser() });
  expect([exitCode, stdout]).toEqual([0, "3\n"]);
  expect(asked(walk)).toEqual([["a", "base"]]);
  expect(walk.ledger.sequence().filter((line) => line.includes("tools/call"))).toEqual(["resource POST /mcp tools/call → 403", "resource POST /mcp tools/call → 200"]);
  expect((await walk.run([...echo, "--sign-in"], { browser: walk.browser() })).stdout).toBe("x\n");
  expect(asked(walk)[1]).toEqual(["a", "b", "base"]);
  expect((await walk.run(add)).stdout).toBe("3\n");
  await expectKept(walk, issuer);
});

test("A07 a server that is never satisfied gets one step-up, not a loop of browsers", async () => {
  const { walk } = await signedIn({ neverSatisfied: true });
  walk.ledger.clear();
  const { exitCode, stdout, stderr } = await walk.run([...add, "--sign-in"], { browser: walk.browser() });
  expect([exitCode, stdout, asked(walk)]).toEqual([4, "", [["a", "base"]]]);
  expect(stderr).toMatch(/^error: example wants more than was granted: a/m);
  expect(walk.ledger.count({ word: "tools/call" })).toBe(2);
});

test("A07 call --sign-in on a server that was never signed in to signs in and steps up within one command", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer, challengeScope: "base", toolScopes: { add_numbers: "a" } });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const { exitCode, stdout, stderr } = await walk.run([...add, "--sign-in"], { browser: walk.browser() });
  expect([exitCode, stdout, asked(walk)]).toEqual([0, "3\n", [["base"], ["a", "base"]]]);
  expect(stderr.match(/Signed in to example\./g)).toHaveLength(2);
  expect([walk.ledger.count({ path: "/register" }) > 0, walk.ledger.count({ word: "authorization_code" })]).toEqual([true, 2]);
  await expectKept(walk, issuer);
});

test("A03 scopes asked for: a configured scope before the challenge's, the challenge's before the metadata's, +scope on top of them", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ scopesSupported: ["issuer"] });
  const server = await walk.resource({ trusts: issuer, challengeScope: "challenged", scopesSupported: ["published"] });
  const entry = { type: "remote", url: server.url };
  const rounds = [
    [{ ...entry, oauth: { scope: "configured" } }, [], ["configured"]],
    [entry, [], ["challenged"]],
    [entry, ["--scope", "+more"], ["challenged", "more"]],
    [entry, ["--scope", "flag"], ["flag"]],
  ] as const;
  for (const [configured, flags, expected] of rounds) {
    await walk.configure({ example: configured });
    walk.ledger.clear();
    expect((await walk.run(["auth", "example", "--force", ...flags], { browser: walk.browser() })).exitCode).toBe(0);
    expect(asked(walk)).toEqual([expected]);
  }
  server.toggles.challengeScope = undefined;
  walk.ledger.clear();
  await walk.run(["auth", "example", "--force"], { browser: walk.browser() });
  expect(asked(walk)).toEqual([["published"]]);
});

test("A02 offline_access is added where the issuer advertises it, left out after it refused it once, and never added where nobody names it", async () => {
  for (const [options, expected] of [
    [{ scopesSupported: ["x", "offline_access"], refreshTokens: "offline-scope" as const }, [["base", "offline_access"]]],
    [{ scopesSupported: ["x", "offline_access"], refusedScopes: ["offline_access"], scopePolicy: "redirect" as const }, [["base", "offline_access"], ["base"]]],
    [{ scopesSupported: ["x"] }, [["base"]]],
  ] as const) {
    const walk = await openWalk();
    const issuer = await walk.issuer({ ...options, scopesSupported: [...options.scopesSupported], ...("refusedScopes" in options ? { refusedScopes: [...options.refusedScopes] } : { refusedScopes: [] }) });
    const server = await walk.resource({ trusts: issuer, challengeScope: "base" });
    await walk.configure({ example: { type: "remote", url: server.url } });
    const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
    expect([exitCode, asked(walk)]).toEqual([0, expected]);
    expect(stderr).toContain("renewed automatically");
  }
});
