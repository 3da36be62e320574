import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { address, asked, codes, comeBack, follows, scene, startFollower, startHeld } from "./held-sign-in.ts";
import { expectKept, vaultFiles } from "./places.ts";

const names = ["one", "two", "three", "four", "five"];

for (const kind of ["auth", "call --sign-in"]) {
  test(`B01 five processes (${kind}) that need the same sign-in make one registration, open one page and exchange one code, and all five work`, async () => {
    const { walk, issuer } = await scene();
    const args = (name: string): string[] => (kind === "auth" ? ["auth", "example"] : ["call", "example", "echo", `text=${name}`, "--sign-in"]);
    const results = await Promise.all(names.map((name) => walk.run(args(name), { browser: walk.browser({ delayMs: 2_000 }) })));
    expect(results.map(({ exitCode, stderr }) => [exitCode, exitCode === 0 ? "" : stderr])).toEqual(names.map(() => [0, ""]));
    if (kind !== "auth") expect(results.map(({ stdout }) => stdout.trim()).toSorted()).toEqual(names.toSorted());
    expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
    await expectKept(walk, issuer);
  });
}

test("B03 a call and two sign-ins at once need one sign-in among them, and who comes later needs none", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const call = walk.start(["call", "example", "echo", "text=shared", "--sign-in"], { browser: walk.browser() });
  await call.waitFor(follows);
  const follower = await startFollower(walk, ["--json"]);
  expect((await comeBack(redirect)).body).toContain("You are signed in to example.");
  expect(await codes(leader, call, follower)).toEqual([0, 0, 0]);
  expect(call.stdout()).toBe("shared\n");
  const events = follower.stdout().trim().split("\n").map((line) => JSON.parse(line) as { event: string; ledBy?: number });
  expect(events.map(({ event, ledBy }) => [event, ledBy])).toEqual([["authorization", leader.pid], ["signed_in", undefined]]);
  expect((await walk.run(["call", "example", "echo", "text=later"])).stdout).toBe("later\n");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});

test("C08 B01 when the process that leads is killed, another one takes over the same authorization: the open page still works, once, and nobody opens a second one", async () => {
  const { walk, issuer } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const followers = [await startFollower(walk), await startFollower(walk), await startFollower(walk)];
  expect(new Set(followers.map(({ stderr }) => follows.exec(stderr())?.slice(1).join(" ")))).toEqual(new Set([`${String(leader.pid)} ${address.exec(leader.stderr())?.[0] ?? ""}`]));
  leader.signal("SIGKILL");
  await leader.ended;
  const next = await waitUntil(() => followers.find(({ stderr }) => stderr().includes("goes on in its place")), "another process to take over");
  expect(next.stderr()).toContain(`Process ${String(leader.pid)}, which was signing in to example, has ended. This one goes on in its place; the browser page that it opened still works.`);
  expect((await comeBack(redirect)).body).toContain("You are signed in to example.");
  expect(await codes(...followers)).toEqual([0, 0, 0]);
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
  expect((await comeBackSafely(redirect))?.status).not.toBe(200);
  await expectKept(walk, issuer);
});

/** The same address once more, when it has been used: nobody listens, or the page says that nothing waits. */
function comeBackSafely(redirect: string): Promise<Response | undefined> {
  return fetch(redirect).catch(() => undefined);
}

test("C08 a leader that is killed, then its successor too: the third one finishes what the first began", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const others = [await startFollower(walk), await startFollower(walk)];
  leader.signal("SIGKILL");
  const second = await waitUntil(() => others.find(({ stderr }) => stderr().includes("goes on in its place")), "a second leader");
  second.signal("SIGKILL");
  const third = others.find((other) => other !== second);
  await third?.waitFor(/goes on in its place/);
  expect((await comeBack(redirect)).status).toBe(200);
  expect([(await third?.ended)?.exitCode, asked(walk)]).toEqual([0, { registered: 1, opened: 1, exchanged: 1 }]);
});

test("C08 a process that is started again after a kill takes over what was under way; with --force it begins anew", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  leader.signal("SIGKILL");
  await leader.ended;
  const again = walk.start(["auth", "example"], { browser: walk.browser() });
  await again.waitFor(/goes on in its place; the browser page that it opened still works/);
  expect((await comeBack(redirect)).status).toBe(200);
  expect([(await again.ended).exitCode, asked(walk)]).toEqual([0, { registered: 1, opened: 1, exchanged: 1 }]);
  const second = await startHeld(walk, ["--force"]);
  second.leader.signal("SIGKILL");
  await second.leader.ended;
  expect((await walk.run(["auth", "example", "--force"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(asked(walk)).toEqual({ registered: 1, opened: 3, exchanged: 2 });
});

test("B01 who waits and is cancelled ends alone, and so does one whose own time is over; the sign-in goes on", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const cancelled = await startFollower(walk);
  const impatient = await startFollower(walk, ["--timeout", "1"]);
  const patient = await startFollower(walk);
  cancelled.signal("SIGINT");
  expect((await cancelled.ended).exitCode).toBe(130);
  const over = await impatient.ended;
  expect([over.exitCode, over.stderr]).toEqual([1, expect.stringContaining("was not finished within 1 s")]);
  expect((await comeBack(redirect)).status).toBe(200);
  expect(await codes(leader, patient)).toEqual([0, 0]);
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});

test("B01 what the person refuses is refused for all who wait, in the same words", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const followers = [await startFollower(walk), await startFollower(walk)];
  const denied = new URL(redirect);
  denied.searchParams.delete("code");
  denied.searchParams.set("error", "access_denied");
  expect((await comeBack(denied.href)).body).toContain("did not succeed (authorization_refused)");
  expect(await codes(leader, ...followers)).toEqual([1, 1, 1]);
  const said = [leader, ...followers].map(({ stderr }) => /^error: .*$/m.exec(stderr())?.[0]);
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toContain("access_denied");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 0 });
  expect(Object.keys(await vaultFiles(walk)).filter((file) => file.startsWith("pending"))).toEqual([]);
});

