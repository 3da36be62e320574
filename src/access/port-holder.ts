import { readdir, readFile, readlink } from "node:fs/promises";

/** Who listens on a TCP port of this machine, as `name (process 123)`, where Linux tells an unprivileged process; else undefined. Never fails. C01 */
export async function describePortHolder(port: number): Promise<string | undefined> {
  try {
    const sockets = new Set([...(await listeningInodes("/proc/net/tcp", port)), ...(await listeningInodes("/proc/net/tcp6", port))].map((inode) => `socket:[${inode}]`));
    if (sockets.size === 0) return undefined;
    for (const process of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      if (!(await holdsAny(process, sockets))) continue;
      const name = (await readFile(`/proc/${process}/comm`, "utf8")).trim();
      return `${name} (process ${process})`;
    }
  } catch {
    // Another system, or none of our business.
  }
  return undefined;
}

async function listeningInodes(table: string, port: number): Promise<readonly string[]> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = await readFile(table, "utf8").then((text) => text.split("\n").slice(1), () => []);
  const rows = lines.map((line) => line.trim().split(/\s+/));
  // Column 3 is the state; 0A is LISTEN. Column 9 is the inode. proc(5)
  return rows.filter((row) => row[1]?.endsWith(wanted) === true && row[3] === "0A").flatMap((row) => (row[9] === undefined ? [] : [row[9]]));
}

async function holdsAny(process: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const handles = await readdir(`/proc/${process}/fd`).catch(() => []);
  for (const handle of handles) {
    if (sockets.has(await readlink(`/proc/${process}/fd/${handle}`).catch(() => ""))) return true;
  }
  return false;
}
