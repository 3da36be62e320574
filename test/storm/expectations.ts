import { expect, onTestFinished } from "vitest";
import { openStorm, type Storm, type StormOptions, type StormReport } from "../rig/storm/storm.ts";

/**
 * A storm of the size that these tests can afford: 8 processes, 16 grants, about seven expiries a second; all of it ends with the test. Two seconds are long
 * enough for a machine that has ten times as much to do: a token that ends on its way again and again is none of what is looked for here.
 */
export async function stormOf(options: Partial<StormOptions> = {}): Promise<Storm> {
  const storm = await openStorm({ root: process.cwd(), processes: 8, grants: 16, accessTokenSeconds: 2, beatMs: 400, callsPerBeat: 4, keptFresh: 4, ...options });
  onTestFinished(() => storm.stop());
  return storm;
}

/** Nobody had to sign in, and no refresh token was sent again once it had been redeemed. */
export const nothingLost = { redeemedTwice: 0, tokensRevoked: 0, authorizations: 0, registrations: 0, revocations: 0, workersLost: 0 };

/** Of each grant the vault has exactly what the server gave last. */
export function expectEachGenerationOnce({ grants, expiries }: StormReport): void {
  const facts = grants.map(({ account, stored, isCurrent }) => ({ account, generation: stored.generation, isCurrent, ended: stored.ended, interrupted: stored.redeeming }));
  expect(facts).toEqual(grants.map(({ account, redeemed }) => ({ account, generation: redeemed + 1, isCurrent: true, ended: undefined, interrupted: undefined })));
  expect(grants.reduce((sum, { redeemed }) => sum + redeemed, 0)).toBe(expiries);
}
