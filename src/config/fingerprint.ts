import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";

import type { Runtime } from "../base/runtime.ts";
import { findReferences, referencedPath } from "./expand.ts";
import type { RawEntry } from "./raw-entries.ts";

const largestPinned = 1024 * 1024;

/**
 * What `mcpass trust` pins of a project's entry: the file's real path, the name, the content, and where each `{file:}` really leads (a link in
 * a repository can be turned). A referenced file inside the project comes with the project, so its content is pinned too.
 */
export async function fingerprint(runtime: Runtime, entry: RawEntry): Promise<string> {
  const file = await realPath(entry.file.path);
  const references = await Promise.all(findReferences(entry.value).files.map((path) => pinned(referencedPath(runtime, entry.file.path, path), dirname(file))));
  return sha256(canonicalJson({ schema: 1, file, name: entry.name, value: entry.value, references }));
}

/** JSON with the keys of every object in order: equal for equal content, whatever its layout and comments. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

async function pinned(path: string, project: string): Promise<readonly string[]> {
  const real = await realPath(path);
  return real.startsWith(project.endsWith(sep) ? project : project + sep) ? [path, real, await contentHash(real)] : [path, real];
}

async function contentHash(path: string): Promise<string> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size <= largestPinned ? sha256(await readFile(path)) : "unusable";
  } catch {
    return "absent";
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
