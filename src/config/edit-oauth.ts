import { McpassError } from "../base/errors.ts";
import { checkValue, problemText } from "./check-entry.ts";
import { entryNamed, readExisting } from "./edit-config.ts";
import { deleteMember, insertMember, replaceMember } from "./edit-text.ts";
import { findReferences } from "./expand.ts";
import { parseJsonc } from "./jsonc-text.ts";
import { isRawObject, lowerEntry, snakeCase, spellings } from "./lower-entry.ts";
import { quoted } from "./quoted.ts";
import { serverUnknown } from "./require-server.ts";
import { writeWhole } from "./write-whole.ts";

/**
 * Sets keys of an entry's `oauth` (undefined takes one out) in its file, in the spelling of its shape; every other character stays.
 * @throws McpassError `server_unknown`, `usage` when the entry would not be valid, `config_invalid`, `config_unreadable`
 */
export async function setOAuthKeys(options: { readonly file: string; readonly name: string; readonly keys: Readonly<Record<string, string | number | readonly string[] | undefined>> }): Promise<void> {
  const { file: path, name } = options;
  const { mark, text } = await readExisting(path);
  const parse = (edited: string) => parseJsonc({ path, layer: "file", text: edited });
  const entry = entryNamed(parse(text), name);
  if (entry === undefined || !isRawObject(entry.value)) throw serverUnknown(name, []);
  const at = [...entry.path, "oauth"];
  const oauth = entry.value["oauth"];
  // `false` has no members to change.
  let edited = isRawObject(oauth) || Object.values(options.keys).every((value) => value === undefined) ? text : replaceMember(text, at, {});
  for (const [key, value] of Object.entries(options.keys)) {
    const inSecondShape = entry.path.length > 2;
    const written = spellings(key).filter((spelling) => isRawObject(oauth) && spelling in oauth);
    for (const spelling of written.slice(value === undefined ? 0 : 1)) edited = deleteMember(edited, [...at, spelling]);
    if (value === undefined) continue;
    const [there] = written;
    edited = there === undefined ? insertMember(edited, [...at, inSecondShape ? snakeCase(key) : key], value) : replaceMember(edited, [...at, there], value);
  }
  requireValid(entryNamed(parse(edited), name)?.value, name);
  await writeWhole(path, mark + edited);
}

function requireValid(value: unknown, name: string): void {
  const lowered = isRawObject(value) ? lowerEntry(value).value : {};
  const { variables, files } = findReferences(lowered["url"]);
  const checked = checkValue(variables.length + files.length > 0 ? { ...lowered, url: "https://reference.invalid/" } : lowered);
  if (!("input" in checked)) throw new McpassError("usage", `server ${quoted(name)} cannot be changed so: ${problemText(checked.problems[0])}`);
}
