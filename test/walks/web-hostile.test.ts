import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openWalk } from "../rig/walk.ts";
import { openWebPage, startServe } from "../rig/web-page.ts";

const timeout = 120_000;

/** What runs wherever words of others are taken for markup, for a script or for an address. */
function hostileWords(origin: string): string {
  return `<img src="${origin}/image" onerror="alert('canary')"><script src="${origin}/script"></script><script>alert("canary")</script>"'\`{{7*7}}<svg onload=alert(1)>`;
}

async function expectWordsOnly(page: Page, words: string): Promise<void> {
  await page.getByText(words, { exact: false }).first().waitFor();
  const odd = await page.evaluate(() => ({
    scripts: [...document.scripts].map(({ src }) => new URL(src).pathname),
    handlers: [...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith("on") || name === "style" || name === "srcdoc").map((name) => `${element.tagName} ${name} ${element.getAttribute(name) ?? ""}`)),
    frames: document.querySelectorAll("iframe, object, embed, base, form[action]").length,
    addresses: [...document.querySelectorAll("a")].map(({ protocol }) => protocol).filter((protocol) => !/^https?:$/.test(protocol)),
  }));
  expect(odd).toEqual({ scripts: ["/assets/app.js"], handlers: [], frames: 0, addresses: [] });
}

test("a hostile server's names, descriptions, schemas and results are words: nothing runs, nothing is loaded, no address but one of the web is a link", { timeout }, async () => {
  const walk = await openWalk();
  const stranger = await walk.bystander("stranger");
  const words = hostileWords(stranger.origin);
  const text = { type: "text", text: words };
  const link = { type: "resource_link", uri: "javascript:alert('canary')", name: `link ${words}` };
  const result = { content: [text, link, { ...link, uri: "data:text/html,<script>alert(1)</script>" }, { type: "resource", resource: { uri: "javascript:alert(1)", text: words } }, { type: "image", mimeType: "image/svg+xml", data: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`).toString("base64") }], structuredContent: { [words]: words, ["__proto__"]: { canary: true } } };
  // What an MCP client would not even let through.
  const malformed = { content: [text, { type: "image", mimeType: `image/png" onerror="alert(1)`, data: "AAAA" }, { type: "image", mimeType: "image/png", data: `x" onerror="alert(1)` }, { type: words, odd: words }, { type: "resource_link", uri: 7 }, { type: "resource" }, null, 7, words], structuredContent: null };
  const inputSchema = {
    type: "object",
    required: ["text"],
    properties: {
      text: { type: "string", title: words, description: words, default: words },
      [words]: { enum: [words, "b"], description: words },
      ["__proto__"]: { type: "string" },
      list: { type: "array", items: { type: "string", title: words } },
      loop: { $ref: "#/properties/loop" },
      deep: { $ref: "#" },
      far: { $ref: `${stranger.origin}/schema` },
    },
  };
  const name = `notes ${words}`;
  const server = await walk.resource({ tools: [{ name: `tool ${words}`, title: words, description: words, inputSchema, run: () => result }], serverName: words });
  await walk.configure({ [name]: { type: "remote", url: server.url }, "..": { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;

  await page.getByRole("navigation", { name: "Servers" }).getByRole("link").filter({ hasText: "Connected" }).first().waitFor();
  await expectWordsOnly(page, words);
  await page.getByRole("navigation", { name: "Servers" }).getByRole("link", { name: "notes" }).click();
  await expectWordsOnly(page, words);
  await page.getByRole("navigation", { name: "About this server" }).getByRole("link", { name: "Tools" }).click();
  await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
  await page.getByRole("button", { name: "Call" }).waitFor();
  await expectWordsOnly(page, words);
  await web.picture("hostile-tool");
  await page.getByRole("button", { name: "Call" }).click();
  const shown = page.getByRole("region", { name: "Result" });
  await shown.getByText("after").waitFor();
  await expectWordsOnly(page, words);
  await web.picture("hostile-result");
  await web.context.route("**/tools/*", (route) => route.fulfill({ json: malformed }));
  await page.getByRole("button", { name: "Call" }).click();
  await shown.getByText("Content of the kind").first().waitFor();
  await expectWordsOnly(page, words);
  expect([await shown.locator("img").count(), await shown.locator("a").count()]).toEqual([0, 0]);
  await web.context.unroute("**/tools/*");
  await page.goBack();
  await page.getByRole("navigation", { name: "About this server" }).getByRole("link", { name: "Doctor" }).click();
  await page.getByText(/^Examined in/).waitFor();
  await expectWordsOnly(page, words);
  expect(web.troubles).toEqual([]);
  expect(walk.ledger.sequence("stranger")).toEqual([]);
});

test("an authorization address that is not one of the web is shown as words and never opened", { timeout }, async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const web = await openWebPage(walk, await startServe(walk));
  const { page, context } = web;
  // A program that no longer is what it was.
  await context.route("**/mcp/notes", async (route) => route.fulfill({ json: { ...((await (await route.fetch()).json()) as object), status: "needs_auth", url: "javascript:alert(1)" } }));
  await context.route("**/mcp/notes/auth", (route) => route.fulfill({ json: { authorizationUrl: "javascript:alert('canary')", oauthState: "s" } }));
  await page.getByRole("navigation", { name: "Servers" }).getByRole("link", { name: "notes" }).click();
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await page.getByText("The address to sign in at is not one of the web: javascript:alert('canary')").first().waitFor();
  expect([context.pages().length, web.troubles]).toEqual([1, []]);
});
