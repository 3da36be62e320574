import type { Grant } from "../vault/vault-record.ts";

/** Min(60 s, 10 % of its life) before its end; undefined: that is not known. F02 */
export function goodUntil({ tokens }: Grant): number | undefined {
  if (tokens?.expiresAt === undefined) return undefined;
  const { expiresAt, issuedAt } = tokens;
  return expiresAt - Math.min(60_000, (expiresAt - issuedAt) * 0.1);
}

/** From `goodUntil` on. */
export function isEnding(grant: Grant, now: number): boolean {
  return now >= (goodUntil(grant) ?? Infinity);
}
