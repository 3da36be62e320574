import { expect, test } from "vitest";
import { expectEachGenerationOnce, nothingLost, stormOf } from "./expectations.ts";

const limitMs = 120_000;

test("F01: eight processes share sixteen grants of two seconds each: every refresh token is redeemed once, and nobody signs in again", { timeout: limitMs + 30_000 }, async () => {
  const storm = await stormOf();
  await storm.until(({ expiries }) => expiries >= 150, limitMs);
  const report = await storm.finish();
  expect(report).toMatchObject({ ...nothingLost, renewalsRefused: 0, failures: [] });
  expect(report.calls).toBeGreaterThan(report.expiries);
  expectEachGenerationOnce(report);
});

test("F01: without the lock the same storm loses grants, so it is the lock that keeps them", { timeout: limitMs + 30_000 }, async () => {
  const storm = await stormOf({ locked: false });
  await storm.until(({ redeemedTwice }) => redeemedTwice > 0, limitMs);
  const { tokensRevoked, redeemedTwice } = await storm.finish();
  expect(Math.min(tokensRevoked, redeemedTwice)).toBeGreaterThan(0);
});
