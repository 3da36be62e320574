import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { takeLock, withLock } from "../../src/vault/lock.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcpass-lock-"));
  file = join(folder, "a.lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("two in one process exclude each other, whoever fails, and the file stays", async () => {
  const order: string[] = [];
  const one = withLock({ file, waitMs: 5_000, subject: "It" }, async () => {
    order.push("one in");
    await pause(50);
    order.push("one out");
    throw new Error("one failed");
  });
  const failed = expect(one).rejects.toThrow("one failed");
  await pause(20);
  expect(await withLock({ file, waitMs: 5_000, subject: "It" }, async () => order.push("two"))).toBe(3);
  await failed;
  expect(order).toEqual(["one in", "one out", "two"]);
  expect(await readFile(file, "utf8")).toHaveLength(80);
});

test("who waits too long is told what, who and since when, and work is not begun", async () => {
  let began = false;
  await withLock({ file, waitMs: 0, subject: "The grant", now: () => Date.UTC(2026, 0, 2) }, async () => {
    const waiting = withLock({ file, waitMs: 100, subject: "The grant" }, async () => void (began = true));
    await expect(waiting).rejects.toMatchObject({
      code: "vault_busy",
      message: `The grant is in use by this very process since 2026-01-02T00:00:00.000Z (waited 0.1 s for the lock ${file}).`,
      hint: "Try again in a moment.",
    });
  });
  expect(began).toBe(false);
  expect(await withLock({ file, waitMs: 0, subject: "The grant" }, async () => "free")).toBe("free");
});

test("a signal ends the waiting with its reason, and the lock is not taken later", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const startedAt = performance.now();
  await withLock({ file, waitMs: 0, subject: "It" }, async () => {
    const waiting = withLock({ file, waitMs: 60_000, subject: "It", signal: controller.signal }, async () => undefined);
    setTimeout(() => controller.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
    await expect(withLock({ file, waitMs: 60_000, subject: "It", signal: controller.signal }, async () => undefined)).rejects.toBe(reason);
  });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(await withLock({ file, waitMs: 0, subject: "It" }, async () => "free")).toBe("free");
});

test("a lock in a folder that is not there is an error that names the file", async () => {
  const absent = join(folder, "absent", "a.lock");
  await expect(withLock({ file: absent, waitMs: 0, subject: "The grant" }, async () => undefined)).rejects.toMatchObject({
    code: "vault_unwritable",
    message: expect.stringContaining(`The grant cannot be locked with ${absent}: ENOENT`),
  });
});

test("a lock that is free is taken at once and held until it is let go; one that is not is not waited for", async () => {
  const held = await takeLock({ file, subject: "It", now: () => Date.UTC(2026, 0, 2) });
  expect(held).toBeDefined();
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ pid: process.pid, since: "2026-01-02T00:00:00.000Z" });
  expect(await takeLock({ file, subject: "It" })).toBeUndefined();
  await expect(withLock({ file, waitMs: 50, subject: "It" }, async () => undefined)).rejects.toMatchObject({ code: "vault_busy" });
  await held?.release();
  const again = await takeLock({ file, subject: "It" });
  expect(again).toBeDefined();
  await again?.release();
  await expect(takeLock({ file: join(folder, "absent", "a.lock"), subject: "It" })).rejects.toMatchObject({ code: "vault_unwritable" });
});

test.each([
  ["forward", 3_600_000],
  ["back", -3_600_000],
])("a clock that jumps an hour %s while waiting neither ends the waiting nor prolongs it", async (_, jumpMs) => {
  let jumped = 0;
  const now = (): number => Date.now() + (jumped += jumpMs);
  let release = (): void => undefined;
  const held = withLock({ file, waitMs: 0, subject: "It", now }, () => new Promise<void>((resolve) => (release = resolve)));
  await pause(50);
  const startedAt = performance.now();
  await expect(withLock({ file, waitMs: 400, subject: "It", now }, async () => undefined)).rejects.toMatchObject({ code: "vault_busy" });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(399);
  const waiting = withLock({ file, waitMs: 20_000, subject: "It", now }, async () => "mine");
  await pause(200);
  release();
  expect(await waiting).toBe("mine");
  await held;
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});
