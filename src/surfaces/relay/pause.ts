import { setTimeout as sleep } from "node:timers/promises";

import { findMcpassError } from "../../base/errors.ts";
import { jittered } from "../../access/back-off.ts";

/** Waits before the next try: `firstMs`, half as long again each time, at most `mostMs`. False when the signal came first. */
export function createPauses(firstMs: number, mostMs: number, signal: AbortSignal): { next(atLeastMs?: number): Promise<boolean>; reset(): void } {
  let ms = firstMs;
  return {
    next: async (atLeastMs = 0) => {
      const wait = Math.max(atLeastMs, jittered(ms));
      ms = Math.min(mostMs, ms * 1.5);
      return sleep(wait, true, { signal, ref: false }).catch(() => false);
    },
    reset: () => void (ms = firstMs),
  };
}

/** How long a request waits for a server that is not there, because it may be starting again. */
export const patienceMs = 3_000;

/** Runs `send` again, a few times, as long as nothing of the request can have left. */
export async function whileUnsent<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const until = Date.now() + patienceMs;
  const pauses = createPauses(200, 1_500, signal);
  for (;;) {
    try {
      return await send();
    } catch (thrown) {
      const error = findMcpassError(thrown);
      if (error?.code !== "unreachable" || error.details["sent"] !== false || Date.now() > until || !(await pauses.next())) throw thrown;
    }
  }
}
