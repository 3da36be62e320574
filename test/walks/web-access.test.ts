import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openWalk, type Walk } from "../rig/walk.ts";
import { openWebPage, seriousViolations, sidewaysScroll, startServe, type Serving } from "../rig/web-page.ts";

const timeout = 180_000;
const long = "a-name-without-any-place-to-break-it-".repeat(4);

const manyFields = {
  type: "object",
  required: ["title", "labels", "urgent"],
  properties: {
    title: { type: "string", description: "What it is about", minLength: 3, maxLength: 120 },
    text: { type: "string" },
    team: { enum: ["Platform", "Design"] },
    priority: { type: "integer", minimum: 0, maximum: 4 },
    share: { type: ["number", "null"] },
    urgent: { type: "boolean", description: "Wakes somebody up" },
    due: { type: "string", format: "date" },
    labels: { type: "array", items: { type: "string" }, minItems: 1 },
    assignee: { type: "object", properties: { email: { type: "string", format: "email" }, notify: { type: "boolean" } }, required: ["email"] },
    more: { type: "object", additionalProperties: true },
    [long]: { type: "string", description: long },
  },
};

/** Servers in every status, with words that fit nowhere. */
async function openScene(walk: Walk): Promise<Serving> {
  const issuer = await walk.issuer({ approval: "auto" });
  const closed = await walk.issuer({ party: "closed-issuer", registration: "off" });
  const tools = [{ name: "create", title: "Create an issue", description: `Creates one.\n\n${long}`, inputSchema: manyFields, run: (args: unknown) => ({ content: [{ type: "text", text: `${long} ${JSON.stringify(args)}` }, { type: "text", text: JSON.stringify({ deep: { list: [long] } }) }, { type: "image", mimeType: "image/png", data: onePixel }] }) }, { name: long, inputSchema: { type: "object" } }];
  const [open, notes, ours] = [await walk.resource({ tools }), await walk.resource({ party: "notes", trusts: issuer }), await walk.resource({ party: "ours", trusts: closed })];
  await walk.configure({ open: { type: "remote", url: open.url }, notes: { type: "remote", url: notes.url }, ours: { type: "remote", url: ours.url }, gone: { type: "remote", url: "http://127.0.0.1:9/mcp" }, off: { type: "remote", url: open.url, enabled: false }, [long]: { type: "remote", url: `${open.url}?${long}` } });
  return startServe(walk);
}

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Every view, made ready to be looked at. */
const views: readonly { readonly name: string; readonly at: string; readonly ready: (page: Page) => Promise<unknown> }[] = [
  { name: "home", at: "#/", ready: (page) => page.getByRole("heading", { name: /need you/ }).waitFor() },
  { name: "connected", at: "#/servers/open", ready: (page) => page.getByRole("button", { name: "Disconnect" }).waitFor() },
  { name: "needs-sign-in", at: "#/servers/notes", ready: (page) => page.getByRole("button", { name: "Sign in", exact: true }).first().waitFor() },
  { name: "needs-client", at: "#/servers/ours", ready: (page) => page.getByText("Redirect URI to register", { exact: true }).waitFor() },
  { name: "failed", at: "#/servers/gone", ready: (page) => page.getByRole("link", { name: "Ask the doctor why" }).waitFor() },
  { name: "long-name", at: `#/servers/${long}`, ready: (page) => page.getByRole("button", { name: "Disconnect" }).waitFor() },
  { name: "tools", at: "#/servers/open/tools", ready: (page) => page.getByText("2 tools").first().waitFor() },
  {
    name: "tool",
    at: "#/servers/open/tools/create",
    ready: async (page) => {
      await page.getByRole("button", { name: "Call" }).click();
      await page.getByText("This must have at least 1 item.").waitFor();
    },
  },
  {
    name: "result",
    at: "#/servers/open/tools/create",
    ready: async (page) => {
      await page.getByLabel("title").fill("A title");
      await page.getByRole("button", { name: "Add to labels" }).click();
      await page.getByLabel("labels, item").fill("one");
      await page.getByRole("button", { name: "Call" }).click();
      await page.getByAltText("Picture from create").waitFor();
    },
  },
  { name: "doctor", at: "#/servers/ours/doctor", ready: (page) => page.getByText(/^Examined in/).waitFor() },
  { name: "add", at: "#/add", ready: (page) => page.getByLabel("Address").waitFor() },
];

