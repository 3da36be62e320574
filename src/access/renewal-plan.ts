import type { Grant, Trouble } from "../vault/vault-record.ts";
import { isEnding } from "./ending.ts";
import { endedPauseMs, livePauseMs, longestWaitMs } from "./back-off.ts";

/** Why a renewal is thought of. `early`: ahead of time, nobody waits for it. `ending`: a request is about to use the token. `refused`: the server has refused it. */
export type Reason = "early" | "ending" | "refused";

export interface PlanQuestion {
  readonly reason: Reason;
  readonly now: number;
  /** Its next token needs no refresh token. */
  readonly byMachine: boolean;
}

/**
 * What is to be done about a grant's token now. `use`: it is good, or as good as can be. `over`: it has ended, and nothing renews it. `wait`: it has ended, and is
 * not to be renewed before `until`.
 */
export type Plan = { readonly kind: "use" } | { readonly kind: "over" } | { readonly kind: "renew"; readonly live: boolean } | { readonly kind: "wait"; readonly until: number; readonly trouble: Trouble };

/** The same for every process that reads the grant. A grant without tokens is never asked about. F02, F03 */
export function planRenewal(grant: Grant, { reason, now, byMachine }: PlanQuestion): Plan {
  const { expiresAt, refreshToken } = grant.tokens ?? {};
  const over = reason === "refused" || (expiresAt !== undefined && expiresAt <= now);
  if (!over && reason !== "early" && !isEnding(grant, now)) return { kind: "use" };
  if (refreshToken === undefined && !byMachine) return { kind: over ? "over" : "use" };
  const { trouble } = grant;
  const until = waitsUntil(trouble, now, over);
  if (over) return until === undefined || trouble === undefined ? { kind: "renew", live: false } : { kind: "wait", until, trouble };
  return isExposed(grant) || until !== undefined ? { kind: "use" } : { kind: "renew", live: true };
}

/**
 * Its refresh token was sent, and what came of that is not known: sending it again could end everything that its issuer gave for it, so it is not sent before
 * the access token has ended. F05
 */
export function isExposed({ redeeming, generation }: Grant): boolean {
  return redeeming?.generation === generation;
}

/**
 * Until when the last failure keeps from trying again; undefined: not at all. With an ended token somebody waits, so the pauses are short, unless the issuer
 * asked for a longer one. A time that no pause of ours leads to is a clock that was set back.
 */
export function waitsUntil(trouble: Trouble | undefined, now: number, over: boolean): number | undefined {
  if (trouble === undefined) return undefined;
  const { at, attempts = 1, retryAt = at + livePauseMs(1), askedUntil = 0 } = trouble;
  const until = over ? Math.max(askedUntil, Math.min(retryAt, at + endedPauseMs(attempts))) : retryAt;
  return until > now && until - now <= longestWaitMs ? until : undefined;
}
