import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { describeCause } from "../../base/errors.ts";

export type PrivateText = { readonly text: string; readonly shared: boolean } | { readonly problem: string } | undefined;

const usual = 5 * 1024 * 1024;

/**
 * A file that holds somebody's sign-ins: only a plain file of this user, not a link, and not a huge one. undefined: it is not there. `shared`: others may read it.
 * What is opened is what is judged, so that nothing can be put in its place in between.
 */
export async function readPrivateFile(path: string, largest = usual): Promise<PrivateText> {
  let handle;
  try {
    // Without waiting for a writer, should it be a pipe.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    const { code } = thrown as { readonly code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { problem: code === "ELOOP" || code === "EMLINK" ? `${path} is a symbolic link, which is not followed` : `${path} cannot be read: ${describeCause(thrown)}` };
  }
  try {
    const found = await handle.stat();
    if (!found.isFile()) return { problem: `${path} is not a file` };
    const user = process.getuid?.();
    if (user !== undefined && found.uid !== user) return { problem: `${path} belongs to another user (${found.uid}), so it is not read` };
    if (found.size > largest) return { problem: `${path} is larger than ${largest / 1024 / 1024} MiB, so it is not read` };
    return { text: await handle.readFile("utf8"), shared: user !== undefined && (found.mode & 0o077) !== 0 };
  } catch (thrown) {
    return { problem: `${path} cannot be read: ${describeCause(thrown)}` };
  } finally {
    await handle.close();
  }
}

export type Members = Readonly<Record<string, unknown>>;

/** The members of a JSON object; undefined for anything else. */
export function readMembers(text: string): Members | undefined {
  try {
    return membersOf(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    return undefined;
  }
}

export function membersOf(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function scopesOf(value: unknown): readonly string[] {
  return (textOf(value) ?? "").split(/\s+/).filter((word) => word !== "");
}

/** Milliseconds since the epoch, where it is a number that can be a date. */
export function instantOf(value: unknown, unitMs: number): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const at = typeof number === "number" ? Math.round(number * unitMs) : Number.NaN;
  return at > 0 && at < 8.64e15 ? at : undefined;
}
