import { expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { OidcOptions } from "../servers/oidc.ts";
import { ageGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { homeTexts } from "./places.ts";

const initialize = ["resource POST /mcp initialize → 200", "resource POST /mcp notifications/initialized → 202", "resource POST /mcp tools/list → 200", "resource DELETE /mcp → 200"];

async function open(options: OidcOptions = {}): Promise<{ walk: Walk; url: string; issuer: string }> {
  const walk = await openWalk();
  const oidc = await walk.oidc(options);
  const server = await walk.resource({ trusts: oidc, scopesSupported: ["mcp:read"], metadata: { inserted: "document" } });
  await walk.configure({ example: { type: "remote", url: server.url } });
  return { walk, url: server.url, issuer: oidc.issuer };
}

async function requestsOf(walk: Walk, work: () => Promise<unknown>): Promise<string[]> {
  const before = walk.ledger.entries.length;
  await work();
  return walk.ledger.sequence().slice(before);
}

/** The tokens that the issuer gave out, from what came back to it or to the server; oidc-provider keeps no list. */
function tokensSeen(walk: Walk): { access: string[]; refresh: string[]; codes: string[]; verifiers: string[] } {
  const forms = walk.ledger.find({ party: "issuer", method: "POST" }).map(({ body }) => new URLSearchParams(body));
  const all = (name: string): string[] => [...new Set(forms.flatMap((form) => form.getAll(name)))];
  const bearers = walk.ledger.find({ party: "resource" }).flatMap(({ headers }) => /^Bearer (.+)$/.exec(headers["authorization"] ?? "")?.[1] ?? []);
  return { access: [...new Set(bearers)], refresh: all("refresh_token"), codes: all("code"), verifiers: all("code_verifier") };
}

async function expectTokensKept(walk: Walk): Promise<void> {
  const { access, refresh, codes, verifiers } = tokensSeen(walk);
  const texts = { printed: walk.printed(), ...(await homeTexts(walk)) };
  expectNowhere(access, { ledger: walk.ledger, except: ["issuer", "resource"], texts });
  expectNowhere([...refresh, ...codes, ...verifiers], { ledger: walk.ledger, except: ["issuer"], texts });
}

test("D01 with oidc-provider: list, auth through its login and consent pages, list, call, and a second auth that asks nobody", async () => {
  const { walk, url, issuer } = await open();
  const refusal = ["resource POST /mcp initialize → 401", "resource GET /.well-known/oauth-protected-resource/mcp → 200", "issuer GET /.well-known/oauth-authorization-server → 200"];
  expect(await requestsOf(walk, () => walk.run(["list"]))).toEqual(refusal);

  const browser = walk.browser({ login: "bob" });
  const requests = await requestsOf(walk, async () => {
    const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser });
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toContain(`Signed in to example as default at ${issuer}; scopes mcp:read`);
  });
  const withoutPages = requests.filter((line) => !line.includes("/interaction/")).map((line) => line.replace(/\/auth\/\S+/, "/auth/…"));
  expect(withoutPages).toEqual([...refusal, "issuer POST /reg → 201", "issuer GET /auth → 303", "issuer GET /auth/… → 303", "issuer GET /auth/… → 303", "issuer POST /token authorization_code → 200", ...initialize]);
  expect((await browser.lastPage()).body).toContain("You are signed in to example.");

  const { stdout } = await walk.run(["list"]);
  expect(stdout).toBe(`✓ example  connected  3 tools · 2025-11-25\n    ${url}\n`);
  const called = await walk.run(["call", "example", "whoami", "--args", "{}"]);
  expect([called.exitCode, JSON.parse(called.stdout)]).toEqual([0, { subject: "bob", scopes: ["mcp:read"] }]);
  expect(await requestsOf(walk, () => walk.run(["auth", "example"], { browser: walk.browser() }))).toEqual(initialize);
  await expectTokensKept(walk);
});

test("F02 with oidc-provider: an access token that has ended is renewed with its rotating refresh token, once for each time, and nobody signs in again", async () => {
  const { walk, url } = await open();
  const { stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect(stderr).toContain("renewed automatically");
  for (const round of [1, 2]) {
    await ageGrant(walk, url, -1000);
    const requests = await requestsOf(walk, async () => {
      const { exitCode, stdout } = await walk.run(["call", "example", "echo", "--args", `{"text":"round ${String(round)}"}`]);
      expect([exitCode, stdout]).toEqual([0, `round ${String(round)}\n`]);
    });
    expect(requests.filter((line) => line.startsWith("issuer"))).toEqual(["issuer POST /token refresh_token → 200"]);
    expect(requests.filter((line) => line.includes("401"))).toEqual([]);
  }
  expect(tokensSeen(walk).refresh).toHaveLength(2);
  expect(walk.ledger.count({ path: "/auth" })).toBe(1);
  await expectTokensKept(walk);
});

test("U04 with oidc-provider: logout revokes the refresh token and the access token there, and both are good for nothing afterwards", async () => {
  const { walk, issuer } = await open();
  await walk.run(["auth", "example"], { browser: walk.browser() });
  await walk.run(["call", "example", "whoami", "--args", "{}"]);
  const [access = ""] = tokensSeen(walk).access;
  const requests = await requestsOf(walk, async () => {
    const { exitCode, stdout, stderr } = await walk.run(["logout", "example"]);
    expect([exitCode, stdout, stderr]).toEqual([0, "", "✓ Signed out of example (account default): revoked at its authorization server, and forgotten here.\n"]);
  });
  expect(requests).toEqual(["issuer POST /token/revocation → 200", "issuer POST /token/revocation → 200"]);
  const [first, second] = walk.ledger.find({ path: "/token/revocation" }).map(({ body }) => new URLSearchParams(body));
  expect([first?.get("token_type_hint"), second?.get("token_type_hint"), second?.get("token")]).toEqual(["refresh_token", "access_token", access]);
  const client = walk.ledger.find({ path: "/token" })[0];
  const renewal = new URLSearchParams({ grant_type: "refresh_token", refresh_token: first?.get("token") ?? "", client_id: new URLSearchParams(client?.body).get("client_id") ?? "" });
  expect((await fetch(`${issuer}/token`, { method: "POST", body: renewal })).status).toBe(400);
  expect((await walk.run(["call", "example", "whoami"])).exitCode).toBe(4);
});

test("R01 with oidc-provider that takes no new clients: list says so with the redirect URI, and a configured client signs in without registering", async () => {
  const redirectUri = "http://127.0.0.1:19876/mcp/oauth/callback";
  const client = { client_id: "registered-by-hand", token_endpoint_auth_method: "none", application_type: "native", redirect_uris: [redirectUri], grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  const { walk, url } = await open({ registration: false, clients: [client] });
  const before = await walk.run(["list"]);
  expect(before.stdout).toContain("✗ example  needs client registration");
  expect(before.stdout).toContain(redirectUri);
  expect((await walk.run(["auth", "example", "--no-browser"])).exitCode).toBe(4);
  await walk.configure({ example: { type: "remote", url, oauth: { clientId: "registered-by-hand", redirectUri: `http://127.0.0.1:${String(await freePort())}/mcp/oauth/callback` } } });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect(stderr).toContain("Signed in to example");
  expect([exitCode, walk.ledger.count({ path: "/reg" })]).toEqual([0, 0]);
});
