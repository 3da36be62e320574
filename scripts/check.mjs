// What can be said without running anything: types, style, unused code, no registry address in the lock file. `npm run check`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runStep, runTool } from "./run-step.mjs";

const checks = {
  types: async () => (await runTool("typescript/bin/tsc", ["-p", "."])).ok,
  style: async () => (await runTool("oxlint/bin/oxlint", ["src", "test", "scripts"])).ok,
  "unused code": async () => (await runTool("knip/bin/knip.js", ["--no-progress"])).ok,
  "lock file names no registry": async () => !/"resolved":/.test(readFileSync("package-lock.json", "utf8")),
};

/** Every check by its name → did it pass. */
export async function runChecks() {
  const results = {};
  for (const [name, check] of Object.entries(checks)) results[name] = await runStep(name, check);
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results = await runChecks();
  process.exitCode = Object.values(results).every(Boolean) ? 0 : 1;
}
