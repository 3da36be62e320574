// Runs the official client scenarios against the built program, one at a time (some measure time), strictly: a failure, a warning, an error exit the
// scenario does not allow, or too few successful checks fails the scenario. Prints one line per scenario and a count.
//   node test/conformance/run.mjs [name part …] [--through bridge] [--command "words"] [--program FILE] [--verbose]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { scenarios } from "./scenarios.mjs";
import { complaintsOf, countSuccesses, createSuite, readChecks } from "./suite.mjs";

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { through: { type: "string" }, command: { type: "string" }, program: { type: "string" }, verbose: { type: "boolean", default: false } },
});
const suite = createSuite();
const command = options.command ?? `node test/conformance/${options.through === "bridge" ? "bridge-driver" : "driver"}.mjs`;
const scenarioTimeoutMs = 30_000;

/** One scenario at one wire ("default" or a revision) → what is wrong with it; nothing wrong = passed. */
async function runScenario(name, wire, least) {
  const output = mkdtempSync(join(tmpdir(), "mcpass-conformance-out-"));
  try {
    const words = ["client", "--command", command, "--timeout", String(scenarioTimeoutMs), "--scenario", name, ...(wire === "default" ? [] : ["--spec-version", wire]), "-o", output];
    const { code, text } = await suite.run(words, options.program === undefined ? {} : { CONFORMANCE_PROGRAM: options.program });
    const checks = [...readChecks(output).values()].flat();
    const succeeded = countSuccesses(checks);
    const complaints = complaintsOf(checks);
    if (code !== 0 && complaints.length === 0) complaints.push(`the suite exited ${code}`);
    if (succeeded < least) complaints.push(`${succeeded} checks succeeded, at least ${least} must`);
    return { succeeded, complaints, text };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const startedAt = Date.now();
let passed = 0;
let failed = 0;
const within = options.through === undefined ? scenarios : scenarios.filter(({ core }) => core === true);
for (const { name, least } of within.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
  for (const [wire, atLeast] of Object.entries(least)) {
    const beganAt = Date.now();
    const { succeeded, complaints, text } = await runScenario(name, wire, atLeast);
    if (complaints.length === 0) passed += 1;
    else failed += 1;
    console.log(`${complaints.length === 0 ? "ok  " : "FAIL"} ${name}${wire === "default" ? "" : ` @ ${wire}`}: ${succeeded} checks, ${((Date.now() - beganAt) / 1000).toFixed(1)} s`);
    for (const complaint of complaints) console.log(`       ${complaint}`);
    if (options.verbose && complaints.length > 0) console.log(text.trimEnd());
  }
}
console.log(`conformance: ${passed} passed, ${failed} failed in ${Math.round((Date.now() - startedAt) / 1000)} s`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
