import { expect, test } from "vitest";
import { settleOvertaken } from "../../src/vault/overtaken.ts";
import { aGrant, aPending, aRegistration } from "./records.ts";

const at = 5_000;
const ours = aGrant({ generation: 3, obtainedAt: at });

test.each([
  ["another's note that it is about to spend what we have spent", aGrant({ generation: 2, obtainedAt: at, redeeming: { generation: 2, at: 1, by: "process 2" } }), "write"],
  ["the refusal that another got for what we have spent", aGrant({ generation: 2, obtainedAt: at, tokens: undefined, ended: { reason: "invalid_grant", at: 1, quarantined: ours.tokens } }), "write"],
  ["an earlier sign-in, however often it was renewed", aGrant({ generation: 90, obtainedAt: at - 1 }), "write"],
  ["what the issuer gave another for the same generation, after us", aGrant({ generation: 3, obtainedAt: at }), "keep"],
  ["a later generation", aGrant({ generation: 4, obtainedAt: at }), "keep"],
  ["a later sign-in", aGrant({ generation: 1, obtainedAt: at + 1 }), "keep"],
  ["nothing: it was signed out", undefined, "refuse"],
  ["something that is no grant", aRegistration(), "refuse"],
] as const)("F05: a renewed grant meets %s", (_, stored, outcome) => {
  expect(settleOvertaken(ours, stored)).toBe(outcome);
});

test("of other records none stands for another", () => {
  expect([settleOvertaken(aRegistration(), aRegistration()), settleOvertaken(aPending(), undefined)]).toEqual(["refuse", "refuse"]);
});
