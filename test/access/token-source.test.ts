import { expect, test } from "vitest";

import { isEnding } from "../../src/access/ending.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { waitUntil } from "../rig/wait.ts";
import { openSigned, openWorld, refusal, remote, send } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

const hourMs = 3_600_000;

test("a token that has ended is renewed by one request to the recorded endpoint, with every discovery server down (F02, F08)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const endpoints = await issuer.alsoListen("endpoints");
  issuer.toggles.endpointOrigin = endpoints.origin;
  const server = await world.resource({ trusts: issuer });
  const entry = remote(server.url);
  await world.access(entry).signIn(world.person());
  await issuer.refuse();
  server.toggles.metadata = { inserted: "failing" };
  world.ledger.clear();
  world.clock.aheadMs = hourMs + 1_000;
  const nextProcess = world.access(entry);
  expect((await send(nextProcess, server.url)).status).toBe(200);
  expect((await send(nextProcess, server.url)).status).toBe(200);
  expect(world.ledger.sequence()).toEqual(["endpoints POST /token refresh_token → 200", "resource POST /mcp tools/list → 200", "resource POST /mcp tools/list → 200"]);
  expect(world.opened).toHaveLength(1);
});

test.each([
  { life: 3_600, keptAt: 61, renewedAt: 59 },
  { life: 100, keptAt: 11, renewedAt: 9 },
])("a token that lives $life s is renewed when less than min(60 s, 10 %) of it is left (F02)", async ({ life, keptAt, renewedAt }) => {
  const { world, server, access } = await openSigned({ issuer: { accessTokenSeconds: life } });
  world.clock.aheadMs = (life - keptAt) * 1_000 - 500;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(0);
  world.clock.aheadMs = (life - renewedAt) * 1_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
});

test("a token of unknown lifetime is used until the server refuses it, then renewed once (F02)", async () => {
  const { world, issuer, server, entry, access } = await openSigned({ issuer: { codeAnswer: "no-expiry" } });
  const grant = await world.storedGrant(entry);
  expect(grant?.tokens?.expiresAt).toBeUndefined();
  expect(grant !== undefined && isEnding(grant, Date.now() + 1_000 * hourMs)).toBe(false);
  world.clock.aheadMs = 1_000 * hourMs;
  expect((await send(access, server.url)).status).toBe(200);
  issuer.expireTokens();
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.sequence()).toEqual([
    "resource POST /mcp tools/list → 200",
    "resource POST /mcp tools/list → 401",
    "issuer POST /token refresh_token → 200",
    "resource POST /mcp tools/list → 200",
  ]);
});

const blips: readonly (readonly [string, AuthorizationServerOptions | "refused"])[] = [
  ["refused connections", "refused"],
  ["an answer cut in the middle", { refreshAnswer: "reset-half", rotation: "off" }],
  ["a connection cut without an answer", { refreshAnswer: "reset" }],
  ["502 with a page", { refreshAnswer: "bad-gateway" }],
  ["503", { refreshAnswer: "unavailable" }],
  ["429 with Retry-After", { refreshAnswer: "busy" }],
  ["200 with a page", { refreshAnswer: "html" }],
  ["200 without a token", { refreshAnswer: "no-access-token" }],
  ["500 with a page", { refreshAnswer: "html-500" }],
  ["temporarily_unavailable", { refreshAnswer: "temporarily-unavailable" }],
  ["400 with nothing in it", { refreshAnswer: "empty-400" }],
  ["404 with a page", { refreshAnswer: "html-404" }],
  ["403 of a gateway, in JSON of its own", { refreshAnswer: "gateway-403" }],
  ["a redirect", { refreshAnswer: "redirect" }],
];

test.each(blips)("%s while renewing: the grant survives, a token that is still good is used, and all is well again without a sign-in (F03)", async (_, trouble) => {
  const { world, issuer, server, entry, access } = await openSigned({ issuer: trouble === "refused" ? {} : trouble });
  if (trouble === "refused") await issuer.refuse();
  const before = await world.storedGrant(entry);
  world.clock.aheadMs = hourMs - 30_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(await world.storedGrant(entry)).toMatchObject({ tokens: before?.tokens, ended: undefined, trouble: { at: expect.any(Number) } });
  world.clock.aheadMs = hourMs + 1_000;
  const error = await refusal(send(world.access(entry), server.url));
  expect(error).toMatchObject({ code: "renewal_failed", hint: expect.stringContaining("run the same command again") });
  expect(error.message).toContain(issuer.origin);
  expect((await world.storedGrant(entry))?.tokens).toEqual(before?.tokens);
  if (trouble === "refused") await issuer.accept();
  issuer.toggles.refreshAnswer = "json";
  expect((await send(world.access(entry), server.url)).status).toBe(200);
  expect(await world.storedGrant(entry)).toMatchObject({ trouble: undefined, generation: 2 });
  expect([world.opened.length, world.ledger.count({ path: "/authorize" }), world.ledger.count({ path: "/register" })]).toEqual([1, 0, 0]);
});

