import { execFile } from "node:child_process";
import { request } from "node:http";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { redirect } from "../servers/listener.ts";
import { followScript } from "./browser.ts";
import { startProxy } from "./proxy.ts";
import { createAuthority } from "./tls.ts";
import { openWalk } from "./walk.ts";

/** One plain request through the proxy. */
function plain(proxy: string, url: string, headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(proxy);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: url, headers: { host: new URL(url).host, ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on("error", reject).end();
  });
}

/** A GET inside a tunnel; the first line of the answer, or the proxy's status. */
function tunnelled(proxy: string, host: string, port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname: new URL(proxy).hostname, port: new URL(proxy).port, method: "CONNECT", path: `${host}:${String(port)}` });
    outgoing.on("error", reject).on("connect", (answer, socket) => {
      if (answer.statusCode !== 200) return resolve(String(answer.statusCode));
      const secure = connect({ socket, servername: host, ca }, () => secure.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
      secure.on("data", (part) => resolve(String(part).split("\r\n", 1)[0] ?? "")).on("error", reject);
    });
    outgoing.end();
  });
}

test("plain requests and tunnels are counted by target, and a route gives a local server any name", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const open = await walk.bystander("open");
  const secure = await walk.bystander("secure", undefined, { tls: authority.server({ names: ["login.example.com"] }) });
  const proxy = await walk.proxy({ routes: { "login.example.com:443": `127.0.0.1:${String(secure.port)}` } });
  expect(await plain(proxy.url, `${open.origin}/a?b=c`)).toBe(200);
  expect(await tunnelled(proxy.url, "login.example.com", 443, authority.cert)).toBe("HTTP/1.1 200 OK");
  expect(await tunnelled(proxy.url, "elsewhere.example", 443, authority.cert)).toBe("502");
  expect(proxy.targets()).toEqual({ [new URL(open.origin).host]: 1, "login.example.com:443": 1, "elsewhere.example:443": 1 });
  expect(proxy.legs.map(({ kind, request: what, status }) => [kind, what, status])).toEqual([
    ["forward", "GET /a", 200],
    ["connect", undefined, 200],
    ["connect", undefined, 502],
  ]);
  expect(walk.ledger.entries[0]?.path).toBe("/a?b=c");
});

test("a proxy with credentials answers 407 without them, and keeps them from the server", async () => {
  const walk = await openWalk();
  const open = await walk.bystander("open");
  const proxy = await startProxy({ credentials: { user: "u", password: "p@ss" } });
  try {
    expect(proxy.url).toContain("http://u:p%40ss@127.0.0.1:");
    expect(await plain(proxy.origin, `${open.origin}/`)).toBe(407);
    expect(await plain(proxy.origin, `${open.origin}/`, { "proxy-authorization": `Basic ${Buffer.from("u:p@ss").toString("base64")}` })).toBe(200);
    expect(walk.ledger.entries[0]?.headers["proxy-authorization"]).toBeUndefined();
  } finally {
    await proxy.stop();
  }
});

test("the browser double goes to an https name through the proxy, and home to its callback directly", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const callback = await walk.bystander("callback");
  const secure = await walk.bystander("secure", () => redirect(`${callback.origin}/back?code=c`), { tls: authority.server({ names: ["login.example.com"] }) });
  const proxy = await walk.proxy({ credentials: { user: "u", password: "p@ss" }, routes: { "login.example.com:443": `127.0.0.1:${String(secure.port)}` } });
  const browser = walk.browser({ ca: authority.file, proxy: proxy.url });
  await promisify(execFile)(process.execPath, [followScript, `https://login.example.com/a?redirect_uri=${callback.origin}/back`], { env: { ...process.env, ...browser.environment } });
  expect(walk.ledger.sequence()).toEqual(["secure GET /a → 302", "callback GET /back → 200"]);
  expect(proxy.targets()).toEqual({ "login.example.com:443": 1 });
});
