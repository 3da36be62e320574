import { expect, test } from "vitest";
import { openWalk } from "../rig/walk.ts";
import { expectStatus, lineOf, openWebPage, protectedNotes, startServe } from "../rig/web-page.ts";
import { freePort } from "../rig/free-port.ts";

const timeout = 120_000;

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

test("a session that is over is told, with the way to another", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const web = await openWebPage(walk, await startServe(walk));
  await web.context.clearCookies();
  await lineOf(web.page, "notes").click();
  await web.page.getByRole("alert").getByText("mcpass serve --link").waitFor();
});

test("a tab that nobody looks at gives its connection back, and shows what is true when somebody does again", { timeout }, async () => {
  const walk = await openWalk();
  await protectedNotes(walk);
  const web = await openWebPage(walk, await startServe(walk));
  const { page } = web;
  let streams = 0;
  page.on("request", (request) => void (streams += new URL(request.url()).pathname === "/event" ? 1 : 0));
  await expectStatus(page, "notes", "Needs a sign-in");
  await page.clock.install();
  const look = async (state: "hidden" | "visible"): Promise<void> =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await look("hidden");
  await page.clock.fastForward(61_000);
  await page.getByText("Connecting…", { exact: true }).waitFor();
  await walk.run(["auth", "notes"], { browser: walk.browser() });
  await look("visible");
  await expectStatus(page, "notes", "Connected");
  expect([streams, web.troubles]).toEqual([1, []]);
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
