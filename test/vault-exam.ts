import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { Vault } from "../src/vault/vault.ts";
import { headOf } from "../src/vault/record-head.ts";
import { linkKey, pendingKey, registrationKey, type VaultKey } from "../src/vault/vault-key.ts";
import type { Grant, VaultRecord } from "../src/vault/vault-record.ts";
import { aGrant, aPending, aRegistration, keyFor } from "./vault/records.ts";
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

  describe(`${examined.name}: heads, steps and changes`, () => {
    test("every kind of record has a head, which needs nothing opened", async () => {
      const link = { kind: "link", serverUrl: "https://mcp.example/mcp", account: "work", grant: key, madeAt: 5 } as const;
      const records = [
        [key, aGrant()],
        [linkKey(link.serverUrl, link.account), link],
        [registrationKey("https://issuer.example/", "http://127.0.0.1/cb", "mcpass"), aRegistration()],
        [pendingKey("canary-state"), aPending()],
      ] as const;
      for (const [each, record] of records) {
        await vault.update(each, async () => record);
        expect(await vault.read(each)).toStrictEqual(record);
        expect(await vault.head(each)).toStrictEqual(headOf(record));
      }
      expect(new Map((await vault.list()).map((listing) => [listing.key, "head" in listing ? listing.head : listing.error]))).toEqual(
        new Map(records.map(([each, record]) => [each, headOf(record)])),
      );
      expect(await vault.head(keyFor("https://never.example/"))).toBeUndefined();
    });

    test("F05: what a change writes down on its way is stored at once, and stays when the change fails after it", async () => {
      await vault.update(key, counted);
      const noted = aGrant({ generation: 1, redeeming: { generation: 1, at: 7, by: "process 1 on host" } });
      const failing = vault.update(key, async (_, held) => {
        await held.write(noted);
        expect([await vault.read(key), await held.read()]).toEqual([noted, noted]);
        throw new Error("the answer was lost");
      });
      await expect(failing).rejects.toThrow("the answer was lost");
      expect(await vault.read(key)).toStrictEqual(noted);
      expect(await vault.update(key, async (_, held) => (await held.write(aGrant({ generation: 8 })), "keep"))).toMatchObject({ generation: 8 });
    });

    test("F06: whoever watches is told of each record that is stored or removed, until it stops", async () => {
      const other = keyFor("https://other.example/mcp");
      await vault.update(key, counted);
      const told: VaultKey[] = [];
      const stop = vault.watch((changed) => told.push(changed));
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const [each, change] of [
        [key, counted],
        [other, counted],
        [other, async () => "remove" as const],
      ] as const) {
        told.length = 0;
        await vault.update(each, change);
        await expect.poll(() => told, { timeout: 5_000 }).toContain(each);
      }
      stop();
      told.length = 0;
      await vault.update(key, counted);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(told).toEqual([]);
    });

    test("F05: closing waits for the update under way", async () => {
      const update = vault.update(key, async (current) => (await new Promise((resolve) => setTimeout(resolve, 200)), counted(current)));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await vault.close();
      expect(await candidate.impatient.read(key)).toMatchObject({ generation: 1 });
      await update;
    });

    test("a hundred updates at once in one process each see the one before", async () => {
      let inside = 0;
      const seen: number[] = [];
      const change = async (current: VaultRecord | undefined): Promise<VaultRecord> => {
        inside += 1;
        seen.push(inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside -= 1;
        return await counted(current);
      };
      await Promise.all(Array.from({ length: 100 }, () => vault.update(key, change)));
      expect(await vault.read(key)).toMatchObject({ generation: 100 });
      expect(seen.every((count) => count === 1)).toBe(true);
    });
  });

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
    const children: ChildProcess[] = [];
    const head = `import { aGrant } from "./test/vault/records.ts";\n${opening}\nconst key = ${JSON.stringify(key)};`;
    beforeAll(async () => {
      counter = await buildScript(`${head}
        for (let round = 0; round < 25; round += 1) await vault.update(key, async (current) => aGrant({ generation: (current?.generation ?? 0) + 1 }));`);
      holder = await buildScript(`${head}
        const alive = setInterval(() => undefined, 1000);
        await vault.update(key, async () => { console.log("held"); return await new Promise(() => undefined); });`);
    });
    afterAll(() => Promise.all([counter.remove(), holder.remove()]));
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

    test("a holder that is killed holds nothing, and what it had begun never happened", async () => {
      await vault.update(key, counted);
      const child = await hold();
      child.kill("SIGKILL");
      expect(await vault.update(key, counted)).toMatchObject({ generation: 2 });
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
