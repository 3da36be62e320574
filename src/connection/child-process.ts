import type { LocalEntry } from "../config/server-entry.ts";

/** The variables a local server gets without being given them: where things are, and nothing that may be a secret. */
const inherited = {
  posix: ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TMPDIR"],
  windows: ["APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMDATA", "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE", "WINDIR"],
} as const;

/** The environment of a local server: a few harmless variables of ours, then its own. */
export function environmentOf(entry: LocalEntry, ours: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names: readonly string[] = process.platform === "win32" ? inherited.windows : inherited.posix;
  const kept = names.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]));
  return { ...Object.fromEntries(kept), ...entry.environment };
}

/** The last 4 KiB that a child wrote to its standard error. */
export interface StderrTail {
  take(chunk: Uint8Array | string): void;
  text(): string;
}

export function createStderrTail(): StderrTail {
  let tail = Buffer.alloc(0);
  return {
    take: (chunk) => {
      tail = Buffer.concat([tail, Buffer.from(chunk)]).subarray(-4096);
    },
    text: () => tail.toString("utf8"),
  };
}

/**
 * Waits for a child to end by itself, its input having been closed; SIGTERM after `patienceMs`, SIGKILL after as much again.
 * Settles when it is gone, at the latest half as much later.
 */
export async function endProcess(pid: number, patienceMs: number): Promise<void> {
  const step = 20;
  for (let waited = 0; waited <= patienceMs * 2.5 && isAlive(pid); waited += step) {
    if (waited === patienceMs || waited === patienceMs * 2) send(pid, waited === patienceMs ? "SIGTERM" : "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, step));
  }
}

function isAlive(pid: number): boolean {
  return send(pid, 0);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
