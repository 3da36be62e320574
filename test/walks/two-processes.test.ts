import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { ageGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept, vaultFiles } from "./places.ts";

async function world(options: AuthorizationServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const { url } = await walk.resource({ trusts: issuer });
  // A port of their own, so that nothing else on this machine makes them register for another one.
  await walk.configure({ example: { type: "remote", url, oauth: { redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
  return { walk, issuer, url };
}

const call = (text: string): string[] => ["call", "example", "echo", "--args", JSON.stringify({ text })];

test("F02 five processes that find the same ended token make one renewal, whose result all of them use, though the refresh token works once", async () => {
  const { walk, issuer, url } = await world({ rotation: "family", refreshAnswer: { slowMs: 300 } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  issuer.expireTokens();
  await ageGrant(walk, url, -1000);
  walk.ledger.clear();
  const results = await Promise.all(["a", "b", "c", "d", "e"].map((text) => walk.run(call(text))));
  expect(results.map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr])).toEqual(["a", "b", "c", "d", "e"].map((text) => [0, `${text}\n`, ""]));
  expect(walk.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
  expect(new Set(walk.ledger.find({ word: "tools/call" }).map(({ headers }) => headers["authorization"])).size).toBe(1);
  expect((await walk.run(call("after"))).exitCode).toBe(0);
  await expectKept(walk, issuer);
});

test("S06 of eight processes half go by a file that has another address under the same name: while the others renew, no token goes there, and one renewal serves them", async () => {
  const { walk, issuer, url } = await world({ rotation: "family", refreshAnswer: { slowMs: 300 } });
  await walk.run(["auth", "example"], { browser: walk.browser() });
  const edited = join(walk.home.directory, "edited.jsonc");
  await writeFile(edited, JSON.stringify({ mcp: { example: { type: "remote", url: (await walk.resource({ party: "edited", trusts: issuer })).url } } }));
  issuer.expireTokens();
  await ageGrant(walk, url, -1000);
  walk.ledger.clear();
  const results = await Promise.all(Array.from({ length: 8 }, (_, index) => walk.run([...call("here"), ...(index % 2 === 0 ? [] : ["--config", edited])])));
  expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(results.map((_, index) => (index % 2 === 0 ? [0, "here\n"] : [4, ""])));
  expect(walk.ledger.find({ party: "edited" }).length).toBeGreaterThan(0);
  expect(walk.ledger.find({ party: "edited" }).filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
  expect(walk.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token refresh_token → 200"]);
  await expectKept(walk, issuer);
});

test("F04 five processes that find a revoked sign-in ask the issuer once, and all five say the same", async () => {
  const { walk, issuer, url } = await world();
  await walk.run(["auth", "example"], { browser: walk.browser() });
  issuer.expireTokens();
  issuer.revokeRefreshTokens();
  await ageGrant(walk, url, -1000);
  walk.ledger.clear();
  const results = await Promise.all(["a", "b", "c", "d", "e"].map((text) => walk.run(call(text))));
  expect(results.map(({ exitCode, stderr }) => [exitCode, stderr.startsWith("error: example needs a sign-in")])).toEqual(results.map(() => [4, true]));
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
});

test("R04 three sign-ins after each other are one registration, and so is one for another account", async () => {
  const { walk, issuer } = await world();
  for (const flags of [[], ["--force"], ["--force"], ["--account", "work"]]) expect((await walk.run(["auth", "example", ...flags], { browser: walk.browser() })).exitCode).toBe(0);
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.find({ path: "/authorize" }).filter(({ headers }) => headers["user-agent"]?.startsWith("mcpass") !== true).length]).toEqual([1, 4]);
  await walk.run(["logout", "--all"]);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(walk.ledger.count({ path: "/register" })).toBe(1);
  await expectKept(walk, issuer);
});

test("S05 sign-ins to six servers at once, from six processes, are six grants that all work", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const names = ["a", "b", "c", "d", "e", "f"];
  const servers = await Promise.all(names.map((party) => walk.resource({ party, trusts: issuer })));
  await walk.configure(Object.fromEntries(names.map((name, index) => [name, { type: "remote", url: servers[index]?.url }])));
  const codes = await Promise.all(names.map(async (name) => (await walk.run(["auth", name], { browser: walk.browser() })).exitCode));
  expect(codes).toEqual(names.map(() => 0));
  expect(Object.keys(await vaultFiles(walk)).filter((name) => /^grant-.*\.json$/.test(name))).toHaveLength(6);
  const { stdout } = await walk.run(["list"]);
  expect(stdout.match(/✓ [a-f] {2}connected/g)).toHaveLength(6);
  await expectKept(walk, issuer, { servers: names });
});
