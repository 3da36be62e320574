import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeOpener } from "../rig/opener.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { RunningProgram } from "../rig/program.ts";
import { freePort } from "../rig/free-port.ts";

const display = { DISPLAY: ":99" };

/** Eight parameters beyond the program's own, so that a URL cut at an ampersand would show. */
async function guarded(): Promise<Walk> {
  const walk = await openWalk();
  const server = await walk.resource({ trusts: await walk.issuer() });
  const authorizationParams = Object.fromEntries("abcdefgh".split("").map((name) => [name, `${name}&=%"' $(${name})`]));
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { authorizationParams, redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
  return walk;
}

/** Does what the opener should have made a browser do. */
async function finish(program: RunningProgram): Promise<{ exitCode: number | null; stderr: string; url: string }> {
  const [url] = await program.waitFor(/^http\S+authorize\S+$/m);
  const { headers } = await fetch(url, { redirect: "manual" });
  await fetch(headers.get("location") ?? "");
  const { exitCode, stderr } = await program.ended;
  return { exitCode, stderr, url };
}

for (const name of ["xdg-open", "x-www-browser"]) {
  test(`H06 ${name} is given the whole URL as one argument, every ampersand in it, and no shell`, async () => {
    const walk = await guarded();
    const opener = await fakeOpener(walk.home.directory, name);
    // Only this opener on the PATH.
    const program = walk.start(["auth", "example"], { env: { ...display, PATH: join(walk.home.directory, "bin") } });
    const { exitCode, url } = await finish(program);
    await opener.firstCall();
    const calls = await opener.calls();
    expect([exitCode, calls]).toEqual([0, [[url]]]);
    const { searchParams } = new URL(calls[0]?.[0] ?? "");
    expect("abcdefgh".split("").map((each) => searchParams.get(each))).toEqual("abcdefgh".split("").map((each) => `${each}&=%"' $(${each})`));
  });
}

test("H06 an opener that fails is said, with its exit code, and the sign-in goes on without it", async () => {
  const walk = await guarded();
  const opener = await fakeOpener(walk.home.directory, "xdg-open", { exitCode: 1 });
  const program = walk.start(["auth", "example"], { env: { ...opener.environment, ...display } });
  await program.waitFor(/No browser could be opened \(\S*xdg-open ended with exit code 1\): open the address above yourself\./);
  expect((await finish(program)).exitCode).toBe(0);
});

test("H06 without an opener, and without a screen, it is said at once and the sign-in goes on", async () => {
  for (const [env, reason] of [[display, "xdg-open was not found"], [{}, "no display"]] as const) {
    const walk = await guarded();
    await mkdir(join(walk.home.directory, "empty"));
    const program = walk.start(["auth", "example"], { env: { ...env, PATH: join(walk.home.directory, "empty") } });
    await program.waitFor(new RegExp(`No browser could be opened \\(${reason}\\)`));
    expect((await finish(program)).exitCode).toBe(0);
  }
});

test("H06 an opener that never returns holds up neither the sign-in nor the end of the program", async () => {
  const walk = await guarded();
  const opener = await fakeOpener(walk.home.directory, "xdg-open", { hangs: true });
  const program = walk.start(["auth", "example"], { env: { ...opener.environment, ...display } });
  await opener.firstCall();
  const at = Date.now();
  const { exitCode, stderr } = await finish(program);
  expect([exitCode, Date.now() - at < 1900]).toEqual([0, true]);
  expect(stderr).not.toContain("No browser could be opened");
});

test("H06 --browser and BROWSER are words, not a shell line: the URL is appended, or put in the place of %s", async () => {
  for (const [flags, env, expected] of [
    [["--browser", "my-browser --new-window"], {}, (url: string) => ["--new-window", url]],
    [[], { BROWSER: "my-browser --url=%s 'two words'" }, (url: string) => [`--url=${url}`, "two words"]],
    [["--browser", "my-browser $(touch x) ; y"], { BROWSER: "never-used" }, (url: string) => ["$(touch", "x)", ";", "y", url]],
  ] as const) {
    const walk = await guarded();
    const opener = await fakeOpener(walk.home.directory, "my-browser");
    const program = walk.start(["auth", "example", ...flags], { env: { ...opener.environment, ...env } });
    const { exitCode, url } = await finish(program);
    await opener.firstCall();
    expect([exitCode, await opener.calls()]).toEqual([0, [expected(url)]]);
  }
});
