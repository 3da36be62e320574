import { parseArgs } from "node:util";

import { startPostgres } from "../../test/rig/postgres.ts";
import { openStorm, type StormOptions, type StormReport } from "../../test/rig/storm/storm.ts";
import { fullRelay, soakRelay } from "./relay-soak.ts";
import { faultsOf, type Soaked, writeRelay, writeSignIns } from "./soak-pages.ts";

// `npm run soak`: the storms of the tests at their full size: sign-ins over the file vault and over PostgreSQL, and calls through bridges and the gateway (relay). The last
// line is a count, the exit code 0 only when nothing was lost. `-- --only file|postgres|relay`, `--expiries`, `--minutes`, `--processes`, `--grants`, `--hosts` make it
// smaller; only what was full is written down, sign-ins (both vaults in one run) and relay each by itself.
const kinds = ["file", "postgres", "relay"];
const full = { expiries: 10_000, minutes: 25, processes: 64, grants: 16 };
const text = { type: "string" } as const;
const { values } = parseArgs({ options: { only: text, expiries: text, minutes: text, processes: text, grants: text, hosts: text } });
if (values.only !== undefined && !kinds.includes(values.only)) throw new Error(`--only takes ${kinds.join(", ")}`);
const wants = (kind: string): boolean => values.only === undefined || values.only === kind;
const wanted = {
  expiries: Number(values.expiries ?? full.expiries),
  minutes: Number(values.minutes ?? full.minutes),
  processes: Number(values.processes ?? full.processes),
  grants: Number(values.grants ?? full.grants),
};
const size = { root: process.cwd(), processes: wanted.processes, grants: wanted.grants, accessTokenSeconds: 1.5, beatMs: 800, callsPerBeat: 2, keptFresh: Math.floor(wanted.grants / 4) };

/** A storm up to the wanted number of expiries, telling how far it is. */
async function weather(vault: string, options: StormOptions): Promise<Soaked> {
  const storm = await openStorm(options);
  try {
    const saying = setInterval(() => process.stdout.write(`${vault}: ${JSON.stringify({ ...storm.counts(), failures: storm.failures().length })}\n`), 30_000);
    const inTime = await storm.until(({ expiries }) => expiries >= wanted.expiries, wanted.minutes * 60_000).then(
      () => true,
      () => false,
    );
    clearInterval(saying);
    const report = await storm.finish();
    describe(vault, report);
    return { vault, options, inTime, report };
  } finally {
    await storm.stop();
  }
}

async function overFiles(): Promise<Soaked> {
  return weather("files", size);
}

async function overPostgres(): Promise<Soaked> {
  const server = await startPostgres({ settings: { max_connections: 1_000 } });
  try {
    const { url } = await server.createDatabase();
    return await weather("PostgreSQL, 3 groups of processes", { ...size, database: { url, groups: 3 } });
  } finally {
    await server.stop();
  }
}

const soaked = [...(wants("file") ? [await overFiles()] : []), ...(wants("postgres") ? [await overPostgres()] : [])];
const relaySize = { minutes: Number(values.minutes ?? fullRelay.minutes), hosts: Number(values.hosts ?? fullRelay.hosts) };
const relay = wants("relay") ? await soakRelay(process.cwd(), relaySize) : undefined;
const signInFaults = soaked.flatMap(faultsOf);
const faults = [...signInFaults, ...(relay?.faults ?? [])];
for (const fault of faults) process.stdout.write(`✗ ${fault}\n`);
const isFull = wanted.expiries >= full.expiries && wanted.processes >= full.processes && soaked.length === 2;
if (isFull && signInFaults.length === 0) writeSignIns(process.cwd(), soaked);
const isFullRelay = relaySize.minutes >= fullRelay.minutes && relaySize.hosts >= fullRelay.hosts;
if (relay !== undefined && isFullRelay && relay.faults.length === 0) writeRelay(process.cwd(), relay);
const expiries = soaked.reduce((sum, { report }) => sum + report.expiries, 0);
process.stdout.write(`\n${expiries} expiries, ${relay?.report.tally.sent ?? 0} relayed requests, ${faults.length} faults\n`);
process.exit(faults.length === 0 ? 0 : 1);

function describe(vault: string, { tookMs, grants, failures, ...counts }: StormReport): void {
  process.stdout.write(`${vault}: ${JSON.stringify({ ...counts, failures: failures.length, grants: grants.length, answered: tookMs.length })}\n`);
  for (const { code, message } of failures.slice(0, 5)) process.stdout.write(`  ${code}: ${message}\n`);
}
