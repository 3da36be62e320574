import { readFile, stat } from "node:fs/promises";
import { describeCause } from "../base/errors.ts";

const largest = 1024 * 1024;

/** The text of a file that an entry names, without the space around it, or what is wrong with that file: never what stands in it. */
export async function readReferencedFile(file: string): Promise<{ readonly text: string; readonly problem?: undefined } | { readonly problem: string; readonly cause: unknown }> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error("it is not a file");
    if (found.size > largest) throw new Error("it is larger than 1 MB");
    const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "").trim();
    if (text === "") throw new Error("it is empty");
    return { text };
  } catch (cause) {
    return { problem: (cause as { code?: unknown }).code === "ENOENT" ? "does not exist" : `cannot be used: ${describeCause(cause)}`, cause };
  }
}
