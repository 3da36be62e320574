import { type ExaminedLeg, type Finding, finding } from "../access/finding.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import type { ExamineOptions } from "./examination.ts";
import type { LocalStep } from "./look-local.ts";
import { lookAt } from "./look-server.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { faultOf, type Verdict } from "./verdict.ts";

const wholeMs = 6_500;
const legs = ["program", "first request", "tools"] as const satisfies readonly ExaminedLeg[];

/** Starts a local server, asks it what it is and what it has, and ends it; each step is told as it is reached. Throws only `cancelled`. */
export async function examineLocal(shared: Shared, state: ServerState, { signal, onFindings }: Pick<ExamineOptions, "signal" | "onFindings">): Promise<{ readonly findings: readonly Finding[]; readonly verdict: Verdict }> {
  const { now } = shared.runtime;
  const findings: Finding[] = [];
  let since = now();
  const note = (leg: ExaminedLeg, mark: Finding["mark"], said: string): void => {
    findings.push(finding(leg, mark, said, { durationMs: now() - since }));
    since = now();
    onFindings?.([...findings]);
  };
  try {
    await lookAt(shared, state, undefined, signal, wholeMs, (step) => note(step.leg, "good", wordsOf(step, state)));
    return { findings, verdict: { kind: "open", fault: undefined, error: undefined } };
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", `Examining ${state.configured.name} failed.`, { cause: thrown });
    if (error.code === "cancelled") throw error;
    note(legs[findings.length] ?? "tools", "bad", error.message);
    // Nothing lies between it and here.
    return { findings, verdict: { kind: "broken", fault: error.code === "timed_out" ? "server" : faultOf(error), error } };
  }
}

function wordsOf(step: LocalStep, { configured: { entry } }: ServerState): string {
  switch (step.leg) {
    case "program":
      return `${entry?.type === "local" ? entry.command[0] : "it"} started${step.processId === undefined ? "" : ` as process ${String(step.processId)}`}`;
    case "first request":
      return `a local server that speaks ${step.protocolVersion}`;
    case "tools":
      return step.tools === undefined ? "more than 20 pages of tools" : `${String(step.tools)} tool${step.tools === 1 ? "" : "s"}`;
  }
}
