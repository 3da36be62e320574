import type { Grant } from "../vault/vault-record.ts";

/** True within min(60 s, 10 % of its life) of its end. F02 */
export function isEnding(grant: Grant, now: number): boolean {
  if (grant.tokens?.expiresAt === undefined) return false;
  const { expiresAt, issuedAt } = grant.tokens;
  return now >= expiresAt - Math.min(60_000, (expiresAt - issuedAt) * 0.1);
}
