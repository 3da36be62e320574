import { request } from "node:http";
import { expect, test } from "vitest";
import { ask, type Answer, type ServingProgram, startServing } from "../rig/serving.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";

const publicUrl = "https://mcp.example.com";
const callback = `${publicUrl}/mcp/oauth/callback`;

async function openScene(options: AuthorizationServerOptions = {}, more: Readonly<Record<string, unknown>> = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; serving: ServingProgram }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const notes = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: notes.url }, ...more });
  return { walk, issuer, serving: await startServing(walk, ["--public-url", publicUrl, "--port", "0"]) };
}

/** What the proxy before it passes on: another host's name, and nobody's token. */
function come(serving: ServingProgram, address: string | undefined, method = "GET"): Promise<Answer> {
  const { pathname, search } = new URL(address ?? "");
  return ask(serving.url, method, `${pathname}${search}`, { headers: { host: "mcp.example.com" } });
}

async function begin(serving: ServingProgram): Promise<string> {
  const { json } = await ask(serving.url, "POST", "/mcp/notes/auth", { headers: { host: "mcp.example.com", authorization: `Bearer ${serving.token}` } });
  return (json as { authorizationUrl: string }).authorizationUrl;
}

const approve = async (url: string): Promise<string> => (await fetch(url, { redirect: "manual" })).headers.get("location") ?? "";
const own = (serving: ServingProgram, path: string): Promise<Answer> => ask(serving.url, "GET", path, { headers: { authorization: `Bearer ${serving.token}` } });