test.each([
  ["empty-400", "answered 400 without an OAuth error (nothing in it)"],
  ["html-404", "answered 404 without an OAuth error (an HTML page)"],
  ["gateway-403", "answered 403 without an OAuth error (JSON without one)"],
  ["redirect", "answered 307 without an OAuth error (a redirect to http://127.0.0.1:9, which is not followed)"],
] as const)("%s while renewing says what came, and asks nobody to sign in (F03)", async (refreshAnswer, words) => {
  const { world, issuer, server, access, entry } = await openSigned({ issuer: { refreshAnswer } });
  issuer.expireTokens();
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "renewal_failed", message: expect.stringContaining(words) });
  expect(await world.storedGrant(entry)).toMatchObject({ ended: undefined, trouble: { message: expect.stringContaining(words) } });
});

test("while a token is still good, a failing renewal is tried once in 30 s, not with every request (F03)", async () => {
  const { world, server, access } = await openSigned({ issuer: { refreshAnswer: "unavailable" } });
  world.clock.aheadMs = hourMs - 55_000;
  for (let turn = 0; turn < 3; turn += 1) expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
  world.clock.aheadMs += 37_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(2);
});

test("an ended grant: one attempt, then needs a sign-in with its command, quarantined and never sent; the next sign-in registers nothing (F04)", async () => {
  const { world, issuer, server, entry, access } = await openSigned();
  const before = await world.storedGrant(entry);
  issuer.revokeRefreshTokens();
  world.clock.aheadMs = hourMs + 1_000;
  const errors = [await refusal(send(access, server.url)), await refusal(send(world.access(entry), server.url))];
  expect(errors.map(({ code, hint }) => [code, hint])).toEqual([["sign_in_required", "mcpass auth example"], ["sign_in_required", "mcpass auth example"]]);
  expect(errors[1]?.message).toContain("invalid_grant");
  expect(world.ledger.sequence()).toEqual(["issuer POST /token refresh_token → 400"]);
  expect(await world.storedGrant(entry)).toMatchObject({ tokens: undefined, ended: { reason: "invalid_grant", quarantined: before?.tokens }, registration: before?.registration });
  expect(world.events.filter(({ type }) => type === "grant.ended")).toHaveLength(1);
  expect(world.opened).toHaveLength(1);
  world.clock.aheadMs = 0;
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.count({ path: "/register" })).toBe(0);
  expect((await send(access, server.url)).status).toBe(200);
});

test("the command that an ended grant names carries the account (F04)", async () => {
  const { world, issuer, server, entry } = await openSigned({ signIn: false });
  const work = world.access(entry, { account: "work", name: "my server" });
  await work.signIn(world.person());
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  expect(await refusal(send(work, server.url))).toMatchObject({ code: "sign_in_required", hint: 'mcpass auth "my server" --account work' });
});

test("a token that has ended without a refresh token needs a sign-in, and asks nobody (F02)", async () => {
  const { world, server, access } = await openSigned({ issuer: { refreshTokens: "never" } });
  world.clock.aheadMs = hourMs - 1_000;
  expect((await send(access, server.url)).status).toBe(200);
  world.ledger.clear();
  world.clock.aheadMs = hourMs + 1_000;
  expect((await refusal(send(access, server.url))).code).toBe("sign_in_required");
  expect(world.ledger.entries).toEqual([]);
});

test("a renewal repeats the resource and the configured scope, and keeps the refresh token and scopes the answer leaves out (F09)", async () => {
  const { world, issuer, server, entry, access } = await openSigned({ oauth: { scope: "read write" }, issuer: { rotation: "off", refreshNeedsScope: true, answersScope: false, resourcePolicy: "ignore" } });
  Object.assign(issuer.toggles, { resourcePolicy: "exact", expectedResource: server.url });
  const before = await world.storedGrant(entry);
  world.clock.aheadMs = hourMs + 1_000;
  expect((await send(access, server.url)).status).toBe(200);
  const form = new URLSearchParams(world.ledger.find({ path: "/token" })[0]?.body);
  expect(Object.fromEntries(form)).toEqual({ grant_type: "refresh_token", refresh_token: before?.tokens?.refreshToken, client_id: before?.registration.clientId, scope: "read write", resource: server.url });
  const after = await world.storedGrant(entry);
  expect(after?.tokens).toMatchObject({ refreshToken: before?.tokens?.refreshToken, scopes: ["read", "write"] });
  expect(after?.tokens?.accessToken).not.toBe(before?.tokens?.accessToken);
});

