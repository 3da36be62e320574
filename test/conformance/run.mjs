// Runs the official client scenarios against the built program, one at a time (some measure time), strictly: a failure, a warning, an error exit the
// scenario does not allow, or too few successful checks fails the scenario. Prints one line per scenario and a count.
//   node test/conformance/run.mjs [name part …] [--command "words"] [--program FILE] [--verbose]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requireTestTools } from "../../scripts/test-tools.mjs";
import { scenarios } from "./scenarios.mjs";

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { command: { type: "string" }, program: { type: "string" }, verbose: { type: "boolean", default: false } },
});
const tools = requireTestTools();
const root = fileURLToPath(new URL("../..", import.meta.url));
const command = options.command ?? "node test/conformance/driver.mjs";
const scenarioTimeoutMs = 30_000;

/** One scenario at one wire ("default" or a revision) → what is wrong with it; nothing wrong = passed. */
async function runScenario(name, wire, least) {
  const output = mkdtempSync(join(tmpdir(), "mcpass-conformance-out-"));
  try {
    const { code, text } = await runSuite(["--scenario", name, ...(wire === "default" ? [] : ["--spec-version", wire]), "-o", output]);
    const checks = readChecks(output);
    const succeeded = new Set(checks.filter(isOwnSuccess).map((check) => `${check.id} ${check.name}`)).size;
    const bad = checks.filter((check) => check.status === "FAILURE" || check.status === "WARNING");
    const complaints = bad.map((check) => `${check.status} ${check.id}: ${check.errorMessage ?? check.description}`);
    if (code !== 0 && bad.length === 0) complaints.push(`the suite exited ${code}`);
    if (succeeded < least) complaints.push(`${succeeded} checks succeeded, at least ${least} must`);
    return { succeeded, complaints, text };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** The suite's own check of message shapes is left out of the count: it succeeds for a client that does next to nothing. */
function isOwnSuccess(check) {
  return check.status === "SUCCESS" && !check.id.startsWith("wire-schema");
}

function runSuite(words) {
  const suite = spawn(tools.nodes[22], [tools.conformance, "client", "--command", command, "--timeout", String(scenarioTimeoutMs), ...words], {
    cwd: root,
    env: options.program === undefined ? process.env : { ...process.env, CONFORMANCE_PROGRAM: options.program },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [suite.stdout, suite.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  return new Promise((resolve, reject) => {
    suite.on("error", reject);
    suite.on("close", (code) => resolve({ code, text }));
  });
}

function readChecks(output) {
  const file = readdirSync(output, { recursive: true }).find((name) => name.endsWith("checks.json"));
  return file === undefined ? [] : JSON.parse(readFileSync(join(output, file), "utf8"));
}

const startedAt = Date.now();
let passed = 0;
let failed = 0;
for (const { name, least } of scenarios.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
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
