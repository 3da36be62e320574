import { expect, test } from "vitest";
import type { BrowserDouble } from "../rig/browser.ts";
import { expectNowhere } from "../rig/canary.ts";
import type { TerminalSession } from "../rig/terminal.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { vaultFiles } from "./places.ts";

const escape = String.fromCodePoint(27);
const colours = new RegExp(`${escape}\\[[0-9;]*m`);

interface Held {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly session: TerminalSession;
  /** Where the browser was sent, and did not arrive. */
  readonly redirect: URL;
}

async function guarded(options: AuthorizationServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  return { walk, issuer };
}

/** A sign-in over SSH: the browser never reaches the program. */
async function heldSignIn(options: AuthorizationServerOptions = {}): Promise<Held> {
  const { walk, issuer } = await guarded(options);
  const browser: BrowserDouble = walk.browser({ hold: true });
  const session = walk.terminal(["auth", "example"], { browser });
  await session.waitFor(/or paste the address the browser was sent to/);
  return { walk, issuer, session, redirect: new URL(await browser.heldUrl()) };
}

async function expectSignedIn({ walk, issuer, session }: Held): Promise<void> {
  await session.waitFor(/Signed in to example as default/);
  expect((await session.ended).exitCode).toBe(0);
  expect([walk.ledger.count({ path: "/token" }), walk.ledger.find({ path: "/token" })[0]?.status]).toEqual([1, 200]);
  const typed = issuer.secrets("code");
  expectNowhere(issuer.secrets().filter((secret) => !typed.includes(secret)), { texts: { screen: session.raw() } });
}

for (const [form, text] of [
  ["the whole redirect URL", (url: URL) => url.href],
  ["the redirect URL in quotes and blanks", (url: URL) => `  "${url.href}"  `],
  ["its query", (url: URL) => url.search],
  ["its query without the question mark", (url: URL) => url.search.slice(1)],
] as const) {
  test(`H01 pasting ${form} finishes the sign-in whose browser never arrived`, async () => {
    const held = await heldSignIn();
    held.session.paste(text(held.redirect));
    held.session.type("\r");
    await expectSignedIn(held);
  });
}

test("H01 a wrong state, garbage, and a code alone are refused with the reason, nothing is sent, and the right URL still counts", async () => {
  const held = await heldSignIn();
  const { session, redirect, walk } = held;
  const wrong = new URL(redirect);
  wrong.searchParams.set("state", "another");
  const stateless = new URL(redirect);
  stateless.searchParams.delete("state");
  for (const [text, reason] of [
    [wrong.href, /it belongs to another sign-in/],
    [stateless.href, /it has no state parameter/],
    ["what is this?!", /What was pasted cannot be used/],
    [redirect.searchParams.get("code") ?? "", /a code alone is not enough for this issuer/],
  ] as const) {
    session.paste(text);
    session.type("\r");
    await session.waitFor(reason);
  }
  expect(session.screen()).toContain("Still waiting: paste the whole address");
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
  session.paste(redirect.href);
  session.type("\r");
  await expectSignedIn(held);
});

test("H01 a code alone is enough where the issuer does not promise to name itself", async () => {
  const held = await heldSignIn({ issAdvertised: false, iss: "none" });
  held.session.paste(held.redirect.searchParams.get("code") ?? "");
  held.session.type("\r");
  await expectSignedIn(held);
});

