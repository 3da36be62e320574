import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { SealedVault } from "../../../src/vault/sealed-vault.ts";
import type { VaultKey } from "../../../src/vault/vault-key.ts";
import type { VaultRecord } from "../../../src/vault/vault-record.ts";
import { postgresPrograms, startPostgres, type PostgresServer } from "../../rig/postgres.ts";
import { createAuthority } from "../../rig/tls.ts";
import { waitUntil } from "../../rig/wait.ts";
import { aGrant, keyFor } from "../records.ts";
import { buildScript, type Script } from "../script.ts";
import { buildIncrement, openRig, opening, type VaultRig } from "./rig.ts";

// A server is made and many processes are started: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = keyFor("https://mcp.example/mcp");
const refuse = (): never => {
  throw new Error("the change is not to be asked");
};
const counted = async (current: VaultRecord | undefined): Promise<VaultRecord> => aGrant({ generation: (current?.kind === "grant" ? current.generation : 0) + 1 });

describe.skipIf(postgresPrograms === undefined)("a vault on PostgreSQL", () => {
  let server: PostgresServer;
  let rig: VaultRig;
  let vault: SealedVault;
  let increment: Script;
  beforeAll(async () => {
    server = await startPostgres();
    increment = await buildIncrement(key);
  });
  afterAll(async () => {
    await increment.remove();
    await server.stop();
  });
  beforeEach(async () => {
    rig = await openRig(server);
    vault = rig.open();
  });
  afterEach(() => rig.close());

  describe("is watched", () => {
    const seen: VaultKey[] = [];
    let stop = (): void => undefined;
    beforeEach(async () => {
      seen.length = 0;
      await vault.update(key, counted);
      stop = vault.watch((changed) => seen.push(changed));
      await waitUntil(async () => (await rig.database.query("select 1 from pg_stat_activity where query = 'listen mcpass'")).length > 0, "the listener");
      await sleep(300);
    });
    afterEach(() => stop());

    test("F06: what another process stores or removes is told by the database", async () => {
      expect(await increment.run(rig.argument)).toMatchObject({ code: 0 });
      await waitUntil(() => seen.length > 0, "to be told");
      await rig.database.query("delete from mcpass.record");
      await waitUntil(() => seen.length > 1, "to be told");
      expect(new Set(seen)).toEqual(new Set([key]));
    });

    test("F06: also where notifications do not come through, within the time of a look or two", async () => {
      await rig.database.query("drop trigger tell_update on mcpass.record");
      expect(await increment.run(rig.argument)).toMatchObject({ code: 0 });
      await waitUntil(() => seen.length > 0, "to be told");
      expect(seen).toEqual([key]);
    });

    test("F06: also after the listening connection was lost", async () => {
      await rig.database.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen mcpass'");
      await rig.database.query("update mcpass.record set revision = 'x'");
      await waitUntil(() => seen.length > 0, "to be told");
      await waitUntil(async () => (await rig.database.query("select 1 from pg_stat_activity where query = 'listen mcpass'")).length > 0, "the listener");
      expect(seen).toEqual([key]);
    });
  });

  test("holds no process: one that only watches ends when it has nothing else to do", async () => {
    const script = await buildScript(`${opening}\nvault.watch(() => undefined);\nawait vault.list();\nconsole.log("done");`);
    try {
      expect(await script.run(rig.argument)).toMatchObject({ code: 0, stdout: "done\n", stderr: "" });
    } finally {
      await script.remove();
    }
  });

  test("takes few connections: ten at the most for forty updates at once, and none when it is closed", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        vault.update(keyFor(`https://mcp.example/${index}`), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(20);
          inside -= 1;
          return aGrant();
        }),
      ),
    );
    expect(most).toBeLessThanOrEqual(8);
    const ours = "select 1 from pg_stat_activity where datname = current_database() and application_name like 'mcpass %'";
    expect((await rig.database.query(ours)).length).toBeLessThanOrEqual(10);
    await vault.close();
    await waitUntil(async () => (await rig.database.query(ours)).length === 0, "the connections to end");
    expect(await vault.list()).toHaveLength(40);
  });

  test("who waits longer than the deadline behind an update of its own process is told so", async () => {
    let end: (() => void) | undefined;
    const long = vault.update(key, () => new Promise((resolve) => (end = () => resolve("keep"))));
    await waitUntil(() => end !== undefined, "the update to begin");
    const impatient = rig.open({ lockWaitMs: 200 });
    const busy = { code: "vault_busy", message: expect.stringMatching(/^The vault's grant-.* is in use by this very process since 20\d\d-.* \(waited 0\.2 s for its lock in postgres:/) };
    await expect(impatient.update(key, refuse)).rejects.toMatchObject(busy);
    let begun = false;
    const own = impatient.update(keyFor("https://second.example/"), () => ((begun = true), sleep(1_000, "keep" as const)));
    await waitUntil(() => begun, "the update to begin");
    await expect(impatient.update(keyFor("https://second.example/"), refuse)).rejects.toMatchObject({ code: "vault_busy", details: { pid: process.pid } });
    end?.();
    await Promise.all([long, own]);
  });

  describe("whose database cannot be had says so, with the next step, and asks for no sign-in", () => {
    test("nobody listens there", async () => {
      const closed = rig.open({ address: "postgres://ann:canary-password@127.0.0.1:1/vault" });
      const startedAt = performance.now();
      const failures = await Promise.all([closed.read(key), closed.list(), closed.update(key, refuse)].map((each) => each.catch((error: unknown) => error)));
      expect(failures).toMatchObject(["read", "list", "update"].map(() => ({ code: "vault_unreadable", message: expect.stringContaining("postgres://ann@127.0.0.1:1/vault"), hint: expect.stringContaining("MCPASS_VAULT") })));
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect(JSON.stringify(failures)).not.toContain("canary");
    });

    test("somebody listens there who is no PostgreSQL server", async () => {
      const { createServer } = await import("node:net");
      const silent = createServer(() => undefined).listen(0, "127.0.0.1");
      try {
        await new Promise((resolve) => silent.once("listening", resolve));
        const { port } = silent.address() as { port: number };
        await expect(rig.open({ address: `postgres://127.0.0.1:${port}/vault?user=ann` }).read(key)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringMatching(/timeout/i) });
      } finally {
        silent.close();
      }
    });

    test.each([
      ["the password is wrong", (url: string) => url.replace("canary-database-password", "wrong"), /password authentication failed/, /PGPASSWORD/],
      ["there is no such database", (url: string) => url.replace(/vault\d+$/, "absent"), /does not exist/, /^Make the database: createdb absent$/],
    ])("%s", async (_, spoil, message, hint) => {
      await expect(rig.open({ address: spoil(rig.database.url) }).read(key)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
    });
  });
});

