// What can be said without running anything: types, style, unused code, no registry address in the lock file. `npm run check`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runStep, runTool } from "./run-step.mjs";

/** Every check → did it pass. */
export async function runChecks() {
  return [
    await runStep("types", async () => (await runTool("typescript/bin/tsc", ["-p", "."])).ok),
    await runStep("style", async () => (await runTool("oxlint/bin/oxlint", ["src", "test", "scripts"])).ok),
    await runStep("unused code", async () => (await runTool("knip/bin/knip.js", ["--no-progress"])).ok),
    await runStep("lock file names no registry", async () => !/"resolved":/.test(readFileSync("package-lock.json", "utf8"))),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results = await runChecks();
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
