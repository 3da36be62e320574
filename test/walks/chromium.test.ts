import { expect, test } from "vitest";
import { chromiumBrowser, type ChromiumReport } from "../rig/chromium.ts";
import type { ProgramResult } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import type { OidcServer } from "../servers/oidc.ts";
import { vaultFiles } from "./places.ts";

// Starting Chromium takes seconds on a busy machine.
const timeout = 100_000;
const redirectUri = /redirect_uri=([^&]+)/;

async function protect(walk: Walk, issuer: AuthorizationServer | OidcServer): Promise<void> {
  const server = await walk.resource({ trusts: issuer, scopesSupported: ["mcp:read"], metadata: { inserted: "document" } });
  await walk.configure({ notes: { type: "remote", url: server.url } });
}

/** `mcpass auth notes` with a person at Chromium. */
async function signIn(walk: Walk): Promise<{ page: ChromiumReport; ended: ProgramResult }> {
  const chromium = walk.keep(chromiumBrowser(walk.home.directory));
  const program = walk.start(["auth", "notes"], { env: chromium.environment, timeoutMs: 90_000 });
  return { page: await chromium.report(), ended: await program.ended };
}

/** Whatever it says: the callback was asked once, and its page loads, runs, reports and is refused nothing. */
function expectHarmless(page: ChromiumReport, { stderr }: ProgramResult): void {
  const address = decodeURIComponent(redirectUri.exec(stderr)?.[1] ?? "");
  expect([page.url, page.answers, page.requests]).toEqual([address, 1, [`document ${address}`]]);
  expect([page.scripts, page.dialogs, page.violations]).toEqual([0, [], []]);
  expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
}

/** By day and by night: contrast AA of WCAG 2.2. */
function expectReadable({ looks: { light, dark } }: ChromiumReport): void {
  expect(light.background).not.toBe(dark.background);
  expect(Math.min(light.contrast, dark.contrast)).toBeGreaterThanOrEqual(4.5);
}

/** Chromium's own word on a page that is not a 200; nothing else is on its console. */
const saysStatus = ["error: Failed to load resource: the server responded with a status of 400 (Bad Request)"];

async function grantsKept(walk: Walk): Promise<string[]> {
  return Object.keys(await vaultFiles(walk)).filter((name) => /^grant-.*\.json$/.test(name));
}

test("D01 in Chromium: a person signs in and consents at oidc-provider, and the callback page says to which server", { timeout }, async () => {
  const walk = await openWalk();
  await protect(walk, await walk.oidc());
  const { page, ended } = await signIn(walk);
  expect(ended.stderr).toContain("Signed in to notes as default");
  expect(ended.exitCode).toBe(0);
  expect([page.status, page.title, page.text]).toEqual([200, "mcpass: Signed in", expect.stringContaining("You are signed in to notes. You can close this page.")]);
  expectHarmless(page, ended);
  expectReadable(page);
  expect(page.console).toEqual([]);
  expect(walk.ledger.sequence("issuer").filter((line) => line.includes("POST /interaction/"))).toHaveLength(2);
  expect(await grantsKept(walk)).toHaveLength(1);
});

test("C05 in Chromium: the issuer refuses the code, and both the page and the terminal say so; nothing is kept", { timeout }, async () => {
  const walk = await openWalk();
  await protect(walk, await walk.issuer({ codeAnswer: "invalid-grant" }));
  const { page, ended } = await signIn(walk);
  expect(ended.stderr).toContain("invalid_grant");
  expect([ended.exitCode, ended.stdout]).toEqual([1, ""]);
  expect([page.status, page.title]).toEqual([400, "mcpass: Not signed in"]);
  expect(page.text).toContain("The sign-in to notes did not succeed (token_refused).");
  expectHarmless(page, ended);
  expectReadable(page);
  expect(page.console).toEqual(saysStatus);
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
  expect(await grantsKept(walk)).toEqual([]);
});

test("C07 in Chromium: a script in error_description is neither in the page nor run", { timeout }, async () => {
  const walk = await openWalk();
  const stranger = await walk.bystander("stranger");
  const hostile = `<script>alert("canary");console.log("canary");fetch("${stranger.origin}/script")</script><img src="${stranger.origin}/image" onerror="alert('canary')">`;
  await protect(walk, await walk.issuer({ approval: "deny", denial: { error: "access_denied", error_description: hostile } }));
  const { page, ended } = await signIn(walk);
  expect([ended.exitCode, ended.stdout]).toEqual([1, ""]);
  expect(page.text).toContain("The sign-in to notes did not succeed (authorization_refused).");
  expect(page.html).not.toMatch(/canary|<script|<img|access_denied/);
  expectHarmless(page, ended);
  expect(page.console).toEqual(saysStatus);
  expect(walk.ledger.sequence("stranger")).toEqual([]);
  expect(await grantsKept(walk)).toEqual([]);
});
