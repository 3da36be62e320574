import type { VaultRecord } from "./vault-record.ts";

/**
 * What becomes of a record that was to be stored when, its holder's lock being lost, another process has stored something meanwhile.
 * "write": ours is the later one. "keep": what is stored is as late or later, and serves as well. "refuse": neither can stand for the other.
 *
 * Only grants are compared: by the sign-in they come from (when it was), then by how many token sets they have had. So a token set that the issuer
 * has given out is never lost to a note or a refusal written by somebody who knew less; of two of the same generation the stored one stays, being
 * the one the issuer gave last. A grant that was signed out meanwhile stays signed out.
 */
export function settleOvertaken(ours: VaultRecord, stored: VaultRecord | undefined): "write" | "keep" | "refuse" {
  if (ours.kind !== "grant" || stored?.kind !== "grant") return "refuse";
  const ahead = ours.obtainedAt - stored.obtainedAt || ours.generation - stored.generation;
  return ahead > 0 ? "write" : "keep";
}
