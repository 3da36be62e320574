// `npm test`: sets up what the tests need, then build, checks, tests, conformance, and the program on every Node it supports.
// The last line is `N passed, N failed` (tests + conformance runs + steps), the exit code 0 only when nothing failed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { requireAuthorizationServers } from "../test/servers/independent/install.mjs";
import { runChecks } from "./check.mjs";
import { ownNetwork } from "./own-network.mjs";
import { root, runCommand, runStep, runTool } from "./run-step.mjs";
import { findChromium, findKeyring, findPostgres, requireTestTools } from "./test-tools.mjs";

/** How many the walks are divided into, where each can have a network of its own. */
const parts = 3;
const counts = { passed: 0, failed: 0, skipped: 0 };
/** What did not pass, with its error: said once more at the end, because a record may keep the end alone. */
const failures = [];

function count(ok) {
  counts[ok ? "passed" : "failed"] += 1;
  return ok;
}

async function step(name, work) {
  const ok = await runStep(name, work);
  if (!ok) failures.push(`the step "${name}"`);
  return count(ok);
}

/** A step that counts what it ran by itself; one that ended before it could is one failure. */
async function suite(name, work) {
  const before = counts.failed;
  const ok = await runStep(name, work);
  if (ok || counts.failed > before) return;
  counts.failed += 1;
  failures.push(`the step "${name}"`);
}

const beginning = (text) => text.split("\n").slice(0, 12).join("\n");

function noteFailures(totals) {
  for (const file of totals.testResults) {
    const path = relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === "failed") failures.push(`${path}: ${test.fullName}\n${beginning(test.failureMessages.join("\n"))}`);
    }
    if (file.status === "failed" && file.message) failures.push(`${path}: ${beginning(file.message)}`);
  }
}

/** vitest's own totals of one of its projects, or of one part of it. What it prints is shown when it has ended, unless it is `shown` as it comes. */
async function runProject(project, { shown = false, part, network = [] } = {}) {
  const report = join(root, `.cache/vitest-${project}${part ?? ""}.json`);
  rmSync(report, { force: true });
  const words = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...(part === undefined ? [] : [`--shard=${part}/${parts}`])];
  const [command, ...before] = [...network, process.execPath];
  const { ok, output } = await runCommand(command, [...before, join(root, "node_modules/vitest/vitest.mjs"), ...words], { quiet: !shown, environment: built ? { MCPASS_TEST_BUILT: "1" } : {} });
  if (!shown) process.stdout.write(output);
  if (!existsSync(report)) {
    failures.push(`vitest's project ${project}${part === undefined ? "" : `, part ${part}`}: it ended without a report`);
    return false;
  }
  const totals = JSON.parse(readFileSync(report, "utf8"));
  counts.passed += totals.numPassedTests;
  counts.failed += totals.numFailedTests;
  counts.skipped += totals.numPendingTests + totals.numTodoTests;
  noteFailures(totals);
  return ok;
}

/** All at once: walks mostly wait, and leave the processor to the floors. They take turns because of the one callback port, of which every network has its own. */
async function runUnitTests() {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const network = ownNetwork();
  if (network === undefined) console.log("no network of its own can be made here (unshare, perl, root): the walks take turns, which takes longer");
  const walks = network === undefined ? [runProject("walks")] : Array.from({ length: parts }, (_, index) => runProject("walks", { part: index + 1, network }));
  const ended = await Promise.all([runProject("floors", { shown: true }), ...walks]);
  return ended.every((ok) => ok);
}

async function runConformance(...words) {
  const { ok, output } = await runCommand(process.execPath, words);
  const [, passed, failed] = /^conformance[^:]*: (\d+) passed, (\d+) failed/m.exec(output) ?? [];
  counts.passed += Number(passed ?? 0);
  counts.failed += Number(failed ?? 0);
  failures.push(...(output.match(/^FAIL .*/gm) ?? []));
  return ok;
}

/** The built program starts and answers on this Node. */
async function smoke(node) {
  const home = mkdtempSync(join(tmpdir(), "mcpass-smoke-"));
  try {
    for (const words of [["--version"], ["--help"], ["list", "--offline", "--json"]]) {
      const { ok, code, output } = await runCommand(node, ["dist/main.cjs", ...words], { quiet: true, environment: { MCPASS_HOME: home } });
      const answered = ok && output.trim() !== "" && (words[0] !== "list" || Array.isArray(JSON.parse(output).servers));
      if (!answered) console.error(`mcpass ${words.join(" ")}: exit ${code}, ${JSON.stringify(output.slice(0, 200))}`);
      if (!answered) return false;
    }
    return true;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const startedAt = Date.now();
let tools;
await step("set-up", async () => {
  findChromium(console.log);
  findKeyring(console.log);
  findPostgres(console.log);
  tools = requireTestTools();
  requireAuthorizationServers();
  return true;
});
// Comes over the network while the processor has other work; after the tools, of which it needs a part.
const clients = runCommand(process.execPath, ["test/rig/other-clients.mjs"], { quiet: true });
const built = await step("build", async () => (await runTool("../scripts/build.mjs", [])).ok);
for (const [name, ok] of Object.entries(await runChecks())) {
  if (!count(ok)) failures.push(`the check "${name}"`);
}
await clients;
await suite("tests", runUnitTests);
if (built && tools !== undefined) {
  await suite("conformance", () => runConformance("test/conformance/run.mjs"));
  const someOfThem = ["elicitation-sep1034", "sse-retry", "auth/metadata-default", "auth/scope-step-up"];
  await suite("conformance through the bridge", () => runConformance("test/conformance/run.mjs", "--through", "bridge", ...someOfThem));
  await suite("conformance of servers behind mcpass", () => runConformance("test/conformance/run-server.mjs", "--scaled"));
  await step(`the program on Node ${process.versions.node}`, () => smoke(process.execPath));
  for (const [major, node] of Object.entries(tools.nodes)) await step(`the program on Node ${major}`, () => smoke(node));
}

for (const failure of failures) console.log(`\nnot passed: ${failure}`);
console.log(`\n${Math.round((Date.now() - startedAt) / 1000)} s\n`);
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
