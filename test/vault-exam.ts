import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { Vault } from "../src/vault/vault.ts";
import { registrationKey, type VaultKey } from "../src/vault/vault-key.ts";
import type { Grant, VaultRecord } from "../src/vault/vault-record.ts";
import { examineSteps } from "./vault/exam-steps.ts";
import { aGrant, aRegistration, keyFor } from "./vault/records.ts";
import { buildScript, type Script } from "./vault/script.ts";

/** One empty vault, and what the exam must be able to do with it besides using it. */
export interface Candidate {
  readonly vault: Vault;
  /** The same vault; its updates wait 300 ms for another holder, and no longer. */
  readonly impatient: Vault;
  /** How another process opens the same vault: `argument` is its `process.argv[2]`. */
  readonly argument: string;
  /** Makes the stored record of `key` one that no vault can read; undefined: nothing that is stored there can be spoilt. */
  readonly spoil: ((key: VaultKey) => Promise<void>) | undefined;
  close(): Promise<void>;
}

export interface Examined {
  readonly name: string;
  /** TypeScript, imports relative to the repository's root, that declares `const vault: Vault` from `process.argv[2]`; undefined: it is of one process only. */
  readonly opening: string | undefined;
  open(): Promise<Candidate>;
}

const key = keyFor("https://mcp.example/mcp", "default");
const refuse = (): never => {
  throw new Error("the change is not to be asked");
};
const counted = async (current: VaultRecord | undefined): Promise<Grant> => aGrant({ generation: (current?.kind === "grant" ? current.generation : 0) + 1 });

