import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { rekey } from "../../../src/vault/rekey.ts";
import type { SealedVault } from "../../../src/vault/sealed-vault.ts";
import { examineVault } from "../../../src/vault/vault-status.ts";
import { migration, schemaCreation } from "../../../src/vault/postgres/schema.ts";
import { linkKey, pendingKey, registrationKey } from "../../../src/vault/vault-key.ts";
import type { VaultRecord } from "../../../src/vault/vault-record.ts";
import { postgresPrograms, startPostgres, type PostgresServer } from "../../rig/postgres.ts";
import { waitUntil } from "../../rig/wait.ts";
import { aGrant, aPending, aRegistration, keyFor } from "../records.ts";
import type { Script } from "../script.ts";
import { buildIncrement, openRig, type VaultRig } from "./rig.ts";

// A server is made and many processes are started: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = keyFor("https://mcp.example/mcp");
const refuse = (): never => {
  throw new Error("the change is not to be asked");
};
const counted = async (current: VaultRecord | undefined): Promise<VaultRecord> => aGrant({ generation: (current?.kind === "grant" ? current.generation : 0) + 1 });

test("docs/postgresql.md shows what is run to make the tables", () => {
  const [, shown] = /```sql\n(.*?)```/s.exec(readFileSync("docs/postgresql.md", "utf8")) ?? [];
  expect(shown).toBe(`${schemaCreation}\n${migration}`);
});

