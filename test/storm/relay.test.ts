import { expect, onTestFinished, test } from "vitest";

import { faultsOf } from "../rig/relay-storm/faults.ts";
import { openRelayStorm, type RelayStorm, type RelayStormOptions } from "../rig/relay-storm/relay-storm.ts";

/** The soak's storm over relays, with everything that lasts 30 s and 10 s in it made a tenth. */
async function stormOf(options: Partial<RelayStormOptions> = {}): Promise<RelayStorm> {
  const times = { seconds: 12, workMs: 60, silenceMs: 3_000, timeoutMs: 1_000, refusedMs: 2_000, notReadingMs: 3_000, settledMs: 3_000, patienceMs: 10_000 };
  const storm = await openRelayStorm({ root: process.cwd(), bridges: 4, throughGateway: 4, lanes: 2, seed: 7, accessTokenSeconds: 2, floodPieces: 200, ...times, ...options });
  onTestFinished(() => storm.stop());
  return storm;
}

test("F01: through bridges and a gateway, in all weathers: every request has its one answer in time, nothing is done twice, and every refresh token is redeemed once", { timeout: 90_000 }, async () => {
  const report = await (await stormOf()).run();
  expect(faultsOf(report, { mostGrowthMb: 200 })).toEqual([]);
  expect(report.tally.results).toBeGreaterThan(200);
  expect(report.counts.expiries).toBeGreaterThan(3);
  // It was no fair weather.
  for (const code of ["unreachable", "timed_out", "protocol_failed", "server_failed"]) expect(report.tally.errors).toHaveProperty(code);
});

test("what a wrong relay does is seen by those counts: an answer that is swallowed, one that comes twice, one to nobody, a changed one, a call that is done twice", { timeout: 90_000 }, async () => {
  const wrongs = ["swallows", "repeats", "invents", "changes", "calls-twice", "right"];
  const weather = [{ name: "fair", seconds: 30, fates: {} }];
  const storm = await stormOf({ wrongs, weather, enoughAnswers: 30, bridges: wrongs.length, throughGateway: 0, lanes: 3, patienceMs: 2_000 });
  const { tally, examples } = await storm.run();
  expect(tally).toMatchObject({ lost: 1, answeredTwice: 1, unasked: 1, wrong: 1, doneTwice: 1, late: 0, unclear: 0, noMessage: 0 });
  expect(examples.map((words) => words.split(/[/: ]+/, 2).join(" ")).toSorted()).toEqual(["answeredTwice bridge-1", "doneTwice bridge-4", "lost bridge-0", "unasked bridge-2", "wrong bridge-3"]);
});
