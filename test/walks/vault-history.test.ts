import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";
import { cleanEnvironment, programFile } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { waitUntil } from "../rig/wait.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { ageGrant, storedGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept, vaultDirectory } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly url: string;
}

/** Signed in, with an access token that has ended. */
async function aged(options: AuthorizationServerOptions = {}): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ rotation: "family", ...options });
  const { url } = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url, oauth: { redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  if (exitCode !== 0) throw new Error(stderr);
  issuer.expireTokens();
  await ageGrant(walk, url, -1000);
  walk.ledger.clear();
  return { walk, issuer, url };
}

const say = ["call", "example", "echo", "--args", '{"text":"here"}'];

test("F05 vault history tells who signed in, renewed and was refused, without any token; it asks nobody", async () => {
  const { walk, issuer, url } = await aged();
  await walk.run(say);
  issuer.toggles.refreshAnswer = "invalid-grant";
  await ageGrant(walk, url, -1000);
  expect((await walk.run(say)).exitCode).toBe(4);
  walk.ledger.clear();
  const { exitCode, stdout, stderr } = await walk.run(["vault", "history", "example"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^example \(account default\) at http:\/\/127\.0\.0\.1:\d+\n {2}20\S+ \S+ {2}signed in {14}generation 1 {2}refresh token [0-9a-f]{16}… {2}process \d+ on /);
  expect(stdout).toMatch(/\n {2}20\S+ \S+ {2}renewed {16}generation 2 .*\n {2}20\S+ \S+ {2}refused by its issuer {2}generation 2 .*\n {2}now: over since 20\S+ \S+, invalid_grant; what was refused is set aside\n$/);
  const { history } = JSON.parse((await walk.run(["vault", "history", "example", "--json"])).stdout) as { history: { generation: number; entries: { event: string }[]; ended: object } };
  expect(history).toMatchObject({ server: "example", generation: 2, redeeming: null, trouble: null, ended: { reason: "invalid_grant", restorable: true } });
  expect(history.entries.map(({ event }) => event)).toEqual(["signed-in", "renewed", "refused"]);
  expect((await walk.run(["vault", "history", "example", "--account", "work"])).stdout).toBe("No sign-in is stored for example (account work).\n");
  expect(walk.ledger.entries).toEqual([]);
  await expectKept(walk, issuer);
});

test("F04 vault restore puts back what was set aside, says what that does, and the next call goes through", async () => {
  const { walk, issuer } = await aged({ refreshAnswer: ["invalid-grant", "json"] });
  expect((await walk.run(say)).exitCode).toBe(4);
  const { exitCode, stdout, stderr } = await walk.run(["vault", "restore", "example"]);
  expect([exitCode, stdout]).toEqual([0, ""]);
  expect(stderr).toMatch(/^✓ Put back generation 1 of example \(account default\), which http:\S+ refused at 20\S+ \S+: invalid_grant\.\nIts access token expired \d+ s ago; its refresh token is tried with the next request\. If it is refused again, it is set aside again\.\nhint: mcpass list\n$/);
  expect((await walk.run(say)).stdout).toBe("here\n");
  const again = await walk.run(["vault", "restore", "example", "--json"]);
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringMatching(/^error: example \(account default\) is signed in at http:\S+: nothing has to be put back\.\nhint: mcpass vault history example\n$/)]);
  await expectKept(walk, issuer);
});

for (const [signal, end] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", "SIGHUP"]] as const) {
  test(`F05 ${signal} in the middle of a renewal: the program ends when the new token is stored, and the next one needs no sign-in`, async () => {
    const { walk, issuer, url } = await aged({ refreshAnswer: [{ slowMs: 1_500 }, "json"] });
    const program = walk.start(say);
    await waitUntil(() => walk.ledger.count({ path: "/token" }) === 1, "the renewal to begin");
    program.signal(signal);
    const { exitCode, signal: endedBy } = await program.ended;
    expect(exitCode ?? endedBy).toBe(end);
    expect(await storedGrant(walk, url)).toMatchObject({ generation: 2, ended: undefined });
    expect((await walk.run(say)).stdout).toBe("here\n");
    expect(walk.ledger.count({ path: "/token" })).toBe(1);
    await expectKept(walk, issuer);
  });
}

test("F05 the window of the screen is closed in the middle of a renewal, as its shell and its system say it: the new token is stored all the same", async () => {
  const { walk, url } = await aged({ refreshAnswer: [{ slowMs: 1_500 }, "json"] });
  const session = walk.terminal(["tui"], { env: { LANG: "C.UTF-8" } });
  await waitUntil(() => walk.ledger.count({ path: "/token" }) === 1, "the renewal to begin");
  for (const pid of [session.pid, session.pid]) process.kill(pid, "SIGHUP");
  await session.ended;
  expect(await storedGrant(walk, url)).toMatchObject({ generation: 2, ended: undefined });
  expect((await walk.run(say)).stdout).toBe("here\n");
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
});

test("F05 a reader that leaves in the middle of a renewal loses nothing", async () => {
  const { walk, url } = await aged({ refreshAnswer: [{ slowMs: 1_500 }, "json"] });
  const open = await walk.resource({ party: "open" });
  await walk.configure({ open: { type: "remote", url: open.url }, example: { type: "remote", url } });
  const program = spawn(process.execPath, [programFile, "list"], { cwd: walk.home.directory, env: cleanEnvironment({ home: walk.home.directory }), stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void program.kill("SIGKILL"));
  program.stdout.destroy();
  const [exitCode] = (await once(program, "exit")) as [number | null];
  expect([exitCode, walk.ledger.count({ path: "/token" })]).toEqual([0, 1]);
  expect(await storedGrant(walk, url)).toMatchObject({ generation: 2 });
});

test("F05 a renewed grant that cannot be stored is used, said with what to do, and stored when that is possible before the program ends", async () => {
  const { walk, url } = await aged({ refreshAnswer: { slowMs: 700 } });
  const directory = vaultDirectory(walk);
  const name = (await readdir(directory)).find((each) => /^grant-.*\.json$/.test(each)) ?? "";
  const program = walk.start(say);
  await waitUntil(() => walk.ledger.count({ path: "/token" }) === 1, "the renewal to begin");
  await mkdir(join(directory, `${name}.new`, "in the way"), { recursive: true });
  await program.waitFor(/^here\n/);
  await rm(join(directory, `${name}.new`), { recursive: true });
  const { exitCode, stderr } = await program.ended;
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^warning: The renewed grant of example is not stored yet: The vault cannot write .*\nhint: Make .* writable for you, and room on its disk\. Until then leave this program running: .*\n✓ The renewed grant of example is stored\.\n$/);
  expect(await storedGrant(walk, url)).toMatchObject({ generation: 2 });
});
