import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServerOptions } from "../servers/resource-server.ts";
import { ageGrant } from "./age-grant.ts";
import { expectKept, vaultFiles } from "./places.ts";

async function guarded(options: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const { url } = await walk.resource({ trusts: issuer, ...serverOptions });
  await walk.configure({ example: { type: "remote", url } });
  return { walk, issuer, url };
}

const grantsOf = async (walk: Walk): Promise<string[]> => Object.keys(await vaultFiles(walk)).filter((name) => /^grant-.*\.json$/.test(name));

const issTable = [
  { iss: "right", issAdvertised: true, works: true },
  { iss: "right", issAdvertised: false, works: true },
  { iss: "wrong", issAdvertised: true, works: false },
  { iss: "wrong", issAdvertised: false, works: false },
  { iss: "none", issAdvertised: true, works: false },
  { iss: "none", issAdvertised: false, works: true },
] as const;

for (const { works, ...toggles } of issTable) {
  test(`A08 an answer whose iss is ${toggles.iss} where the issuer ${toggles.issAdvertised ? "promises" : "does not promise"} one ${works ? "signs in" : "is refused, and its code goes nowhere"}`, async () => {
    const { walk, issuer } = await guarded(toggles);
    const { exitCode, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
    expect([exitCode, walk.ledger.count({ path: "/token" }), (await grantsOf(walk)).length]).toEqual(works ? [0, 1, 1] : [1, 0, 0]);
    if (!works) expect(stderr).toMatch(/error: The answer to the sign-in at \S+ was not accepted: .*issuer.*\n(?: .*\n)?hint: /);
    await expectKept(walk, issuer);
  });
}

test("A09 --timeout 1 ends the wait for the person after a second, says so with the next command, and leaves no grant", async () => {
  const { walk } = await guarded({ approval: "page" });
  const { exitCode, stdout, stderr, elapsedMs } = await walk.run(["auth", "example", "--timeout", "1", "--no-browser"]);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/error: The sign-in to example at http:\S+ was not finished within 1 s; nothing was changed\./);
  expect(stderr).toMatch(/hint: mcpass auth example \(--timeout SECONDS waits longer\)/);
  expect(elapsedMs).toBeGreaterThan(1000);
  expect(elapsedMs).toBeLessThan(20_000);
  expect([await grantsOf(walk), walk.ledger.count({ path: "/token" })]).toEqual([[], 0]);
});

test("A09 the wait for the person is not cut short by the deadlines of requests", async () => {
  const { walk, url } = await guarded();
  await walk.configure({ example: { type: "remote", url, timeout: { startup: 500, execution: 500 } } });
  const { exitCode } = await walk.run(["auth", "example"], { browser: walk.browser({ delayMs: 1500 }) });
  expect(exitCode).toBe(0);
});

test("Z08 before the browser opens it says who asks, where, as which account and client, for which scopes, and where it will be kept", async () => {
  const { walk, issuer, url } = await guarded({ scopesSupported: ["read", "write"] }, { scopesSupported: ["read"] });
  const { stdout, stderr } = await walk.run(["auth", "example", "--account", "work"], { browser: walk.browser() });
  const [consent = "", after = ""] = stderr.split("Opening the browser");
  const [registered] = issuer.store.clients.keys();
  for (const line of [`server       example at ${new URL(url).origin}`, `signs in at  ${issuer.issuer}`, "account      work", `client       ${registered ?? ""}, registered by mcpass`, "scopes       read", `kept in      ${walk.home.directory}`]) expect(consent).toContain(line);
  expect(after).toMatch(/^; .*\n(http:\S+\/authorize\?\S+scope=read\S*)\nWaiting for the browser… \(until \d\d:\d\d/);
  expect(stdout).toBe("");
});

test("Z08 a host with letters that can look like others is shown in both spellings with a warning", async () => {
  const { walk } = await guarded({ metadata: { authorization_endpoint: "https://xn--pple-43d.example/authorize" } });
  const { stderr } = await walk.run(["auth", "example", "--no-browser", "--timeout", "1"]);
  expect(stderr).toMatch(/warning: .*xn--pple-43d\.example.*letters that can look like others/);
  expect(stderr).toContain("https://xn--pple-43d.example/authorize?");
});

const hostile = ["file:///etc/passwd", "javascript:alert(1)", "http://idp.example.com/x", "http://10.0.0.1/x", "http://169.254.169.254/latest/meta-data", "https://169.254.169.254/x", "ms-msdt:/id", "--flag", "http://user:pass@127.0.0.1/x"];

for (const endpoint of ["authorization_endpoint", "token_endpoint", "registration_endpoint"]) {
  test(`Z01 a hostile ${endpoint} is refused before anything is registered and any browser opens`, async () => {
    const { walk, issuer } = await guarded();
    for (const url of hostile) {
      walk.ledger.clear();
      issuer.toggles.metadata = { [endpoint]: url };
      const browser = walk.browser();
      const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser });
      expect([url, exitCode, stdout]).toEqual([url, 1, ""]);
      expect(stderr).not.toContain("Opening the browser");
      expect(stderr).toMatch(/^error: .*\n/);
      expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" }), await grantsOf(walk)]).toEqual([0, 0, []]);
      await expect(browser.pages(1)).rejects.toThrow("to be written");
    }
  });
}

