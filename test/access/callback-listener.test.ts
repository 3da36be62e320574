import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, request } from "node:http";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

import { type CallbackListener, openCallbackListener } from "../../src/access/callback-listener.ts";
import { freePort, openSigned, openWorld, refusal, remote } from "./world.ts";

const path = "/mcp/oauth/callback";
const hasIPv6 = Object.values(networkInterfaces()).flat().some((address) => address?.address === "::1");
const farAway = (): number => Date.now() + 60_000;

async function open(place: { redirectUri?: string; port?: number; mayMove?: boolean; now?: () => number } = {}): Promise<CallbackListener> {
  const port = place.port ?? (await freePort());
  const listener = await openCallbackListener({ redirectUri: place.redirectUri ?? `http://127.0.0.1:${port}${path}`, port, mayMove: place.mayMove ?? false }, place.now ?? Date.now);
  onTestFinished(() => listener.close());
  return listener;
}

interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(url: string, options: { method?: string; host?: string } = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: options.method ?? "GET", headers: options.host === undefined ? {} : { host: options.host } }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}

const holders = {
  "a plain TCP server": async (port: number) => {
    const server = createServer((socket) => void socket.end());
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
    onTestFinished(() => void server.close());
  },
  "an HTTP server": async (port: number) => {
    const server = createHttpServer((_, response) => void response.writeHead(404).end());
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
    onTestFinished(() => void server.close());
  },
  "another sign-in": async (port: number) => void (await open({ port })),
};

test.each(Object.keys(holders) as (keyof typeof holders)[])("a port held by %s is left alone: one of our own choice where the client is registered by us (C01)", async (holder) => {
  const port = await freePort();
  await holders[holder](port);
  const listener = await open({ port, mayMove: true });
  const bound = new URL(listener.redirectUri);
  expect([listener.moved, bound.hostname, bound.pathname]).toEqual([true, "127.0.0.1", path]);
  expect(Number(bound.port)).not.toBe(port);
  const arrival = listener.expect("state-1", "files", farAway());
  const page = ask(`${listener.redirectUri}?code=c&state=state-1`);
  (await arrival).finish({});
  expect((await page).status).toBe(200);
});

test.each(Object.keys(holders) as (keyof typeof holders)[])("a port held by %s is an error at once where the redirect is fixed (C01)", async (holder) => {
  const port = await freePort();
  await holders[holder](port);
  const error = await refusal(open({ port }));
  expect(error).toMatchObject({ code: "callback_port_busy", details: { port, redirectUri: `http://127.0.0.1:${port}${path}` }, hint: expect.stringContaining("oauth.callbackPort") });
  if (process.platform === "linux") expect(error.message).toContain(`(process ${process.pid})`);
});

