import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectNowhere } from "../../rig/canary.ts";
import { createAuthority } from "../../rig/tls.ts";
import { openWalk } from "../../rig/walk.ts";

test("doctor of a server that is signed in to tells what the vault holds, tries the token, and changes nothing", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer, scopesSupported: ["notes"] });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  await walk.run(["auth", "notes"], { browser: walk.browser() });
  walk.ledger.clear();
  const { stdout, exitCode } = await walk.run(["doctor", "notes"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/✓ stored token +200 taken/);
  expect(stdout).toMatch(/✓ vault +account default at http.*: authenticated, scopes notes, expires in 59 min, renewed automatically, never renewed, client client-\S+ \(dynamic\)/);
  expect(stdout).toContain("verdict: OAuth ready: signed in, and the token is accepted");
  expect(walk.ledger.find({ path: "/token" })).toEqual([]);
  issuer.expireTokens();
  issuer.revokeRefreshTokens();
  const refused = await walk.run(["debug", "notes"]);
  expect(refused.stdout).toMatch(/⚠ stored token +401 refused/);
  expect(refused.stdout).toContain("remedy: mcpass auth notes");
}, 60_000);

test("--json is one document, --report a private file of all exchanges, --trace prints them; no secret is in any of them", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url, headers: { "X-Door": "canary-door-key" } } });
  await walk.run(["auth", "notes"], { browser: walk.browser() });
  const report = join(walk.home.directory, "report.json");
  const { stdout } = await walk.run(["doctor", "notes", "--json", "--report", report]);
  expect(JSON.parse(stdout)).toMatchObject({ server: "notes", verdict: { kind: "oauth_ready", fault: null }, remedy: null, grants: [{ account: "default", renewals: 0 }] });
  expect((await stat(report)).mode & 0o777).toBe(0o600);
  const written = JSON.parse(await readFile(report, "utf8")) as { exchanges: { method: string; status: number }[] };
  expect(written.exchanges.length).toBeGreaterThan(3);
  const traced = await walk.run(["doctor", "notes", "--trace"]);
  expect(traced.stdout).toMatch(/^> POST http[^]*authorization: Bearer \[secret\][^]*< 200/);
  expect(traced.stdout).toContain("x-door: [secret]");
  const secrets = [...issuer.secrets("access-token"), ...issuer.secrets("refresh-token"), "canary-door-key"];
  expectNowhere(secrets, { texts: { printed: walk.printed(), report: await readFile(report, "utf8") } });
}, 60_000);

test("an open server, a key, a missing client, an open list with closed calls: each has its verdict, and exit code 0", async () => {
  const walk = await openWalk();
  const closed = await walk.issuer({ registration: "off" });
  const open = await walk.resource({ party: "open", metadata: {} });
  const keyed = await walk.resource({ party: "keyed", guard: "static-bearer", staticBearer: "k3y", challenge: "bare", metadata: {} });
  const needy = await walk.resource({ party: "needy", trusts: closed });
  const calls = await walk.resource({ party: "calls", trusts: await walk.issuer({ party: "issuer2" }), guard: "closed-calls" });
  await walk.configure({ keyed: { type: "remote", url: keyed.url, headers: { Authorization: "Bearer k3y" } }, wrong: { type: "remote", url: keyed.url, headers: { Authorization: "Bearer 0ld" } }, needy: { type: "remote", url: needy.url }, calls: { type: "remote", url: calls.url } });
  const verdicts = await Promise.all([open.url, keyed.url, "keyed", "wrong", "needy", "calls"].map(async (word) => ({ word, ...(await walk.run(["doctor", word])) })));
  const verdictOf = (word: string) => /verdict: (.*?) {2}\(/.exec(verdicts.find((each) => each.word === word)?.stdout ?? "")?.[1];
  expect(verdictOf(open.url)).toBe("open: it needs no sign-in");
  expect(verdictOf(keyed.url)).toBe("header auth: it wants a fixed credential in a header");
  expect(verdictOf("keyed")).toBe("header auth: the configured header is accepted");
  expect(verdictOf("wrong")).toBe("header auth: the configured header is refused");
  expect(verdictOf("needy")).toBe("OAuth, client needed: register one with the issuer");
  expect(verdictOf("calls")).toBe("open list but closed calls: a tool may ask for a sign-in");
  expect(verdicts.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
  const needed = verdicts.find(({ word }) => word === "needy")?.stdout;
  expect(needed).toContain("redirect URI to register: http://127.0.0.1:19876/mcp/oauth/callback");
  expect(needed).toMatch(/in the server's entry:\n +"oauth": \{\n +"clientId": "…"/);
}, 60_000);

test("a server that is not there, one that hangs and one that is no MCP server are broken in less than ten seconds, with exit code 1", async () => {
  const walk = await openWalk();
  const gone = await walk.resource({ party: "gone" });
  await gone.stop();
  const hanging = await walk.resource({ party: "hanging", hang: true });
  const page = await walk.bystander("page");
  for (const [url, words] of [[gone.url, /✗ first request .*ECONNREFUSED[^]*broken: the server cannot be reached from here/], [hanging.url, /had no answer within 3 s[^]*broken/], [`${page.origin}/mcp`, /is not an MCP server[^]*broken: the fault is the server's/]] as const) {
    const { stdout, exitCode, elapsedMs } = await walk.run(["doctor", url]);
    expect(stdout).toMatch(words);
    expect(exitCode).toBe(1);
    expect(elapsedMs).toBeLessThan(10_000);
  }
}, 60_000);

test("doctor names the leg whose certificate is not trusted: the server's, or its issuer's (E01)", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const server = await walk.resource({ tls: authority.server(), trusts: await walk.issuer() });
  const untrusted = await walk.run(["doctor", server.url]);
  expect(untrusted.stdout).toMatch(/✗ tls .*certificate[^]*expected: https with a certificate that this machine trusts/i);
  const plain = await walk.resource({ party: "plain", trusts: await walk.issuer({ party: "issuer2", tls: authority.server() }) });
  const issuers = await walk.run(["doctor", plain.url]);
  expect(issuers.stdout).toMatch(/✗ issuer metadata .*certificate/i);
  expect(issuers.stdout).toContain("verdict: broken: the fault is the authorization server's");
}, 60_000);

test("a local server is started once; one that cannot be is the configuration's fault", async () => {
  const walk = await openWalk();
  await walk.configure({ local: { type: "local", command: ["no-such-program-anywhere"] } });
  const { stdout, exitCode } = await walk.run(["doctor", "local"]);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining("broken: the fault is in the configuration")]);
});
