import { parseArgs } from "node:util";

import { startPostgres } from "../../test/rig/postgres.ts";
import { openStorm, type StormOptions, type StormReport } from "../../test/rig/storm/storm.ts";
import { faultsOf, type Soaked, writePages } from "./soak-pages.ts";

// `npm run soak`: the storm of the tests at its full size, over the file vault and over PostgreSQL. The last line is a count, the exit code 0 only when nothing was lost.
// `-- --only file|postgres`, `--expiries`, `--minutes`, `--processes`, `--grants` make it smaller; only a full one is written down.
const full = { expiries: 10_000, minutes: 25, processes: 64, grants: 16 };
const { values } = parseArgs({ options: { only: { type: "string" }, expiries: { type: "string" }, minutes: { type: "string" }, processes: { type: "string" }, grants: { type: "string" } } });
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

const kinds = { files: values.only !== "postgres", postgres: values.only !== "file" };
const soaked = [...(kinds.files ? [await overFiles()] : []), ...(kinds.postgres ? [await overPostgres()] : [])];
const faults = soaked.flatMap(faultsOf);
for (const fault of faults) process.stdout.write(`✗ ${fault}\n`);
const isFull = wanted.expiries >= full.expiries && wanted.processes >= full.processes && kinds.files && kinds.postgres;
if (isFull && faults.length === 0) writePages(process.cwd(), soaked);
const expiries = soaked.reduce((sum, { report }) => sum + report.expiries, 0);
process.stdout.write(`\n${expiries} expiries, ${faults.length} faults\n`);
process.exit(faults.length === 0 ? 0 : 1);

function describe(vault: string, { tookMs, grants, failures, ...counts }: StormReport): void {
  process.stdout.write(`${vault}: ${JSON.stringify({ ...counts, failures: failures.length, grants: grants.length, answered: tookMs.length })}\n`);
  for (const { code, message } of failures.slice(0, 5)) process.stdout.write(`  ${code}: ${message}\n`);
}
