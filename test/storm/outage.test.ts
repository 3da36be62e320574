import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Storm } from "../rig/storm/storm.ts";
import { expectEachGenerationOnce, nothingLost, stormOf } from "./expectations.ts";

const limitMs = 120_000;
const outageMs = 2_000;

const answering = (kind: "bad-gateway" | "no-origin" | "busy" | "html" | "hang") => async ({ issuer }: Storm) => {
  issuer.toggles.refreshAnswer = kind;
  await sleep(outageMs);
  issuer.toggles.refreshAnswer = "json";
};

const outages: Readonly<Record<string, (storm: Storm) => Promise<void>>> = {
  refused: async ({ issuer }) => {
    await issuer.refuse();
    await sleep(outageMs);
    await issuer.accept();
  },
  502: answering("bad-gateway"),
  530: answering("no-origin"),
  "429 with Retry-After": answering("busy"),
  "a page": answering("html"),
  silence: answering("hang"),
};

/** Every grant has been renewed after this moment. */
async function renewedAll(storm: Storm): Promise<void> {
  const since = Date.now();
  for (const account of storm.accounts) {
    await expect.poll(async () => ((await storm.stored(account)).renewedAt ?? 0) > since, { timeout: limitMs, interval: 100, message: `${account} is not renewed` }).toBe(true);
  }
}

test("F03: outages of the token endpoint inside a storm: every grant survives each of them and recovers by itself", { timeout: 600_000 }, async () => {
  const storm = await stormOf({ grants: 6, patienceMs: 3_000, callsPerBeat: 3, keptFresh: 2 });
  await renewedAll(storm);
  expect(storm.failures()).toEqual([]);
  for (const outage of Object.values(outages)) {
    await outage(storm);
    await renewedAll(storm);
  }
  const before = storm.failures().length;
  await renewedAll(storm);
  const report = await storm.finish();
  expect(report.failures.length).toBe(before);
  expect(before).toBeGreaterThan(0);
  expect(new Set(report.failures.map(({ code }) => code))).toEqual(new Set(["renewal_failed"]));
  expect(report).toMatchObject(nothingLost);
  expectEachGenerationOnce(report);
});

test("F01: a process that is suspended while it redeems keeps its grant from all others, and nobody redeems twice", { timeout: 300_000 }, async () => {
  const storm = await stormOf({ grants: 6, callsPerBeat: 3, issuer: { refreshAnswer: { slowMs: 60 } } });
  const suspended = new Map<number, number>();
  storm.onRenewal(([pid]) => {
    if (pid === undefined || suspended.size >= 4 || suspended.has(pid) || !storm.running().includes(pid)) return;
    suspended.set(pid, Date.now());
    storm.signal(pid, "SIGSTOP");
    setTimeout(() => storm.signal(pid, "SIGCONT"), 2_500);
  });
  await storm.until(() => suspended.size === 4 && [...suspended.values()].every((at) => Date.now() - at > 2_700), limitMs);
  await renewedAll(storm);
  const report = await storm.finish();
  expect(report).toMatchObject({ ...nothingLost, renewalsRefused: 0, failures: [] });
  expectEachGenerationOnce(report);
});
