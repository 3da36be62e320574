import type * as core from "zod/v4/core";

import { McpassError } from "../base/errors.ts";
import { localSchema, localShape, oauthShape, remoteSchema, remoteShape, timeoutShape, tlsShape } from "./entry-schema.ts";
import { isRawObject, type RawObject } from "./lower-entry.ts";
import { nearestName } from "./nearest-name.ts";
import { fieldName, quoted } from "./quoted.ts";
import { type RawEntry, locate } from "./raw-entries.ts";
import type { LocalInput, RemoteInput } from "./entry-schema.ts";

export type FieldPath = readonly (string | number)[];

/** Keys other programs give an entry, which mean nothing here and are no mistake. */
const elsewhere = ["codemode"];

/** The entry in the schema's words. @throws McpassError `entry_invalid` naming file, line, column, field and what was expected. */
export function checkEntry(entry: RawEntry, value: unknown): RemoteInput | LocalInput {
  const checked = checkValue(value);
  if ("input" in checked) return checked.input;
  const [first, ...others] = checked.problems;
  throw entryInvalid(entry, first.path, `${first.problem}${others.length === 0 ? "" : ` (and ${others.length} more in this entry)`}`, first.hint);
}

export interface Problem {
  readonly path: FieldPath;
  /** Completes "<field> …"; never repeats a value. */
  readonly problem: string;
  readonly hint?: string | undefined;
}

export function checkValue(value: unknown): { readonly input: RemoteInput | LocalInput } | { readonly problems: readonly [Problem, ...Problem[]] } {
  if (!isRawObject(value)) return { problems: [{ path: [], problem: "must be an object" }] };
  if (value["type"] !== "remote" && value["type"] !== "local") return { problems: [typeProblem(value)] };
  const result = value["type"] === "remote" ? remoteSchema.safeParse(value) : localSchema.safeParse(value);
  if (result.success) return { input: result.data };
  return { problems: problemsOf(result.error.issues) };
}

/** The issues of the schema as sentences; for a union those of the alternative that came furthest. */
export function problemsOf(issues: readonly core.$ZodIssue[]): readonly [Problem, ...Problem[]] {
  const [first, ...others] = issues.flatMap((issue) => deepest(issue, []));
  return first === undefined ? [{ path: [], problem: "is not valid" }] : [first, ...others];
}

export function entryInvalid(entry: RawEntry, path: FieldPath, problem: string, hint?: string): McpassError {
  const { line, column, field } = locate(entry, path);
  const { file } = entry.source;
  return new McpassError("entry_invalid", `server ${quoted(entry.name)}: ${file}:${line}:${column}: ${field} ${problem}`, {
    hint: hint ?? `edit ${file}, line ${line}`,
    details: { server: entry.name, file, line, column, field },
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

function deepest(issue: core.$ZodIssue, parent: FieldPath): readonly Problem[] {
  const path = [...parent, ...issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment)))];
  if (issue.code === "invalid_union") {
    const further = issue.errors.flat().filter((inner) => inner.path.length > 0);
    if (further.length > 0) return further.flatMap((inner) => deepest(inner, path));
  }
  return [{ path, problem: issue.message }];
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