test("a renewal names no scope where none is configured (F09)", async () => {
  const { world, server, access } = await openSigned({ server: { scopesSupported: ["read"] } });
  world.clock.aheadMs = hourMs + 1_000;
  await send(access, server.url);
  expect(new URLSearchParams(world.ledger.find({ path: "/token" })[0]?.body).has("scope")).toBe(false);
});

test("every rotated refresh token is on disk before the next process needs it (F02, F05)", async () => {
  const { world, issuer, server, entry } = await openSigned({ issuer: { rotation: "family" } });
  for (let turn = 1; turn <= 3; turn += 1) {
    world.clock.aheadMs = turn * (hourMs + 1_000);
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  }
  const sent = world.ledger.find({ path: "/token" }).map(({ body }) => new URLSearchParams(body).get("refresh_token"));
  expect(new Set(sent).size).toBe(3);
  expect((await world.storedGrant(entry))?.tokens?.refreshToken).toBe(issuer.secrets("refresh-token").at(-1));
});

test("ten requests with an ended token make one renewal, and all go through (F02)", async () => {
  const { world, server, access } = await openSigned({ issuer: { rotation: "family" } });
  world.clock.aheadMs = hourMs + 1_000;
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(access, server.url)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("ten requests while the issuer is in trouble ask it once, and all of them fail alike (F03)", async () => {
  const { world, server, access } = await openSigned({ issuer: { refreshAnswer: "unavailable" } });
  world.clock.aheadMs = hourMs + 1_000;
  const errors = await Promise.all(Array.from({ length: 10 }, () => refusal(send(access, server.url))));
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["renewal_failed"]));
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test.each(["before they ask", "as the server says"])("five programs that share the vault make one renewal when the token has ended %s (F02)", async (when) => {
  const { world, issuer, server, entry } = await openSigned({ issuer: { rotation: "family" } });
  if (when === "before they ask") world.clock.aheadMs = hourMs + 1_000;
  else issuer.expireTokens();
  const programs = Array.from({ length: 5 }, () => world.access(entry));
  const answers = await Promise.all(programs.map((access) => send(access, server.url)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
  expect(await world.storedGrant(entry)).toMatchObject({ generation: 2, ended: undefined });
});

test("a caller that gives up does not cancel the renewal: what the issuer rotated is stored (F05)", async () => {
  const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
  world.clock.aheadMs = hourMs + 1_000;
  const givingUp = new AbortController();
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const real = createHttpFetch();
  const fetch: typeof real = async (url, init) => {
    if (url.endsWith("/token")) await (givingUp.abort(), held);
    return real(url, init);
  };
  const impatient = send(world.access(entry, { runtime: { fetch } }), server.url, "tools/list", {}, givingUp.signal);
  expect((await refusal(impatient)).code).toBe("cancelled");
  expect((await world.storedGrant(entry))?.generation).toBe(1);
  answer();
  await waitUntil(async () => (await world.storedGrant(entry))?.generation === 2, "the renewal that went on");
  expect((await send(world.access(entry), server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("one account's grant and one server's grant leave all others alone (S05)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer();
  const [left, right] = [await world.resource({ trusts: issuer, party: "left" }), await world.resource({ trusts: issuer, party: "right" })];
  const callbackPort = await freePort();
  const entries = [remote(left.url, { oauth: { callbackPort } }), remote(right.url, { oauth: { callbackPort } })] as const;
  for (const [entry, account] of [[entries[0], "default"], [entries[0], "work"], [entries[1], "default"]] as const) await world.access(entry, { account }).signIn(world.person());
  const before = await world.vaultFiles();
  await world.access(entries[0], { account: "work" }).signOut({});
  const after = await world.vaultFiles();
  expect(Object.keys(before).map((name) => name.split("-")[0])).toEqual(["grant", "grant", "grant", "link", "link", "link", "registration"]);
  expect(Object.keys(after).map((name) => name.split("-")[0])).toEqual(["grant", "grant", "link", "link", "registration"]);
  expect(before).toMatchObject(after);
  expect((await send(world.access(entries[0]), left.url)).status).toBe(200);
  expect((await send(world.access(entries[1]), right.url)).status).toBe(200);
});
