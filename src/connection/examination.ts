import type { Finding } from "../access/finding.ts";
import type { Exchange } from "../base/record-exchanges.ts";
import type { GrantView } from "./grant-view.ts";
import type { Remedy } from "./remedy.ts";
import type { Verdict } from "./verdict.ts";

/** A stored grant of the server, and how often it was renewed. */
export interface ExaminedGrant extends GrantView {
  readonly renewals: number;
}

/** Everything that doctor found out about one server: plain data, safe to show. Instants and durations in ms. */
export interface Examination {
  readonly server: string;
  readonly url: string | undefined;
  readonly account: string | undefined;
  readonly at: number;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  readonly grants: readonly ExaminedGrant[];
  readonly verdict: Verdict;
  /** undefined: there is nothing to do. */
  readonly remedy: Remedy | undefined;
  readonly exchanges: readonly Exchange[];
}

/** What to examine, and who is told on the way. */
export interface ExamineOptions {
  readonly account?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is known so far, whenever more is; the result has all of it, in order. */
  readonly onFindings?: ((findings: readonly Finding[]) => void) | undefined;
}
