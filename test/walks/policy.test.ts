import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";

interface Policed {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly env: Readonly<Record<string, string>>;
  readonly file: string;
  /** Writes the policy anew. */
  allow(rules: object | string): Promise<void>;
}

async function policed(rules: (world: { issuer: AuthorizationServer; server: ResourceServer; walk: Walk }) => object | string, issuerOptions: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}): Promise<Policed> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  const server = await walk.resource({ trusts: issuer, ...serverOptions });
  const file = join(walk.home.directory, "policy.json");
  const allow = (content: object | string): Promise<void> => writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  await allow(rules({ issuer, server, walk }));
  await walk.configure({ notes: { type: "remote", url: server.url } });
  return { walk, issuer, server, env: { MCPASS_POLICY: file }, file, allow };
}

const call = ["call", "notes", "add_numbers", "a=1", "b=2"];

test("E04: a server that the policy does not allow is never asked anything, by any command, under its name or its address; each names the file and the rule", async () => {
  const { walk, server, env, file } = await policed(() => ({ allowedServers: ["https://*.corp.example"] }));
  const refusal = `The policy ${file} does not allow the server ${server.origin} (allowedServers).`;
  for (const words of [call, ["tools", server.url], ["auth", "notes"], ["auth", "notes", "--start"], ["inspect", "notes"]]) {
    const { exitCode, stderr } = await walk.run(words, { env, browser: walk.browser() });
    expect([words, exitCode, stderr]).toEqual([words, 1, expect.stringContaining(`error: ${refusal}`) as string]);
    expect(stderr).toContain("hint: Ask whoever administers this machine");
  }
  expect(JSON.parse((await walk.run(["list", "--json"], { env })).stdout)).toMatchObject({ servers: [{ name: "notes", status: "failed", error: { code: "forbidden_by_policy", details: { policy: file, rule: "allowedServers" } } }] });
  const doctor = await walk.run(["doctor", "notes"], { env });
  expect([doctor.exitCode, doctor.stdout]).toEqual([1, expect.stringMatching(/✗ policy .*allowedServers[^]*verdict: broken: the policy of this machine does not allow it/) as string]);
  expect(walk.ledger.entries).toEqual([]);
}, 60_000);

test("E04: an issuer that the policy does not allow is never asked anything, whoever names it, and a grant of it is not used", async () => {
  const { walk, issuer, server, env, file, allow } = await policed(({ issuer: { issuer: name } }) => ({ allowedIssuers: [name] }));
  expect((await walk.run(["auth", "notes"], { env, browser: walk.browser() })).exitCode).toBe(0);
  await allow({ allowedIssuers: ["https://login.corp.example"] });
  const refusal = `The policy ${file} does not allow the authorization server ${issuer.issuer}`;
  walk.ledger.clear();
  expect((await walk.run(call, { env })).stderr).toContain(refusal);
  expect((await walk.run(["auth", "notes", "--force"], { env, browser: walk.browser() })).stderr).toContain(refusal);
  expect((await walk.run(["doctor", "notes"], { env })).stdout).toMatch(/✗ policy .*allowedIssuers/);
  expect(walk.ledger.count({ party: "issuer" })).toBe(0);
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { issuer: issuer.issuer } } });
  walk.ledger.clear();
  expect((await walk.run(call, { env })).stderr).toContain(refusal);
  expect(walk.ledger.entries).toEqual([]);
  const out = await walk.run(["logout", "notes"], { env });
  expect([out.exitCode, out.stderr]).toEqual([0, expect.stringContaining("forgotten here; not revoked") as string]);
  expect(walk.ledger.entries).toEqual([]);
}, 60_000);

test("E04: where no client may register itself, nothing registers; a configured one signs in", async () => {
  const redirect = "http://127.0.0.1:19876/mcp/oauth/callback";
  const { walk, env, server, file } = await policed(() => ({ dynamicRegistration: false }), { clients: [{ client_id: "ours", redirect_uris: [redirect] }] });
  const refused = await walk.run(["auth", "notes"], { env, browser: walk.browser() });
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining(`The policy ${file} does not allow registering a client by itself`) as string]);
  expect(JSON.parse((await walk.run(["list", "--json"], { env })).stdout)).toMatchObject({ servers: [{ error: { code: "forbidden_by_policy" } }] });
  expect((await walk.run(["doctor", "notes"], { env })).stdout).toContain("dynamicRegistration");
  expect(walk.ledger.count({ path: "/register" })).toBe(0);
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { clientId: "ours" } } });
  expect((await walk.run(["auth", "notes"], { env, browser: walk.browser() })).exitCode).toBe(0);
}, 60_000);

test("E04: above the ceiling nothing is asked for: what a person names is refused, what metadata lists is left out, what an issuer grants unasked is not kept", async () => {
  const { walk, issuer, env } = await policed(() => ({ allowedScopes: ["notes:read"] }), {}, { scopesSupported: ["notes:read", "notes:write"] });
  const named = await walk.run(["auth", "notes", "--scope", "notes:read notes:write"], { env, browser: walk.browser() });
  expect([named.exitCode, named.stderr]).toEqual([1, expect.stringMatching(/does not allow the scope notes:write \(allowedScopes\)/) as string]);
  expect(walk.ledger.count({ path: "/authorize*" })).toBe(0);
  expect((await walk.run(["auth", "notes"], { env, browser: walk.browser() })).stderr).toContain("scopes notes:read;");
  issuer.toggles.grantedScope = "notes:read notes:admin";
  const granted = await walk.run(["auth", "notes", "--force"], { env, browser: walk.browser() });
  expect([granted.exitCode, granted.stderr]).toEqual([1, expect.stringContaining("does not allow the scope notes:admin") as string]);
  expect((await walk.run(["auth", "list", "--json"], { env })).stdout).not.toContain("notes:admin");
}, 60_000);

