import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ServerName } from "../servers/independent/differences.ts";
import { trust } from "../servers/independent/independent.ts";
import { requireAuthorizationServers } from "../servers/independent/install.mjs";
import { startWorkersServer } from "../servers/independent/workers.ts";
import { ageGrant, replaceStoredClients, storedGrant } from "./age-grant.ts";
import { type IndependentWalk, openIndependent } from "../servers/independent/scene.ts";
import { freePort } from "../rig/free-port.ts";
import { homeTexts } from "./places.ts";

beforeAll(() => void requireAuthorizationServers(), 300_000);

/** The three that offer everything, with how many seconds an access token lives (60 is the least that workers-oauth-provider allows) and who bob is there. */
const full = [
  ["oidc-provider", 4, "bob"],
  ["workers-oauth-provider", 60, "bob"],
  ["better-auth", 4, expect.stringMatching(/^\w{32}$/) as string],
] as const;

const signInLegs = ["reach", "tls", "first request", "first request, 2026-07-28", "challenge", "resource metadata", "issuer metadata", "authorization server", "pkce", "registration", "scopes", "redirect"];

interface Examined {
  readonly exitCode: number | null;
  readonly legs: readonly string[];
  /** The legs that are a warning or bad. */
  readonly odd: readonly string[];
  readonly grants: readonly { readonly account: string; readonly issuer: string; readonly renewals: number }[];
  readonly verdict: string;
  readonly remedy: unknown;
}

async function examine(walk: Walk): Promise<Examined> {
  const { exitCode, stdout } = await walk.run(["doctor", "example", "--json"]);
  const { findings, grants, verdict, remedy } = JSON.parse(stdout) as { findings: { leg: string; mark: string }[]; grants: Examined["grants"]; verdict: { words: string }; remedy: unknown };
  const legs = [...new Set(findings.map(({ leg }) => leg))];
  const odd = findings.filter(({ mark }) => mark === "warning" || mark === "bad").map(({ leg }) => leg);
  return { exitCode, legs, odd, grants, verdict: verdict.words, remedy };
}

async function signIn({ walk }: IndependentWalk, ...more: string[]): Promise<string> {
  const { exitCode, stderr } = await walk.run(["auth", "example", ...more], { browser: walk.browser({ login: "bob" }) });
  expect([exitCode, stderr.match(/^✓ Signed in to example as default at (\S+);/m)?.[1]]).toEqual([0, expect.any(String)]);
  return stderr;
}

async function whoami({ walk }: IndependentWalk): Promise<{ exitCode: number | null; stderr: string; subject?: string }> {
  const { exitCode, stdout, stderr } = await walk.run(["call", "example", "whoami", "--args", "{}"]);
  return { exitCode, stderr, ...(exitCode === 0 ? (JSON.parse(stdout) as { subject: string }) : {}) };
}

/** What our renewals were made with, in order. */
function renewalsOf(walk: Walk): { token: string; clientId: string; resource: string | null; path: string }[] {
  const asked = walk.ledger.find({ party: "issuer", word: "refresh_token" });
  return asked.map(({ body, path }) => {
    const form = new URLSearchParams(body);
    return { token: form.get("refresh_token") ?? "", clientId: form.get("client_id") ?? "", resource: form.get("resource"), path };
  });
}

async function expectTokensKept(walk: Walk): Promise<void> {
  const forms = walk.ledger.find({ party: "issuer", method: "POST" }).map(({ body }) => new URLSearchParams(body));
  const secrets = ["refresh_token", "code", "code_verifier"].flatMap((name) => forms.flatMap((form) => form.getAll(name)));
  const bearers = walk.ledger.find({ party: "resource" }).flatMap(({ headers }) => /^Bearer (.+)$/.exec(headers["authorization"] ?? "")?.[1] ?? []);
  const texts = { printed: walk.printed(), ...(await homeTexts(walk)) };
  expectNowhere([...new Set(secrets)], { ledger: walk.ledger, except: ["issuer"], texts });
  expectNowhere([...new Set(bearers)], { ledger: walk.ledger, except: ["issuer", "resource"], texts });
}