test("H01 a pasted refusal ends the sign-in with the issuer's words, and a pasted answer of a wrong issuer is refused", async () => {
  const denied = await heldSignIn();
  denied.redirect.searchParams.delete("code");
  denied.redirect.searchParams.set("error", "access_denied");
  denied.session.paste(denied.redirect.href);
  denied.session.type("\r");
  await denied.session.waitFor(/error: .*refused the sign-in \(access_denied/);
  expect((await denied.session.ended).exitCode).toBe(1);
  const wrong = await heldSignIn({ iss: "wrong" });
  wrong.session.paste(wrong.redirect.href);
  wrong.session.type("\r");
  await wrong.session.waitFor(/was not accepted: it comes from the issuer/);
  expect([(await wrong.session.ended).exitCode, wrong.walk.ledger.count({ path: "/token" })]).toEqual([1, 0]);
});

test("H01 the browser may still arrive while the terminal waits for a paste", async () => {
  const held = await heldSignIn();
  expect((await (await fetch(held.redirect)).text())).toContain("You are signed in to example.");
  await expectSignedIn(held);
});

test("Ctrl-C in the terminal ends a waiting sign-in with 130 within a second and leaves no grant", async () => {
  const { walk, session } = await heldSignIn();
  const at = Date.now();
  session.type("\x03");
  expect((await session.ended).exitCode).toBe(130);
  expect(Date.now() - at).toBeLessThan(10_000);
  expect(session.screen()).toContain("cancelled");
  expect(Object.keys(await vaultFiles(walk)).filter((name) => /^grant.*json$/.test(name))).toEqual([]);
});

async function twoServers(): Promise<Walk> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const [one, two, keyed] = [await walk.resource({ party: "one", trusts: issuer }), await walk.resource({ party: "two", trusts: issuer }), await walk.resource({ party: "keyed", guard: "api-key" })];
  await walk.configure({ first: { type: "remote", url: one.url }, second: { type: "remote", url: two.url }, keyed: { type: "remote", url: keyed.url, headers: { "X-Api-Key": "key" } }, off: { type: "remote", url: one.url, enabled: false } });
  return walk;
}

test("auth without a name offers the servers that can be signed in to, asks again for what is no choice, and signs in to the chosen one", async () => {
  const walk = await twoServers();
  const session = walk.terminal(["auth"], { browser: walk.browser() });
  await session.waitFor(/Sign in to which server\? \[1-2, or q to leave\]/);
  expect(session.screen()).toMatch(/1 {2}first {3}http:\S+\n +2 {2}second {2}http:\S+/);
  expect(session.screen()).not.toMatch(/keyed|off/);
  session.type("7\r");
  await session.waitFor(/Please type a number from 1 to 2/);
  session.type("2\r");
  await session.waitFor(/Signed in to second as default/);
  expect([(await session.ended).exitCode, walk.ledger.count({ party: "one" })]).toEqual([0, 0]);
});

test("auth without a name and without a terminal exits 2 with the list, and asks nobody", async () => {
  const walk = await twoServers();
  const { exitCode, stdout, stderr } = await walk.run(["auth"], { stdin: "2\n" });
  expect([exitCode, stdout, stderr]).toEqual([2, "", "error: auth needs a name here; it could be one of first, second\nhint: mcpass auth first\n"]);
  expect(walk.ledger.entries).toEqual([]);
});

test("leaving the list with q is cancelling: 130, and nothing was asked of any server", async () => {
  const walk = await twoServers();
  const session = walk.terminal(["auth"]);
  await session.waitFor(/q to leave/);
  session.type("q\r");
  expect([(await session.ended).exitCode, walk.ledger.entries.length]).toEqual([130, 0]);
});

test("list is coloured in a terminal, and plain with --no-color, NO_COLOR, in a dumb terminal and in a pipe", async () => {
  const { walk } = await guarded();
  const rawOf = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const session = walk.terminal(args, { env });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen()).toMatch(/⚠ example {2}needs authentication\n {4}http:\S+\n {4}hint: mcpass auth example/);
    return session.raw();
  };
  expect(await rawOf(["list"])).toMatch(colours);
  for (const [args, env] of [[["list", "--no-color"], {}], [["list"], { NO_COLOR: "1" }], [["list"], { TERM: "dumb" }]] as const) expect(await rawOf(args, env)).not.toMatch(colours);
  expect((await walk.run(["list"], { env: { TERM: "xterm-256color" } })).stdout).not.toContain(escape);
});

test("in a terminal list shows what it waits for, and the line is gone at the end", async () => {
  const walk = await openWalk();
  const [quick, slow] = [await walk.resource(), await walk.resource({ delayMs: 700 })];
  await walk.configure({ slow: { type: "remote", url: slow.url }, quick: { type: "remote", url: quick.url } });
  const session = walk.terminal(["list"]);
  await session.waitFor(/✓ quick[\s\S]*connecting to slow…/);
  await session.ended;
  expect(session.screen()).toMatch(/✓ quick[\s\S]*✓ slow[\s\S]*2 servers: 2 connected$/);
  expect(session.screen()).not.toContain("connecting");
});
