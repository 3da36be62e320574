import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { expectKept, vaultFiles } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

async function signedIn(accounts: readonly string[], options: AuthorizationServerOptions = {}): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  for (const account of accounts) {
    const { exitCode, stderr } = await walk.run(["auth", "example", ...(account === "default" ? [] : ["--account", account])], { browser: walk.browser() });
    if (exitCode !== 0) throw new Error(stderr);
  }
  walk.ledger.clear();
  return { walk, issuer, server };
}

const call = ["call", "example", "whoami", "--args", "{}"];
const grants = async (walk: Walk): Promise<string[]> => Object.keys(await vaultFiles(walk)).filter((name) => /^grant-.*\.json$/.test(name));

function bearers(walk: Walk, party = "resource"): Set<string> {
  return new Set(walk.ledger.find({ party }).flatMap(({ headers }) => headers["authorization"] ?? []));
}

test("two accounts of one server are kept side by side, and each call goes out with its own token", async () => {
  const { walk, issuer } = await signedIn(["default", "work"]);
  const seen: string[] = [];
  for (const account of [[], ["--account", "work"]]) {
    walk.ledger.clear();
    expect((await walk.run([...call, ...account])).exitCode).toBe(0);
    expect(bearers(walk).size).toBe(1);
    seen.push(...bearers(walk));
  }
  expect(new Set(seen).size).toBe(2);
  expect([(await walk.run([...call, "--account", "third"])).exitCode, (await grants(walk)).length]).toEqual([4, 2]);
  await expectKept(walk, issuer);
});

test("the account of an entry is the one its calls use, and list tells it", async () => {
  const { walk, server } = await signedIn(["work"]);
  await walk.configure({ example: { type: "remote", url: server.url, account: "work" } });
  expect((await walk.run(["list"])).stdout).toContain("✓ example  connected  3 tools · 2025-11-25 · account work");
  expect((await walk.run(call)).exitCode).toBe(0);
  await walk.configure({ example: { type: "remote", url: server.url } });
  expect((await walk.run(call)).exitCode).toBe(4);
});

test("U04 logging out one account revokes and forgets it alone; the other one still works", async () => {
  const { walk, issuer } = await signedIn(["default", "work"]);
  const { exitCode, stdout, stderr } = await walk.run(["logout", "example", "--account", "work"]);
  expect([exitCode, stdout, stderr]).toEqual([0, "", "✓ Signed out of example (account work): revoked at its authorization server, and forgotten here.\n"]);
  const revoked = walk.ledger.find({ path: "/revoke" }).map(({ body }) => new URLSearchParams(body).get("token_type_hint"));
  expect(revoked).toEqual(["refresh_token", "access_token"]);
  expect([(await walk.run(call)).exitCode, (await walk.run([...call, "--account", "work"])).exitCode, (await grants(walk)).length]).toEqual([0, 4, 1]);
  await expectKept(walk, issuer);
});

for (const [revocation, said] of [["unavailable", /warning: it could not be revoked: .*503/], ["hang", /warning: it could not be revoked: .*\/revoke.*within/], ["absent", /offers no revocation: what was issued stays valid/]] as const) {
  test(`U04 where revocation is ${revocation} logout says so, forgets the sign-in all the same, and exits 0`, async () => {
    const { walk } = await signedIn(["default"], { revocation });
    const { exitCode, stdout, stderr } = await walk.run(["logout", "example"]);
    expect([exitCode, stdout, await grants(walk)]).toEqual([0, "", []]);
    expect(stderr).toMatch(said);
    // One that is silent is asked once: its silence costs a sign-out its own five seconds, not those of the other token.
    if (revocation === "hang") expect(walk.ledger.count({ path: "/revoke" })).toBe(1);
    expect((await walk.run(call)).exitCode).toBe(4);
  });
}

test("U04 --keep-remote forgets without asking the issuer anything, and says that it stays valid there", async () => {
  const { walk } = await signedIn(["default"]);
  const { exitCode, stderr } = await walk.run(["logout", "example", "--keep-remote"]);
  expect([exitCode, stderr.includes("not revoked, so it stays valid"), walk.ledger.entries.length, await grants(walk)]).toEqual([0, true, 0, []]);
});

