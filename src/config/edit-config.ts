import { readFile } from "node:fs/promises";

import { McpassError, describeCause } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { shellWord } from "../base/shell-word.ts";
import { checkValue, problemText } from "./check-entry.ts";
import { findReferences } from "./expand.ts";
import { findUserConfigFile, userConfigFile } from "./find-config.ts";
import { deleteMember, insertMember } from "./edit-text.ts";
import { type ParsedFile, parseJsonc } from "./jsonc-text.ts";
import { type RawObject, isRawObject, lowerEntry, snakeCase } from "./lower-entry.ts";
import { quoted } from "./quoted.ts";
import { looksLikeOption, rawEntries, serversMap } from "./raw-entries.ts";
import { serverUnknown } from "./require-server.ts";
import { writeWhole } from "./write-whole.ts";

export interface Edited {
  readonly file: string;
}

/**
 * Adds an entry to a file (the user's when none is named; made when absent), in the shape the file has, and leaves every other character.
 * @throws McpassError `usage` when the name is taken or the entry is not valid, `config_invalid`, `config_unreadable`
 */
export async function addServer(runtime: Runtime, options: { readonly name: string; readonly value: object; readonly file?: string | undefined }): Promise<Edited> {
  const path = options.file ?? (await findUserConfigFile(runtime)) ?? userConfigFile(runtime);
  checkServer(options.name, options.value);
  const { mark, text } = await readExisting(path);
  const file = parseJsonc({ path, layer: "file", text });
  if (rawEntries(file).entries.some(({ name }) => name === options.name)) {
    throw new McpassError("usage", `there is already a server ${quoted(options.name)} in ${path}`, { hint: `mcpass remove ${shellWord(options.name)}` });
  }
  await writeWhole(path, mark + insertMember(file.text, ...placeFor(file, options.name, options.value)));
  return { file: path };
}

/** Takes an entry out of a file (the user's when none is named); comments stay. @throws McpassError `server_unknown`, `config_invalid`, `config_unreadable` */
export async function removeServer(runtime: Runtime, options: { readonly name: string; readonly file?: string | undefined }): Promise<Edited> {
  const path = options.file ?? (await findUserConfigFile(runtime)) ?? userConfigFile(runtime);
  const { mark, text } = await readExisting(path);
  let file = parseJsonc({ path, layer: "file", text });
  let entry = entryNamed(file, options.name);
  if (entry === undefined) throw serverUnknown(options.name, rawEntries(file).entries.map(({ name }) => name));
  // A name may stand there twice; what is removed must be gone.
  for (; entry !== undefined; entry = entryNamed(file, options.name)) {
    file = parseJsonc({ path, layer: "file", text: deleteMember(file.text, entry.path) });
  }
  await writeWhole(path, mark + file.text);
  return { file: path };
}

export function entryNamed(file: ParsedFile, wanted: string) {
  return rawEntries(file).entries.find(({ name }) => name === wanted);
}

function placeFor(file: ParsedFile, name: string, value: object): [path: readonly string[], value: object] {
  return serversMap(file) === undefined ? [["mcp", name], value] : [["mcp", "servers", name], secondShape(value as RawObject)];
}

/** An entry of the first shape in the words of the second. */
function secondShape(value: RawObject): RawObject {
  const { enabled, ...rest } = value;
  const named = snakeKeys(isRawObject(rest["oauth"]) ? { ...rest, oauth: snakeKeys(rest["oauth"]) } : rest);
  return enabled === undefined ? named : { ...named, disabled: enabled === false };
}

function snakeKeys(value: RawObject): RawObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snakeCase(key), item]));
}

/** @throws McpassError `usage` when `addServer` would not take it for its name or its content */
export function checkServer(name: string, value: object): void {
  if (name.trim() === "" || name !== name.trim() || /[\p{Cc}\p{Cf}]/u.test(name) || /^https?:\/\//i.test(name) || looksLikeOption(name)) {
    throw new McpassError("usage", `${quoted(name)} cannot be a server's name: it must be a plain text that is no URL and does not start with -`);
  }
  const lowered = lowerEntry(value as RawObject).value;
  const { variables, files } = findReferences(lowered["url"]);
  // What a reference will stand for is not known yet; everything else of the entry is checked.
  const checked = checkValue(variables.length + files.length > 0 ? { ...lowered, url: "https://reference.invalid/" } : lowered);
  if (!("input" in checked)) throw new McpassError("usage", `server ${quoted(name)} cannot be added: ${problemText(checked.problems[0])}`);
}

/** The text without its byte order mark, and the mark; both are empty for a file that is not there. */
export async function readExisting(path: string): Promise<{ readonly mark: string; readonly text: string }> {
  try {
    const content = await readFile(path, "utf8");
    return content.startsWith("\uFEFF") ? { mark: "\uFEFF", text: content.slice(1) } : { mark: "", text: content };
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "ENOENT") return { mark: "", text: "" };
    throw new McpassError("config_unreadable", `the configuration ${path} cannot be read: ${describeCause(thrown)}`, { cause: thrown, details: { file: path } });
  }
}
