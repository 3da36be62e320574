#!/usr/bin/env node
// A real browser for tests: `node chromium.mjs URL` opens Chromium, signs in and consents on oidc-provider's pages like a person,
// and tells what the callback page was. Nothing but 127.0.0.1 resolves in it. The environment says:
//   CHROMIUM_PROGRAM=PATH    the browser
//   CHROMIUM_REPORT=FILE     receives the report (see chromium.ts) as JSON when the browser has ended, `{failure}` when something went wrong;
//                            FILE.pid has this process, FILE.light.png and FILE.dark.png are what a person sees
import { renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const report = process.env.CHROMIUM_REPORT;
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const onlyHere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
// A message or a request that comes after the page has loaded still counts.
const settleMs = 300;

writeFileSync(`${report}.pid`, String(process.pid));
try {
  write(await browse(process.argv.at(-1)));
} catch (error) {
  write({ failure: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}

async function browse(start) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PROGRAM, headless: true, args: [...flags, onlyHere], timeout: 20_000 });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 600 }, colorScheme: "light" });
    page.setDefaultTimeout(20_000);
    const redirectUri = new URL(start).searchParams.get("redirect_uri");
    const seen = await watch(page, redirectUri);
    await arrive(page, start, redirectUri);
    await sleep(settleMs);
    return await describe(page, seen);
  } finally {
    await browser.close();
  }
}

/** Keeps what the callback page does; what the pages before it did is their own affair. */
async function watch(page, redirectUri) {
  const seen = { responses: [], requests: [], console: [], dialogs: [] };
  const there = () => seen.requests.length > 0;
  await page.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
  });
  page.on("request", (request) => {
    if (there() || isAt(request.url(), redirectUri)) seen.requests.push(`${request.resourceType()} ${withoutQuery(request.url())}`);
  });
  page.on("response", (response) => {
    if (isAt(response.url(), redirectUri)) seen.responses.push(response);
  });
  page.on("console", (message) => there() && seen.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => there() && seen.console.push(`pageerror: ${error.message}`));
  page.on("dialog", async (dialog) => {
    seen.dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  return seen;
}

async function arrive(page, start, redirectUri) {
  await page.goto(start);
  for (let pages = 0; pages < 6; pages += 1) {
    if (isAt(page.url(), redirectUri)) return;
    await fillIn(page);
  }
  throw new Error(`the browser has not come to the callback; it is at ${withoutQuery(page.url())}`);
}

/** oidc-provider's page to sign in has two fields and a button, its page to consent a button. */
async function fillIn(page) {
  const name = page.locator("input[name=login]");
  if ((await name.count()) > 0) {
    await name.fill("alice");
    await page.locator("input[name=password]").fill("password");
  }
  const button = page.locator("form button[type=submit]");
  if ((await button.count()) === 0) throw new Error(`nothing to press on ${withoutQuery(page.url())}: ${await page.locator("body").innerText()}`);
  const loaded = page.waitForEvent("load");
  loaded.catch(() => undefined);
  await button.first().click();
  await loaded;
}

async function describe(page, { responses, ...seen }) {
  const [response] = responses;
  const shown = await page.evaluate(() => ({ title: document.title, text: document.body.innerText, html: document.documentElement.outerHTML, scripts: document.scripts.length, violations: globalThis.violations }));
  const looks = {};
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    looks[colorScheme] = await page.evaluate(lookOf);
    await page.screenshot({ path: `${report}.${colorScheme}.png` });
  }
  return { url: withoutQuery(page.url()), answers: responses.length, status: response?.status(), headers: await response?.allHeaders(), ...shown, ...seen, looks };
}

/** Runs in the page: what is behind everything, and the contrast (WCAG 2.2) of the text that is the hardest to read. */
function lookOf() {
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const styleOf = (element) => getComputedStyle(element);
  const behind = (element) => (element === null ? "rgb(255, 255, 255)" : styleOf(element).backgroundColor === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : styleOf(element).backgroundColor);
  const contrast = (element) => {
    const [dark, light] = [luminance(styleOf(element).color), luminance(behind(element))].toSorted((left, right) => left - right);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) => element.children.length === 0);
  return { background: behind(document.body), contrast: Math.min(...texts.map(contrast)) };
}

function isAt(url, redirectUri) {
  return withoutQuery(url) === redirectUri;
}

function withoutQuery(url) {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function write(content) {
  writeFileSync(`${report}.part`, JSON.stringify(content, null, 2));
  renameSync(`${report}.part`, report);
}