test("H05: a server that others reach has its callback at its own public address: the browser finishes the sign-in there, from wherever it is", async () => {
  const { walk, serving } = await openScene();
  const url = await begin(serving);
  expect(new URL(url).searchParams.get("redirect_uri")).toBe(callback);
  const registered = walk.ledger.find({ party: "issuer", path: "/register" }).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(registered).toMatchObject([{ redirect_uris: [callback], application_type: "web" }]);
  const redirect = await approve(url);
  expect(redirect.startsWith(`${callback}?`)).toBe(true);
  const page = await come(serving, redirect);
  expect([page.status, page.text]).toEqual([200, expect.stringContaining("You are signed in to notes")]);
  expect(page.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  await waitUntil(async () => JSON.stringify((await own(serving, "/mcp")).json) === '{"notes":{"status":"connected"}}', "notes to be connected");
  // Nothing listens on this machine's own callback port.
  await new Promise<void>((resolve, reject) => void request({ host: "127.0.0.1", port: 19_876 }, () => reject(new Error("somebody listens"))).on("error", () => resolve()).end());
});

test("C06, C05: a callback is good once; a forged one, a HEAD and one that fails tell no more than their page, and change nothing", async () => {
  const { walk, issuer, serving } = await openScene();
  const url = await begin(serving);
  const redirect = await approve(url);
  const forged = new URL(redirect);
  forged.searchParams.set("state", "forged");
  for (const address of [forged.href, callback, `${callback}?error=access_denied`, `${callback}?code=x`]) {
    const page = await come(serving, address);
    expect({ address, status: page.status, text: page.text }).toEqual({ address, status: 400, text: expect.stringContaining("No sign-in is waiting") as string });
  }
  expect((await come(serving, redirect, "HEAD")).status).toBe(405);
  expect((await come(serving, redirect, "POST")).status).toBe(401);
  expect(walk.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
  issuer.toggles.codeAnswer = ["invalid-grant", "json"];
  const failed = await come(serving, redirect);
  expect([failed.status, failed.text]).toEqual([400, expect.stringContaining("The sign-in to notes did not succeed")]);
  expect((await own(serving, "/mcp/notes")).json).toMatchObject({ error: { code: "token_refused" }, accounts: [] });
  expect((await come(serving, redirect)).text).toContain("No sign-in is waiting");
  expect((await come(serving, await approve(await begin(serving)))).status).toBe(200);
});

test("only the callback, the health and the way in are open under the public name; another name is refused", async () => {
  const { serving } = await openScene();
  const local = serving.url;
  for (const [path, status] of [["/health", 200], ["/mcp/oauth/callback", 400], ["/", 401], ["/session", 403], ["/mcp", 401], ["/event", 401], ["/doc", 401]] as const) {
    expect([path, (await ask(local, "GET", path, { headers: { host: "mcp.example.com" } })).status]).toEqual([path, status]);
    expect([path, (await ask(local, "GET", path, { headers: { host: "evil.example.com" } })).status]).toEqual([path, 403]);
  }
  expect(serving.link.startsWith(`${publicUrl}/session?ticket=`)).toBe(true);
  const opened = await ask(local, "GET", serving.link.slice(publicUrl.length), { headers: { host: "mcp.example.com" } });
  expect(opened.headers["set-cookie"]).toEqual([expect.stringMatching(/; HttpOnly; SameSite=Strict; Secure;/)]);
  const cookie = (opened.headers["set-cookie"] as string[])[0]?.split(";")[0];
  expect((await ask(local, "POST", "/mcp/notes/connect", { headers: { host: "mcp.example.com", cookie, origin: publicUrl, "sec-fetch-site": "same-origin" } })).status).toBe(200);
  expect((await ask(local, "POST", "/mcp/notes/connect", { headers: { host: "mcp.example.com", cookie, origin: "http://mcp.example.com" } })).status).toBe(403);
});

test("H05: a browser that is signed in to the page comes back from an issuer of the same site, whose redirect brings the page's cookie along", async () => {
  const { serving } = await openScene();
  const host = "mcp.example.com";
  const opened = await ask(serving.url, "GET", serving.link.slice(publicUrl.length), { headers: { host } });
  const cookie = (opened.headers["set-cookie"] as string[])[0]?.split(";")[0];
  const { pathname, search } = new URL(await approve(await begin(serving)));
  const foreign = { host, cookie, "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate" };
  expect((await ask(serving.url, "GET", "/mcp", { headers: foreign })).status).toBe(403);
  expect((await ask(serving.url, "GET", `${pathname}${search}`, { headers: foreign })).text).toContain("You are signed in to notes");
  // The cookie counts for nothing there.
  expect((await ask(serving.url, "GET", "/health", { headers: foreign })).json).not.toHaveProperty("processId");
});

test("a public callback outlives kill -9: the server that comes after it finishes the sign-in", async () => {
  const { walk, serving } = await openScene();
  const url = await begin(serving);
  serving.program.signal("SIGKILL");
  await serving.program.ended;
  const next = await startServing(walk, ["--public-url", publicUrl, "--port", "0"]);
  await own(next, "/mcp");
  expect((await come(next, await approve(url))).text).toContain("You are signed in to notes");
});

test("listening beyond this machine wants a public address or a plain word; a public address is https and nothing more", async () => {
  const walk = await openWalk();
  await walk.configure({});
  for (const host of ["0.0.0.0", "::", "192.0.2.7"]) {
    const refused = await walk.run(["serve", "--host", host, "--port", "0"]);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringMatching(/lets other machines reach this server.*\n.*--public-url.*--insecure-network/)]);
  }
  for (const url of ["http://mcp.example.com", "https://mcp.example.com/path", "https://user@mcp.example.com", "https://mcp.example.com?x=1", "mcp.example.com", "ftp://x"]) {
    const refused = await walk.run(["serve", "--public-url", url, "--port", "0"]);
    expect([url, refused.exitCode, refused.stderr]).toEqual([url, 2, expect.stringContaining("--public-url needs an https:// address")]);
  }
  const open = await startServing(walk, ["--host", "0.0.0.0", "--insecure-network", "--port", "0"]);
  const by = (host: string): Promise<Answer> => ask(open.url, "GET", "/mcp", { headers: { host, authorization: `Bearer ${open.token}` } });
  expect((await by(`192.0.2.7:${String(open.port)}`)).status).toBe(200);
  for (const host of [`box.example.com:${String(open.port)}`, `1.2.3.4.5:${String(open.port)}`, "192.0.2.7", `192.0.2.7:${String(open.port + 1)}`]) expect((await by(host)).status).toBe(403);
});
