import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { SealedVault } from "../../../src/vault/sealed-vault.ts";
import type { Grant, VaultRecord } from "../../../src/vault/vault-record.ts";
import { postgresPrograms, startPostgres, type PostgresServer } from "../../rig/postgres.ts";
import { waitUntil } from "../../rig/wait.ts";
import { aGrant, keyFor } from "../records.ts";
import { buildScript, type Script } from "../script.ts";
import { openRig, opening, type VaultRig } from "./rig.ts";
import { layWire, type Wire } from "./wire.ts";

// A server is made and many processes are started: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = keyFor("https://mcp.example/mcp");
const note = (record: VaultRecord | undefined): Grant => ({ ...(record as Grant), redeeming: { generation: (record as Grant).generation, at: 1, by: "somebody" } });
const next = (record: VaultRecord | undefined): Grant => aGrant({ generation: (record as Grant).generation + 1 });
const refuse = (): never => {
  throw new Error("the change is not to be asked");
};

describe.skipIf(postgresPrograms === undefined)("a connection that is lost in the middle of an update", () => {
  let server: PostgresServer;
  let rig: VaultRig;
  let vault: SealedVault;
  let other: SealedVault;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    rig = await openRig(server);
    vault = rig.open();
    // A busy machine is slow to connect anew.
    other = rig.open({ graceMs: 3_000 });
    await vault.update(key, async () => aGrant({ generation: 1 }));
  });
  afterEach(() => rig.close());

  const endConnections = async (): Promise<number> => (await rig.database.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")).length;

  test("F05: loses nothing: what was obtained meanwhile is stored, and the next in line sees it", async () => {
    const waiting: Promise<unknown>[] = [];
    const seen: (number | undefined)[] = [];
    const result = await vault.update(key, async (current, held) => {
      await held.write(note(current));
      waiting.push(other.update(key, async (found) => (seen.push((found as Grant).generation, (found as Grant).redeeming?.generation), next(found))));
      expect(await endConnections()).toBeGreaterThanOrEqual(2);
      // Longer than others wait for a holder that is gone.
      await sleep(4_500);
      return next(current);
    });
    await Promise.all(waiting);
    expect(result).toEqual(aGrant({ generation: 2 }));
    expect(seen).toEqual([2, undefined]);
    expect(await other.read(key)).toEqual(aGrant({ generation: 3 }));
  });

  test.each(["fast", "immediate"] as const)("F05: the server being restarted (%s), as it is when its machine is", async (mode) => {
    let waiting: Promise<unknown> | undefined;
    await vault.update(key, async (current, held) => {
      await held.write(note(current));
      waiting = other.update(key, async (found) => next(found));
      await server.restart(mode);
      await held.write(note(current));
      return next(current);
    });
    await waiting;
    expect(await vault.read(key)).toEqual(aGrant({ generation: 3 }));
  });

  test("F05: the server being away when there is something to store: it is stored when it is back", async () => {
    let back: Promise<void> | undefined;
    const result = await vault.update(key, async (current) => {
      let stopped = (): void => undefined;
      const isStopped = new Promise<void>((resolve) => (stopped = resolve));
      back = server.restart("fast", async () => {
        stopped();
        await sleep(1_500);
      });
      await isStopped;
      return next(current);
    });
    await back;
    expect([result, await other.read(key)]).toEqual([aGrant({ generation: 2 }), aGrant({ generation: 2 })]);
  });

  describe("through a network that is cut", () => {
    let wire: Wire;
    let far: SealedVault;
    beforeEach(async () => {
      wire = await layWire(server.port);
      far = rig.open({ address: rig.database.url.replace(`:${server.port}/`, `:${wire.port}/`), persistMs: 20_000 });
      await far.read(key);
    });
    afterEach(() => wire.stop());

    test.each([["stored", "update mcpass.record"], ["removed", "delete from mcpass.record"]])("F05: before the answer comes that it is %s: it is, once, and nobody else is taken to have done it", async (what, words) => {
      const result = await far.update(key, async (current, held) => {
        wire.loseAnswerTo(words);
        if (what === "stored") await held.write(note(current));
        return what === "stored" ? next(current) : "remove";
      });
      const expected = what === "stored" ? aGrant({ generation: 2 }) : undefined;
      expect([result, await other.read(key)]).toEqual([expected, expected]);
    });

    test("F01: a crowd at the door of a server that was there: who could not connect in time tries again", async () => {
      await far.update(key, async (current) => next(current));
      wire.crowd();
      const updated = far.update(key, async (current) => next(current));
      // One connection is given up after 5 s.
      await sleep(5_300);
      wire.mend();
      expect((await updated as Grant).generation).toBe(3);
    });

    test("F05: for longer than others wait: they go on from what was written ahead, and a token set that was obtained is not lost to what they write", async () => {
      let taken: VaultRecord | undefined;
      const result = await far.update(key, async (current, held) => {
        await held.write(note(current));
        wire.cut();
        // The other sees that something was begun, and is refused what the first has already spent.
        taken = await other.update(key, async (found, ahead) => {
          await ahead.write(note(found));
          return { ...note(found), tokens: undefined, ended: { reason: "invalid_grant", at: 2, quarantined: (found as Grant).tokens } };
        });
        wire.mend();
        return next(current);
      });
      expect(taken).toMatchObject({ redeeming: { generation: 1 }, ended: { reason: "invalid_grant" } });
      expect(result).toEqual(aGrant({ generation: 2 }));
      expect(await other.read(key)).toEqual(aGrant({ generation: 2 }));
    });

    test("F05: meanwhile renewed by another: its token set stays, and both use it", async () => {
      const result = await far.update(key, async (current) => {
        wire.cut();
        await other.update(key, async (found) => ({ ...next(found), renewedAt: 7 }));
        wire.mend();
        return next(current);
      });
      expect(result).toEqual(aGrant({ generation: 2, renewedAt: 7 }));
      expect(await other.read(key)).toEqual(aGrant({ generation: 2, renewedAt: 7 }));
    });

    test("F05: meanwhile signed out by another: it stays signed out", async () => {
      const overtaken = far.update(key, async (current) => {
        wire.cut();
        await other.update(key, async () => "remove");
        wire.mend();
        return next(current);
      });
      await expect(overtaken).rejects.toMatchObject({ code: "vault_busy", message: expect.stringContaining("The grant of account default for https://mcp.example/mcp was changed by another process") });
      expect(await other.read(key)).toBeUndefined();
    });

    test("F05: a note is not written over what another has stored meanwhile, so that nothing is spent twice", async () => {
      const overtaken = far.update(key, async (current, held) => {
        wire.cut();
        await other.update(key, async (found) => next(found));
        wire.mend();
        await held.write(note(current));
        throw new Error("not to be reached");
      });
      await expect(overtaken).rejects.toMatchObject({ code: "vault_busy" });
      expect(await other.read(key)).toEqual(aGrant({ generation: 2 }));
    });

    test("F05: for good: the error says what was not stored where, in time, and asks for no sign-in", async () => {
      const short = rig.open({ address: rig.database.url.replace(`:${server.port}/`, `:${wire.port}/`), persistMs: 500 });
      const failure = await short.update(key, async (current) => (wire.cut(), next(current))).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "vault_unwritable", message: expect.stringContaining(`postgres://mcpass@127.0.0.1:${wire.port}/`), hint: expect.stringMatching(/no sign-in is lost, and none is needed/) });
      expect(JSON.stringify(failure)).not.toContain("canary");
      expect(await other.read(key)).toEqual(aGrant({ generation: 1 }));
    });
  });

  describe("a holder that has written ahead", () => {
    let script: Script;
    const children: ChildProcess[] = [];
    beforeAll(async () => {
      script = await buildScript(`import { aGrant } from "./test/vault/records.ts";
        ${opening}
        const key = ${JSON.stringify(key)};
        const alive = setInterval(() => undefined, 1000);
        const note = (record: any) => ({ ...record, redeeming: { generation: record.generation, at: 1, by: "the holder" } });
        await vault.update(key, async (current: any, held: any) => {
          await held.write(note(current));
          const woken = new Promise((resolve) => process.once("SIGUSR2", resolve));
          console.log("ahead");
          await woken;
          await held.write(note(current)).catch((error: any) => console.log(error.code));
          return "keep";
        });
        clearInterval(alive);`);
    });
    afterAll(() => script.remove());
    afterEach(() => children.splice(0).forEach((child) => void child.kill("SIGKILL")));
    async function hold(options: object = {}): Promise<ChildProcess> {
      const child = script.start(rig.argument, JSON.stringify(options));
      children.push(child);
      await once(child.stdout!, "data");
      return child;
    }

    test("F05: and is killed is taken over from, with what it wrote ahead; the one after that need not wait", async () => {
      const child = await hold();
      child.kill("SIGKILL");
      const startedAt = performance.now();
      expect(await other.update(key, async () => "keep")).toMatchObject({ generation: 1, redeeming: { by: "the holder" } });
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect(await rig.database.query("select unfinished from mcpass.record where key = $1", [key])).toEqual([{ unfinished: null }]);
    });

    test("F05: and is suspended keeps what it holds, until it has given no sign of life for too long; when it wakes it writes nothing over what came after", async () => {
      const child = await hold({ deadAfterMs: 5_000 });
      child.kill("SIGSTOP");
      await expect(rig.open({ lockWaitMs: 300 }).update(key, refuse)).rejects.toMatchObject({ code: "vault_busy", details: { pid: child.pid } });
      await other.update(key, async (found) => next(found));
      const said = once(child.stdout!, "data");
      child.kill("SIGCONT");
      child.kill("SIGUSR2");
      expect(String((await said)[0])).toBe("vault_busy\n");
      expect(await other.read(key)).toEqual(aGrant({ generation: 2 }));
    });

    test("F05: and is slow, but alive, is waited for", async () => {
      const child = await hold({ deadAfterMs: 3_000 });
      const holder = (): Promise<readonly unknown[]> => rig.database.query("select pid from pg_locks where locktype = 'advisory'");
      const before = await holder();
      await sleep(5_000);
      expect(await holder()).toEqual(before);
      await expect(rig.open({ lockWaitMs: 300 }).update(key, refuse)).rejects.toMatchObject({ code: "vault_busy", details: { pid: child.pid } });
      child.kill("SIGUSR2");
      await waitUntil(() => child.exitCode === 0, "the holder to end");
    });
  });
});
