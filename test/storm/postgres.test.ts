import { expect, test } from "vitest";
import { postgresPrograms, startPostgres } from "../rig/postgres.ts";
import { expectEachGenerationOnce, nothingLost, stormOf } from "./expectations.ts";

const limitMs = 120_000;

test.skipIf(postgresPrograms === undefined)("F01: three machines share one vault on PostgreSQL: every refresh token is redeemed once, and nobody signs in again", { timeout: limitMs + 60_000 }, async ({ onTestFinished }) => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const { url } = await server.createDatabase();
  const storm = await stormOf({ processes: 9, database: { url, groups: 3 } });
  await storm.until(({ expiries }) => expiries >= 100, limitMs);
  const report = await storm.finish();
  expect(report).toMatchObject({ ...nothingLost, renewalsRefused: 0, failures: [] });
  expectEachGenerationOnce(report);
});
