import { readFileSync, statSync } from "node:fs";

import { McpassError, describeCause } from "../base/errors.ts";
import type { ConfigLocation } from "./find-config.ts";
import { type ParsedFile, parseJsonc } from "./jsonc-text.ts";

const largestFile = 8 * 1024 * 1024;

/** @throws McpassError `config_unreadable`, or `config_invalid` when the syntax is wrong. */
export function readConfigFile(location: ConfigLocation): ParsedFile {
  return parseJsonc({ ...location, text: readConfigText(location) });
}

function readConfigText({ path, layer }: ConfigLocation): string {
  try {
    // A pipe (`--config <(…)`) only where the user named it: one left in a project would hang every command.
    const found = statSync(path);
    if (!found.isFile() && !(layer === "file" && found.isFIFO())) throw new Error("it is not a file");
    if (found.size > largestFile) throw new Error("it is larger than 8 MB");
    return decoded(readFileSync(path));
  } catch (thrown) {
    const absent = (thrown as { code?: unknown }).code === "ENOENT";
    throw new McpassError("config_unreadable", `the configuration ${path} ${absent ? "does not exist" : `cannot be read: ${describeCause(thrown)}`}`, {
      hint: layer === "file" ? "name an existing file with --config or MCPASS_CONFIG" : `make ${path} readable`,
      cause: thrown,
      details: { file: path },
    });
  }
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw new Error("it is UTF-16: save it as UTF-8");
  return new TextDecoder().decode(bytes);
}
