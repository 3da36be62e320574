import { type Finding, finding } from "../access/finding.ts";
import { hasOwnCredential } from "../access/static-credential.ts";
import { listGrants, recordedGrant } from "../access/stored-grant.ts";
import { findMcpassError } from "../base/errors.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { grantHeadOf } from "../vault/record-head.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { ExaminedGrant } from "./examination.ts";
import { openLegacy, type Outcome, type RequestsQuestion, type Sign } from "./examine-requests.ts";
import { stateOf, viewGrant } from "./grant-view.ts";
import type { Shared } from "./server-state.ts";

export interface Stored {
  readonly own: Grant | undefined;
  readonly grants: readonly ExaminedGrant[];
  readonly findings: readonly Finding[];
}

/** `kept`: it was not asked about, and the next call has what it needs. */
export type TokenAnswer = "taken" | "refused" | "kept" | undefined;

/** What the vault holds for this server, of any account. Reading writes nothing. */
export async function readStored({ vault, runtime }: Shared, entry: RemoteEntry, account: string): Promise<Stored> {
  const serverUrl = canonicalServerUrl(entry.url);
  try {
    const all = (await listGrants(vault)).filter(({ serverUrls }) => serverUrls.includes(serverUrl));
    const grants = all.map(({ head, serverUrls }) => ({ ...viewGrant(head, runtime.now(), undefined, serverUrls), renewals: Math.max(0, head.generation - 1) }));
    const own = await recordedGrant({ vault, serverUrl, account, entry });
    return { own, grants, findings: grants.length === 0 ? [finding("vault", "note", `nothing stored in ${vault.place}`)] : [] };
  } catch (thrown) {
    return { own: undefined, grants: [], findings: [finding("vault", "bad", findMcpassError(thrown)?.message ?? "the vault cannot be read")] };
  }
}

/** Sends the stored token once, if it is good for now: a renewal would write. Bound to a key, with a proof of it. RFC 9449 §7 */
export async function tryStored(question: RequestsQuestion, { runtime }: Shared, grant: Grant | undefined): Promise<{ readonly finding: Finding; readonly answer: TokenAnswer } | undefined> {
  const tokens = grant?.tokens;
  if (grant === undefined || tokens === undefined || hasOwnCredential(question.entry)) return undefined;
  if (tokens.expiresAt !== undefined && tokens.expiresAt <= runtime.now()) {
    const renewable = stateOf(grantHeadOf(grant), runtime.now()) === "authenticated";
    return { finding: finding("stored token", "note", renewable ? "over; the next call renews it" : "over, and it cannot be renewed"), answer: renewable ? "kept" : undefined };
  }
  return describe(await send(question, grant, tokens.accessToken));
}

async function send(question: RequestsQuestion, { dpopKey }: Grant, accessToken: string): Promise<Outcome> {
  if (dpopKey === undefined) return openLegacy(question, () => Promise.resolve({ authorization: `Bearer ${accessToken}` }));
  const prover = (await import("../oauth/dpop.ts")).createProver(dpopKey, question.runtime.now);
  const sign: Sign = async (method, url) => ({ authorization: `DPoP ${accessToken}`, dpop: await prover.prove({ method, url, accessToken }) });
  const first = await openLegacy(question, sign);
  const nonced = "answer" in first && first.answer.status === 401 && prover.note(first.url, first.answer.header("dpop-nonce"));
  return nonced ? openLegacy(question, sign) : first;
}

function describe(outcome: Outcome): { readonly finding: Finding; readonly answer: TokenAnswer } {
  const { durationMs } = outcome;
  if ("error" in outcome) return { finding: finding("stored token", "warning", outcome.error.message, { durationMs }), answer: undefined };
  const { status } = outcome.answer;
  const answer = status === 401 ? "refused" : status < 300 ? "taken" : undefined;
  return { finding: finding("stored token", answer === "taken" ? "good" : "warning", answer ?? "neither taken nor refused", { status, durationMs }), answer };
}