test("Z01 a challenge or an issuer that points to a file or a metadata service is not followed", async () => {
  for (const options of [{ challengeMetadata: "http://169.254.169.254/meta", metadata: {} }, { challenge: { raw: 'Bearer resource_metadata="file:///etc/passwd"' }, metadata: {} }, { authorizationServers: ["http://169.254.169.254"] }, { authorizationServers: ["file:///etc"] }] as ResourceServerOptions[]) {
    const { walk } = await guarded({}, options);
    const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/error: .*(169\.254\.169\.254|file:)/);
    expect(walk.ledger.count({ party: "issuer" })).toBe(0);
  }
});

test("H04 without a terminal a command that needs a sign-in fails at once with exit code 4, asks nothing, listens nowhere, and says which command signs in", async () => {
  const { walk, url } = await guarded({ refreshTokens: "never" });
  const browser = walk.browser();
  for (const args of [["call", "example", "whoami"], ["tools", "example"], ["inspect", "example"]]) {
    const { exitCode, stdout, stderr, elapsedMs } = await walk.run(args, { browser });
    expect([exitCode, stdout, stderr]).toEqual([4, "", "error: example needs a sign-in.\nhint: mcpass auth example\n"]);
    expect(elapsedMs).toBeLessThan(10_000);
  }
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).stderr).toContain("you will be asked again at");
  await ageGrant(walk, url, -1000);
  const { exitCode, stdout } = await walk.run(["call", "example", "whoami", "--json"], { browser });
  const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
  expect([exitCode, error.code, error.hint]).toEqual([4, "sign_in_required", "mcpass auth example"]);
  await expect(browser.pages(1)).rejects.toThrow("to be written");
});

test("--no-browser prints the URL alone on its line and opens nothing; the redirect finishes it", async () => {
  const { walk } = await guarded();
  const browser = walk.browser();
  const program = walk.start(["auth", "example", "--no-browser"], { browser });
  const [url] = await program.waitFor(/^http\S+authorize\S+$/m);
  expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
  const { headers } = await fetch(url, { redirect: "manual" });
  expect((await fetch(headers.get("location") ?? "")).status).toBe(200);
  expect((await program.ended).exitCode).toBe(0);
});

test("--json prints one event for each line: the authorization with its URL, then the sign-in; a refusal is an event too", async () => {
  const { walk, issuer } = await guarded();
  const { exitCode, stdout } = await walk.run(["auth", "example", "--json"], { browser: walk.browser() });
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(exitCode).toBe(0);
  expect(events).toEqual([
    expect.objectContaining({ event: "authorization", server: "example", issuer: issuer.issuer, account: "default", clientKind: "dynamic", url: expect.stringContaining("/authorize?"), expiresAt: expect.any(Number) }),
    expect.objectContaining({ event: "signed_in", server: "example", issuer: issuer.issuer, account: "default", renewable: true, already: false, tools: 3 }),
  ]);
  issuer.toggles.approval = "deny";
  const denied = await walk.run(["auth", "example", "--json", "--force"], { browser: walk.browser() });
  const last = JSON.parse(denied.stdout.trim().split("\n").at(-1) ?? "") as { event: string; error: { code: string; message: string } };
  expect([denied.exitCode, last.event, last.error.code]).toEqual([1, "failed", "authorization_refused"]);
  expect(last.error.message).toContain("The user said no");
  await expectKept(walk, issuer);
});
