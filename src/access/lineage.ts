import { createHash } from "node:crypto";

import type { Grant, LineageEntry } from "../vault/vault-record.ts";

const kept = 100;

/** The grant with one more entry about the token set it has, the oldest ones left out. Tokens are told apart by a hash, never shown. F05 */
export function withEntry(grant: Grant, event: LineageEntry["event"], { at, by }: Pick<LineageEntry, "at" | "by">): Grant {
  const entry: LineageEntry = { generation: grant.generation, at, by, event, refreshToken: fingerprint(grant.tokens?.refreshToken ?? grant.ended?.quarantined?.refreshToken) };
  return { ...grant, lineage: [...(grant.lineage ?? []), entry].slice(-kept) };
}

/** An interruption is written down once, however many find it. */
export function withInterruption(grant: Grant): Grant {
  const { redeeming, lineage = [] } = grant;
  if (redeeming === undefined) return grant;
  const known = lineage.some(({ event, at, by }) => event === "interrupted" && at === redeeming.at && by === redeeming.by);
  return known ? grant : withEntry(grant, "interrupted", redeeming);
}

/** The first 16 hexadecimal digits of the SHA-256 of a token. */
export function fingerprint(token: string | undefined): string | undefined {
  return token === undefined ? undefined : createHash("sha256").update(token).digest("hex").slice(0, 16);
}