test("B01 when the time of an authorization is over, all who wait are told so, and nobody opens another page", async () => {
  const { walk } = await scene();
  const { leader } = await startHeld(walk, ["--timeout", "10"]);
  const follower = await startFollower(walk);
  expect(await codes(leader, follower)).toEqual([1, 1]);
  for (const { stderr } of [leader, follower]) expect(stderr()).toContain("was not finished within 10 s");
  expect(asked(walk).opened).toBe(1);
});

test("B01 a leader that is interrupted leaves the open page to who waits; where nobody waits, the next sign-in is a new one", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const follower = await startFollower(walk);
  leader.signal("SIGINT");
  expect((await leader.ended).exitCode).toBe(130);
  await follower.waitFor(/goes on in its place/);
  expect((await comeBack(redirect)).status).toBe(200);
  expect([(await follower.ended).exitCode, asked(walk)]).toEqual([0, { registered: 1, opened: 1, exchanged: 1 }]);
  const { leader: alone } = await startHeld(walk, ["--account", "work"]);
  alone.signal("SIGINT");
  await alone.ended;
  const { exitCode, stderr } = await walk.run(["auth", "example", "--account", "work"], { browser: walk.browser() });
  expect([exitCode, stderr.includes("goes on in its place"), asked(walk).opened]).toEqual([0, false, 3]);
});

test("H01 H05 an address that is finished in a third process, or pasted where somebody waits, ends the sign-in for all", async () => {
  const { walk } = await scene();
  const first = await startHeld(walk);
  const follower = await startFollower(walk);
  expect((await walk.run(["auth", "example", "--finish", "-"], { stdin: first.redirect })).exitCode).toBe(0);
  expect(await codes(first.leader, follower)).toEqual([0, 0]);
  const second = await startHeld(walk, ["--account", "work"]);
  const pasting = walk.terminal(["auth", "example", "--account", "work"]);
  await pasting.waitFor(/the address is the same/);
  pasting.paste(second.redirect.replace(/state=[^&]*/, "state=another"));
  pasting.type("\r");
  await pasting.waitFor(/Still waiting/);
  pasting.paste(second.redirect);
  pasting.type("\r");
  expect([(await pasting.ended).exitCode, (await second.leader.ended).exitCode]).toEqual([0, 0]);
  expect(asked(walk)).toEqual({ registered: 1, opened: 2, exchanged: 2 });
});

test.runIf(process.platform !== "win32")("B01 who waits for a suspended process takes what is finished elsewhere, and so does that one when it goes on", async () => {
  const { walk } = await scene();
  const { leader, redirect } = await startHeld(walk);
  const follower = await startFollower(walk);
  leader.signal("SIGSTOP");
  expect((await walk.run(["auth", "example", "--finish", "-"], { stdin: redirect })).exitCode).toBe(0);
  expect((await follower.ended).exitCode).toBe(0);
  leader.signal("SIGCONT");
  expect([(await leader.ended).exitCode, asked(walk)]).toEqual([0, { registered: 1, opened: 1, exchanged: 1 }]);
});

test("H01 what the issuer refuses of an address that another process finished ends the process that waits for it", async () => {
  const { walk } = await scene({ codeAnswer: "invalid-grant" });
  const { leader, redirect } = await startHeld(walk);
  const follower = await startFollower(walk);
  const finished = await walk.run(["auth", "example", "--finish", "-"], { stdin: redirect });
  expect([finished.exitCode, await codes(leader, follower)]).toEqual([1, [1, 1]]);
  expect(leader.stderr()).toContain(/^error: .*$/m.exec(finished.stderr)?.[0]);
  expect(asked(walk).exchanged).toBe(1);
});

test("B01 S01 the authorization that waits is sealed: neither its state nor its verifier stands readable in any file", async () => {
  const { walk, issuer } = await scene();
  const { leader, redirect } = await startHeld(walk);
  await startFollower(walk);
  const state = new URL(redirect).searchParams.get("state") ?? "";
  const files = await readdir(walk.home.directory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(files.filter((entry) => entry.isFile() && !/^(pages|held)-/.test(entry.name)).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
  expect([texts.length > 5, texts.filter((text) => text.includes(state))]).toEqual([true, []]);
  expect((await comeBack(redirect)).status).toBe(200);
  expect((await leader.ended).exitCode).toBe(0);
  await expectKept(walk, issuer);
});
