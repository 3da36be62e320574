import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const script = fileURLToPath(new URL("../../scripts/demo.mjs", import.meta.url));

export interface RunningDemo {
  readonly child: ChildProcess;
  /** Both outputs in one, as a terminal would show them. */
  output(): Promise<string>;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Files that it left in its temporary folder, and processes that still run in its environment (as far as the system tells). */
  leftovers(): Promise<{ readonly files: readonly string[]; readonly processes: readonly string[] }>;
  stop(): Promise<void>;
}

/** Starts `npm run demo` without a terminal, in an environment and a temporary folder of its own. */
export async function startDemo(): Promise<RunningDemo> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "mcpass-demo-test-")));
  const file = join(directory, "output.txt");
  const temporary = join(directory, "tmp");
  const written = await open(file, "w");
  await mkdir(temporary);
  const env = { PATH: process.env["PATH"], HOME: directory, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const child = spawn(process.execPath, [script], { cwd: directory, env, stdio: ["ignore", written.fd, written.fd] });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.once("exit", (exitCode, signal) => resolve(exitCode ?? signal)));
  return {
    child,
    output: () => readFile(file, "utf8"),
    ended,
    leftovers: async () => ({ files: await readdir(temporary), processes: await processesIn(temporary) }),
    async stop() {
      child.kill("SIGKILL");
      await ended;
      await written.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function processesIn(temporary: string): Promise<readonly string[]> {
  const numbers = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(numbers.map(async (number) => ({ number, text: await readFile(`/proc/${number}/environ`, "utf8").catch(() => "") })));
  return environments.filter(({ text }) => text.includes(temporary)).map(({ number }) => number);
}
