// Starting the official suite, and reading what it found.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireTestTools } from "../../scripts/test-tools.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export function createSuite() {
  const tools = requireTestTools();
  return {
    /** Runs it with these words → its exit code and all it printed. */
    run: async (words, environment = {}) => {
      const suite = spawn(tools.nodes[22], [tools.conformance, ...words], { cwd: root, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [suite.stdout, suite.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
      return new Promise((resolve, reject) => {
        suite.on("error", reject);
        suite.on("close", (code) => resolve({ code, text }));
      });
    },
  };
}

/** Scenario → its checks, of everything that was run into this directory. */
export function readChecks(output) {
  const files = readdirSync(output, { recursive: true }).filter((name) => name.endsWith("checks.json"));
  return new Map(files.map((file) => [scenarioOf(dirname(file)), JSON.parse(readFileSync(join(output, file), "utf8"))]));
}

/** Server scenarios are written as `server-NAME-TIME`. */
function scenarioOf(directory) {
  return directory.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "").replace(/^server-/, "");
}

/** The suite's own check of message shapes is left out of the count: it succeeds for a client that does next to nothing. */
export function countSuccesses(checks) {
  const own = checks.filter((check) => check.status === "SUCCESS" && !check.id.startsWith("wire-schema"));
  return new Set(own.map((check) => `${check.id} ${check.name}`)).size;
}

export function complaintsOf(checks) {
  return checks.filter((check) => check.status === "FAILURE" || check.status === "WARNING").map((check) => `${check.status} ${check.id}: ${check.errorMessage ?? check.description}`);
}
