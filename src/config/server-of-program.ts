import { join } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import type { ConfiguredServer } from "./configuration.ts";
import { configureServer } from "./configure-server.ts";
import { parseJsonc, valueOf } from "./jsonc-text.ts";
import { isRawObject } from "./lower-entry.ts";
import { quoted } from "./quoted.ts";
import { looksLikeOption } from "./raw-entries.ts";
import { defaultTimeouts } from "./server-entry.ts";

/** Paths of the HTTP API have it in the place of a server's name. */
const reserved = "oauth";

/**
 * A server that a program gives instead of a file, checked and filled in alike; relative paths start at the working directory.
 * @throws McpassError `usage` for a name that cannot be one, `config_invalid`, `variable_unset`, `file_reference_unreadable`
 */
export async function serverOfProgram(runtime: Runtime, name: string, config: unknown): Promise<ConfiguredServer> {
  if (name.trim() === "") throw new McpassError("usage", "A server needs a name.", { hint: "Name it by any text that is not empty." });
  if (name === reserved) throw new McpassError("usage", `${quoted(name)} cannot be the name of a server: it is reserved.`, { hint: "Name it otherwise.", details: { server: name } });
  if (looksLikeOption(name)) throw new McpassError("usage", `${quoted(name)} cannot be the name of a server: a command would read it as an option.`, { hint: "Give it a name that does not start with -.", details: { server: name } });
  if (!isRawObject(config)) throw configInvalid(name, "it must be an object");
  const path = join(runtime.workingDirectory, "(given by this program)");
  const file = parseJsonc({ path, layer: "program", text: jsonOf(name, config) });
  const { root } = file;
  if (root === undefined) throw configInvalid(name, "it is empty");
  const server = await configureServer(runtime, { name, file, source: { file: path, line: 0, column: 0, layer: "program" }, path: ["mcp", name], node: root, value: valueOf(root) }, defaultTimeouts);
  const { error } = server;
  if (error === undefined) return server;
  // Where it stands in a file is of no use to anybody here.
  throw error.code === "entry_invalid" ? configInvalid(name, error.message.replace(/^.*?\(given by this program\):\d+:\d+: /, ""), error.hint?.startsWith("edit ") === true ? undefined : error.hint) : error;
}

function jsonOf(name: string, config: unknown): string {
  try {
    return JSON.stringify(config);
  } catch (thrown) {
    throw new McpassError("config_invalid", `The server ${quoted(name)} cannot be used: its configuration is no JSON.`, { cause: thrown, details: { server: name } });
  }
}

function configInvalid(name: string, problem: string, hint?: string): McpassError {
  return new McpassError("config_invalid", `The server ${quoted(name)} cannot be used: ${problem}.`, { hint: hint ?? "It is configured as in a file's \"mcp\": see docs/configuration.md.", details: { server: name } });
}