/** Until the stored access token has ended: really, or, where it lives for a minute at least, by what is stored. */
async function letItEnd({ walk, server }: IndependentWalk, seconds: number): Promise<void> {
  if (seconds < 60) await sleep(seconds * 1000 + 100);
  else await ageGrant(walk, server.url, -1000);
}

test.each(full)("D01 F02 %s in full: doctor, a sign-in through its pages, a call, and two renewals, each with the newest refresh token", async (name, seconds, subject) => {
  const scene = await openIndependent(name, { accessTokenSeconds: seconds });
  const { walk, server } = scene;
  const before = await examine(walk);
  expect(before).toMatchObject({ exitCode: 0, odd: [], verdict: "OAuth ready: mcpass can sign in", remedy: { command: "mcpass auth example" } });
  expect(before.legs).toEqual(expect.arrayContaining([...signInLegs, "vault"]));
  expect(walk.ledger.find({ party: "issuer", method: "POST" })).toEqual([]);

  expect(await signIn(scene)).toContain("renewed automatically");
  expect(await whoami(scene)).toMatchObject({ exitCode: 0, subject });
  const tokenPath = walk.ledger.find({ word: "authorization_code" })[0]?.path;
  for (const round of [1, 2]) {
    await letItEnd(scene, seconds);
    const [stored, sent] = [await storedGrant(walk, server.url), renewalsOf(walk).length];
    expect(await whoami(scene), `round ${String(round)}`).toMatchObject({ exitCode: 0, subject });
    const renewed = await storedGrant(walk, server.url);
    expect(renewalsOf(walk)[sent]).toEqual({ token: stored?.tokens?.refreshToken, clientId: stored?.registration.clientId, resource: server.url, path: tokenPath });
    expect(renewed?.tokens?.refreshToken).not.toBe(stored?.tokens?.refreshToken);
    expect(renewed?.tokens?.accessToken).not.toBe(stored?.tokens?.accessToken);
  }
  const used = renewalsOf(walk).map(({ token }) => token);
  expect([new Set(used).size, walk.ledger.count({ word: "authorization_code" })]).toEqual([used.length, 1]);
  await expectTokensKept(walk);
}, 60_000);

/** A renewal as another program would ask for it. */
async function renewElsewhere({ issuer, server, walk }: IndependentWalk, refreshToken = "", clientId = ""): Promise<number> {
  const path = walk.ledger.find({ word: "authorization_code" })[0]?.path ?? "";
  const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId, resource: server.url };
  return (await fetch(issuer.origin + path, { method: "POST", body: new URLSearchParams(form) })).status;
}

test.each([
  ["oidc-provider", "revoked at its authorization server, and forgotten here.", true],
  ["workers-oauth-provider", "revoked at its authorization server, and forgotten here.", true],
  ["better-auth", "its refresh token is revoked at its authorization server, and all is forgotten here.\nwarning: the access token stays valid until", false],
] as const)("U04 %s: doctor of a sign-in that was renewed; logout revokes there what can be revoked, says what stays valid, and the sign-in is over", async (name, said, accessTokenEnds) => {
  const scene = await openIndependent(name);
  const { walk, server, issuer } = scene;
  await signIn(scene);
  await ageGrant(walk, server.url, -1000);
  expect((await whoami(scene)).exitCode).toBe(0);
  const examined = await examine(walk);
  expect(examined).toMatchObject({ exitCode: 0, odd: [], verdict: "OAuth ready: signed in, and the token is accepted", remedy: null, grants: [{ account: "default", issuer: issuer.issuer, renewals: 1 }] });
  expect(examined.legs).toEqual(expect.arrayContaining([...signInLegs, "stored token"]));

  const { tokens, registration, revocationEndpoint = "" } = (await storedGrant(walk, server.url)) ?? {};
  const { exitCode, stdout, stderr } = await walk.run(["logout", "example"]);
  expect([exitCode, stdout]).toEqual([0, ""]);
  expect(stderr).toContain(`✓ Signed out of example (account default): ${said}`);
  const revoked = walk.ledger.find({ path: new URL(revocationEndpoint).pathname, method: "POST" }).map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(revoked.filter((form) => "token_type_hint" in form)).toEqual([
    { token: tokens?.refreshToken, token_type_hint: "refresh_token", client_id: registration?.clientId },
    { token: tokens?.accessToken, token_type_hint: "access_token", client_id: registration?.clientId },
  ]);
  expect(await renewElsewhere(scene, tokens?.refreshToken, registration?.clientId)).toBe(400);
  expect((await issuer.validate(tokens?.accessToken ?? "")).ok).toBe(!accessTokenEnds);
  expect(await whoami(scene)).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("mcpass auth example") as string });
  await expectTokensKept(walk);
}, 60_000);

