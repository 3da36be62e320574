import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
/** A step that hangs ends; a busy machine may take its time. */
const killAfterMs = 30 * 60_000;

/** Runs a command in the project's root; resolves to whether it exited 0 and to what it wrote on stdout, which is shown as it comes unless `quiet`. */
export async function runCommand(command, words, { environment = {}, quiet = false } = {}) {
  const child = spawn(command, words, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: killAfterMs,
  });
  const output = [];
  child.stdout.on("data", (part) => {
    output.push(part);
    if (!quiet) process.stdout.write(part);
  });
  const code = await new Promise((resolve) => {
    child.on("error", (error) => (console.error(String(error)), resolve(-1)));
    child.on("close", resolve);
  });
  return { ok: code === 0, code, output: Buffer.concat(output).toString("utf8") };
}

/** Node running one of the installed tools, by the path of its script. */
export function runTool(script, words, options) {
  return runCommand(process.execPath, [fileURLToPath(new URL(`../node_modules/${script}`, import.meta.url)), ...words], options);
}

/** Runs a named step and says how long it took; a step that throws has failed. */
export async function runStep(name, work) {
  const startedAt = Date.now();
  console.log(`\n== ${name}`);
  let ok = false;
  try {
    ok = await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  console.log(`== ${name}: ${ok ? "ok" : "FAILED"}, ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return ok;
}
