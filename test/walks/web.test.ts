import { expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { openWalk, type Walk } from "../rig/walk.ts";
import { openWebPage, signInAtProvider, startServe, type WebPage } from "../rig/web-page.ts";
import { freePort } from "./free-port.ts";

// Starting Chromium takes seconds on a busy machine.
const timeout = 120_000;

async function protectedNotes(walk: Walk, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const server = await walk.resource({ trusts: await walk.oidc(), scopesSupported: ["mcp:read"], metadata: { inserted: "document" } });
  await walk.configure({ notes: { type: "remote", url: server.url }, ...more });
}

/** A server's line in the list, which has its status in words. */
function lineOf(page: Page, server: string): Locator {
  return page.getByRole("navigation", { name: "Servers" }).getByRole("link", { name: server });
}

async function expectStatus(page: Page, server: string, words: string): Promise<void> {
  await lineOf(page, server).filter({ hasText: words }).waitFor();
}

/** Presses a button and gives the tab that opens. */
async function tabAfter(web: WebPage, press: () => Promise<void>): Promise<Page> {
  const [tab] = await Promise.all([web.context.waitForEvent("page"), press()]);
  return tab;
}

test("a person signs in through oidc-provider's pages, sees the status flip, calls a tool through its form, and signs out", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  await expectStatus(page, "notes", "Needs a sign-in");
  await web.picture("home");
  await lineOf(page, "notes").click();

  const tab = await tabAfter(web, () => page.getByRole("button", { name: "Sign in", exact: true }).first().click());
  await page.getByRole("heading", { name: "Waiting for your sign-in" }).waitFor();
  await web.picture("sign-in-under-way");
  expect(await signInAtProvider(tab)).toContain("You are signed in to notes.");
  expect(await tab.evaluate(() => globalThis.opener as unknown)).toBeNull();
  await expectStatus(page, "notes", "Connected");
  await page.getByRole("heading", { name: "Waiting for your sign-in" }).waitFor({ state: "detached" });
  await page.getByText("renewed automatically").waitFor();
  await web.picture("signed-in");

  await page.getByRole("navigation", { name: "About this server" }).getByRole("link", { name: "Tools" }).click();
  await page.getByRole("link", { name: "add_numbers" }).click();
  const form = page.getByRole("form", { name: "Arguments" });
  await form.getByRole("textbox", { name: "a", exact: true }).fill("19");
  await form.getByRole("textbox", { name: "b", exact: true }).fill("23");
  await page.getByRole("button", { name: "Call" }).click();
  await page.getByRole("region", { name: "Result" }).getByText("42", { exact: true }).waitFor();
  await web.picture("tool-result");

  await lineOf(page, "notes").click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expectStatus(page, "notes", "Needs a sign-in");
  await page.getByText("Nobody is signed in.").waitFor();
  expect(walk.ledger.count({ party: "issuer", path: "/token/revocation" })).toBe(2);
  expect([web.troubles, web.loads()]).toEqual([[], 1]);
});

test("what another process does shows without a reload: a sign-in, and a sign-out", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const web = await openWebPage(walk, await startServe(walk));
  await expectStatus(web.page, "notes", "Needs a sign-in");
  const { exitCode } = await walk.run(["auth", "notes"], { browser: walk.browser({ login: "bob" }) });
  expect(exitCode).toBe(0);
  await expectStatus(web.page, "notes", "Connected");
  await walk.run(["logout", "notes"]);
  await expectStatus(web.page, "notes", "Needs a sign-in");
  await web.page.getByRole("complementary", { name: "Live" }).getByText("connected").first().waitFor();
  expect([web.troubles, web.loads()]).toEqual([[], 1]);
});

test("a browser on another machine: the address that it was left with is pasted, and the sign-in is done", { timeout }, async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ approval: "auto" });
  const server = await walk.resource({ trusts: issuer, scopesSupported: ["mcp:read"], metadata: { inserted: "document" } });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  // What this browser opens goes nowhere.
  await web.context.route(`${issuer.origin}/**`, (route) => route.abort());
  await lineOf(page, "notes").click();
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  const address = await page.getByRole("link", { name: "Open the sign-in page" }).getAttribute("href");
  await page.getByText("Sign in with a browser on another machine").click();
  const cameTo = (await fetch(address ?? "", { redirect: "manual" })).headers.get("location") ?? "";
  expect(cameTo).toContain("code=");
  await page.getByLabel("The address it came to").fill(cameTo);
  await page.getByRole("button", { name: "Finish" }).click();
  await expectStatus(page, "notes", "Connected");
  expect(web.troubles).toEqual([]);
});

test("a server that is added by its address is there at once, connected, and can be removed again", { timeout }, async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  await walk.configure({});
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  await page.getByText("No MCP servers are configured yet.").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Add a server" }).click();
  await page.getByRole("button", { name: "Add" }).click();
  expect(await page.getByText("This is needed.").count()).toBe(2);
  await page.getByLabel("Address").fill("javascript:alert(1)");
  await page.getByLabel("Name").fill("open");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("This must be a whole address that begins with https:// or http://").waitFor();
  await page.getByLabel("Address").fill(server.url);
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("heading", { name: "open", level: 1 }).waitFor();
  await expectStatus(page, "open", "Connected");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expectStatus(page, "open", "Not connected");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await expectStatus(page, "open", "Connected");
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("No MCP servers are configured yet.").waitFor();
  expect(web.troubles).toEqual([]);
});

test("another link is had from the program that runs; one that was used opens nothing", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const serving = await startServe(walk, { port: await freePort() });
  const web = await openWebPage(walk, serving);
  const { stdout } = await walk.run(["serve", "--link", "--port", new URL(serving.origin).port]);
  const [first, second] = [await fetch(stdout.trim(), { redirect: "manual" }), await fetch(stdout.trim(), { redirect: "manual" })];
  expect([first.status, first.headers.get("set-cookie")]).toEqual([303, expect.stringMatching(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/i)]);
  expect([second.status, second.headers.get("set-cookie")]).toEqual([403, null]);
  // Neither the link nor the cookie's worth is anywhere that a script could read it.
  expect(await web.page.evaluate(() => [document.cookie, location.search, localStorage.length, sessionStorage.length])).toEqual(["", "", 0, 0]);
  expect(await web.page.evaluate(async () => (await fetch("/", { credentials: "omit" })).status)).toBe(401);
});

test("a program that ends and starts again: the page says so, tries again, and shows what is true then", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const port = await freePort();
  const first = await startServe(walk, { port });
  const web = await openWebPage(walk, first);
  await expectStatus(web.page, "notes", "Needs a sign-in");
  await first.program.stop();
  await web.page.getByRole("alert").getByText("mcpass serve does not answer.").waitFor();
  await walk.run(["auth", "notes"], { browser: walk.browser() });
  await startServe(walk, { port });
  await expectStatus(web.page, "notes", "Connected");
  await web.page.getByRole("alert").getByText("mcpass serve does not answer.").waitFor({ state: "detached" });
  expect(web.loads()).toBe(1);
  // Chromium's own word on requests that nobody answered; nothing else is on its console.
  expect(web.troubles.filter((trouble) => !trouble.startsWith("error: Failed to load resource: net::ERR_"))).toEqual([]);
});
