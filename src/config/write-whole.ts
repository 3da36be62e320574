import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { McpassError, describeCause } from "../base/errors.ts";

/**
 * Replaces a file whole: a reader sees the old text or the new one. A symbolic link stays and its target is replaced; an existing file keeps
 * its mode, a new one is 0600, a new directory 0700.
 * @throws McpassError `config_unreadable` when it cannot be written; the old file is then untouched.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const target = await linkTarget(path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await replace(target, text);
  } catch (thrown) {
    throw new McpassError("config_unreadable", `${path} cannot be written: ${describeCause(thrown)}`, {
      hint: `make ${dirname(path)} writable`,
      cause: thrown,
      details: { file: path },
    });
  }
}

async function replace(target: string, text: string): Promise<void> {
  const temporary = `${target}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const mode = await modeOf(target);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o7777;
  } catch {
    return undefined;
  }
}

/** Where a link leads, also when nothing is there yet. */
async function linkTarget(path: string, depth = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there, or a link to what is not there.
  }
  if (depth === 10) return path;
  try {
    return await linkTarget(resolve(dirname(path), await readlink(path)), depth + 1);
  } catch {
    return path;
  }
}
