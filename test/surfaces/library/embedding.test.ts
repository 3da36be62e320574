import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { type BrowserDouble } from "../../rig/browser.ts";
import { expectNowhere } from "../../rig/canary.ts";
import type { StartedAuth } from "../../../src/index.ts";
import type { RunningProgram } from "../../rig/program.ts";
import { waitUntil } from "../../rig/wait.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";

const program = fileURLToPath(new URL("embed.mjs", import.meta.url));

interface Said {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly answer: unknown;
}

/** Runs the embedding program to its end, which comes by itself. */
async function embed(walk: Walk, what: string, url: string, browser?: BrowserDouble): Promise<Said> {
  const { exitCode, stdout, stderr } = await walk.run([what, url], { program, ...(browser === undefined ? {} : { browser }) });
  return { exitCode, stderr, answer: JSON.parse(stdout === "" ? JSON.stringify(stderr) : stdout) as unknown };
}

test("a program embeds mcpass: it signs in, calls, is started again without a browser, shares with the command line, and signs out", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const { url } = await walk.resource({ trusts: issuer });
  expect(await embed(walk, "sign-in", url, walk.browser())).toEqual({ exitCode: 0, stderr: "", answer: { kind: "signed-in", tools: ["add_numbers", "echo", "whoami"], sum: "42", status: { notes: { status: "connected" } } } });
  expect(await embed(walk, "call", url)).toMatchObject({ exitCode: 0, answer: { who: expect.stringContaining("alice") } });
  expect(await embed(walk, "fetch", url)).toMatchObject({ exitCode: 0, answer: { status: 200 } });
  expect(await walk.run(["call", url, "whoami"])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("alice") });
  expect(walk.ledger.count({ path: "/authorize" })).toBe(1);
  expect(await embed(walk, "sign-out", url)).toMatchObject({ exitCode: 0, answer: { forgotten: true, revoked: "revoked", status: { notes: { status: "needs_auth" } } } });
  expect(await embed(walk, "call", url)).toMatchObject({ exitCode: 1, answer: { isMcpassError: true, error: { code: "sign_in_required", hint: "mcpass auth notes" } } });
  expectNowhere(issuer.secrets(), { ledger: walk.ledger, except: ["issuer", "resource"], texts: { printed: walk.printed() } });
});

test("a fetch for a server that nobody has signed in to throws what to do, and asks nobody", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  expect(await embed(walk, "fetch", url, walk.browser())).toMatchObject({ exitCode: 1, answer: { isMcpassError: true, error: { code: "sign_in_required", hint: expect.stringContaining("mcpass auth") } } });
  expect([walk.ledger.count({ path: "/authorize" }), walk.ledger.count({ path: "/register" })]).toEqual([0, 0]);
});

const startedIn = async (running: RunningProgram): Promise<StartedAuth> => JSON.parse((await running.waitFor(/\{"authorizationUrl".*\}/))[0]) as StartedAuth;

test("two programs that begin at once are given one address, and one browser page signs in both", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const both = [walk.start(["start", url], { program }), walk.start(["start", url], { program })];
  const [one, other] = await Promise.all(both.map(startedIn));
  expect([other?.authorizationUrl, other?.oauthState]).toEqual([one?.authorizationUrl, one?.oauthState]);
  expect((await fetch(one?.authorizationUrl ?? "")).status).toBe(200);
  const ended = await Promise.all(both.map((program) => program.ended));
  expect(ended.map(({ exitCode, stdout }) => [exitCode, stdout.includes("signed-in")])).toEqual([[0, true], [0, true]]);
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/token", word: "authorization_code" })]).toEqual([1, 1]);
});

test("killed while it waits: the next program is given the same address, and what came back meanwhile finishes it", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const first = walk.start(["start", url], { program });
  const { authorizationUrl } = await startedIn(first);
  first.signal("SIGKILL");
  await first.ended;
  const second = walk.start(["start", url], { program });
  expect((await startedIn(second)).authorizationUrl).toBe(authorizationUrl);
  second.signal("SIGKILL");
  await second.ended;
  const redirect = (await fetch(authorizationUrl, { redirect: "manual" })).headers.get("location") ?? "";
  const { exitCode, stdout } = await walk.run(["finish", url, redirect], { program });
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { kind: "signed-in", status: { notes: { status: "connected" } } }]);
  expect((await walk.run(["finish", url, redirect], { program })).stdout).toContain("callback_invalid");
});

test.each([["start", "a browser is opened by who comes second, where who leads has opened none"], ["sign-in", "no second browser is opened, where who leads has opened one"]])("B01: %s leads: %s", async (leader) => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer({ authorizeDelayMs: 1_500 }) });
  const first = walk.start([leader, url], { program, browser: walk.browser() });
  await waitUntil(() => first.stdout().includes("authorizationUrl") || walk.ledger.count({ path: "/register" }) > 0, "the address");
  const second = walk.start(["sign-in", url], { program, browser: walk.browser() });
  const ended = await Promise.all([first.ended, second.ended]);
  expect(ended.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([[0, ""], [0, ""]]);
  expect(walk.ledger.count({ path: "/authorize" })).toBe(1);
});