test("a fixed port that another program holds: the error names that program, and nothing is registered or opened (C01)", async () => {
  const { world, entry, access } = await openSigned({ signIn: false });
  const port = typeof entry.oauth === "object" ? entry.oauth.callbackPort : undefined;
  const other = spawn(process.execPath, ["-e", `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void other.kill());
  await once(other.stdout, "data");
  const at = performance.now();
  const error = await refusal(access.signIn(world.person()));
  expect(performance.now() - at).toBeLessThan(2_000);
  expect(error.code).toBe("callback_port_busy");
  expect(error.message).toContain(process.platform === "linux" ? `node (process ${other.pid})` : "another program");
  expect([world.opened, world.ledger.count({ path: "/register" }), await world.vaultFiles()]).toEqual([[], 0, {}]);
});

test("with the default port busy, a client registered by us signs in on another, and that client is not kept for the next time (C01, R04)", async () => {
  const blocker = createServer();
  await new Promise<void>((done) => blocker.once("error", () => done()).listen(19_876, "127.0.0.1", done));
  onTestFinished(() => void blocker.close());
  const world = await openWorld();
  const issuer = await world.issuer({ redirectMatching: "exact" });
  const server = await world.resource({ trusts: issuer });
  const person = world.person();
  expect((await world.access(remote(server.url)).signIn(person)).kind).toBe("signed-in");
  const { redirectUri } = person.notices[0] ?? {};
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp\/oauth\/callback$/);
  expect(redirectUri).not.toContain(":19876/");
  expect([...issuer.store.clients.values()].map(({ redirectUris }) => redirectUris)).toEqual([[redirectUri]]);
  expect(Object.keys(await world.vaultFiles()).map((name) => name.split("-")[0])).toEqual(["grant"]);
});

test("a configured redirect URI goes to the issuer verbatim at both legs, with localhost, its own port and path (C02)", async () => {
  const redirectUri = `http://localhost:${await freePort()}/callback`;
  const clients = [{ client_id: "ours", redirect_uris: [redirectUri] }];
  const { world, access } = await openSigned({ signIn: false, issuer: { redirectMatching: "exact", registration: "off", clients }, oauth: { clientId: "ours", redirectUri } });
  const person = world.person();
  expect((await access.signIn(person)).kind).toBe("signed-in");
  expect(person.notices[0]?.redirectUri).toBe(redirectUri);
  const sent = [world.ledger.find({ path: "/authorize" })[0]?.path, world.ledger.find({ path: "/token" })[0]?.body];
  expect(sent.every((text) => text?.includes(`redirect_uri=${encodeURIComponent(redirectUri)}`))).toBe(true);
});

test("a public redirect URI that forwards here is kept as it is, and its host is answered (C02)", async () => {
  const port = await freePort();
  const listener = await open({ redirectUri: "https://relay.example/sign-in/done", port });
  expect([listener.redirectUri, listener.moved]).toEqual(["https://relay.example/sign-in/done", false]);
  const arrival = listener.expect("state-1", "files", farAway());
  const page = ask(`http://127.0.0.1:${port}/sign-in/done?code=c&state=state-1`, { host: "relay.example" });
  (await arrival).finish({});
  expect((await page).status).toBe(200);
});

test("a redirect URI with 127.0.0.1 is listened on there only, never on every address (C03)", async () => {
  const port = await freePort();
  await open({ port });
  expect(await reaches("127.0.0.1", port)).toBe(true);
  expect([await reaches("127.0.0.2", port), await reaches("::1", port)]).toEqual([false, false]);
});

test("a redirect URI with localhost is listened on in both families on one port, moved or not (C03)", async () => {
  const wanted = await freePort();
  await open({ port: wanted, redirectUri: `http://localhost:${wanted}${path}` });
  const moved = await open({ port: wanted, redirectUri: `http://localhost:${wanted}${path}`, mayMove: true });
  for (const port of [wanted, Number(new URL(moved.redirectUri).port)]) {
    expect([await reaches("127.0.0.1", port), await reaches("::1", port), await reaches("127.0.0.2", port)]).toEqual([true, hasIPv6, false]);
  }
  expect(new URL(moved.redirectUri).hostname).toBe("localhost");
});

test.runIf(hasIPv6)("localhost with one family taken is busy where fixed, and moves as a pair where not (C03)", async () => {
  const port = await freePort();
  const squatter = createServer();
  await new Promise<void>((done) => squatter.listen(port, "::1", done));
  onTestFinished(() => void squatter.close());
  const redirectUri = `http://localhost:${port}${path}`;
  expect((await refusal(open({ port, redirectUri }))).code).toBe("callback_port_busy");
  expect(await reaches("127.0.0.1", port)).toBe(false);
  const moved = Number(new URL((await open({ port, redirectUri, mayMove: true })).redirectUri).port);
  expect([await reaches("127.0.0.1", moved), await reaches("::1", moved)]).toEqual([true, true]);
});

test("forged, wrong, HEAD, POST, favicon, repeated and state-less requests change nothing; the genuine one works, once (C06)", async () => {
  const listener = await open();
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
    ["GET", `${origin}${path}/?code=genuine&state=state-1`, 404],
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
  const listener = await open();
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
  const listener = await open();
  const [first, second] = [listener.expect("state-1", "files", farAway()), listener.expect("state-2", "mail", farAway())];
  const pages = [ask(`${listener.redirectUri}?code=two&state=state-2`), ask(`${listener.redirectUri}?code=one&state=state-1`)];
  const callbacks = [await first, await second];
  expect(callbacks.map(({ parameters }) => parameters.get("code"))).toEqual(["one", "two"]);
  for (const callback of callbacks) callback.finish({});
  expect((await Promise.all(pages)).map(({ body }) => /signed in to (\w+)/.exec(body)?.[1])).toEqual(["mail", "files"]);
});

test("every page is plain text in HTML that runs, loads, keeps and repeats nothing (C07)", async () => {
  const listener = await open();
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
  const listener = await open();
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
  const listener = await open({ now: () => at });
  let arrived = false;
  void listener.expect("state-1", "files", 2_000).then(() => (arrived = true));
  at = 2_000;
  const page = await ask(`${listener.redirectUri}?code=c&state=state-1`);
  expect([page.status, page.body.includes("Too late"), page.body.includes("files"), arrived]).toEqual([410, true, true, false]);
});

test("closing frees the port soon, also with a connection that somebody holds open (C01)", async () => {
  const port = await freePort();
  const listener = await openCallbackListener({ redirectUri: `http://127.0.0.1:${port}${path}`, port, mayMove: false }, Date.now);
  const socket = connect({ host: "127.0.0.1", port });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: half");
  await sleep(50);
  const at = performance.now();
  await listener.close();
  expect(performance.now() - at).toBeLessThan(1_500);
  await open({ port });
});
