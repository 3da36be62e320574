import { fchmodSync, readFileSync, statSync } from "node:fs";
import { chmod, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { describeCause, McpassError } from "../base/errors.ts";

export interface StoredText {
  readonly text: string;
  /** Another one whenever the file was replaced. */
  readonly stamp: string;
}

/** What is in `file`, or undefined when there is no such file; no text where the stamp is still `known`. Throws `vault_unreadable`. */
export function readText(file: string, known?: string): StoredText | undefined {
  // A small local file: read at once in a fifth of the time that asking the thread pool takes, and absence costs no exception.
  try {
    const stamp = stampOf(file);
    if (stamp === undefined) return undefined;
    return { stamp, text: stamp === known ? "" : readFileSync(file, "utf8") };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unreadable(file, describeCause(error), `Make ${file} readable for you.`, error);
  }
}

/** undefined: there is no such file. Throws where it is something else. */
export function stampOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  // A pipe or a device would be read for ever.
  if (found?.isFile() === false) throw new Error("it is not a file");
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}

/**
 * Replaces `file` whole, readable by its owner only whatever the umask: after a crash at any point it holds the old text or the new one.
 * The caller holds the lock of `file`, so the name beside it is free. Throws `vault_unwritable`; the old text then still stands.
 */
export async function replaceFile(file: string, folder: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  await writing(file, async () => {
    const handle = await openNew(beside);
    try {
      fchmodSync(handle.fd, 0o600);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await replace(beside, file);
    await syncFolder(folder);
  });
}

async function openNew(file: string): Promise<FileHandle> {
  const create = (): Promise<FileHandle> => open(file, "wx", 0o600);
  try {
    return await create();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // Left by a crash: its mode is not to be trusted.
    await rm(file, { force: true });
    return create();
  }
}

/** Forgets the file and what a crash may have left beside it. Throws `vault_unwritable`. */
export async function removeFile(file: string, folder: string): Promise<void> {
  await writing(file, async () => {
    await rm(file, { force: true });
    await rm(`${file}.new`, { force: true });
    await syncFolder(folder);
  });
}

/** Makes the vault's folder, or makes an existing one private. Throws `vault_unwritable`. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await writing(folder, async () => {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode } = statSync(folder);
    if ((mode & 0o777) !== 0o700 && process.platform !== "win32") await chmod(folder, 0o700);
  });
}

export function unreadable(file: string, reason: string, hint: string, cause?: unknown): McpassError {
  return new McpassError("vault_unreadable", `The vault file ${file} cannot be read: ${reason}. It is left as it is.`, { hint, cause, details: { file, reason } });
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new McpassError("vault_unwritable", `The vault cannot write ${file}: ${describeCause(error)}.`, {
      hint: `Make ${file} and its folder writable for you, and room on its disk.`,
      cause: error,
      details: { file },
    });
  }
}

/** Windows refuses while anyone (a reader, a virus scanner) has the old file open. */
async function replace(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (process.platform !== "win32" || attempt === 10 || !["EPERM", "EACCES", "EBUSY"].includes(codeOf(error) ?? "")) throw error;
      await sleep(attempt * 10);
    }
  }
}

/** A rename is durable once its folder is. Windows has no such call for folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
