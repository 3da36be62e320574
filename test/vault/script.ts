import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

import { build } from "esbuild";

export interface Script {
  /** Ended by whoever asked for it. */
  start(...args: readonly string[]): ChildProcess;
  run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string; tookMs: number }>;
  remove(): Promise<void>;
}

/** A program of its own from TypeScript text; relative imports are meant from the root of the repository, packages stay outside. */
export async function buildScript(source: string): Promise<Script> {
  const root = join(import.meta.dirname, "../..");
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  const folder = await mkdtemp(join(root, "node_modules/.cache/mcpass-script-"));
  const outfile = join(folder, "script.mjs");
  await build({ stdin: { contents: source, resolveDir: root, loader: "ts" }, outfile, bundle: true, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" });
  const start = (args: readonly string[]): ChildProcess => spawn(process.execPath, [outfile, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  return {
    start: (...args) => start(args),
    async run(...args) {
      const startedAt = performance.now();
      const child = start(args);
      const code = new Promise<number | null>((resolve) => child.once("close", resolve));
      const [stdout, stderr] = await Promise.all([buffer(child.stdout!), buffer(child.stderr!)]);
      return { code: await code, stdout: stdout.toString(), stderr: stderr.toString(), tookMs: performance.now() - startedAt };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
