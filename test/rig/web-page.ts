import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type BrowserContext, type Locator, type Page } from "playwright-core";
import type { AxeResults } from "axe-core";
import { requireChromium } from "./chromium.ts";
import type { RunningProgram } from "./program.ts";
import type { Walk, WalkProgramOptions } from "./walk.ts";

export interface WebPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console messages, refusals by the page's policy, errors, dialogs of the browser's own and requests to elsewhere: nothing of this should ever be. */
  readonly troubles: string[];
  /** Documents that were loaded: 1 as long as nobody reloads. */
  readonly loads: () => number;
  /** Looks of it, for people: `.cache/screenshots/NAME.png`. */
  picture(name: string): Promise<void>;
}

export interface Serving {
  readonly program: RunningProgram;
  readonly origin: string;
  /** Opens the page once. */
  readonly link: string;
}

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const pictures = ".cache/screenshots";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** `mcpass serve`, until the test has finished. */
export async function startServe(walk: Walk, { port = 0, ...options }: WalkProgramOptions & { readonly port?: number } = {}): Promise<Serving> {
  const program = walk.start(["serve", "--port", String(port)], { timeoutMs: 100_000, ...options });
  const [link = ""] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+\/session\?ticket=\S+/);
  return { program, origin: new URL(link).origin, link };
}

/** The page in Chromium, as somebody gets to it who follows the link. */
export async function openWebPage(walk: Walk, { link, origin }: Serving, options: { readonly width?: number; readonly colorScheme?: "light" | "dark" } = {}): Promise<WebPage> {
  const browser = await chromium.launch({ executablePath: requireChromium(), headless: true, args: flags, timeout: 60_000 });
  walk.keep({ stop: () => browser.close() });
  const { width = 1280, colorScheme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const troubles: string[] = [];
  let loads = 0;
  page.on("console", (message) => troubles.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (request.isNavigationRequest() && url.pathname === "/") loads += 1;
    if (url.protocol !== "data:" && url.origin !== origin) troubles.push(`request: ${url.href}`);
  });
  await page.goto(link);
  await page.getByText("Live", { exact: true }).first().waitFor();
  return {
    page,
    context,
    troubles,
    loads: () => loads,
    picture: async (name) => {
      mkdirSync(pictures, { recursive: true });
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true, caret: "initial" });
    },
  };
}

/** What axe-core says is serious or critical, for people who use the page otherwise than most. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html} (${any.map(({ message }) => message).join("; ")})`));
}

/** By how many CSS pixels the page is wider than its window. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** oidc-provider's pages, filled in like a person would: a name, a password, a consent; ends at the callback page. */
export async function signInAtProvider(tab: Page, login = "alice"): Promise<string> {
  await tab.locator("input[name=login]").fill(login);
  await tab.locator("input[name=password]").fill("password");
  await tab.locator("form button[type=submit]").first().click();
  await tab.locator("input[name=login]").waitFor({ state: "detached" });
  await tab.locator("form button[type=submit]").first().click();
  await tab.getByRole("heading", { name: "Signed in" }).waitFor();
  return tab.locator("main").innerText();
}

/** Its world has one server, `notes`, behind oidc-provider. */
export async function protectedNotes(walk: Walk): Promise<void> {
  const server = await walk.resource({ trusts: await walk.oidc(), scopesSupported: ["mcp:read"], metadata: { inserted: "document" } });
  await walk.configure({ notes: { type: "remote", url: server.url } });
}

/** A server's line in the list, which has its status in words. */
export function lineOf(page: Page, server: string): Locator {
  return page.getByRole("navigation", { name: "Servers" }).getByRole("link", { name: server });
}

export async function expectStatus(page: Page, server: string, words: string): Promise<void> {
  await lineOf(page, server).filter({ hasText: words }).waitFor();
}
