/** Pauses between the tries of something that fails, in ms. `attempts`: failures in a row so far, from 1. */

/** No pause is longer, whatever anybody asks for. */
export const longestWaitMs = 10 * 60_000;

/** With a token that has ended: somebody waits. 250 ms, doubling to 30 s. */
export function endedPauseMs(attempts: number): number {
  return Math.min(30_000, 250 * 2 ** Math.min(attempts - 1, 20));
}

/** With a token that is still good: nobody does. 30 s, doubling to 5 min. */
export function livePauseMs(attempts: number): number {
  return Math.min(300_000, 30_000 * 2 ** Math.min(attempts - 1, 20));
}

/** Between 80 % and 120 % of it, so that those who failed together do not come back together. */
export function jittered(ms: number, random: number = Math.random()): number {
  return Math.round(Math.min(longestWaitMs, ms * (0.8 + 0.4 * random)));
}

/** What a Retry-After asks for: seconds, or a date. undefined: nothing that is still to come. RFC 9110 §10.2.3 */
export function readRetryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 ? Math.min(ms, longestWaitMs) : undefined;
}
