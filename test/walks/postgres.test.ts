import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openPostgresVault } from "../../src/vault/postgres/postgres-vault.ts";
import { linkKey } from "../../src/vault/vault-key.ts";
import { expectNowhere } from "../rig/canary.ts";
import { makeHome } from "../rig/program.ts";
import { postgresPrograms, startPostgres, type PostgresServer, type TestDatabase } from "../rig/postgres.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { freePort } from "../rig/free-port.ts";

// A server is made and many processes are started: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = "c4".repeat(32);

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly url: string;
  readonly database: TestDatabase;
  /** What the program is told on the machine that signs in, and on another one that shares nothing with it but the configuration and the key. */
  readonly here: Readonly<Record<string, string>>;
  readonly there: Readonly<Record<string, string>>;
  readonly elsewhere: string;
}

describe.skipIf(postgresPrograms === undefined)("a vault on PostgreSQL, shared by two machines", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  async function world(options: AuthorizationServerOptions = {}): Promise<World> {
    const walk = await openWalk();
    const issuer = await walk.issuer(options);
    const { url } = await walk.resource({ trusts: issuer });
    const database = await server.createDatabase();
    const other = await makeHome();
    walk.keep({ stop: () => other.remove() });
    const config = await walk.configure({ example: { type: "remote", url, oauth: { redirectUri: `http://127.0.0.1:${String(await freePort())}/cb` } } });
    const here = { MCPASS_VAULT: database.url, MCPASS_KEY: key, MCPASS_KEY_SOURCE: "environment" };
    return { walk, issuer, url, database, here, there: { ...here, MCPASS_HOME: other.directory, HOME: other.directory, MCPASS_CONFIG: config }, elsewhere: other.directory };
  }
  const call = (text: string): string[] => ["call", "example", "echo", "--args", JSON.stringify({ text })];

  test("S01: signing in on one, the other lists, calls and signs out; nothing of it is a file, and the database shows no secret", async () => {
    const { walk, issuer, database, here, there, elsewhere } = await world();
    expect(await walk.run(["auth", "example"], { browser: walk.browser(), env: here })).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Signed in to example") });
    expect(await walk.run(["list"], { env: there })).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/✓ example {2}connected/) });
    expect(await walk.run(["list", "--offline"], { env: { ...there, MCPASS_KEY: undefined } })).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await walk.run(call("there"), { env: there })).toMatchObject({ exitCode: 0, stdout: "there\n", stderr: "" });
    const dump = await database.dump();
    expect(dump).toMatch(/grant-[0-9a-f]{40}/);
    expectNowhere([...issuer.secrets(), key, "canary-database-password"], { ledger: walk.ledger, except: ["issuer", "resource"], texts: { dump, printed: walk.printed() } });
    expect(await walk.run(["logout", "example"], { env: there })).toMatchObject({ exitCode: 0 });
    expect(await walk.run(call("here"), { env: here })).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("example needs a sign-in") });
    const kept = await Promise.all([walk.home.directory, elsewhere].map((home) => readdir(join(home, "data")).catch(() => [])));
    expect(kept.flat().filter((name) => /vault/.test(name))).toEqual([]);
  });

  test("F02: eight processes on two machines that find the same ended token make one renewal each time, though the issuer revokes all at the second use of a refresh token", async () => {
    const { walk, issuer, url, database, here, there } = await world({ rotation: "family", refreshAnswer: { slowMs: 300 } });
    expect((await walk.run(["auth", "example"], { browser: walk.browser(), env: here })).exitCode).toBe(0);
    const vault = openPostgresVault({ address: database.url, directory: walk.home.directory, environment: here, now: Date.now });
    walk.keep({ stop: () => vault.close() });
    const link = await vault.read(linkKey(url, "default"));
    for (let round = 0; round < 3; round += 1) {
      issuer.expireTokens();
      await vault.update(link?.kind === "link" ? link.grant : ("" as never), async (record) => {
        if (record?.kind !== "grant" || record.tokens === undefined) throw new Error("no live grant");
        return { ...record, tokens: { ...record.tokens, expiresAt: Date.now() - 1_000 } };
      });
      walk.ledger.clear();
      const results = await Promise.all(Array.from({ length: 8 }, (_, index) => walk.run(call(String(index)), { env: index % 2 === 0 ? here : there })));
      expect(results.map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr])).toEqual(results.map((_, index) => [0, `${index}\n`, ""]));
      expect(walk.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
    }
  });

  test("F05: the database being restarted while the issuer answers a renewal costs nothing", async () => {
    const { walk, issuer, url, database, here } = await world({ rotation: "family", refreshAnswer: { slowMs: 2_000 } });
    expect((await walk.run(["auth", "example"], { browser: walk.browser(), env: here })).exitCode).toBe(0);
    const vault = openPostgresVault({ address: database.url, directory: walk.home.directory, environment: here, now: Date.now });
    walk.keep({ stop: () => vault.close() });
    const link = await vault.read(linkKey(url, "default"));
    const grant = link?.kind === "link" ? link.grant : ("" as never);
    await vault.update(grant, async (record) => (record?.kind === "grant" && record.tokens !== undefined ? { ...record, tokens: { ...record.tokens, expiresAt: Date.now() - 1_000 } } : "keep"));
    issuer.expireTokens();
    walk.ledger.clear();
    const calling = walk.start(call("here"), { env: here });
    await waitUntil(async () => (await database.query("select 1 from pg_locks where locktype = 'advisory'")).length > 0, "the renewal to begin");
    await sleep(500);
    await server.restart("immediate");
    expect(await calling.ended).toMatchObject({ exitCode: 0, stdout: "here\n", stderr: "" });
    expect(walk.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
    expect(await walk.run(call("after"), { env: here })).toMatchObject({ exitCode: 0, stdout: "after\n" });
    expect(await vault.read(grant)).toMatchObject({ generation: 2 });
  });

  test("a database that is away is named, with the next step, and nobody is asked to sign in", async () => {
    const { walk, here } = await world();
    const away = { ...here, MCPASS_VAULT: "postgres://ann:canary-password@127.0.0.1:1/vault" };
    const result = await walk.run(call("here"), { env: away });
    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toMatch(/error: The vault postgres:\/\/ann@127\.0\.0\.1:1\/vault cannot be read: .*ECONNREFUSED/);
    expect(result.stderr).toMatch(/hint: .*MCPASS_VAULT/);
    expect(result.stderr).not.toMatch(/mcpass auth|canary/);
    const wrong = await walk.run(["list"], { env: { ...here, MCPASS_VAULT: "mysql://ann:canary-password@127.0.0.1/vault" } });
    expect([wrong.exitCode, wrong.stderr.includes("MCPASS_VAULT cannot be used"), wrong.stderr.includes("canary")]).toEqual([2, true, false]);
  });
});
