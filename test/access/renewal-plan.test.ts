import fc from "fast-check";
import { expect, test } from "vitest";

import { endedPauseMs, jittered, livePauseMs, longestWaitMs, readRetryAfterMs } from "../../src/access/back-off.ts";
import { planRenewal, type Reason, waitsUntil } from "../../src/access/renewal-plan.ts";
import type { Trouble } from "../../src/vault/vault-record.ts";
import { aGrant } from "../vault/records.ts";

const issuedAt = 1_000_000;
const expiresAt = issuedAt + 3_600_000;
const tokens = { ...aGrant().tokens!, issuedAt, expiresAt };
const trouble: Trouble = { code: "renewal_failed", message: "502", at: expiresAt - 40_000, attempts: 1, retryAt: expiresAt - 10_000 };
const exposed = { redeeming: { generation: 0, at: issuedAt, by: "process 1 on host" } };

test.each<[string, Parameters<typeof aGrant>[0], Reason, number, string]>([
  ["a token in its life", {}, "ending", -600_000, "use"],
  ["one that is about to end", {}, "ending", -30_000, "renew"],
  ["one that has ended", {}, "ending", 0, "renew"],
  ["one that the server refuses", {}, "refused", -600_000, "renew"],
  ["one in its life, ahead of time", {}, "early", -600_000, "renew"],
  ["one about to end, after a failure", { trouble }, "ending", -30_000, "use"],
  ["one about to end, long after a failure", { trouble }, "ending", -5_000, "renew"],
  ["one that ended after a failure", { trouble }, "ending", 1, "renew"],
  ["one that ended, asked to wait", { trouble: { ...trouble, retryAt: expiresAt + 60_000, askedUntil: expiresAt + 60_000 } }, "ending", 1, "wait"],
  ["one that the server refuses, asked to wait", { trouble: { ...trouble, askedUntil: expiresAt - 1_000 } }, "refused", -2_000, "wait"],
  ["one about to end, whose refresh token may be spent", exposed, "ending", -30_000, "use"],
  ["the same, ahead of time", exposed, "early", -600_000, "use"],
  ["the same, ended", exposed, "ending", 0, "renew"],
  ["the same, refused", exposed, "refused", -600_000, "renew"],
  ["a note of an earlier generation", { redeeming: { ...exposed.redeeming, generation: 6 }, generation: 7 }, "ending", -30_000, "renew"],
  ["about to end, without a refresh token", { tokens: { ...tokens, refreshToken: undefined } }, "ending", -30_000, "use"],
  ["ended, without a refresh token", { tokens: { ...tokens, refreshToken: undefined } }, "ending", 0, "over"],
  ["of unknown life", { tokens: { ...tokens, expiresAt: undefined } }, "ending", 1e12, "use"],
])("F05: %s: %s", (_, changes, reason, fromEnd, kind) => {
  const grant = aGrant({ tokens, ...changes });
  expect(planRenewal(grant, { reason, now: expiresAt + fromEnd, byMachine: false }).kind).toBe(kind);
});

test("F03: pauses are short with an ended token, long with a good one, bounded, and nobody comes back exactly with the others", () => {
  expect([1, 2, 3, 7, 8, 9, 10_000].map(endedPauseMs)).toEqual([250, 500, 1_000, 16_000, 30_000, 30_000, 30_000]);
  expect([1, 2, 3, 4, 5, 10_000].map(livePauseMs)).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  expect([0, 0.5, 1].map((random) => jittered(1_000, random))).toEqual([800, 1_000, 1_200]);
});

test("F03: a Retry-After is seconds or a date, has a limit, and is nothing when it is over or no time", () => {
  const now = Date.parse("2026-02-03T04:05:06Z");
  const read = (text: string | undefined): number | undefined => readRetryAfterMs(text, now);
  expect([read("120"), read(" 1 "), read("86400"), read("Tue, 03 Feb 2026 04:06:06 GMT")]).toEqual([120_000, 1_000, longestWaitMs, 60_000]);
  expect([read(undefined), read("0"), read("-5"), read("soon"), read(""), read("Tue, 03 Feb 2026 04:05:05 GMT")]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
});

test("F03: whatever is stored and whatever the clock says, nobody waits longer than ten minutes", () => {
  const instant = fc.integer({ min: 0, max: 4e12 });
  const any = fc.record({ code: fc.constant("x"), message: fc.constant("x"), at: instant, attempts: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }), retryAt: fc.option(instant, { nil: undefined }), askedUntil: fc.option(instant, { nil: undefined }) });
  fc.assert(
    fc.property(any, instant, fc.boolean(), (stored, now, over) => {
      const until = waitsUntil(stored, now, over);
      return until === undefined || (until > now && until - now <= longestWaitMs);
    }),
  );
});
