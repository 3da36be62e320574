import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { type BrowserDouble } from "../../rig/browser.ts";
import { expectNowhere } from "../../rig/canary.ts";
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
