import { expect, onTestFinished } from "vitest";
import { openStorm, type Storm, type StormOptions, type StormReport } from "../rig/storm/storm.ts";

/** A storm of the size that these tests can afford: 12 processes, 12 grants; all of it ends with the test. */
export async function stormOf(options: Partial<StormOptions> = {}): Promise<Storm> {
  const storm = await openStorm({ root: process.cwd(), processes: 12, grants: 12, accessTokenSeconds: 1, beatMs: 300, callsPerBeat: 6, keptFresh: 3, ...options });
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
