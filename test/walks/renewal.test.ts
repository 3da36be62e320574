import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { ageGrant, storedGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

/** Signed in; the ledger begins after it. */
async function signedIn(issuerOptions: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  const server = await walk.resource({ trusts: issuer, ...serverOptions });
  // A port of its own, so that nothing else on this machine makes it register anew for another one.
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  if (exitCode !== 0) throw new Error(stderr);
  walk.ledger.clear();
  return { walk, issuer, server };
}

const say = ["call", "example", "echo", "--args", '{"text":"here"}'];

/** Only these requests may go to the issuer, in this order. */
async function expectIssuerAsked({ walk, issuer }: World, ...lines: string[]): Promise<void> {
  expect(walk.ledger.sequence("issuer")).toEqual(lines);
  await expectKept(walk, issuer);
}

for (const [command, args, said] of [["call", say, /^here\n$/], ["list", ["list"], /✓ example {2}connected/], ["tools", ["tools", "example"], /echo/], ["inspect", ["inspect", "example"], /whoami/]] as const) {
  test(`F02 a new process renews an access token that has ended, in ${command}: one request to the recorded endpoint, no discovery, no 401, nobody asked`, async () => {
    const world = await signedIn();
    const { walk, issuer, server } = world;
    issuer.expireTokens();
    await ageGrant(walk, server.url, -1000);
    issuer.toggles.wellKnown.insert8414 = "failing";
    const { exitCode, stdout, stderr } = await walk.run(args);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(said);
    await expectIssuerAsked(world, "issuer POST /token refresh_token → 200");
    expect(walk.ledger.sequence("resource").filter((line) => line.includes("401") || line.includes("well-known"))).toEqual([]);
  });
}

test("F02 a token within a minute of its end is renewed before it is used; one that has longer is not", async () => {
  const world = await signedIn();
  // In its last five minutes a connection that stays open for a moment may renew it ahead of time, and on a busy machine a call takes that moment.
  await ageGrant(world.walk, world.server.url, 400_000);
  await world.walk.run(say);
  await expectIssuerAsked(world);
  await ageGrant(world.walk, world.server.url, 50_000);
  await world.walk.run(say);
  await expectIssuerAsked(world, "issuer POST /token refresh_token → 200");
});

test("F02 a 401 for a token that should still be good renews it once and sends the message again once", async () => {
  const world = await signedIn();
  world.issuer.expireTokens();
  const { exitCode, stdout } = await world.walk.run(["list"]);
  expect([exitCode, stdout.includes("connected")]).toEqual([0, true]);
  expect(world.walk.ledger.sequence().slice(0, 3)).toEqual(["resource POST /mcp initialize → 401", "issuer POST /token refresh_token → 200", "resource POST /mcp initialize → 200"]);
  await expectIssuerAsked(world, "issuer POST /token refresh_token → 200");
});

test("F03 no failure that may pass ends a sign-in: each is reported with its cause, the grant stays, and the next good answer renews it", async () => {
  const failures = ["bad-gateway", "busy", "unavailable", "html", "html-500", "temporarily-unavailable", "reset", "no-access-token"] as const;
  const world = await signedIn({ refreshAnswer: [...failures, "json"] });
  const { walk, issuer, server } = world;
  issuer.expireTokens();
  await ageGrant(walk, server.url, -1000);
  const before = (await storedGrant(walk, server.url))?.tokens;
  for (const failure of failures) {
    const { exitCode, stdout, stderr } = await walk.run(say);
    expect([failure, exitCode, stdout]).toEqual([failure, 1, ""]);
    expect(stderr).toMatch(/^error: The access token for example could not be renewed; the grant is kept\. .*\/token.*\n(?: .*\n)?hint: /);
    expect((await storedGrant(walk, server.url))?.tokens?.refreshToken).toEqual(before?.refreshToken);
    await ageGrant(walk, server.url, -1000);
  }
  const { exitCode, stdout } = await walk.run(say);
  expect([exitCode, stdout]).toEqual([0, "here\n"]);
  expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
  expect(walk.ledger.count({ path: "/token" })).toBe(failures.length + 1);
  await expectKept(walk, issuer);
});

test("F03 with the issuer down list says that the renewal failed, not that a sign-in is needed, and it recovers by itself", async () => {
  const world = await signedIn();
  const { walk, issuer, server } = world;
  await ageGrant(walk, server.url, -1000);
  await issuer.refuse();
  const { stdout } = await walk.run(["list", "--json"]);
  const [row] = (JSON.parse(stdout) as { servers: { status: string; error: { code: string; message: string } }[] }).servers;
  expect([row?.status, row?.error.code]).toEqual(["failed", "renewal_failed"]);
  expect(row?.error.message).toContain("ECONNREFUSED");
  await issuer.accept();
  expect((await walk.run(["list"])).stdout).toContain("✓ example  connected");
  await expectIssuerAsked(world, "issuer POST /token refresh_token → 200");
});

test("F03 while the token is still good a failing renewal does not stop anything: the row is connected and says what is wrong", async () => {
  const { walk, server } = await signedIn({ refreshAnswer: "bad-gateway" });
  await ageGrant(walk, server.url, 50_000);
  expect((await walk.run(say)).stdout).toBe("here\n");
  const { stdout } = await walk.run(["list", "--json"]);
  const [row] = (JSON.parse(stdout) as { servers: { status: string; error: { code: string } | null }[] }).servers;
  expect([row?.status, row?.error?.code]).toEqual(["connected", "renewal_failed"]);
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
});

test("F04 a refresh token that was revoked ends the sign-in once: the reason and the command are told, the dead token is never sent again, and auth needs no new registration", async () => {
  const world = await signedIn();
  const { walk, issuer, server } = world;
  issuer.expireTokens();
  issuer.revokeRefreshTokens();
  await ageGrant(walk, server.url, -1000);
  const first = await walk.run(say);
  expect([first.exitCode, first.stdout]).toEqual([4, ""]);
  expect(first.stderr).toMatch(/error: example needs a sign-in: .*no longer renews it.*invalid_grant/);
  expect(first.stderr).toContain("hint: mcpass auth example");
  expect((await walk.run(say)).exitCode).toBe(4);
  expect((await walk.run(["list"])).stdout).toContain("⚠ example  needs authentication");
  expect((await walk.run(["list", "--offline"])).stdout).toContain("⚠ example  sign-in expired");
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
  expect(walk.ledger.find({ party: "resource" }).filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  // One of a browser, and before it a look whether the client is still known. R02
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" })]).toEqual([0, 2]);
  expect((await walk.run(say)).stdout).toBe("here\n");
  await expectKept(walk, issuer);
});

test("F09 a renewal repeats the resource and the configured scope, and keeps the refresh token and the scopes that its answer leaves out", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ resourcePolicy: "exact", refreshNeedsScope: true, rotation: "off", answersScope: false });
  const server = await walk.resource({ trusts: issuer, resource: "origin" });
  issuer.toggles.expectedResource = server.origin;
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { scope: "a b" } } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  for (const round of [1, 2]) {
    await ageGrant(walk, server.url, -1000);
    expect([round, (await walk.run(say)).stdout]).toEqual([round, "here\n"]);
  }
  const renewals = walk.ledger.find({ path: "/token", word: "refresh_token" }).map(({ body, status }) => [status, Object.fromEntries(new URLSearchParams(body))] as const);
  const [refreshToken] = issuer.secrets("refresh-token");
  for (const [status, form] of renewals) {
    expect(status).toBe(200);
    expect(form).toEqual({ grant_type: "refresh_token", refresh_token: refreshToken, client_id: expect.any(String), resource: server.origin, scope: "a b" });
  }
  expect([renewals.length, (await storedGrant(walk, server.url))?.tokens?.scopes]).toEqual([2, ["a", "b"]]);
  await expectKept(walk, issuer);
});

for (const refusedToken of [400, 403, "login-redirect"] as const) {
  test(`X08 a token of unknown age that the server answers with ${refusedToken} is renewed once and the message sent again, in call and in list`, async () => {
    const world = await signedIn({ codeAnswer: "no-expiry" }, { refusedToken });
    for (const [args, said] of [[say, "here\n"], [["list"], "✓ example  connected"]] as const) {
      world.issuer.expireTokens();
      world.issuer.toggles.refreshAnswer = "no-expiry";
      world.walk.ledger.clear();
      const { exitCode, stdout, stderr } = await world.walk.run(args);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(said);
      await expectIssuerAsked(world, "issuer POST /token refresh_token → 200");
    }
  });
}

for (const status of [400, 403, 500] as const) {
  test(`X08 a fresh token that is answered with ${status} is not renewed, and the answer is told as it is`, async () => {
    const world = await signedIn({}, {});
    Object.assign(world.server.toggles, { acceptsTokens: false, refusedToken: status });
    const { exitCode, stdout, stderr } = await world.walk.run(say);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(String(status));
    await expectIssuerAsked(world);
  });
}
