// Runs the official server scenarios against the `everything` server through `mcpass bridge` and the gateway: for each revision of the suite, in front of a server of the same
// and of the other era. Prints one line per run, what is missing, and a count of scenarios.
//   node test/conformance/run-server.mjs [direct|bridge|gateway …] [--scaled] [--verbose]
// Scaled: only where host and server are of different eras, where both of them are translated for.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { excluded, required } from "./server-scenarios.mjs";
import { complaintsOf, countSuccesses, createSuite, readChecks, root } from "./suite.mjs";

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { scaled: { type: "boolean", default: false }, verbose: { type: "boolean", default: false } } });
const suite = createSuite();
const faces = positionals.length === 0 ? ["bridge", "gateway"] : positionals;
const bearer = "conformance";

/** Starts a script that prints its address. */
async function start(words, environment = {}) {
  const child = spawn(process.execPath, words, { cwd: root, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", options.verbose ? "inherit" : "ignore"] });
  const [said] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), once(child, "exit").then(() => ["ended"])]);
  const stop = async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const [url] = /http:\S+/.exec(said) ?? [];
  if (url === undefined) throw new Error(`${words.join(" ")}: ${said}`);
  return { url, stop };
}

const adapter = (...words) => ["test/conformance/adapter.mjs", ...words];

/** What stands between the suite and the server's address. */
const through = {
  direct: (url) => start(adapter("--to", url, "--bearer", bearer)),
  bridge: (url, home) => start(adapter("--", process.execPath, "dist/main.cjs", "bridge", url, "--header", `Authorization: Bearer ${bearer}`), { MCPASS_HOME: home }),
  gateway: async (url, home) => {
    mkdirSync(join(home, "config"));
    writeFileSync(join(home, "config/mcpass.jsonc"), JSON.stringify({ mcp: { everything: { type: "remote", url, headers: { authorization: `Bearer ${bearer}` } } } }));
    const environment = { MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file" };
    const token = execFileSync(process.execPath, ["dist/main.cjs", "serve", "--print-token"], { cwd: root, env: { ...process.env, ...environment }, encoding: "utf8" }).trim();
    const serving = await start(["dist/main.cjs", "serve", "--port", "0"], environment);
    const before = await start(adapter("--to", `${serving.url}/gateway/everything`, "--bearer", token));
    return { url: before.url, stop: () => Promise.all([before.stop(), serving.stop()]) };
  },
};

/** One revision in front of one server → what is wrong, by scenario. */
async function run(face, revision, eras) {
  const home = mkdtempSync(join(tmpdir(), "mcpass-conformance-"));
  const server = await start(["test/conformance/everything/server.mjs", eras, "--bearer", bearer]);
  const before = await through[face](server.url, home);
  try {
    const output = join(home, "out");
    const { text } = await suite.run(["server", "--url", before.url, "--requirements", revision, "-o", output]);
    if (options.verbose) console.log(text);
    const found = readChecks(output);
    return Object.entries(required[revision]).flatMap(([scenario, least]) => judge(scenario, least, found.get(scenario) ?? [], placesOf(face, revision, eras)));
  } finally {
    await Promise.all([before.stop(), server.stop()]);
    rmSync(home, { recursive: true, force: true });
  }
}

function placesOf(face, revision, eras) {
  return [face, ...(revision === "2026-07-28" && eras === "legacy" ? ["newer host, older server"] : [])];
}

function judge(scenario, least, checks, places) {
  const left = excluded.filter((each) => each.scenario === scenario && places.includes(each.at));
  if (left.some((each) => each.checks === undefined)) return [];
  const without = new Set(left.flatMap((each) => each.checks));
  const wanted = least - left.reduce((sum, { less }) => sum + less, 0);
  const succeeded = countSuccesses(checks);
  const complaints = complaintsOf(checks.filter(({ id }) => !without.has(id)));
  if (succeeded < wanted) complaints.push(`${succeeded} checks succeeded, at least ${wanted} must`);
  return [{ scenario, complaints }];
}

const startedAt = Date.now();
let passed = 0;
let failed = 0;
const otherEra = { "2025-11-25": "modern", "2026-07-28": "legacy" };
const sameEra = { "2025-11-25": "legacy", "2026-07-28": "modern" };
const runs = faces.flatMap((face) => [
  ...(options.scaled ? [] : Object.entries(sameEra).map(([revision, eras]) => [face, revision, eras])),
  ...(face === "direct" ? [] : Object.entries(otherEra).map(([revision, eras]) => [face, revision, eras])),
]);
// Two at a time: each mostly waits for the others' processes.
for (let index = 0; index < runs.length; index += 2) {
  const both = runs.slice(index, index + 2);
  const results = await Promise.all(both.map((each) => run(...each)));
  for (const [at, [face, revision, eras]] of both.entries()) {
    const bad = results[at].filter(({ complaints }) => complaints.length > 0);
    const count = results[at].length - bad.length;
    passed += count;
    failed += bad.length;
    console.log(`${bad.length === 0 ? "ok  " : "FAIL"} ${face}, a host of ${revision}, a ${eras} server: ${count} of ${Object.keys(required[revision]).length} scenarios`);
    for (const { scenario, complaints } of bad) console.log(complaints.map((complaint) => `       ${scenario}: ${complaint}`).join("\n"));
  }
}
console.log(`conformance of servers: ${passed} passed, ${failed} failed in ${Math.round((Date.now() - startedAt) / 1000)} s`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
