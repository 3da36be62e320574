import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { ask, callbackPath, farAway, openListener } from "./callback-rig.ts";
import { openSigned, refusal } from "./world.ts";

test("forged, wrong, HEAD, POST, favicon, repeated and state-less requests change nothing; the genuine one works, once (C06)", async () => {
  const listener = await openListener();
  const { origin } = new URL(listener.redirectUri);
  let arrived = 0;
  const arrival = listener.expect("state-1", "files", farAway()).then((callback) => ((arrived += 1), callback));
  const genuine = `${listener.redirectUri}?code=genuine&state=state-1`;
  const strays: readonly (readonly [string, string, number])[] = [
    ["GET", `${listener.redirectUri}?error=access_denied&error_description=forged`, 400],
    ["GET", `${listener.redirectUri}?error=access_denied&state=forged`, 400],
    ["GET", `${listener.redirectUri}?code=forged&state=forged`, 400],
    ["GET", `${listener.redirectUri}?code=forged&state=`, 400],
    ["GET", `${genuine}&state=state-2`, 400],
    ["GET", listener.redirectUri, 400],
    ["HEAD", genuine, 404],
    ["POST", genuine, 404],
    ["OPTIONS", genuine, 404],
    ["GET", `${origin}/favicon.ico`, 404],
    ["GET", `${origin}${callbackPath}/?code=genuine&state=state-1`, 404],
    ["GET", `${origin}/`, 404],
  ];
  for (const [method, url, status] of strays) expect([method, url, (await ask(url, { method })).status]).toEqual([method, url, status]);
  expect(arrived).toBe(0);
  const page = ask(genuine);
  const callback = await arrival;
  expect(callback.parameters.get("code")).toBe("genuine");
  const again = await ask(genuine);
  expect([again.status, again.body.includes("Nothing to do")]).toEqual([400, true]);
  callback.finish({});
  expect((await page).status).toBe(200);
});

test("a sign-in survives everything that a hostile page can send before the genuine redirect (C06)", async () => {
  const { world, entry } = await openSigned({ signIn: false });
  const browser = world.browser({ forged: true, twice: true });
  expect((await world.access(entry, { browser }).signIn(world.person())).kind).toBe("signed-in");
  const statuses = (await browser.pages()).slice(1).map(({ method, status }) => `${method} ${status}`);
  expect(statuses.slice(0, 7)).toEqual(["GET 400", "GET 400", "GET 400", "HEAD 404", "GET 404", "GET 404", "GET 200"]);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("the browser waits until the sign-in has ended, and is told how (C05)", async () => {
  const listener = await openListener();
  const arrival = listener.expect("state-1", "files", farAway());
  let answered = false;
  const page = ask(`${listener.redirectUri}?code=c&state=state-1`).then((answer) => ((answered = true), answer));
  const callback = await arrival;
  await sleep(100);
  expect(answered).toBe(false);
  callback.finish({ code: "token_refused" });
  const { status, body } = await page;
  expect([status, body.includes("Not signed in"), body.includes("token_refused"), body.includes("files")]).toEqual([400, true, true, true]);
});

test("two sign-ins on one listener each get their own redirect (C06)", async () => {
  const listener = await openListener();
  const [first, second] = [listener.expect("state-1", "files", farAway()), listener.expect("state-2", "mail", farAway())];
  const pages = [ask(`${listener.redirectUri}?code=two&state=state-2`), ask(`${listener.redirectUri}?code=one&state=state-1`)];
  const callbacks = [await first, await second];
  expect(callbacks.map(({ parameters }) => parameters.get("code"))).toEqual(["one", "two"]);
  for (const callback of callbacks) callback.finish({});
  expect((await Promise.all(pages)).map(({ body }) => /signed in to (\w+)/.exec(body)?.[1])).toEqual(["mail", "files"]);
});

test("every page is plain text in HTML that runs, loads, keeps and repeats nothing (C07)", async () => {
  const listener = await openListener();
  const hostile = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
  const arrival = listener.expect("state-1", "<b>files</b>", farAway());
  const failed = ask(`${listener.redirectUri}?error=${hostile}&error_description=${hostile}&state=state-1&x=canary-query`);
  (await arrival).finish({ code: "authorization_refused" });
  const pages = [await failed, await ask(`${listener.redirectUri}?error=${hostile}&state=${hostile}`), await ask(`${listener.redirectUri}/${hostile}`)];
  expect(pages.map(({ status }) => status)).toEqual([400, 400, 404]);
  for (const { headers, body } of pages) {
    expect(headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(body).not.toMatch(/<script|alert|<b>|canary|https?:/i);
  }
});

test("an error that carries script reaches neither the page nor the message as it was (C07)", async () => {
  const { world, entry } = await openSigned({ signIn: false });
  const browser = world.browser({ change: { code: "", error: "access_denied", error_description: "<script>alert(1)</script>\u001b[31mred\nline" } });
  const error = await refusal(world.access(entry, { browser, name: "<b>x</b>" }).signIn(world.person()));
  expect((await browser.lastPage()).body).not.toMatch(/<script|<b>/);
  // eslint-disable-next-line no-control-regex -- what must not be there
  expect(error.message).not.toMatch(/[\u0000-\u001f]/);
});

test("a request for another host, as after DNS rebinding, finds nothing; every name of this machine is answered (C06)", async () => {
  const listener = await openListener();
  const { port } = new URL(listener.redirectUri);
  const arrival = listener.expect("state-1", "files", farAway());
  const genuine = `${listener.redirectUri}?code=c&state=state-1`;
  for (const host of [`evil.example:${port}`, "127.0.0.1", `127.0.0.1.evil.example:${port}`, "127.0.0.1:1"]) expect((await ask(genuine, { host })).status).toBe(404);
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) expect((await ask(`${listener.redirectUri}?state=other`, { host })).status).toBe(400);
  const page = ask(genuine, { host: `localhost:${port}` });
  (await arrival).finish({});
  expect((await page).status).toBe(200);
});

test("a redirect that comes too late is told so and ends nothing (A09)", async () => {
  let at = 1_000;
  const listener = await openListener({ now: () => at });
  let arrived = false;
  void listener.expect("state-1", "files", 2_000).then(() => (arrived = true));
  at = 2_000;
  const page = await ask(`${listener.redirectUri}?code=c&state=state-1`);
  expect([page.status, page.body.includes("Too late"), page.body.includes("files"), arrived]).toEqual([410, true, true, false]);
});
