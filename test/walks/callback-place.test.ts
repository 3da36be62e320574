import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";

import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";

async function configured(walk: Walk, oauth: object, options: AuthorizationServerOptions = {}): Promise<void> {
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url, oauth } });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** As something that forwards to the listener does: another address than the one in the request's Host. */
function deliver(options: { readonly port: number; readonly path: string; readonly host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: options.port, path: options.path, headers: { host: options.host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject).end();
  });
}

async function printedUrl(program: { waitFor(pattern: RegExp): Promise<unknown>; stderr(): string }): Promise<URL> {
  await program.waitFor(/Waiting for the browser/);
  return new URL(/^http\S+authorize\S+$/m.exec(program.stderr())?.[0] ?? "");
}

async function redirectAfterConsent(url: URL): Promise<URL> {
  const answer = await fetch(url, { redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
}

test("C04: with callbackBind 0.0.0.0 the browser outside a container reaches the listener; a warning and a path that is used once come with it", async () => {
  const walk = await openWalk();
  const port = await freePort();
  await configured(walk, { callbackBind: "0.0.0.0", callbackPort: port });
  const secrets: string[] = [];
  for (const words of [[], ["--force"]]) {
    const program = walk.start(["auth", "notes", "--no-browser", ...words]);
    const redirect = await redirectAfterConsent(await printedUrl(program));
    const [, secret = ""] = /^\/mcp\/oauth\/callback\/([\w-]{43})$/.exec(redirect.pathname) ?? [];
    secrets.push(secret);
    expect(program.stderr()).toContain(`other machines may reach its callback listener at 0.0.0.0:${port}`);
    expect((await fetch(`${redirect.origin}/mcp/oauth/callback${redirect.search}`)).status).toBe(404);
    expect(await deliver({ port, path: redirect.pathname + redirect.search, host: "rebound.example.com" })).toBe(404);
    expect((await fetch(redirect)).status).toBe(200);
    expect((await program.ended).exitCode).toBe(0);
  }
  expect(new Set(secrets.filter((secret) => secret !== "")).size).toBe(2);
  expect(walk.ledger.count({ party: "issuer", path: "/register" })).toBe(2);
});

test("C04: a registered redirect URI stays as it is, while the listener has its own address, port and path", async () => {
  const walk = await openWalk();
  const port = await freePort();
  const redirectUri = "http://localhost:3118/callback";
  await configured(walk, { clientId: "fixed", redirectUri, callbackBind: "0.0.0.0", callbackPort: port, callbackPath: "/inner" }, { clients: [{ client_id: "fixed", redirect_uris: [redirectUri] }], redirectMatching: "exact" });
  const program = walk.start(["auth", "notes", "--no-browser"]);
  const url = await printedUrl(program);
  expect(url.searchParams.get("redirect_uri")).toBe(redirectUri);
  expect(program.stderr()).toContain("Only its state parameter tells the browser's request from others");
  const { search } = await redirectAfterConsent(url);
  expect(await deliver({ port, path: `/callback${search}`, host: "localhost:3118" })).toBe(404);
  expect(await deliver({ port, path: `/inner${search}`, host: "localhost:3118" })).toBe(200);
  expect((await program.ended).exitCode).toBe(0);
});

test("C04: callbackHost and callbackPath, as flags too, make the redirect URI; on loopback there is neither a secret path nor a warning", async () => {
  const walk = await openWalk();
  const port = await freePort();
  await configured(walk, { callbackHost: "localhost", callbackBind: "127.0.0.1" });
  const { exitCode, stderr } = await walk.run(["auth", "notes", "--callback-port", String(port), "--callback-path", "/back"], { browser: walk.browser() });
  expect([exitCode, stderr.includes("Warning")]).toEqual([0, false]);
  expect(new URL(/^http\S+authorize\S+$/m.exec(stderr)?.[0] ?? "").searchParams.get("redirect_uri")).toBe(`http://localhost:${port}/back`);
});

test.each([
  ["--callback-bind", "everywhere", "must be an IP address"],
  ["--callback-host", "127.0.0.1:80", "must be a host name"],
  ["--callback-path", "callback", "must be a path that starts with /"],
])("C04: %s %s is wrong usage", async (flag, value, words) => {
  const walk = await openWalk();
  await configured(walk, {});
  const { exitCode, stderr } = await walk.run(["auth", "notes", flag, value]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test("C04: an address that is not this machine's is named, before anything is registered", async () => {
  const walk = await openWalk();
  await configured(walk, { callbackBind: "203.0.113.1" });
  const { exitCode, stderr } = await walk.run(["auth", "notes", "--no-browser"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/203\.0\.113\.1 cannot be listened on .*EADDRNOTAVAIL/)]);
  expect(stderr).toContain("oauth.callbackBind");
  expect(walk.ledger.count({ party: "issuer", path: "/register" })).toBe(0);
});
