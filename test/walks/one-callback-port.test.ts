import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { openWalk } from "../rig/walk.ts";
import { freePort, holdPort } from "../rig/free-port.ts";
import { asked, codes, comeBack, scene, startHeld } from "./held-sign-in.ts";
import { expectKept, vaultFiles } from "./places.ts";

test("C01 B01 two accounts at two servers sign in at once through one port, and each page says what became of its own sign-in", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const servers = await Promise.all(["a", "b"].map((party) => walk.resource({ party, trusts: issuer })));
  const oauth = { callbackPort: await freePort() };
  await walk.configure({ a: { type: "remote", url: servers[0]?.url, oauth }, b: { type: "remote", url: servers[1]?.url, oauth } });
  const wanted = ["a", "b"].flatMap((name) => ["default", "work"].map((account) => ({ name, account, browser: walk.browser({ hold: true }) })));
  const waiting = await Promise.all(
    wanted.map(async ({ name, account, browser }) => {
      const program = walk.start(["auth", name, "--account", account], { browser });
      return { name, program, redirect: await browser.heldUrl() };
    }),
  );
  expect(new Set(waiting.map(({ redirect }) => new URL(redirect).origin))).toEqual(new Set([`http://127.0.0.1:${String(oauth.callbackPort)}`]));
  // Whoever has the port bound ends first or last: each in turn, so that the port changes hands.
  for (const { name, program, redirect } of waiting) {
    const page = await comeBack(redirect);
    expect([page.status, page.body]).toEqual([200, expect.stringContaining(`You are signed in to ${name}.`)]);
    expect((await program.ended).exitCode).toBe(0);
  }
  expect(asked(walk)).toEqual({ registered: 1, opened: 4, exchanged: 4 });
  expect(Object.keys(await vaultFiles(walk)).filter((file) => /^grant-.*\.json$/.test(file))).toHaveLength(4);
  await expectKept(walk, issuer, { servers: ["a", "b"] });
});

test("C01 the process that holds the port is killed: one that waits for a redirect to it takes the port, and its page works", async () => {
  const { walk } = await scene();
  const { leader: holder } = await startHeld(walk);
  const { leader: guest, redirect } = await startHeld(walk, ["--account", "work"]);
  const callbacks = join(walk.home.directory, "state", "callbacks");
  expect((await stat(callbacks)).mode & 0o777).toBe(0o700);
  const [socket = ""] = (await readdir(callbacks)).filter((name) => name.endsWith(".sock"));
  expect([socket, (await stat(join(callbacks, socket))).mode & 0o777]).toEqual([`127.0.0.1-${new URL(redirect).port}.sock`, 0o600]);
  holder.signal("SIGKILL");
  await holder.ended;
  expect((await comeBack(redirect)).body).toContain("You are signed in to example.");
  expect((await guest.ended).exitCode).toBe(0);
  // What the dead one left is in nobody's way, and what was let go of is gone.
  expect((await walk.run(["auth", "example", "--account", "third"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await readdir(callbacks)).filter((name) => name.endsWith(".sock"))).toEqual([]);
});

test("C05 a sign-in that fails behind a shared port shows so on its own page, and the holder of the port goes on", async () => {
  const { walk } = await scene({ codeAnswer: ["invalid-grant", "json"] });
  const { leader: holder, redirect } = await startHeld(walk);
  const { leader: guest, redirect: failing } = await startHeld(walk, ["--account", "work"]);
  const page = await comeBack(failing);
  expect([page.status, page.body]).toEqual([400, expect.stringContaining("did not succeed (token_refused)")]);
  expect((await guest.ended).exitCode).toBe(1);
  expect((await comeBack(redirect)).status).toBe(200);
  expect((await holder.ended).exitCode).toBe(0);
});

test("C06 a redirect with a state that nobody waits for touches no sign-in, whoever holds the port", async () => {
  const { walk } = await scene();
  const { leader: holder, redirect } = await startHeld(walk);
  const { leader: guest, redirect: other } = await startHeld(walk, ["--account", "work"]);
  for (const url of [redirect, other]) {
    const forged = new URL(url);
    forged.searchParams.set("state", "forged");
    expect((await comeBack(forged.href)).status).toBe(400);
    forged.searchParams.delete("code");
    forged.searchParams.set("error", "access_denied");
    expect((await comeBack(forged.href)).status).toBe(400);
  }
  expect([(await comeBack(other)).status, (await comeBack(redirect)).status]).toEqual([200, 200]);
  expect(await codes(holder, guest)).toEqual([0, 0]);
});

test("C08 what a killed process left cannot be gone on with where another program has its port by now: a new address is made", async () => {
  const { walk } = await scene({}, {});
  const { leader, redirect } = await startHeld(walk);
  leader.signal("SIGKILL");
  await leader.ended;
  await holdPort(Number(new URL(redirect).port));
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([exitCode, stderr.includes("goes on in its place"), asked(walk).opened]).toEqual([0, false, 2]);
});