test("U04 logout without a name picks the only sign-in; with several it exits 2 with the list, and --all takes them all", async () => {
  const { walk } = await signedIn(["default"]);
  expect((await walk.run(["logout"])).stderr).toContain("Signed out of example (account default)");
  for (const account of ["a", "b"]) await walk.run(["auth", "example", "--account", account], { browser: walk.browser() });
  walk.ledger.clear();
  const { exitCode, stderr } = await walk.run(["logout"]);
  expect([exitCode, walk.ledger.entries.length, (await grants(walk)).length]).toEqual([2, 0, 2]);
  expect(stderr).toMatch(/^error: logout needs a name here; it could be one of .*example/);
  const all = await walk.run(["logout", "--all"]);
  expect([all.exitCode, await grants(walk)]).toEqual([0, []]);
  expect(all.stderr.match(/Signed out of example \(account [ab]\)/g)).toHaveLength(2);
  expect(await walk.run(["logout"])).toMatchObject({ exitCode: 0, stderr: "No sign-ins are stored.\n" });
});

test("auth list tells what the vault holds, connects to nothing, and shows no token", async () => {
  const { walk, issuer, server } = await signedIn(["default", "work"]);
  const { exitCode, stdout, stderr } = await walk.run(["auth", "list"]);
  expect(exitCode).toBe(0);
  expect(stdout.match(/✓ example {2}signed in as (default|work)\n {4}http:\S+ {2}at http:\S+\n {4}token expires in (59 min|1 h), renewed automatically\n/g)).toHaveLength(2);
  expect(stderr).toContain(`kept in ${walk.home.directory}`);
  const { grants: listed } = JSON.parse((await walk.run(["auth", "list", "--json"])).stdout) as { grants: Record<string, unknown>[] };
  expect(listed.map(({ account, serverUrl, issuer: at, state, renewable }) => [account, serverUrl, at, state, renewable]).toSorted()).toEqual(["default", "work"].map((account) => [account, server.url, issuer.issuer, "authenticated", true]));
  expect(walk.ledger.entries).toEqual([]);
  await walk.configure({});
  expect((await walk.run(["auth", "list"])).stdout).toContain("(not configured)");
  await expectKept(walk, issuer);
});

test("S06 after the URL of an entry was edited its old token is not sent to the new place, and the old place's grant stays", async () => {
  const { walk, issuer } = await signedIn(["default"]);
  const moved = await walk.resource({ party: "moved", trusts: issuer });
  await walk.configure({ example: { type: "remote", url: moved.url } });
  expect((await walk.run(["list"])).stdout).toContain("⚠ example  needs authentication");
  expect((await walk.run(call)).exitCode).toBe(4);
  expect((await walk.run(["list", "--offline"])).stdout).toContain("○ example  not signed in");
  expect([bearers(walk, "moved").size, (await grants(walk)).length]).toEqual([0, 1]);
  await expectKept(walk, issuer, { servers: [] });
});

test("S06 the same name for another path on the same host is another server, and a new name for the same URL is the same sign-in", async () => {
  const { walk, server } = await signedIn(["default"]);
  await walk.configure({ renamed: { type: "remote", url: server.url } });
  expect((await walk.run(["list"])).stdout).toContain("✓ renamed  connected");
  walk.ledger.clear();
  await walk.configure({ example: { type: "remote", url: `${server.origin}/other` } });
  await walk.run(["list"]);
  expect(bearers(walk).size).toBe(0);
});

test("S05 a sign-in writes its own record only: others are as they were, byte for byte, also when it fails", async () => {
  const { walk, issuer } = await signedIn(["default", "work"]);
  const others = async (): Promise<object> => Object.fromEntries(Object.entries(await vaultFiles(walk)).filter(([name]) => before[name] !== undefined && name.startsWith("grant-") && name.endsWith(".json")));
  const before = await vaultFiles(walk);
  const kept = await others();
  expect((await walk.run(["auth", "example", "--account", "third"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(await others()).toEqual(kept);
  issuer.toggles.codeAnswer = "invalid-grant";
  expect((await walk.run(["auth", "example", "--account", "fourth"], { browser: walk.browser() })).exitCode).toBe(1);
  await walk.run(["logout", "example", "--account", "third"]);
  expect([await others(), (await grants(walk)).length]).toEqual([kept, 2]);
});
