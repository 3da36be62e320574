import type { RelayStormReport } from "./relay-storm.ts";
import type { Fault } from "./tally.ts";

/** In words; nothing: all was kept. `mostGrowthMb`: how much more memory a process may have at the end than when it had been at work for a while. */
export function faultsOf({ tally, counts, grant, memory, secretsSeen, processesLeft, examples }: RelayStormReport, { mostGrowthMb }: { readonly mostGrowthMb: number }): readonly string[] {
  const { sent: _sent, results: _results, errors: _errors, endedWithProcess: _ended, notTaken: _notTaken, ...amiss } = tally;
  const { redeemedTwice, renewalsRefused, authorizations, registrations, revocations, tokensRevoked } = counts;
  const zero: Readonly<Record<string, number>> = { ...(amiss satisfies Record<Fault, number>), redeemedTwice, renewalsRefused, authorizations, registrations, revocations, tokensRevoked, processesLeft };
  const { stored, redeemed, isCurrent } = grant;
  const kept = isCurrent && stored.ended === undefined && stored.generation === redeemed + 1;
  return [
    ...Object.entries(zero).flatMap(([name, count]) => (count === 0 ? [] : [`${name} is ${String(count)}`])),
    ...(kept ? [] : [`the grant has generation ${String(stored.generation)} after ${String(redeemed)} renewals, ${stored.ended?.reason ?? "and not what the server gave last"}`]),
    ...memory.filter(({ firstMb, lastMb }) => lastMb - firstMb > mostGrowthMb).map(({ name, firstMb, lastMb }) => `${name} grew from ${firstMb.toFixed(0)} MB to ${lastMb.toFixed(0)} MB`),
    ...secretsSeen,
    ...examples,
  ];
}