describe.skipIf(postgresPrograms === undefined)("a server of its kind", () => {
  test("with few connections for many: nobody is refused, everybody waits", async () => {
    const server = await startPostgres({ settings: { max_connections: 12, superuser_reserved_connections: 3 } });
    const rig = await openRig(server);
    const script = await buildScript(`import { aGrant, keyFor } from "./test/vault/records.ts";
      ${opening}
      await Promise.all(Array.from({ length: 6 }, (_, index) => vault.update(keyFor("https://mcp.example/" + index), async (current: any) => { await new Promise((resolve) => setTimeout(resolve, 20)); return aGrant({ generation: (current?.generation ?? 0) + 1 }); })));`);
    try {
      const runs = await Promise.all(Array.from({ length: 5 }, () => script.run(rig.argument)));
      expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: "" })));
      expect(await rig.open().list()).toMatchObject(Array.from({ length: 6 }, () => ({ head: { generation: 5 } })));
    } finally {
      await script.remove();
      await rig.close();
      await server.stop();
    }
  });

  test("that wants TLS: it is verified, by the authority that is named, and not done without", async () => {
    const directory = await mkdtemp(join(tmpdir(), "mcpass-tls-"));
    const authority = await createAuthority(directory);
    const server = await startPostgres({ tls: authority.server({ names: ["127.0.0.1"] }) });
    const rig = await openRig(server);
    const opened = (more: string) => rig.open({ address: `${rig.database.url}?${more}` });
    try {
      await opened(`sslmode=verify-full&sslrootcert=${authority.file}`).update(key, counted);
      expect(await rig.database.query("select count(*)::int as encrypted from pg_stat_ssl join pg_stat_activity using (pid) where ssl and datname = current_database()")).toEqual([{ encrypted: expect.any(Number) }]);
      await expect(opened("sslmode=verify-full").read(key)).rejects.toMatchObject({ code: "vault_unreadable", hint: expect.stringContaining("sslrootcert") });
      await expect(opened(`sslmode=verify-full&sslrootcert=${directory}/absent.pem`).read(key)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringContaining("absent.pem") });
      await expect(opened("sslmode=disable").read(key)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringContaining("no encryption") });
    } finally {
      await rig.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
