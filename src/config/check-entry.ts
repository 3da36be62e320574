import { McpassError } from "../base/errors.ts";
import { localSchema, localShape, oauthShape, remoteSchema, remoteShape, timeoutShape, tlsShape } from "./entry-schema.ts";
import { isRawObject, type RawObject } from "./lower-entry.ts";
import { nearestName } from "./nearest-name.ts";
import { fieldName, quoted } from "./quoted.ts";
import { type RawEntry, locate } from "./raw-entries.ts";
import type { LocalInput, RemoteInput } from "./entry-schema.ts";
import type { FieldPath, Problem, Problems } from "./schema.ts";

/** Keys other programs give an entry, which mean nothing here and are no mistake. */
const elsewhere = ["codemode"];

/** The entry in the schema's words. @throws McpassError `entry_invalid` naming file, line, column, field and what was expected. */
export function checkEntry(entry: RawEntry, value: unknown): RemoteInput | LocalInput {
  const checked = checkValue(value);
  if ("input" in checked) return checked.input;
  const [first, ...others] = checked.problems;
  throw entryInvalid(entry, first.path, `${first.problem}${others.length === 0 ? "" : ` (and ${others.length} more in this entry)`}`, first.hint);
}

export function checkValue(value: unknown): { readonly input: RemoteInput | LocalInput } | { readonly problems: Problems } {
  if (!isRawObject(value)) return { problems: [{ path: [], problem: "must be an object" }] };
  if (value["type"] !== "remote" && value["type"] !== "local") return { problems: [typeProblem(value)] };
  const read = value["type"] === "remote" ? remoteSchema.read(value) : localSchema.read(value);
  return read.problems === undefined ? { input: read.value } : { problems: read.problems };
}

/** `missing`: a key that should stand below `path`. */
export function entryInvalid(entry: RawEntry, path: FieldPath, problem: string, hint?: string, missing?: string): McpassError {
  const { line, column, field } = locate(entry, path);
  const { file } = entry.source;
  return new McpassError("entry_invalid", `server ${quoted(entry.name)}: ${file}:${line}:${column}: ${field} ${problem}`, {
    hint: hint ?? `edit ${file}, line ${line}`,
    details: { server: entry.name, file, line, column, field: missing === undefined ? field : `${field}.${missing}` },
  });
}

/** The fields of an entry that mean nothing, with what was probably meant. */
export function unknownFields(value: RawObject): readonly { readonly path: FieldPath; readonly meant: string | undefined }[] {
  const shape = value["type"] === "local" ? localShape : remoteShape;
  return [
    ...unknownKeys(value, [...Object.keys(shape), ...elsewhere], []),
    ...(value["type"] === "remote" ? unknownKeys(value["oauth"], Object.keys(oauthShape), ["oauth"]) : []),
    ...(value["type"] === "remote" ? unknownKeys(value["tls"], Object.keys(tlsShape), ["tls"]) : []),
    ...unknownKeys(value["timeout"], Object.keys(timeoutShape), ["timeout"]),
  ];
}

function unknownKeys(value: unknown, known: readonly string[], path: FieldPath) {
  if (!isRawObject(value)) return [];
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [...path, key], meant: nearestName(key, known) }));
}

function typeProblem(value: RawObject): Problem {
  const meant = "url" in value ? "remote" : "command" in value ? "local" : undefined;
  const hint = meant === undefined ? undefined : `write "type": "${meant}"`;
  return { path: ["type"], problem: `${value["type"] === undefined ? "is missing: it " : ""}must be "remote" or "local"`, hint };
}

/** For a message: `oauth.callbackPort`. */
export function problemText({ path, problem }: Problem): string {
  return path.length === 0 ? `it ${problem}` : `${fieldName(path)} ${problem}`;
}