async function visit(page: Page, origin: string, at: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${origin}/${at}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing serious on any view, ${colorScheme}`, { timeout }, async () => {
    const walk = await openWalk();
    const serving = await openScene(walk);
    const web = await openWebPage(walk, serving, { colorScheme });
    for (const { name, at, ready } of views) {
      await visit(web.page, serving.origin, at);
      await ready(web.page);
      await web.picture(`${name}-${colorScheme}`);
      expect({ name, found: await seriousViolations(web.page) }).toEqual({ name, found: [] });
    }
    await visit(web.page, serving.origin, "#/servers/open");
    await web.page.getByRole("button", { name: "Remove" }).click();
    await web.page.getByRole("dialog").waitFor();
    await web.picture(`dialog-${colorScheme}`);
    expect(await seriousViolations(web.page)).toEqual([]);
    expect(web.troubles).toEqual([]);
  });
}

test("at a phone's width, 360 pixels, nothing scrolls sideways, whatever words there are", { timeout }, async () => {
  const walk = await openWalk();
  const serving = await openScene(walk);
  const web = await openWebPage(walk, serving, { width: 360 });
  for (const { name, at, ready } of views) {
    await visit(web.page, serving.origin, at);
    await ready(web.page);
    await web.picture(`${name}-phone`);
    expect({ name, sideways: await sidewaysScroll(web.page) }).toEqual({ name, sideways: 0 });
  }
  expect(web.troubles).toEqual([]);
});

test("among many servers a field finds the one", { timeout }, async () => {
  const walk = await openWalk();
  await walk.configure(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`server-${String(index)}`, { type: "remote", url: "http://127.0.0.1:9/mcp", enabled: false }])));
  const web = await openWebPage(walk, await startServe(walk));
  const servers = web.page.getByRole("navigation", { name: "Servers" });
  await servers.getByRole("link").nth(11).waitFor();
  await servers.getByRole("searchbox", { name: "Find a server" }).fill("R-11");
  await servers.getByRole("link").nth(1).waitFor({ state: "detached" });
  expect(await servers.getByRole("link").allInnerTexts()).toEqual(["server-11\nNot connected"]);
  await servers.getByRole("searchbox").fill("nothing");
  await servers.getByText("No server has that in its name.").waitFor();
  expect(web.troubles).toEqual([]);
});

/** Tab after tab, until what has the focus is called that; as a person without a mouse goes. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels?.[0]?.textContent : undefined;
      const style = element === null ? undefined : getComputedStyle(element);
      return { name: (label ?? element?.textContent ?? "").replaceAll(/\s+/g, " ").trim(), outline: style?.outlineStyle };
    });
    passed.push(focused.name);
    // Who has no mouse must see where they are.
    expect(focused).toMatchObject({ outline: expect.stringMatching(/solid|auto/) });
    if (name.test(focused.name)) return;
  }
  throw new Error(`no Tab comes to ${String(name)}; they come to ${passed.join(" | ")}`);
}

test("by keyboard alone: sign in, call a tool, sign out; the focus is never lost to an answer that arrives", { timeout }, async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ approval: "auto" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  await page.getByRole("link", { name: /notes.*Needs a sign-in/ }).waitFor();
  await tabTo(page, /^Skip to the content$/);
  await tabTo(page, /^notes ?Needs a sign-in$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "notes", level: 1 }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("notes");
  await tabTo(page, /^Sign in$/);
  const [tab] = await Promise.all([web.context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await tab.getByRole("heading", { name: "Signed in" }).waitFor();
  await page.getByRole("navigation", { name: "Servers" }).getByText("Connected").waitFor();
  await page.bringToFront();
  // The button that had it is gone; its heading is near.
  expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
  await tabTo(page, /^Tools$/);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "echo" }).waitFor();
  await tabTo(page, /^echo/);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Call" }).waitFor();
  await tabTo(page, /^text/);
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("region", { name: "Result" }).getByText("by keyboard", { exact: true }).waitFor();
  await page.getByRole("status").filter({ hasText: "echo has answered." }).waitFor({ state: "attached" });
  await page.goBack();
  await page.goBack();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === "notes");
  await tabTo(page, /^Sign out$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Servers" }).getByText("Needs a sign-in").waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
  expect(web.troubles).toEqual([]);
});
