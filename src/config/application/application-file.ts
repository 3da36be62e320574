import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";

import { McpassError } from "../../base/errors.ts";
import { shellWord } from "../../base/shell-word.ts";
import { readPrivateFile } from "../import/read-private-file.ts";

/** Claude Code keeps what it remembers in the same file. */
const largest = 64 * 1024 * 1024;

export interface ApplicationFile {
  readonly path: string;
  /** A byte order mark, or nothing. */
  readonly mark: string;
  /** Without the mark; "" for a file that is not there. */
  readonly text: string;
  readonly exists: boolean;
}

/** Only a plain file of this user, not a link, and not a huge one. @throws McpassError `config_unreadable` */
export async function readApplicationFile(path: string): Promise<ApplicationFile> {
  const read = await readPrivateFile(path, largest);
  if (read === undefined) return { path, mark: "", text: "", exists: false };
  if ("problem" in read) throw unusable(path, read.problem);
  if (read.text.includes("\uFFFD")) throw unusable(path, `${path} is not UTF-8 text`);
  const mark = read.text.startsWith("\uFEFF") ? "\uFEFF" : "";
  return { path, mark, text: read.text.slice(mark.length), exists: true };
}

/** A file is replaced, which its own mode would not hinder: who made it read-only meant something. @throws McpassError `config_unreadable` */
export async function requireWritable({ path, exists }: ApplicationFile): Promise<void> {
  const mode = exists ? (await stat(path)).mode : 0o200;
  if ((mode & 0o200) === 0) throw new McpassError("config_unreadable", `${path} is read-only; it was left as it is`, { hint: `chmod u+w ${shellWord(path)}, or change it by hand: mcpass install CLIENT --print shows what to write`, details: { file: path } });
}

export function contentHash({ mark, text }: Pick<ApplicationFile, "mark" | "text">): string {
  return createHash("sha256").update(mark + text).digest("hex");
}

function unusable(path: string, problem: string): McpassError {
  return new McpassError("config_unreadable", `${problem}; it was left as it is`, { hint: "put it right, or change it by hand: mcpass install CLIENT --print shows what to write", details: { file: path } });
}