/** What every Vault must do, whatever it stores in. */
export function examineVault(examined: Examined): void {
  let candidate: Candidate;
  let vault: Vault;
  beforeEach(async () => {
    candidate = await examined.open();
    vault = candidate.vault;
  });
  afterEach(() => candidate.close());

  describe(`${examined.name}: one record`, () => {
    test("that was never stored is undefined, and is not listed", async () => {
      expect(await vault.read(key)).toBeUndefined();
      expect(await vault.list()).toEqual([]);
    });

    test("is read back as it was stored, every field and every absence", async () => {
      const ended = { reason: "invalid_grant", at: 3, quarantined: aGrant().tokens };
      const records = [aGrant(), aGrant({ tokens: undefined, ended, trouble: { code: "unreachable", message: "“é”\n", at: 1 }, renewedAt: 5 }), aGrant({ resource: undefined })];
      for (const record of records) {
        expect(await vault.update(key, async () => record)).toEqual(record);
        expect(await vault.read(key)).toStrictEqual(record);
      }
      const registered = registrationKey("https://issuer.example/", "http://127.0.0.1/cb", "mcpass");
      await vault.update(registered, async () => aRegistration());
      expect(await vault.read(registered)).toStrictEqual(aRegistration());
    });

    test("is given to the change as it is now", async () => {
      const seen: unknown[] = [];
      for (let round = 0; round < 3; round += 1) await vault.update(key, (current) => (seen.push(current?.kind === "grant" ? current.generation : current), counted(current)));
      expect(seen).toEqual([undefined, 1, 2]);
    });

    test("stays as it is when the change keeps it or throws", async () => {
      expect(await vault.update(key, async () => "keep")).toBeUndefined();
      await expect(vault.update(key, refuse)).rejects.toThrow("not to be asked");
      expect(await vault.list()).toEqual([]);
      await vault.update(key, counted);
      expect(await vault.update(key, async () => "keep")).toEqual(aGrant({ generation: 1 }));
      const failure = new Error("the issuer said no");
      await expect(vault.update(key, () => Promise.reject(failure))).rejects.toBe(failure);
      expect(await vault.read(key)).toEqual(aGrant({ generation: 1 }));
    });

    test("is forgotten when the change removes it, also when there was none", async () => {
      await vault.update(key, counted);
      expect(await vault.update(key, async () => "remove")).toBeUndefined();
      expect(await vault.update(key, async () => "remove")).toBeUndefined();
      expect(await vault.read(key)).toBeUndefined();
      expect(await vault.list()).toEqual([]);
    });
  });

  examineSteps(examined, () => candidate);

  describe(`${examined.name}: many records`, () => {
    const keys = Array.from({ length: 50 }, (_, index) => keyFor(`https://mcp.example/${index}`, "default"));

    test("S05: fifty servers signed in to at the same moment all stay signed in", async () => {
      await Promise.all(keys.map((each, index) => vault.update(each, async () => aGrant({ serverUrl: `https://mcp.example/${index}` }))));
      const listed = await vault.list();
      expect(new Set(listed.map((listing) => listing.key))).toEqual(new Set(keys));
      expect(await vault.read(keys[7]!)).toMatchObject({ serverUrl: "https://mcp.example/7" });
    });

    test("S06: accounts and addresses do not share a record", async () => {
      const near = [keyFor("https://mcp.example:1/mcp", "a"), keyFor("https://mcp.example:2/mcp", "a"), keyFor("https://mcp.example:1/mcp", "b")];
      await vault.update(near[0]!, counted);
      expect(await Promise.all(near.map((each) => vault.read(each)))).toMatchObject([{ generation: 1 }, undefined, undefined]);
    });
  });

  const { opening } = examined;
  if (opening === undefined) return;

  describe(`${examined.name}: a record that cannot be read`, () => {
    test("is said to be so, and the change is not even asked", async () => {
      await vault.update(key, counted);
      await candidate.spoil!(key);
      await expect(vault.read(key)).rejects.toMatchObject({ name: "McpassError", code: "vault_unreadable" });
      await expect(vault.update(key, refuse)).rejects.toMatchObject({ code: "vault_unreadable" });
      const listed = await vault.list();
      expect(listed).toMatchObject([{ key, error: { code: "vault_unreadable" } }]);
    });

    test("S05: a spoilt one spoils no other", async () => {
      const [first, second] = [key, keyFor("https://other.example/mcp")];
      await Promise.all([first, second].map((each) => vault.update(each, counted)));
      await candidate.spoil!(first);
      const listed = await vault.list();
      expect(listed).toHaveLength(2);
      expect(listed.find((listing) => listing.key === second)).toMatchObject({ head: { generation: 1 } });
      expect(await vault.update(second, counted)).toMatchObject({ generation: 2 });
    });
  });

  describe(`${examined.name}: exclusion`, () => {
    let counter: Script;
    let holder: Script;
    let waiter: Script;
    const children: ChildProcess[] = [];
    const head = `import { aGrant } from "./test/vault/records.ts";\n${opening}\nconst key = ${JSON.stringify(key)};`;
    beforeAll(async () => {
      counter = await buildScript(`${head}
        for (let round = 0; round < 25; round += 1) await vault.update(key, async (current) => aGrant({ generation: (current?.generation ?? 0) + 1 }));`);
      holder = await buildScript(`${head}
        const alive = setInterval(() => undefined, 1000);
        await vault.update(key, async () => { console.log("held"); return await new Promise(() => undefined); });`);
      waiter = await buildScript(`${head}
        const again = async () => { throw new Error("it has been made already"); };
        const stored = await vault.update(key, again, { enough: (current) => current?.generation === 2 });
        console.log(stored.generation);`);
    });
    afterAll(() => Promise.all([counter.remove(), holder.remove(), waiter.remove()]));
    afterEach(() => children.splice(0).forEach((child) => void child.kill("SIGKILL")));

    async function hold(): Promise<ChildProcess> {
      const child = holder.start(candidate.argument);
      children.push(child);
      await once(child.stdout!, "data");
      return child;
    }

    test("eight processes of twenty-five updates each lose none", async () => {
      const runs = await Promise.all(Array.from({ length: 8 }, () => counter.run(candidate.argument)));
      expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: "" })));
      expect(await vault.read(key)).toMatchObject({ generation: 200 });
    });

    test("reading and listing wait for nobody, and another key is free", async () => {
      await vault.update(key, counted);
      await hold();
      expect(await vault.read(key)).toMatchObject({ generation: 1 });
      expect(await vault.list()).toHaveLength(1);
      await vault.update(keyFor("https://other.example/", "default"), counted);
    });

    test("F01: a crowd that waits for one change has it as soon as it is stored, while its maker still holds the key, and is not asked to make it again", async () => {
      await vault.update(key, counted);
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      let holds = (): void => undefined;
      const held = new Promise<void>((resolve) => (holds = resolve));
      const making = vault.update(key, async (current, { write }) => {
        holds();
        await sleep(500);
        await write(await counted(current));
        await released;
        return "keep";
      });
      await held;
      const crowd = await Promise.all(Array.from({ length: 4 }, () => waiter.run(candidate.argument)));
      expect(crowd.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(crowd.map(() => ({ code: 0, stdout: "2\n", stderr: "" })));
      release();
      expect(await making).toMatchObject({ generation: 2 });
    });

    test("who finds the key free is asked, whatever would be enough", async () => {
      expect(await vault.update(key, counted, { enough: () => true })).toMatchObject({ generation: 1 });
    });

    test("a holder that is killed holds nothing, and what it had begun never happened: who waits goes on within two seconds", async () => {
      await vault.update(key, counted);
      let tookMs = Infinity;
      // A machine may be busy for a moment, but not three times.
      for (let generation = 2; generation <= 4 && tookMs >= 2_000; generation += 1) {
        const child = await hold();
        const waiting = vault.update(key, counted);
        await sleep(200);
        child.kill("SIGKILL");
        const killedAt = performance.now();
        expect(await waiting).toMatchObject({ generation });
        tookMs = performance.now() - killedAt;
      }
      expect(tookMs).toBeLessThan(2_000);
    });

    test("F05: a holder that is suspended still holds; who waits too long is told which process it is", async () => {
      const child = await hold();
      child.kill("SIGSTOP");
      await expect(candidate.impatient.update(key, refuse)).rejects.toMatchObject({
        code: "vault_busy",
        message: expect.stringMatching(new RegExp(`process ${child.pid} since 20\\d\\d-`)),
        details: { pid: child.pid },
      });
      child.kill("SIGCONT");
      await expect(candidate.impatient.update(key, refuse)).rejects.toMatchObject({ code: "vault_busy" });
    });
  });
}
