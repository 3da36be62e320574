import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openWalk } from "../rig/walk.ts";
import { expectStatus, lineOf, openWebPage, protectedNotes, signInAtProvider, startServe, type WebPage } from "../rig/web-page.ts";

// Starting Chromium takes seconds on a busy machine.
const timeout = 120_000;

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

test("C05: a sign-in that the issuer refuses is told as one, and the next may succeed", { timeout }, async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ approval: "deny" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  // From where one starts, too.
  await page.getByRole("button", { name: "Sign in notes" }).click();
  await page.getByText("The sign-in was refused.").waitFor();
  await page.getByRole("heading", { name: "Waiting for your sign-in" }).waitFor({ state: "detached" });
  issuer.toggles.approval = "auto";
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await expectStatus(page, "notes", "Connected");
  await page.getByText("Signed in to notes.").first().waitFor();
  expect([await page.getByText("The sign-in was refused.").count(), web.troubles]).toEqual([0, []]);
});

test("accounts: another one signs in beside the first, and each is signed out by itself", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  await walk.run(["auth", "notes"], { browser: walk.browser({ login: "alice" }) });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  await lineOf(page, "notes").click();
  const accounts = page.getByRole("region", { name: "Accounts" });
  await accounts.getByRole("listitem").first().waitFor();
  await accounts.getByText("Sign in with another account").click();
  await accounts.getByLabel("A name for it").fill("work");
  const tab = await tabAfter(web, () => accounts.getByRole("button", { name: "Sign in" }).click());
  await signInAtProvider(tab, "bob");
  await accounts.getByRole("button", { name: "Sign out work" }).waitFor();
  expect(await accounts.getByText("in use").count()).toBe(1);
  await accounts.getByRole("button", { name: "Sign out work" }).click();
  await page.getByRole("dialog").getByText("Sign out of notes (account work)?").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Signed out of notes (account work).").first().waitFor();
  await accounts.getByRole("button", { name: "Sign out work" }).waitFor({ state: "detached" });
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

test("a server that its configuration disables says so when it is asked to connect", { timeout }, async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  await walk.configure({ off: { type: "remote", url: server.url, enabled: false } });
  const web = await openWebPage(walk, await startServe(walk));
  await lineOf(web.page, "off").click();
  await web.page.getByRole("button", { name: "Connect", exact: true }).click();
  await web.page.getByText("off is disabled in its configuration.").first().waitFor();
  expect([walk.ledger.sequence("resource"), web.troubles]).toEqual([[], []]);
});

test("a server that has other tools when it is connected again: they are shown without a reload", { timeout }, async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  await walk.configure({ open: { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  await lineOf(page, "open").click();
  await page.getByRole("navigation", { name: "About this server" }).getByRole("link", { name: "Tools" }).click();
  await page.getByText("3 tools").first().waitFor();
  server.toggles.tools = [{ name: "only_one", inputSchema: { type: "object" } }];
  await lineOf(page, "open").click();
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expectStatus(page, "open", "Not connected");
  await page.getByRole("navigation", { name: "About this server" }).getByRole("link", { name: "Tools" }).click();
  await page.getByText("The tools can be seen when the server is connected.").waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("link", { name: "only_one" }).waitFor();
  expect([web.troubles, web.loads()]).toEqual([[], 1]);
});