describe.skipIf(postgresPrograms === undefined)("the tables of a vault on PostgreSQL", () => {
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

  test("are made by the first update; looking creates nothing", async () => {
    expect([await vault.read(key), await vault.head(key), await vault.list(), await vault.keys.record()]).toEqual([undefined, undefined, [], undefined]);
    expect(await rig.database.query("select to_regnamespace('mcpass') as found")).toEqual([{ found: null }]);
    await vault.update(key, counted);
    expect(await rig.database.query("select version from mcpass.version")).toEqual([{ version: 1 }]);
  });

  test("are made once by many that start at the same moment, with one key", async () => {
    const processes = Promise.all(Array.from({ length: 6 }, () => increment.run(rig.argument)));
    await waitUntil(async () => (await rig.database.query("select 1 from pg_stat_activity where application_name like 'mcpass %' and datname = current_database()")).length > 0, "the first of them");
    await Promise.all(Array.from({ length: 6 }, () => rig.open().update(key, counted)));
    const runs = await processes;
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: "" })));
    expect(await vault.read(key)).toMatchObject({ generation: 12 });
    expect((await vault.keys.record())?.keys).toHaveLength(1);
  });

  test("are made once by a dozen that find none at the same moment", async () => {
    await Promise.all(Array.from({ length: 12 }, () => rig.open().update(key, counted)));
    expect(await vault.read(key)).toMatchObject({ generation: 12 });
  });

  test("are made in a schema that somebody else has made for a user who may make none, and who is refused in words where there is none", async () => {
    await rig.database.query("create role modest login password 'canary-modest'").catch(() => undefined);
    await rig.database.query(`revoke create on database ${rig.database.name} from public`);
    const modest = rig.open({ address: rig.database.url.replace(/\/\/[^@]+@/, "//modest:canary-modest@") });
    await expect(modest.update(key, refuse)).rejects.toMatchObject({ code: "vault_unwritable", message: expect.stringContaining("permission denied"), hint: expect.stringContaining("docs/postgresql.md") });
    await rig.database.query("create schema mcpass authorization modest");
    await modest.update(key, counted);
    expect(await modest.read(key)).toMatchObject({ generation: 1 });
  });

  test("of a newer version are refused, whatever is asked, and left as they are", async () => {
    await vault.update(key, counted);
    await rig.database.query("update mcpass.version set version = 2");
    const before = await rig.database.dump();
    const newer = { code: "vault_unreadable", message: `The vault ${rig.database.place} cannot be used: a newer mcpass made its tables (version 2; this one knows 1). It is left as it is.`, hint: "Upgrade mcpass." };
    for (const opened of [vault, rig.open()]) {
      await expect(opened.read(key)).rejects.toMatchObject(newer);
      await expect(opened.head(key)).rejects.toMatchObject(newer);
      await expect(opened.list()).rejects.toMatchObject(newer);
      await expect(opened.update(key, refuse)).rejects.toMatchObject(newer);
    }
    expect(await rig.database.dump()).toBe(before);
  });

  test("that are newer than an update that is under way are not written to", async () => {
    await vault.update(key, counted);
    const late = vault.update(key, async (current) => {
      await rig.database.query("update mcpass.version set version = 2");
      return counted(current);
    });
    await expect(late).rejects.toMatchObject({ code: "vault_unreadable", hint: "Upgrade mcpass." });
    expect(await rig.database.query("select head ->> 'generation' as generation from (select content::jsonb -> 'head' as head from mcpass.record) r")).toEqual([{ generation: "1" }]);
  });

  test("S01: a copy of the database holds no token, secret, verifier or password, and another record's content is not taken for one's own", async () => {
    await vault.update(key, async () => aGrant({ redeeming: { generation: 1, at: 1, by: "somebody" } }));
    await vault.update(registrationKey("https://issuer.example/", "http://127.0.0.1/cb", "mcpass"), async () => aRegistration());
    await vault.update(pendingKey("canary-state"), async () => ({ ...aPending(), url: "https://issuer.example/authorize" }));
    await vault.update(linkKey("https://mcp.example/mcp", "default"), async () => ({ kind: "link", serverUrl: "https://mcp.example/mcp", account: "default", grant: key, madeAt: 1 }));
    const dump = await rig.database.dump();
    expect(dump).toContain(key);
    expect(dump).not.toMatch(/canary/);
    const other = keyFor("https://other.example/");
    await rig.database.query("insert into mcpass.record (key, revision, content, changed_by) select $1, 'x', content, 'x' from mcpass.record where key = $2", [other, key]);
    await expect(vault.read(other)).rejects.toMatchObject({ code: "vault_unreadable", hint: expect.stringMatching(/psql 'postgres:.*update mcpass\.record set key = key \|\| '\.broken'/) });
    await rig.database.query("update mcpass.record set key = key || '.broken' where key = $1", [other]);
    expect(await vault.read(other)).toBeUndefined();
    expect(await vault.list()).toHaveLength(4);
  });

  test("S01: without its key it is locked, and the database alone is of no use", async () => {
    await vault.update(key, counted);
    const directory = await mkdtemp(join(tmpdir(), "mcpass-elsewhere-"));
    try {
      const elsewhere = rig.open({ directory });
      await expect(elsewhere.read(key)).rejects.toMatchObject({ code: "vault_locked" });
      expect(await elsewhere.head(key)).toMatchObject({ generation: 1 });
      const withKey = { MCPASS_KEY: "ab".repeat(32) };
      await vault.update(key, async () => "remove");
      await rig.database.query("delete from mcpass.key_record");
      await rig.open({ directory, environment: withKey }).update(key, counted);
      expect(await rig.open({ environment: withKey }).read(key)).toMatchObject({ generation: 1 });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test("rekeyed, every record is sealed with the new key, from another source, and status says so", async () => {
    await vault.update(key, counted);
    expect(await examineVault(rig.open())).toMatchObject({ exists: true, source: { kind: "file" }, locked: undefined, counts: { grant: 1 }, unreadable: [], outdated: [] });
    const [before] = await rig.database.query("select content from mcpass.record");
    const withKey = { MCPASS_KEY: "ab".repeat(32) };
    expect(await rekey(rig.open({ environment: withKey }), "environment")).toMatchObject({ before: { kind: "file" }, after: { kind: "environment" }, sealed: 1, left: [], notForgotten: undefined });
    const [after] = await rig.database.query("select content from mcpass.record");
    expect(after).not.toEqual(before);
    expect(await rig.open({ environment: withKey }).read(key)).toMatchObject({ generation: 1 });
    await rig.database.query("delete from mcpass.key_record");
    await expect(rig.open({ environment: withKey }).update(key, counted)).rejects.toMatchObject({ code: "vault_unreadable", message: expect.stringContaining("key_record") });
    expect(await rig.database.query("select * from mcpass.key_record")).toEqual([]);
  });

  test("looking at a database without tables makes none", async () => {
    expect(await examineVault(vault)).toMatchObject({ exists: false, source: undefined, locked: undefined, hindrance: undefined });
    expect(await rekey(vault, undefined)).toBeUndefined();
    expect(await rig.database.query("select to_regnamespace('mcpass')::text as schema")).toEqual([{ schema: null }]);
  });
});