test.each([
  ["cannot be understood", "{ nothing", "it is not JSON"],
  ["has a rule that is none", { alowedServers: [] }, "alowedServers is no rule; allowedServers may be meant"],
])("E04: a policy that %s is no reason to go on without one", async (_, content, words) => {
  const { walk, env, file } = await policed(() => content);
  const { exitCode, stderr } = await walk.run(call, { env });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`error: The policy ${file} cannot be used: ${words}. Until it is put right, nothing is allowed.`) as string]);
  expect((await walk.run(["doctor", "notes"], { env })).stdout).toContain(words);
  expect((await walk.run(call, { env: { MCPASS_POLICY: `${file}-absent` } })).stderr).toContain("ENOENT");
  expect(walk.ledger.entries).toEqual([]);
}, 60_000);

test("E04: the audit log has a line for every sign-in, renewal, sign-out and refusal, only ever grows, is the owner's, and holds no secret", async () => {
  const secret = canary("audited-secret");
  const { walk, issuer, server, env, allow, file } = await policed(({ walk: { home } }) => ({ auditLog: join(home.directory, "log", "audit-{user}.jsonl") }), { accessTokenSeconds: 3600 });
  const { username } = await import("node:os").then((os) => os.userInfo());
  const log = join(walk.home.directory, "log", `audit-${username}.jsonl`);
  await walk.run(["list"], { env });
  await expect(stat(log)).rejects.toThrow("ENOENT");
  expect((await walk.run(["auth", "notes"], { env, browser: walk.browser() })).exitCode).toBe(0);
  const first = await readFile(log, "utf8");
  issuer.expireTokens();
  expect((await walk.run(call, { env })).exitCode).toBe(0);
  issuer.toggles.approval = "deny";
  expect((await walk.run(["auth", "notes", "--force"], { env, browser: walk.browser() })).exitCode).toBe(1);
  expect((await walk.run(["logout", "notes"], { env })).exitCode).toBe(0);
  await allow({ auditLog: log, allowedServers: [] });
  expect((await walk.run([...call, "--header", `X-Key=${secret}`], { env })).exitCode).toBe(1);
  const text = await readFile(log, "utf8");
  expect(text.startsWith(first)).toBe(true);
  const lines = text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ event }) => event)).toEqual(["sign-in", "renewal", "refusal", "sign-out", "refusal"]);
  for (const line of lines) expect(line).toMatchObject({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string, user: username, server: "notes" });
  expect(lines[0]).toMatchObject({ url: server.url, account: "default", issuer: issuer.issuer, grant: "authorization_code" });
  expect(lines[3]).toMatchObject({ revoked: "revoked" });
  expect(lines[4]).toMatchObject({ code: "forbidden_by_policy", policy: file, rule: "allowedServers" });
  if (process.platform !== "win32") expect((await stat(log)).mode & 0o777).toBe(0o600);
  expectNowhere([secret, ...issuer.secrets()], { texts: { log: text } });
}, 60_000);

test("E04: where the audit log cannot be written, nothing happens that would have to be in it", async () => {
  const { walk, env, file } = await policed(({ walk: { home } }) => ({ auditLog: join(home.directory, "policy.json", "audit.jsonl") }));
  const { exitCode, stderr } = await walk.run(["auth", "notes"], { env, browser: walk.browser() });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`The policy ${file} does not allow anything that cannot be written to`) as string]);
  expect(walk.ledger.entries).toEqual([]);
}, 60_000);

test("E04: where sign-ins may be kept is the administrator's: nothing is made elsewhere, and what is sealed elsewhere is not used until it was moved", async () => {
  const { walk, env, file, allow } = await policed(() => ({ allowedVaults: ["environment"] }));
  const refused = await walk.run(["auth", "notes"], { env, browser: walk.browser() });
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining(`The policy ${file} does not allow keeping sign-ins under a key that lies in a file (allowedVaults).`) as string]);
  expect([walk.ledger.count({ path: "/authorize" }), walk.ledger.count({ path: "/token" })]).toEqual([0, 0]);
  await allow({});
  expect((await walk.run(["auth", "notes"], { env, browser: walk.browser() })).exitCode).toBe(0);
  await allow({ allowedVaults: ["environment"] });
  const sealed = await walk.run(call, { env });
  expect([sealed.exitCode, sealed.stderr]).toEqual([1, expect.stringContaining("hint: Move it to where it may be: mcpass vault rekey --to") as string]);
  const key = { ...env, MCPASS_KEY: canary("key").padEnd(40, "x"), MCPASS_KEY_SOURCE: undefined };
  expect((await walk.run(["vault", "rekey", "--to", "file"], { env: key })).exitCode).toBe(1);
  expect((await walk.run(["vault", "rekey", "--to", "environment"], { env: key })).exitCode).toBe(0);
  expect((await walk.run(call, { env: key })).exitCode).toBe(0);
});
