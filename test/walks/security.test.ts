import { expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { ageGrant } from "./age-grant.ts";
import { expectKept, homeTexts, vaultFiles } from "./places.ts";

const call = ["call", "example", "echo", "--args", '{"text":"x"}'];

async function signedIn(options: ResourceServerOptions = {}): Promise<{ walk: Walk; old: AuthorizationServer; server: ResourceServer }> {
  const walk = await openWalk();
  const old = await walk.issuer({ party: "old" });
  const server = await walk.resource({ trusts: old, ...options });
  await walk.configure({ example: { type: "remote", url: server.url } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  walk.ledger.clear();
  return { walk, old, server };
}

test("Z03 when a server names another issuer nothing stored goes there: both are named, and only auth or --sign-in registers and signs in anew", async () => {
  const { walk, old, server } = await signedIn();
  const next = await walk.issuer({ party: "new" });
  old.expireTokens();
  old.revokeRefreshTokens();
  Object.assign(server.toggles, { authorizationServers: [next.issuer], validate: (token: string) => next.validate(token) });
  const before = await vaultFiles(walk);
  const refused = await walk.run(call);
  expect([refused.exitCode, refused.stdout]).toEqual([4, ""]);
  const listed = await walk.run(["list"]);
  expect(listed.stdout).toContain("⚠ example");
  expect([walk.ledger.count({ party: "new", path: "/register" }), walk.ledger.count({ party: "new", path: "/token" })]).toEqual([0, 0]);
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`signs in at  ${next.issuer}`);
  expect(stderr).toContain(`warning: this is another authorization server than before, which was ${old.issuer}`);
  expect((await walk.run(call)).stdout).toBe("x\n");
  const stored = old.secrets();
  expectNowhere(stored, { ledger: walk.ledger, except: ["old", "resource"], texts: { printed: walk.printed(), ...(await homeTexts(walk)) } });
  expect(Object.keys(before).length).toBeGreaterThan(0);
});

test("Z03 a good token that the server refuses because it moved to another issuer is told as that, with both names, and exit code 4", async () => {
  const { walk, old, server } = await signedIn();
  const next = await walk.issuer({ party: "new" });
  Object.assign(server.toggles, { authorizationServers: [next.issuer], validate: (token: string) => next.validate(token) });
  const { exitCode, stderr } = await walk.run(call);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`example now names the issuer ${next.issuer}`);
  expect(stderr).toContain(`you signed in at ${old.issuer}. Nothing stored was sent to the new one.`);
  expect(stderr).toMatch(/hint: .*mcpass auth example/);
  expect(walk.ledger.sequence("new").filter((line) => !line.includes(".well-known"))).toEqual([]);
  const signIn = await walk.run([...call, "--sign-in"], { browser: walk.browser() });
  expect([signIn.exitCode, signIn.stdout]).toEqual([0, "x\n"]);
  expect(walk.ledger.sequence("new").filter((line) => !line.includes(".well-known"))).toEqual(["new POST /register → 201", "new GET /authorize → 302", "new POST /token authorization_code → 200"]);
});

test("Z03 a token endpoint on another origin than at the first sign-in gets no code until the person says --force", async () => {
  const { walk, old } = await signedIn();
  const elsewhere = await walk.bystander("elsewhere");
  old.toggles.metadata = { token_endpoint: `${elsewhere.origin}/token` };
  old.revokeRefreshTokens();
  old.expireTokens();
  const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([exitCode, walk.ledger.count({ party: "elsewhere" }), walk.ledger.count({ path: "/authorize" })]).toEqual([4, 0, 0]);
  expect(stderr).toContain(elsewhere.origin);
  expect(stderr).toContain("hint: If you trust it: mcpass auth example --force");
});

test("Z03 a renewal goes to the endpoint that was recorded, whatever the metadata says by then", async () => {
  const { walk, old, server } = await signedIn();
  const elsewhere = await walk.bystander("elsewhere");
  old.toggles.metadata = { token_endpoint: `${elsewhere.origin}/token` };
  await ageGrant(walk, server.url, -1000);
  expect((await walk.run(call)).stdout).toBe("x\n");
  expect([walk.ledger.count({ party: "elsewhere" }), walk.ledger.sequence("old")]).toEqual([0, ["old POST /token refresh_token → 200"]]);
});

for (const status of [307, 308] as const) {
  test(`Z04 a ${status} of the server to another origin is not followed: neither token nor message goes there`, async () => {
    const { walk, old, server } = await signedIn();
    const elsewhere = await walk.bystander("elsewhere");
    server.toggles.redirect = { from: "/mcp", to: `${elsewhere.origin}/mcp`, status };
    for (const args of [call, ["list"], ["tools", "example"]]) {
      const { exitCode, stdout, stderr } = await walk.run(args);
      expect(exitCode).toBe(args[0] === "list" ? 0 : 1);
      expect(stdout + stderr).toContain(elsewhere.origin);
    }
    expect(walk.ledger.count({ party: "elsewhere" })).toBe(0);
    await expectKept(walk, old, { issuers: ["old"] });
  });
}

test("Z04 a redirect of the token endpoint is not followed, in the exchange and in a renewal", async () => {
  const walk = await openWalk();
  const elsewhere = await walk.bystander("elsewhere");
  const issuer = await walk.issuer({ codeAnswer: ["redirect", "json"], refreshAnswer: "redirect", foreignUrl: `${elsewhere.origin}/token` });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(1);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  await ageGrant(walk, server.url, -1000);
  expect((await walk.run(call)).stdout).toBe("");
  expect(walk.ledger.count({ party: "elsewhere" })).toBe(0);
  issuer.toggles.refreshAnswer = "json";
  expect((await walk.run(call)).stdout).toBe("x\n");
  await expectKept(walk, issuer);
});

test("Z05 an issuer that echoes codes, verifiers, secrets and refresh tokens in its errors gets none of them printed, not even with --verbose and --json", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ codeAnswer: ["echo-secrets", "echo-secrets", "json"], refreshAnswer: "echo-secrets", issueSecret: "always", clientAuthentication: "post" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  for (const flags of [["--verbose"], ["--json", "--verbose"]]) expect((await walk.run(["auth", "example", ...flags], { browser: walk.browser() })).exitCode).toBe(1);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  await ageGrant(walk, server.url, -1000);
  for (const args of [[...call, "--verbose"], ["list", "--json"], ["auth", "list", "--json", "--verbose"], ["list", "--verbose"]]) await walk.run(args);
  await expectKept(walk, issuer);
});

test("nothing secret stands in the arguments of any program that is started, the browser's URL among them", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ issueSecret: "always", clientAuthentication: "post" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const browser = walk.browser();
  expect((await walk.run(["auth", "example"], { browser })).exitCode).toBe(0);
  const [first] = await browser.pages();
  expectNowhere(issuer.secrets(), { texts: { opened: first?.url ?? "" } });
  await expectKept(walk, issuer);
});
