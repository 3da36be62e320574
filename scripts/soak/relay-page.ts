import { madeOn, tableOf } from "./page-parts.ts";
import type { RelaySoaked } from "./relay-soak.ts";

/** The section of docs/soak.md about bridges and the gateway. */
export function relaySection({ options, report }: RelaySoaked): string {
  const { tally, counts, befell, memory } = report;
  const often = (what: Readonly<Record<string, number | undefined>>): string => Object.entries(what).filter(([name]) => name !== "answered").toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, count]) => `${name} ${(count ?? 0).toLocaleString("en-US")}`).join(", ");
  const growth = (front: string): string => {
    const grown = memory.filter(({ name }) => name.startsWith(front)).toSorted((one, other) => other.lastMb - other.firstMb - (one.lastMb - one.firstMb))[0];
    return grown === undefined ? "not measured" : `${grown.firstMb.toFixed(0)} MB → ${grown.lastMb.toFixed(0)} MB`;
  };
  const seconds = (ms: number): string => `${String(ms / 1_000)} s`;
  const rows: readonly (readonly [string, number | string])[] = [
    ["hosts with a bridge of their own each", options.bridges],
    ["hosts of one `mcpass serve`", options.throughGateway],
    ["calls that each has under way", options.lanes],
    ["life of an access token", `${String(options.accessTokenSeconds)} s`],
    ["minutes", (report.seconds / 60).toFixed(1)],
    ["requests that were sent", tally.sent],
    ["answered with what the server said", tally.results],
    [`answered with an error: ${often(tally.errors)}`, Object.values(tally.errors).reduce((sum, count) => sum + count, 0)],
    ["under way when their bridge was killed, or their gateway", tally.endedWithProcess],
    ["never answered", tally.lost],
    ["answered twice", tally.answeredTwice],
    ["answers and questions that belong to nothing that was asked", tally.unasked],
    ["answered after their deadline", tally.late],
    ["answered with something else than what the server said", tally.wrong],
    ["errors that do not say what happened", tally.unclear],
    ["cut connections whose error does not say that it is not known whether it was done", tally.unsaid],
    ["calls that were done more than once", tally.doneTwice],
    ["access tokens that ran out and were replaced", counts.expiries],
    ["refresh tokens redeemed more than once", counts.redeemedTwice],
    ["visits of `/authorize`, that is repeated sign-ins", counts.authorizations],
    ["secrets in outputs, answers and files", report.secretsSeen.length],
    ["bridges and gateways that were killed or restarted", report.processesEnded],
    ["the bridge that grew most, after a minute and at the end", growth("bridge")],
    ["`mcpass serve`, after a minute and at the end", growth("mcpass serve")],
  ];
  return `Made by \`npm run soak -- --only relay\` on ${madeOn()}. Hosts call tools of one signed-in server without pause, half of them in
the words of 2026-07-28, half in older ones; for half of each the server is spoken to in the other era, so that messages are translated. Half of the entries have a
\`timeout\` of ${seconds(options.timeoutMs)}, the others the one that is built in. Meanwhile, in a fixed order: connections are reset before, in the midst of and after an answer's
headers; calls are silent for ${seconds(options.silenceMs)}, before their answer and in mid-stream; frames are garbage, pages say 502; the server is restarted and forgets its sessions; the network
refuses for ${seconds(options.refusedMs)}; hosts do not read for ${seconds(options.notReadingMs)}; bridges and the gateway are killed and started anew. A call that the server has done but whose connection was cut
must end with an error that says so. \`npm test\` has a short one of it, and the proof that a wrong relay is found out.

${tableOf([""], rows.map(([what, value]) => [what, value]))}

What befell calls at the server, beside those that were just answered: ${often(befell)}.`;
}
