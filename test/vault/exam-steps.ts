import { beforeEach, describe, expect, test } from "vitest";

import { headOf } from "../../src/vault/record-head.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { linkKey, pendingKey, registrationKey, type VaultKey } from "../../src/vault/vault-key.ts";
import type { Grant, VaultRecord } from "../../src/vault/vault-record.ts";
import type { Candidate, Examined } from "../vault-exam.ts";
import { aGrant, aPending, aRegistration, keyFor } from "./records.ts";

const key = keyFor("https://mcp.example/mcp", "default");
const counted = async (current: VaultRecord | undefined): Promise<Grant> => aGrant({ generation: (current?.kind === "grant" ? current.generation : 0) + 1 });

/** The part of the exam about what goes on inside an update and what others see of it. */
export function examineSteps(examined: Examined, candidateNow: () => Candidate): void {
  let candidate: Candidate;
  let vault: Vault;
  beforeEach(() => {
    candidate = candidateNow();
    vault = candidate.vault;
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
        await expect.poll(() => told).toContain(each);
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
}
