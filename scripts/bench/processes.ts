import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const variable = "MCPASS_BENCH_PROCESS";
const valueOf = (name: string): string => `${String(process.pid)}/${name}`;

/** For the environment a command is started with: all its processes are known by it, also those that have left its tree, as a daemon does. */
export function markOf(name: string): Readonly<Record<string, string>> {
  return { [variable]: valueOf(name) };
}

/** Resident bytes of all processes of a command. What they have mapped from files they mostly share: of it counts what the one with most has. proc(5) */
export function residentBytes(name: string): number {
  const sizes = processesOf(name).map((pid) => sizesIn(readProcess(pid, "status")));
  return sizes.reduce((sum, { own }) => sum + own, 0) + Math.max(0, ...sizes.map(({ mapped }) => mapped));
}

/** Ends what is left of a command, and waits until it is gone. */
export async function endProcesses(name: string): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of processesOf(name)) end(pid, signal);
    for (let wait = 0; wait < 50; wait += 1) {
      if (processesOf(name).length === 0) return;
      await sleep(100);
    }
  }
  throw new Error(`${name} does not end`);
}

function processesOf(name: string): readonly number[] {
  const mark = `${variable}=${valueOf(name)}`;
  const all = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).map(Number);
  return all.filter((pid) => readProcess(pid, "environ").split("\0").includes(mark));
}

/** Empty: it has ended meanwhile, or is somebody else's. */
function readProcess(pid: number, file: "environ" | "status"): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function sizesIn(status: string): { readonly own: number; readonly mapped: number } {
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1_024;
  return { own: bytes("RssAnon") + bytes("RssShmem"), mapped: bytes("RssFile") };
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It was quicker.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
