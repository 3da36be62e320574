import { faultsOf } from "../../test/rig/relay-storm/faults.ts";
import { openRelayStorm, type RelayStormOptions, type RelayStormReport } from "../../test/rig/relay-storm/relay-storm.ts";

/** The storm over bridges and a gateway, as it was soaked. */
export interface RelaySoaked {
  readonly options: RelayStormOptions;
  readonly report: RelayStormReport;
  /** In words; nothing: all was kept. */
  readonly faults: readonly string[];
}

export const fullRelay = { minutes: 10, hosts: 8 };

/** How much more memory a bridge or `mcpass serve` may have at the end than after a minute, in MB. */
const mostGrowthMb = 40;

/** The longest silences last as long as they do in the world; half of the servers have the time for requests that is built in, half one that is over before. */
export async function soakRelay(root: string, { minutes, hosts }: typeof fullRelay): Promise<RelaySoaked> {
  const times = { seconds: minutes * 60, workMs: 50, silenceMs: 30_000, timeoutMs: 10_000, refusedMs: 20_000, notReadingMs: 30_000, settledMs: 60_000, patienceMs: 60_000 };
  const onSpell = ({ name, seconds }: { readonly name: string; readonly seconds: number }): void => void process.stdout.write(`relay: ${name}, ${seconds.toFixed(0)} s\n`);
  const options: RelayStormOptions = { root, bridges: hosts, throughGateway: hosts, lanes: 3, seed: 2_026, accessTokenSeconds: 1.5, floodPieces: 320, ...times, onSpell };
  const storm = await openRelayStorm(options);
  try {
    const saying = setInterval(() => process.stdout.write(`relay: ${JSON.stringify(storm.tally())}\n`), 30_000);
    const report = await storm.run().finally(() => clearInterval(saying));
    process.stdout.write(`relay: ${JSON.stringify({ ...report, grant: report.grant.stored.generation })}\n`);
    return { options, report, faults: faultsOf(report, { mostGrowthMb }).map((fault) => `relay: ${fault}`) };
  } finally {
    await storm.stop();
  }
}