test.each(full)("F04 %s: where another program has used an old refresh token, the call says that the sign-in is over, and mcpass auth is the way back", async (name, _seconds, subject) => {
  const scene = await openIndependent(name);
  const { walk, server } = scene;
  await signIn(scene);
  const { tokens: first, registration } = (await storedGrant(walk, server.url)) ?? {};
  await ageGrant(walk, server.url, -1000);
  expect(await whoami(scene)).toMatchObject({ exitCode: 0 });
  await renewElsewhere(scene, first?.refreshToken, registration?.clientId);
  // What the replay gave away, if anything, is used: workers-oauth-provider ends the other one then.
  await ageGrant(walk, server.url, -1000);
  const over = await whoami(scene);
  expect(over).toMatchObject({ exitCode: 4 });
  expect(over.stderr).toContain("hint: mcpass auth example");
  const asked = renewalsOf(walk).length;
  expect((await whoami(scene)).exitCode).toBe(4);
  expect([renewalsOf(walk).length, (await storedGrant(walk, server.url))?.tokens]).toEqual([asked, undefined]);
  await signIn(scene);
  expect(await whoami(scene)).toMatchObject({ exitCode: 0, subject });
}, 60_000);

test.each(["oidc-provider", "workers-oauth-provider", "better-auth", "MCP SDK"] as const satisfies readonly ServerName[])("R02 %s: a client that it has forgotten is registered anew before the browser opens", async (name) => {
  const scene = await openIndependent(name);
  const { walk, server } = scene;
  await signIn(scene);
  await replaceStoredClients(walk, "forgotten-client");
  const { stderr } = await walk.run(["auth", "example", "--force"], { browser: walk.browser({ login: "bob" }) });
  expect(stderr).toContain("no longer knows this client; registering again");
  expect(stderr).toContain("✓ Signed in to example");
  expect((await storedGrant(walk, server.url))?.registration.clientId).not.toBe("forgotten-client");
  expect(await whoami(scene)).toMatchObject({ exitCode: 0 });
}, 60_000);

test("R07 workers-oauth-provider reads the document that client-metadata prints, and signs in without registering", async () => {
  const walk = await openWalk();
  const url = "https://client.example/mcpass.json";
  const callbackPort = await freePort();
  const document = JSON.parse((await walk.run(["client-metadata", "--url", url, "--redirect-port", String(callbackPort)])).stdout) as object;
  const server = await walk.resource({ scopesSupported: ["mcp:read"] });
  const issuer = walk.keep(await startWorkersServer(walk.ledger, { resources: [server.url], clientDocuments: { [url]: document } }));
  trust(server, issuer);
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { clientMetadataUrl: url, callbackPort } } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser({ login: "bob" }) });
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("✓ Signed in to example")]);
  expect([walk.ledger.count({ path: "/oauth/register" }), walk.ledger.count({ party: "documents" }) > 0]).toEqual([0, true]);
  await ageGrant(walk, server.url, -1000);
  expect((await walk.run(["call", "example", "whoami"])).stdout).toContain('"subject":"bob"');
  expect(renewalsOf(walk).map(({ clientId }) => clientId)).toEqual([url]);
}, 60_000);

