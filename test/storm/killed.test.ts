import { expect, test } from "vitest";
import type { Storm } from "../rig/storm/storm.ts";
import { nothingLost, stormOf } from "./expectations.ts";

const limitMs = 120_000;
const timeout = limitMs + 30_000;
const interrupted = /process (\d+) on \S+ began to renew the access token at 20\S+Z and was interrupted before the answer was stored/;

/** Kills on: now and then one that redeems a refresh token at this moment (`redeemers` of them in all), now and then any one, at most `most`. Each is replaced. */
function killOn(storm: Storm, { redeemers, most }: { readonly redeemers: number; readonly most: number }): { readonly killed: Set<number>; stop(): Promise<void> } {
  const killed = new Set<number>();
  const replacing = new Set<Promise<void>>();
  let aimed = 0;
  const kill = (pid: number | undefined): void => {
    if (pid === undefined || replacing.size >= 3 || killed.size >= most || !storm.running().includes(pid)) return;
    killed.add(pid);
    const replaced: Promise<void> = storm.replace(pid).finally(() => replacing.delete(replaced));
    replacing.add(replaced);
  };
  storm.onRenewal((pids) => {
    const pid = pids.find((each) => !killed.has(each));
    if (pid === undefined || aimed >= redeemers || replacing.size > 0) return;
    aimed += 1;
    kill(pid);
  });
  const timer = setInterval(() => kill(storm.running()[Math.floor(Math.random() * storm.running().length)]), 500);
  return {
    killed,
    stop: async () => {
      clearInterval(timer);
      aimed = Infinity;
      await Promise.all(replacing);
    },
  };
}

test("F05: processes killed all through a storm: with a server that takes the previous refresh token for a while, nobody ever signs in again", { timeout }, async () => {
  const storm = await stormOf({ issuer: { rotationGraceSeconds: 3_600, refreshAnswer: { slowMs: 40 } } });
  const killing = killOn(storm, { redeemers: 8, most: 40 });
  await storm.until(({ expiries }) => expiries >= 100 && killing.killed.size >= 12, limitMs);
  await killing.stop();
  const report = await storm.finish();
  expect(report).toMatchObject({ ...nothingLost, redeemedTwice: expect.any(Number), renewalsRefused: 0, failures: [] });
  expect(report.grants.map(({ stored, isCurrent }) => [stored.ended, isCurrent])).toEqual(report.grants.map(() => [undefined, true]));
  expect(report.grants.flatMap(({ stored }) => (stored.lineage ?? []).filter(({ event }) => event === "interrupted"))).not.toEqual([]);
});

test("F05: with a strict server only grants end whose redeemer was killed before it had stored the answer, and each of them says so", { timeout }, async () => {
  const storm = await stormOf({ issuer: { refreshAnswer: { slowMs: 40 } } });
  const killing = killOn(storm, { redeemers: 3, most: 9 });
  await storm.until(({ expiries, redeemedTwice }) => expiries >= 80 && redeemedTwice >= 1, limitMs);
  await killing.stop();
  const report = await storm.finish();
  const ended = report.grants.filter(({ stored }) => stored.ended !== undefined);
  expect(ended.length).toBeGreaterThan(0);
  for (const { stored } of ended) expect(killing.killed).toContain(Number(interrupted.exec(stored.ended?.reason ?? "")?.[1]));
  expect(report).toMatchObject({ ...nothingLost, redeemedTwice: expect.any(Number), tokensRevoked: expect.any(Number) });
  expect(report.failures.filter(({ account, code, message }) => !(code === "sign_in_required" && interrupted.test(message) && ended.some((grant) => grant.account === account)))).toEqual([]);
  const others = report.grants.filter((grant) => !ended.includes(grant));
  expect(others.length).toBeGreaterThan(0);
  // One whose redeemer was killed last of all still has its access token, and the note.
  expect(others.filter(({ isCurrent, stored }) => !isCurrent && !killing.killed.has(Number(/\d+/.exec(stored.redeeming?.by ?? "")?.[0])))).toEqual([]);
});
