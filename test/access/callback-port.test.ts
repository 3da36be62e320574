import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

import { openCallbackListener } from "../../src/access/callback-listener.ts";
import { ask, callbackPath, farAway, openListener } from "./callback-rig.ts";
import { openSigned, openWorld, refusal, remote } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

const hasIPv6 = Object.values(networkInterfaces()).flat().some((address) => address?.address === "::1");

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
  "another sign-in": async (port: number) => void (await openListener({ port })),
};

test.each(Object.keys(holders) as (keyof typeof holders)[])("a port held by %s is left alone: one of our own choice where the client is registered by us (C01)", async (holder) => {
  const port = await freePort();
  await holders[holder](port);
  const listener = await openListener({ port, mayMove: true });
  const bound = new URL(listener.redirectUri);
  expect([listener.moved, bound.hostname, bound.pathname]).toEqual([true, "127.0.0.1", callbackPath]);
  expect(Number(bound.port)).not.toBe(port);
  const arrival = listener.expect("state-1", "files", farAway());
  const page = ask(`${listener.redirectUri}?code=c&state=state-1`);
  (await arrival).finish({});
  expect((await page).status).toBe(200);
});

test.each(Object.keys(holders) as (keyof typeof holders)[])("a port held by %s is an error at once where the redirect is fixed (C01)", async (holder) => {
  const port = await freePort();
  await holders[holder](port);
  const error = await refusal(openListener({ port }));
  expect(error).toMatchObject({ code: "callback_port_busy", details: { port, redirectUri: `http://127.0.0.1:${port}${callbackPath}` }, hint: expect.stringContaining("oauth.callbackPort") });
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
  expect(performance.now() - at).toBeLessThan(10_000);
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
  expect(Object.keys(await world.vaultFiles()).map((name) => name.split("-")[0])).toEqual(["grant", "link"]);
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
  const listener = await openListener({ redirectUri: "https://relay.example/sign-in/done", port });
  expect([listener.redirectUri, listener.moved]).toEqual(["https://relay.example/sign-in/done", false]);
  const arrival = listener.expect("state-1", "files", farAway());
  const page = ask(`http://127.0.0.1:${port}/sign-in/done?code=c&state=state-1`, { host: "relay.example" });
  (await arrival).finish({});
  expect((await page).status).toBe(200);
});

test("a redirect URI with 127.0.0.1 is listened on there only, never on every address (C03)", async () => {
  const port = await freePort();
  await openListener({ port });
  expect(await reaches("127.0.0.1", port)).toBe(true);
  expect([await reaches("127.0.0.2", port), await reaches("::1", port)]).toEqual([false, false]);
});

test("a redirect URI with localhost is listened on in both families on one port, moved or not (C03)", async () => {
  const wanted = await freePort();
  await openListener({ port: wanted, redirectUri: `http://localhost:${wanted}${callbackPath}` });
  const moved = await openListener({ port: wanted, redirectUri: `http://localhost:${wanted}${callbackPath}`, mayMove: true });
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
  const redirectUri = `http://localhost:${port}${callbackPath}`;
  expect((await refusal(openListener({ port, redirectUri }))).code).toBe("callback_port_busy");
  expect(await reaches("127.0.0.1", port)).toBe(false);
  const moved = Number(new URL((await openListener({ port, redirectUri, mayMove: true })).redirectUri).port);
  expect([await reaches("127.0.0.1", moved), await reaches("::1", moved)]).toEqual([true, true]);
});

test("closing frees the port soon, also with a connection that somebody holds open (C01)", async () => {
  const port = await freePort();
  const listener = await openCallbackListener({ redirectUri: `http://127.0.0.1:${port}${callbackPath}`, port, mayMove: false }, Date.now);
  const socket = connect({ host: "127.0.0.1", port });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: half");
  await sleep(50);
  const at = performance.now();
  await listener.close();
  expect(performance.now() - at).toBeLessThan(10_000);
  await openListener({ port });
});
