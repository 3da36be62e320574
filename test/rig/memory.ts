import { readFileSync, writeFileSync } from "node:fs";

/** The most that a process held in memory while something was done, over what it held before, in bytes. Linux only. proc(5) */
export async function grownBy(pid: number, work: () => Promise<void>): Promise<number> {
  const before = statusBytes(pid, "VmRSS");
  writeFileSync(`/proc/${String(pid)}/clear_refs`, "5");
  await work();
  return statusBytes(pid, "VmHWM") - before;
}

function statusBytes(pid: number, name: string): number {
  const [, kilobytes = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
