import { expect, test } from "vitest";
import { canary } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { ageGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept, expectOnlyAt } from "./places.ts";

async function world(options: AuthorizationServerOptions = {}, oauth: object = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string; redirectUri: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const { url } = await walk.resource({ trusts: issuer });
  const redirectUri = `http://127.0.0.1:${String(await freePort())}/cb`;
  await walk.configure({ example: { type: "remote", url, oauth: { redirectUri, ...oauth } } });
  return { walk, issuer, url, redirectUri };
}

const call = ["call", "example", "echo", "--args", '{"text":"x"}'];

test("R01 a configured client is used as it is: nothing is registered although the issuer would, and its secret goes to the token endpoint alone", async () => {
  const secret = `${canary("client-secret")}:%+ &`;
  const { walk, issuer, url, redirectUri } = await world();
  issuer.toggles.clients = [{ client_id: "ours", client_secret: secret, redirect_uris: [redirectUri] }];
  await walk.configure({ example: { type: "remote", url, oauth: { redirectUri, clientId: "ours", clientSecret: "{env:OUR_SECRET}" } } });
  const env = { OUR_SECRET: secret };
  expect((await walk.run(["auth", "example"], { browser: walk.browser(), env })).exitCode).toBe(0);
  await ageGrant(walk, url, -1000);
  expect((await walk.run(call, { env })).stdout).toBe("x\n");
  expect((await walk.run(["logout", "example"], { env })).exitCode).toBe(0);
  expect(walk.ledger.count({ path: "/register" })).toBe(0);
  expect([...new Set(walk.ledger.holding(secret).map(({ path }) => path))]).toEqual(["/token", "/revoke"]);
  await expectOnlyAt(walk, [secret], ["issuer"]);
});

for (const clientAuthentication of ["basic", "post", "basic-lies", "post-lies"] as const) {
  for (const basicDecoding of ["form", "raw"] as const) {
    if (basicDecoding === "raw" && clientAuthentication !== "basic") continue;
    test(`T01 an issuer that reads client secrets by ${clientAuthentication} (${basicDecoding}) is signed in to and renewed at, with a secret full of signs`, async () => {
      const { walk, issuer, url } = await world({ clientAuthentication, basicDecoding, issueSecret: "always", secretSuffix: basicDecoding === "raw" ? "-plain" : ":%+ &", registeredMethod: undefined });
      expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
      await ageGrant(walk, url, -1000);
      walk.ledger.clear();
      expect((await walk.run(call)).stdout).toBe("x\n");
      expect(walk.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
      await expectKept(walk, issuer);
    });
  }
}

test("R04 a busy registration is waited for as long as it says, and told", async () => {
  const { walk } = await world({ registration: ["busy", "on"] });
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([exitCode, walk.ledger.sequence().filter((line) => line.includes("/register"))]).toEqual([0, ["issuer POST /register → 429", "issuer POST /register → 201"]]);
  expect(stderr).toMatch(/asks to wait 1 s before registering/);
});

test("R05 a client whose secret has expired is replaced before the browser opens; one that is expired on arrival is no loop", async () => {
  const { walk, issuer } = await world({ issueSecret: "always", secretLifetimeSeconds: 61, registeredMethod: "client_secret_post" });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await walk.run(["auth", "example", "--force"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(walk.ledger.count({ path: "/register" })).toBe(2);
  issuer.toggles.secretLifetimeSeconds = -10;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  walk.ledger.clear();
  const late = await walk.run(["auth", "example", "--force"], { browser: walk.browser() });
  expect([late.exitCode, walk.ledger.sequence("issuer")]).toEqual([1, ["issuer GET /.well-known/oauth-authorization-server → 200", "issuer POST /register → 201"]]);
  expect(late.stderr).toMatch(/^error: \S+\/register issued a client secret that has expired already; it was not used\./m);
  await expectKept(walk, issuer);
});

test("U02 a token that its server refuses although it was just issued is no success: auth fails and says so", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ trusts: await walk.issuer(), acceptsTokens: false });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^error: example refuses the access token that its issuer has just issued/m);
  expect(stderr).not.toContain("✓");
});
