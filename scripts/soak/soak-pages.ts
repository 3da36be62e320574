import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { StormOptions, StormReport } from "../../test/rig/storm/storm.ts";
import { withPart } from "../docs/generated-part.ts";
import { madeOn, tableOf, words } from "./page-parts.ts";
import { relaySection } from "./relay-page.ts";
import type { RelaySoaked } from "./relay-soak.ts";

/** One storm of a soak. */
export interface Soaked {
  readonly vault: string;
  readonly options: StormOptions;
  /** It had as many expiries as it was to have, in the time it was given. */
  readonly inTime: boolean;
  readonly report: StormReport;
}

/** What went wrong, in words; nothing: all was kept. */
export function faultsOf({ vault, inTime, report }: Soaked): readonly string[] {
  const { grants, expiries } = report;
  const zero = { redeemedTwice: report.redeemedTwice, renewalsRefused: report.renewalsRefused, authorizations: report.authorizations, registrations: report.registrations, revocations: report.revocations, tokensRevoked: report.tokensRevoked, failures: report.failures.length, workersLost: report.workersLost };
  const amiss = grants.filter(({ stored, redeemed, isCurrent }) => !isCurrent || stored.ended !== undefined || stored.generation !== redeemed + 1);
  const redeemed = grants.reduce((sum, grant) => sum + grant.redeemed, 0);
  return [
    ...(inTime ? [] : [`${vault}: only ${expiries} expiries in ${Math.round(report.seconds / 60)} minutes`]),
    ...Object.entries(zero).flatMap(([name, count]) => (count === 0 ? [] : [`${vault}: ${name} is ${count}`])),
    ...amiss.map(({ account, stored }) => `${vault}: ${account} has generation ${stored.generation}, ${stored.ended?.reason ?? "not what the server gave last"}`),
    ...(redeemed === expiries ? [] : [`${vault}: ${expiries} refresh tokens were redeemed, the grants know of ${redeemed}`]),
  ];
}

/** The section of docs/soak.md, and the sentence of the README. */
export function writeSignIns(root: string, soaked: readonly Soaked[]): void {
  writeSection(root, "sign-ins", signInSection(soaked));
  const readme = join(root, "README.md");
  writeFileSync(readme, withPart(readFileSync(readme, "utf8"), "storm", sentence(soaked), "soak"));
}

/** The section of docs/soak.md; what other runs have written stays as it is. */
export function writeRelay(root: string, relay: RelaySoaked): void {
  writeSection(root, "relay", relaySection(relay));
}

const blank = `# Soak

Made by \`npm run soak\`, each section by a run of its own that was full and without fault.

## Sign-ins

<!-- made by npm run soak: sign-ins -->
<!-- end of sign-ins -->

## Bridge and gateway

<!-- made by npm run soak: relay -->
<!-- end of relay -->
`;

function writeSection(root: string, name: "sign-ins" | "relay", content: string): void {
  const file = join(root, "docs/soak.md");
  writeFileSync(file, withPart(existsSync(file) ? readFileSync(file, "utf8") : blank, name, content, "soak"));
}

function sentence(soaked: readonly Soaked[]): string {
  const [first] = soaked;
  if (first === undefined) throw new Error("nothing was soaked");
  const { processes, grants, accessTokenSeconds } = first.options;
  const sum = (of: (report: StormReport) => number): string => words(soaked.reduce((total, { report }) => total + of(report), 0));
  return `Measured: ${processes} processes at a time shared ${grants} sign-ins whose access tokens live ${accessTokenSeconds} s, at a server that takes a refresh token once
and ends a sign-in when it sees one again. ${sum(({ expiries }) => expiries)} tokens ran out over ${soaked.map(({ vault }) => vault).join(" and ")}: each refresh token was redeemed once,
none twice; ${sum(({ calls }) => calls)} calls, ${sum(({ failures }) => failures.length)} failed; ${sum(({ authorizations }) => authorizations)} repeated sign-ins. [The numbers](docs/soak.md) come from \`npm run soak\`.`;
}

function signInSection(soaked: readonly Soaked[]): string {
  const rows: readonly (readonly [string, (soaked: Soaked) => number | string])[] = [
    ["processes", ({ options }) => options.processes],
    ["sign-ins they share", ({ options }) => options.grants],
    ["life of an access token", ({ options }) => `${options.accessTokenSeconds} s`],
    ["minutes", ({ report }) => (report.seconds / 60).toFixed(1)],
    ["access tokens that ran out and were replaced", ({ report }) => report.expiries],
    ["refresh tokens redeemed more than once", ({ report }) => report.redeemedTwice],
    ["renewals that the server refused", ({ report }) => report.renewalsRefused],
    ["tokens that the server revoked", ({ report }) => report.tokensRevoked],
    ["visits of `/authorize`, that is repeated sign-ins", ({ report }) => report.authorizations],
    ["calls that were answered", ({ report }) => report.calls],
    ["calls that failed", ({ report }) => report.failures.length],
    ["half of the calls took at most", ({ report }) => `${quantile(report, 0.5)} ms`],
    ["99 of 100 calls took at most", ({ report }) => `${quantile(report, 0.99)} ms`],
  ];
  return `Made by \`npm run soak\` on ${madeOn()}. Counted at the authorization server, which rotates refresh tokens and revokes
everything of a sign-in when a refresh token comes a second time. All processes call at the same instants, so that those who share a sign-in find at the same
moment that its token has ended; a quarter of the sign-ins is also renewed ahead of time. \`npm test\` has a small one of it, with processes killed and suspended in it,
outages, and the proof that without the vault's lock it fails.

${tableOf(soaked.map(({ vault }) => vault), rows.map(([what, of]) => [what, ...soaked.map(of)]))}`;
}

function quantile({ tookMs }: StormReport, share: number): string {
  return words(Math.round(tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0));
}
