import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import { isExposed, waitsUntil } from "./renewal-plan.ts";
import { readGrant } from "./stored-grant.ts";
import type { TokenSource } from "./token-source.ts";

export interface KeepingFresh {
  /** The stored grant may be another one: looks again. */
  look(): void;
  stop(): void;
}

/** At least this long between two looks, and at most. */
const leastMs = 50;
const mostMs = 60_000;
/** Whoever wakes up so much later than planned was asleep with all others. */
const oversleptMs = 10_000;
const wakingMs = 3_000;
const idleMs = 10_000;

/**
 * Renews a grant well ahead of its end, so that no request waits for it. Each process at a time of its own, and after a sleep with a delay of its own; who comes
 * first renews, the others find that it is done. Failures show as the grant's `trouble`, and nowhere else. F02, F03
 */
export function keepFresh(context: AccessContext, source: TokenSource, onSettled: () => void): KeepingFresh {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let lookingSoon = false;
  const shares = { lead: Math.random(), wake: Math.random() };
  const now = (): number => context.runtime.now();
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    if (stopped) return;
    const waitMs = Math.min(mostMs, Math.max(leastMs, ms));
    const plannedAt = now() + waitMs;
    timer = setTimeout(() => void wake(plannedAt), waitMs).unref();
  };
  const wake = async (plannedAt: number): Promise<void> => {
    lookingSoon = false;
    if (now() - plannedAt > oversleptMs) return schedule(shares.wake * wakingMs);
    const due = await dueAt(context, shares.lead);
    if (due === undefined || due > now()) return schedule(due === undefined ? mostMs : due - now());
    await source.freshen().catch(() => undefined);
    onSettled();
    const next = ((await dueAt(context, shares.lead)) ?? Infinity) - now();
    // Not even the failure could be stored: no reason to hurry.
    schedule(next > 0 ? next : idleMs);
  };
  schedule(0);
  return {
    look: () => {
      if (!lookingSoon) schedule(0);
      lookingSoon = true;
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** When the grant is to be renewed next; undefined: it is not, as far as is known. */
async function dueAt(context: AccessContext, lead: number): Promise<number | undefined> {
  const grant = await readGrant(context).catch(() => undefined);
  if (grant?.tokens?.expiresAt === undefined || (grant.tokens.refreshToken === undefined && machineOf(context) === undefined)) return undefined;
  const { expiresAt, issuedAt } = grant.tokens;
  // What lives a moment only is asked for when it is needed.
  if (expiresAt - issuedAt < 1_000) return undefined;
  const now = context.runtime.now();
  if (expiresAt <= now) return waitsUntil(grant.trouble, now, true) ?? now;
  if (isExposed(grant)) return expiresAt;
  return Math.min(expiresAt, Math.max(expiresAt - leadMs(grant.tokens, lead), waitsUntil(grant.trouble, now, false) ?? 0));
}

/** How long before its end: up to a quarter of its life, or five minutes; never as late as a request would. See `isEnding`. */
function leadMs({ expiresAt, issuedAt }: NonNullable<Grant["tokens"]>, share: number): number {
  const life = (expiresAt ?? issuedAt) - issuedAt;
  return Math.min(300_000, life * 0.25) * (0.6 + 0.4 * share);
}
