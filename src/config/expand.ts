import { dirname, join, resolve } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { quoted } from "./quoted.ts";
import { type RawEntry, locate } from "./raw-entries.ts";
import type { FileHeader } from "./server-entry.ts";
import { readReferencedFile } from "./referenced-file.ts";
import { userHome } from "./user-home.ts";

const reference = /\{(env|file):([^{}]*)\}/g;

export interface References {
  readonly variables: readonly string[];
  /** As written. */
  readonly files: readonly string[];
}

/** Every `{env:NAME}` and `{file:path}` in the texts of a value, and every file that a key of it names. Expands and reads nothing. */
export function findReferences(value: unknown): References {
  const found = texts(value).flatMap((text) => [...text.matchAll(reference)].map(([, kind, name = ""]) => ({ kind, name: name.trim() })));
  const named = (kind: string) => [...new Set(found.filter((item) => item.kind === kind).map((item) => item.name))];
  return { variables: named("env"), files: [...new Set([...named("file"), ...namedFiles(value)])] };
}

/** Files whose content is signed with or sent, in both spellings of their keys. */
function namedFiles(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (typeof item === "string" ? (/^(private_?key|assertion|id_?token)_?file$/i.test(key) ? [item] : []) : namedFiles(item)));
}

/**
 * The value with every reference in its texts filled in, once: what comes out of a variable or a file is never read for references again.
 * @throws McpassError `variable_unset` (not set, or empty) or `file_reference_unreadable`, naming the server, the field and the variable or file.
 */
export async function expand(runtime: Runtime, entry: RawEntry, value: unknown): Promise<unknown> {
  return expandAt(runtime, entry, value, []);
}

/** `~/` is the user's home directory; other relative paths start at the directory of the configuration file. */
export function referencedPath(runtime: Runtime, configFile: string, path: string): string {
  return /^~(?=$|[/\\])/.test(path) ? join(homeDirectory(runtime), path.slice(1)) : resolve(dirname(configFile), path);
}

export function homeDirectory(runtime: Runtime): string {
  return userHome(runtime.environment, ["HOME", "USERPROFILE"]);
}

function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

async function expandAt(runtime: Runtime, entry: RawEntry, value: unknown, path: readonly (string | number)[]): Promise<unknown> {
  if (typeof value === "string") return expandText(runtime, entry, value, path);
  if (Array.isArray(value)) return Promise.all(value.map((item, index) => expandAt(runtime, entry, item, [...path, index])));
  if (typeof value !== "object" || value === null) return value;
  const filled = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) filled[key] = await expandAt(runtime, entry, item, [...path, key]);
  return filled;
}

async function expandText(runtime: Runtime, entry: RawEntry, text: string, path: readonly (string | number)[]): Promise<string> {
  const parts = partsOf(runtime, entry, text, path);
  return (await Promise.all(parts.map((part) => (typeof part === "string" ? part : referencedText(entry, part.file, path))))).join("");
}

/** Texts with every `{env:}` filled in, and the absolute paths of every `{file:}`, in order. */
function partsOf(runtime: Runtime, entry: RawEntry, text: string, path: readonly (string | number)[]): readonly (string | { readonly file: string })[] {
  const parts: (string | { readonly file: string })[] = [];
  let from = 0;
  for (const match of text.matchAll(reference)) {
    const name = (match[2] ?? "").trim();
    parts.push(text.slice(from, match.index), match[1] === "env" ? variable(runtime, entry, name, path) : { file: referencedPath(runtime, entry.file.path, name) });
    from = match.index + match[0].length;
  }
  return [...parts, text.slice(from)].filter((part) => part !== "");
}

/** The headers that have a `{file:}` in them, in parts; nothing is read here. Throws `variable_unset`. */
export function readFileHeaders(runtime: Runtime, entry: RawEntry, headers: unknown): readonly FileHeader[] {
  if (typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).flatMap(([name, text]) => {
    const parts = typeof text === "string" ? partsOf(runtime, entry, text, ["headers", name]) : [];
    return parts.some((part) => typeof part !== "string") ? [{ name, parts }] : [];
  });
}

function variable(runtime: Runtime, entry: RawEntry, name: string, path: readonly (string | number)[]): string {
  const value: unknown = runtime.environment[name];
  if (typeof value === "string" && value !== "") return value;
  const problem = typeof value === "string" ? "is empty" : "is not set";
  const { field, place, details } = whereabouts(entry, path);
  throw new McpassError("variable_unset", `server ${quoted(entry.name)}: the environment variable ${quoted(name)}, which ${field} uses, ${problem} (${place})`, {
    hint: `set the environment variable ${quoted(name)}`,
    details: { ...details, variable: name },
  });
}

async function referencedText(entry: RawEntry, file: string, path: readonly (string | number)[]): Promise<string> {
  const read = await readReferencedFile(file);
  if (read.problem === undefined) return read.text;
  const { field, place, details } = whereabouts(entry, path);
  throw new McpassError("file_reference_unreadable", `server ${quoted(entry.name)}: the file ${quoted(file)}, which ${field} uses, ${read.problem} (${place})`, {
    hint: `make ${quoted(file)} readable, or change ${field}`,
    cause: read.cause,
    details: { ...details, reference: file },
  });
}

function whereabouts(entry: RawEntry, path: readonly (string | number)[]) {
  const { line, column, field } = locate(entry, path);
  const file = entry.source.file;
  return { field, place: `${file}:${line}:${column}`, details: { server: entry.name, file, line, column, field } };
}
