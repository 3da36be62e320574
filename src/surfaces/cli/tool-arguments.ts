import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { McpassError, describeCause } from "../../base/errors.ts";
import { asSchema, typesOf } from "./schema-words.ts";

/** `key=value` words over what --args gave. Throws `usage`. */
export function mergeArguments(given: Readonly<Record<string, unknown>>, words: readonly string[], inputSchema: unknown): Record<string, unknown> {
  const properties = asSchema(asSchema(inputSchema)["properties"]);
  return { ...given, ...Object.fromEntries(words.map((word) => parsePair(word, properties))) };
}

function parsePair(word: string, properties: Readonly<Record<string, unknown>>): [string, unknown] {
  const at = word.indexOf("=");
  if (at < 1) throw new McpassError("usage", `"${word}" is not an argument: arguments are key=value`, { hint: 'for example query="two words" limit=5, or --args \'{"query":"two words"}\'' });
  const key = word.slice(0, at);
  return [key, parseValue(word.slice(at + 1), Object.hasOwn(properties, key) ? properties[key] : undefined)];
}

/** JSON when it is JSON, else the text; always the text where the tool's schema allows nothing else. */
function parseValue(text: string, schema: unknown): unknown {
  const types = typesOf(asSchema(schema));
  if (types.length === 1 && types[0] === "string") return text;
  try {
    const value: unknown = JSON.parse(text);
    return types.includes("string") && !types.includes(jsonType(value)) ? text : value;
  } catch {
    return text;
  }
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The object that --args means: JSON itself, `@FILE`, or `-` for standard input. Throws `usage`, `file_reference_unreadable`. */
export async function readArguments(text: string | undefined, options: { readonly workingDirectory: string; readonly stdin: () => Promise<string> }): Promise<Record<string, unknown>> {
  if (text === undefined) return {};
  const source = text === "-" ? "standard input" : text.startsWith("@") ? text.slice(1) : "--args";
  const json = text === "-" ? await options.stdin() : text.startsWith("@") ? await readJsonFile(resolve(options.workingDirectory, source)) : text;
  const value = parseJson(json, source);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new McpassError("usage", `the arguments in ${source} must be a JSON object, as in {"query": "x"}`);
  return value as Record<string, unknown>;
}

async function readJsonFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new McpassError("file_reference_unreadable", `The file ${file} that --args names could not be read: ${describeCause(cause)}`, { cause });
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new McpassError("usage", `the arguments in ${source} are not JSON: ${describeCause(cause)}`, { hint: 'quote them for the shell: --args \'{"query": "x"}\'' });
  }
}
