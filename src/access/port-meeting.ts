import { createHash } from "node:crypto";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Where the processes of one user that want the same port find each other. */
export interface PortMeeting {
  /** Held while somebody finds out whether to bind the port or to ask who did. */
  readonly lockFile: string;
  /** A socket file in a folder that only its owner can enter; on Windows a named pipe. */
  readonly socket: string;
}

/** Socket addresses are short: 108 bytes on Linux, 104 on macOS, with the byte that ends them. */
const longestPath = 100;

/** undefined: there is no folder here that is this user's alone, so nobody can be met there. Never fails. */
export async function meetingFor(directory: string, host: string, port: number): Promise<PortMeeting | undefined> {
  const name = `${host.replaceAll(":", "_")}-${String(port)}`;
  try {
    if (!(await isOwn(directory))) return undefined;
    const lockFile = join(directory, `${name}.lock`);
    if (process.platform === "win32") return { lockFile, socket: `\\\\.\\pipe\\mcpass-${digest(`${userInfo().username} ${directory}`)}-${name}` };
    const socket = join(directory, `${name}.sock`);
    if (Buffer.byteLength(socket) <= longestPath) return { lockFile, socket };
    const elsewhere = join(tmpdir(), `mcpass-${String(process.getuid?.())}-${digest(directory)}`);
    return (await isOwn(elsewhere)) ? { lockFile, socket: join(elsewhere, `${name}.sock`) } : undefined;
  } catch {
    return undefined;
  }
}

/** Made when it is not there, closed to others when it is open. A link, or a folder of somebody else's, is not taken and not touched. */
async function isOwn(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (process.platform === "win32" || !found.isDirectory()) return found.isDirectory();
  if (found.uid !== process.getuid?.()) return false;
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
  return true;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