test("D12 oauth2-server, which has no metadata at all: doctor says what to set, and with endpoints and client set it signs in, renews, rotates, and says that it cannot revoke", async () => {
  const scene = await openIndependent("oauth2-server");
  const { walk, server, byHand, issuer } = scene;
  await walk.configure({ example: { type: "remote", url: server.url } });
  const unknown = await examine(walk);
  expect(unknown).toMatchObject({ exitCode: 1, verdict: "broken: the fault is the authorization server's", remedy: { said: expect.stringContaining("oauth.authorizationEndpoint and oauth.tokenEndpoint") as string } });
  const { authorizationEndpoint, tokenEndpoint } = byHand;
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { authorizationEndpoint, tokenEndpoint } } });
  expect(await examine(walk)).toMatchObject({ exitCode: 0, verdict: "OAuth, client needed: register one with the issuer", remedy: { redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback" } });
  await walk.configure({ example: { type: "remote", url: server.url, oauth: byHand } });
  expect(await examine(walk)).toMatchObject({ exitCode: 0, odd: [], verdict: "OAuth ready: mcpass can sign in" });

  expect(await signIn(scene)).toContain("renewed automatically");
  await ageGrant(walk, server.url, -1000);
  const [stored, sent] = [await storedGrant(walk, server.url), renewalsOf(walk).length];
  expect(await whoami(scene)).toMatchObject({ exitCode: 0, subject: "bob" });
  const renewed = await storedGrant(walk, server.url);
  expect(renewalsOf(walk)[sent]).toMatchObject({ token: stored?.tokens?.refreshToken, clientId: "by-hand" });
  expect(renewed?.tokens?.refreshToken).not.toBe(stored?.tokens?.refreshToken);
  expect(await examine(walk)).toMatchObject({ exitCode: 0, odd: [], verdict: "OAuth ready: signed in, and the token is accepted" });

  expect((await walk.run(["logout", "example"])).stderr).toContain("Its authorization server offers no revocation: what was issued stays valid there until it expires.");
  expect(await renewElsewhere(scene, renewed?.tokens?.refreshToken, "by-hand")).toBe(200);
  expect([(await whoami(scene)).exitCode, walk.ledger.find({ party: "issuer" }).filter(({ path }) => path.includes("revo")), issuer.issuer]).toEqual([4, [], issuer.origin]);
}, 60_000);

test("A02 the demo server of the MCP SDK, which gives no refresh tokens: the sign-in says when it will be asked again, and when that time has come so does the call", async () => {
  const scene = await openIndependent("MCP SDK");
  const { walk, server, issuer } = scene;
  expect(await examine(walk)).toMatchObject({ exitCode: 0, odd: [], verdict: "OAuth ready: mcpass can sign in" });
  const said = await signIn(scene);
  expect(said).toMatch(/scopes mcp:read; you will be asked again at [\d-]*\s?\d\d:\d\d\nwarning: no refresh token came with it, so it cannot be renewed without you/);
  expect(await whoami(scene)).toMatchObject({ exitCode: 0, subject: "demo_user" });
  expect(await examine(walk)).toMatchObject({ exitCode: 0, verdict: "OAuth ready: signed in, and the token is accepted", grants: [{ issuer: issuer.issuer, renewals: 0 }] });
  const token = (await storedGrant(walk, server.url))?.tokens?.accessToken ?? "";
  await ageGrant(walk, server.url, -1000);
  expect(await whoami(scene)).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("mcpass auth example") as string });
  expect(renewalsOf(walk)).toEqual([]);
  expect((await walk.run(["logout", "example"])).stderr).toContain("offers no revocation");
  expect((await issuer.validate(token)).ok).toBe(true);
}, 60_000);
