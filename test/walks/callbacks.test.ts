import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { freePort, holdPort } from "../rig/free-port.ts";
import { expectKept, vaultFiles } from "./places.ts";

const path = "/mcp/oauth/callback";

async function guarded(oauth: object | undefined, options: AuthorizationServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const { url } = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url, ...(oauth === undefined ? {} : { oauth }) } });
  return { walk, issuer, url };
}

/** The redirect URIs of every authorization request so far. */
function redirectsOf(walk: Walk): (string | null)[] {
  return walk.ledger.find({ path: "/authorize" }).map((entry) => new URL(entry.path, "http://issuer").searchParams.get("redirect_uri"));
}

interface Fetched {
  readonly status: number;
  readonly body: string;
}

function get(url: string, { host, method = "GET" }: { host?: string; method?: string } = {}): Promise<Fetched | undefined> {
  return new Promise((resolve) => {
    const asking = request(url, { method, headers: host === undefined ? {} : { host } }, (answer) => {
      let body = "";
      answer.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asking.on("error", () => resolve(undefined)).end();
  });
}

test("C01 when the default port is held by another program, a client of our own moves to another port and the sign-in goes on", async () => {
  const { walk, issuer } = await guarded(undefined);
  // Another test's program may hold it just as well.
  await holdPort(19876).catch(() => undefined);
  const { exitCode } = await walk.run(["auth", "example"], { browser: walk.browser() });
  const [redirect] = redirectsOf(walk);
  expect([exitCode, new URL(redirect ?? "").pathname]).toEqual([0, path]);
  expect(new URL(redirect ?? "").port).not.toBe("19876");
  expect(walk.ledger.find({ path: "/register" }).map(({ body }) => (JSON.parse(body) as { redirect_uris: string[] }).redirect_uris)).toEqual([[redirect]]);
  await expectKept(walk, issuer);
});

for (const key of ["redirectUri", "callbackPort"] as const) {
  test(`C01 when a fixed port (${key}) is held, auth fails at once, before registering and before any browser, and names the holder`, async () => {
    const { port } = await holdPort(0);
    const { walk } = await guarded({ [key]: key === "callbackPort" ? port : `http://127.0.0.1:${String(port)}/cb` });
    const browser = walk.browser();
    const { exitCode, stderr, elapsedMs } = await walk.run(["auth", "example"], { browser });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: Port ${String(port)}, which the redirect URI \\S+ needs, is held by .*${process.platform === "linux" ? `process ${String(process.pid)}` : ""}`));
    expect(stderr).toMatch(/hint: .*oauth\.callbackPort/);
    expect(elapsedMs).toBeLessThan(10_000);
    const records = Object.keys(await vaultFiles(walk)).filter((name) => name.endsWith(".json"));
    expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" }), records]).toEqual([0, 0, []]);
  });
}

test("C01 where a client is missing that is what auth says, although the port is held too", async () => {
  const { port } = await holdPort(0);
  const { walk } = await guarded({ callbackPort: port }, { registration: "off" });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(new RegExp(`^error: .* takes no new clients by itself, and none is configured for example\\.\\n.*\\n?hint: .*http://127\\.0\\.0\\.1:${String(port)}${path}`));
});

test("C01 a second mcpass that is waiting on a port does not stop another one: each finishes its own sign-in, through the same port", async () => {
  const { walk } = await guarded({ callbackPort: await freePort() });
  const first = walk.start(["auth", "example", "--no-browser"]);
  const [url] = await first.waitFor(/^http\S+authorize\S+$/m);
  expect((await walk.run(["auth", "example", "--account", "two"], { browser: walk.browser() })).exitCode).toBe(0);
  const { headers } = await fetch(url, { redirect: "manual" });
  expect((await get(headers.get("location") ?? ""))?.body).toContain("You are signed in to example.");
  expect((await first.ended).exitCode).toBe(0);
  expect(new Set(redirectsOf(walk)).size).toBe(1);
});

test("C02 a registered redirect URI goes to the issuer byte for byte, and the listener serves its port and path", async () => {
  for (const form of [(port: number) => `http://localhost:${String(port)}/callback`, (port: number) => `http://127.0.0.1:${String(port)}`]) {
    const redirectUri = form(await freePort());
    const { walk, issuer } = await guarded({ clientId: "registered", redirectUri }, { clients: [{ client_id: "registered", redirect_uris: [redirectUri] }], redirectMatching: "exact", registration: "off" });
    expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
    expect(redirectsOf(walk)).toEqual([redirectUri]);
    expect(new URLSearchParams(walk.ledger.find({ path: "/token" })[0]?.body).get("redirect_uri")).toBe(redirectUri);
    await expectKept(walk, issuer);
  }
});

test("C02 an https redirect URI that forwards to this machine works with callbackPort", async () => {
  const port = await freePort();
  const redirectUri = "https://login.example.test/forward/callback";
  const { walk } = await guarded({ clientId: "registered", redirectUri, callbackPort: port }, { clients: [{ client_id: "registered", redirect_uris: [redirectUri] }], redirectMatching: "exact", registration: "off" });
  const browser = walk.browser({ hold: true });
  const program = walk.start(["auth", "example"], { browser });
  const held = new URL(await browser.heldUrl());
  expect((await get(`http://127.0.0.1:${String(port)}${held.pathname}${held.search}`))?.body).toContain("You are signed in to example.");
  expect([(await program.ended).exitCode, redirectsOf(walk)]).toEqual([0, [redirectUri]]);
});

test("C03 a localhost redirect is answered on 127.0.0.1 and ::1, and the listener is on no other address", async () => {
  const port = String(await freePort());
  const { walk } = await guarded({ redirectUri: `http://localhost:${port}/callback` });
  const program = walk.start(["auth", "example", "--no-browser"]);
  const [url] = await program.waitFor(/^http\S+authorize\S+$/m);
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  for (const { address, family, internal } of addresses.filter(({ scopeid }) => (scopeid ?? 0) === 0)) {
    const literal = family === "IPv6" ? `[${address}]` : address;
    expect([literal, (await get(`http://${literal}:${port}/callback`, { host: `localhost:${port}` }))?.status]).toEqual([literal, internal ? 400 : undefined]);
  }
  const { headers } = await fetch(url, { redirect: "manual" });
  expect((await get((headers.get("location") ?? "").replace("localhost", "127.0.0.1")))?.status).toBe(200);
  expect((await program.ended).exitCode).toBe(0);
});

test("C05 when the token exchange fails the page says so with the code of the terminal's error, and the grant that was there stays", async () => {
  const { walk, issuer } = await guarded({ redirectUri: `http://127.0.0.1:${String(await freePort())}${path}` });
  await walk.run(["auth", "example"], { browser: walk.browser() });
  const before = await vaultFiles(walk);
  issuer.toggles.codeAnswer = "invalid-grant";
  const browser = walk.browser();
  const { exitCode, stdout } = await walk.run(["auth", "example", "--force", "--json"], { browser });
  const page = await browser.lastPage();
  const { error } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { error: { code: string } };
  expect([exitCode, page.status, error.code]).toEqual([1, 400, "token_refused"]);
  expect(page.body).toContain("The sign-in to example did not succeed (token_refused).");
  const grants = (files: Readonly<Record<string, string>>): object => Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(".json")));
  expect(grants(await vaultFiles(walk))).toEqual(grants(before));
  await expectKept(walk, issuer);
});

test("C06 forged errors, wrong states, HEAD and stray requests change nothing; the genuine callback works, and works once", async () => {
  const { walk, issuer } = await guarded(undefined);
  const browser = walk.browser({ forged: true, twice: true });
  const { exitCode } = await walk.run(["auth", "example"], { browser });
  const pages = (await browser.pages()).slice(0, 8).map(({ method, status, url }) => [method, new URL(url).pathname, status]);
  expect(exitCode).toBe(0);
  expect(pages.slice(0, 1)).toEqual([["GET", "/authorize", 302]]);
  expect(pages.slice(1)).toEqual([["GET", path, 400], ["GET", path, 400], ["GET", path, 400], ["HEAD", path, 404], ["GET", "/favicon.ico", 404], ["GET", "/", 404], ["GET", path, 200]]);
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
  await expectKept(walk, issuer);
});

test("C06 a callback under another Host name is not one (DNS rebinding)", async () => {
  const { walk } = await guarded(undefined);
  const browser = walk.browser({ hold: true });
  const program = walk.start(["auth", "example"], { browser });
  const held = await browser.heldUrl();
  expect((await get(held, { host: `attacker.test:${new URL(held).port}` }))?.status).toBe(404);
  expect((await get(held))?.status).toBe(200);
  expect((await program.ended).exitCode).toBe(0);
});

test("C07 the callback page repeats nothing of the request, and runs, loads, frames and stores nothing", async () => {
  const { walk } = await guarded(undefined);
  const attack = "<script>alert(1)</script>";
  const browser = walk.browser({ change: { code: "", error: attack, error_description: attack } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser });
  const { status, headers, body } = await browser.lastPage();
  expect([exitCode, status]).toEqual([1, 400]);
  expect(body).not.toMatch(/script|alert/);
  expect(headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
  expect(stderr).toMatch(/^error: /m);
});
