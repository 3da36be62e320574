import { readFileSync } from "node:fs";

/** Resident memory of one process, in MB; of none: it did not live long enough, or this system does not tell. */
export interface Growth {
  readonly name: string;
  /** When it had been at work for a while. */
  readonly firstMb: number;
  readonly lastMb: number;
  readonly mostMb: number;
}

export interface MemoryWatch {
  add(name: string, pid: number): void;
  /** Of those that were still there a moment ago. */
  growths(): readonly Growth[];
  stop(): void;
}

/** `settledMs`: how long a process has been at work when it is weighed first. */
export function watchMemory(settledMs: number): MemoryWatch {
  const watched = new Map<number, { readonly name: string; readonly since: number; firstMb?: number; lastMb: number; mostMb: number; gone: boolean }>();
  const weigh = (): void => {
    for (const [pid, each] of watched) {
      const megabytes = residentMegabytes(pid);
      each.gone = megabytes === undefined;
      if (megabytes === undefined) continue;
      each.lastMb = megabytes;
      each.mostMb = Math.max(each.mostMb, megabytes);
      if (Date.now() - each.since >= settledMs) each.firstMb ??= megabytes;
    }
  };
  const timer = setInterval(weigh, Math.min(1_000, settledMs)).unref();
  return {
    add: (name, pid) => void watched.set(pid, { name, since: Date.now(), lastMb: 0, mostMb: 0, gone: false }),
    growths: () => {
      weigh();
      return [...watched.values()].flatMap(({ name, firstMb, lastMb, mostMb, gone }) => (firstMb === undefined || gone ? [] : [{ name, firstMb, lastMb, mostMb }]));
    },
    stop: () => clearInterval(timer),
  };
}

/** proc(5) */
function residentMegabytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}
