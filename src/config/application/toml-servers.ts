import { type AST, getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";

import { McpassError } from "../../base/errors.ts";
import { positionAt } from "../jsonc-text.ts";
import { isRawObject, type RawObject } from "../lower-entry.ts";
import type { ServersText } from "./servers-text.ts";

const serversAt = "mcp_servers";

/** Codex's file: servers are tables, `[mcp_servers.NAME]` with those below them. @throws McpassError `config_invalid` */
export function openToml(path: string, text: string): ServersText {
  const program = parse(path, text);
  const value: unknown = getStaticTOMLValue(program);
  const servers = isRawObject(value) && isRawObject(value[serversAt]) ? value[serversAt] : undefined;
  const again = (edited: string): ServersText => openToml(path, edited);
  const range = (name: string): readonly [number, number] | undefined => (servers !== undefined && Object.hasOwn(servers, name) ? requireRange(path, program, name) : undefined);
  const replaced = (name: string, raw: string): ServersText => {
    const found = range(name);
    return found === undefined ? again(text) : again(text.slice(0, found[0]) + raw + text.slice(found[1]));
  };
  return {
    text,
    value,
    servers: new Map(Object.entries(servers ?? {})),
    rawOf: (name) => (range(name) === undefined ? undefined : text.slice(...(range(name) ?? [0, 0]))),
    with: (name, entry) => (range(name) === undefined ? again(appended(text, table(text, name, entry))) : replaced(name, table(text, name, entry))),
    withRaw: replaced,
    without: (name) => again(removed(text, range(name) ?? [0, 0])),
    // A table is made with its first server and gone with its last.
    lacksServers: servers === undefined,
    withoutEmptyServers: () => again(text),
  };
}

function parse(path: string, text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "latest" });
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown;
    const { line, column } = positionAt(text, thrown.index);
    // The line itself is not shown: a value on it may be a secret.
    throw new McpassError("config_invalid", `${path}:${line}:${column}: this is not TOML: ${thrown.message}; the file was left as it is`, { hint: `edit ${path}, line ${line}`, details: { file: path, line, column } });
  }
}

/** From the first table of a server to its last one. @throws McpassError `config_invalid` when it is written in another way, or in two places */
function requireRange(path: string, program: AST.TOMLProgram, name: string): readonly [number, number] {
  const nodes = program.body[0].body;
  const own = nodes.flatMap((node, index) => (node.type === "TOMLTable" && node.resolvedKey[0] === serversAt && node.resolvedKey[1] === name ? [index] : []));
  const [first, last] = [nodes[own[0] ?? -1], nodes[own.at(-1) ?? -1]];
  const hasTable = first?.type === "TOMLTable" && first.kind === "standard" && first.resolvedKey.length === 2;
  if (first === undefined || last === undefined || !hasTable || (own.at(-1) ?? 0) - (own[0] ?? 0) !== own.length - 1) {
    throw new McpassError("config_invalid", `${path}: the server ${JSON.stringify(name)} is not written as one table, [${serversAt}.${name}]; the file was left as it is`, { hint: "see what would be written with --print, and change it by hand", details: { file: path } });
  }
  return [first.range[0], last.range[1]];
}

function appended(text: string, added: string): string {
  const eol = lineEnd(text);
  const gap = text === "" ? "" : text.endsWith("\n") ? eol : eol + eol;
  return `${text}${gap}${added}${eol}`;
}

/** With its line, and with the empty line that set it apart. */
function removed(text: string, [from, to]: readonly [number, number]): string {
  const end = to + (/^[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n)?/.exec(text.slice(to))?.[0].length ?? 0);
  const before = text.slice(0, from);
  const rest = text.slice(end);
  return (rest === "" || /^\r?\n/.test(rest) ? before.replace(/(^|\n)\r?\n$/, "$1") : before) + rest;
}

function table(text: string, name: string, entry: RawObject): string {
  const lines = Object.entries(entry).map(([key, value]) => `${keyText(key)} = ${valueText(value)}`);
  return [`[${serversAt}.${keyText(name)}]`, ...lines].join(lineEnd(text));
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : basicString(key);
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (isRawObject(value)) return `{ ${Object.entries(value).map(([key, item]) => `${keyText(key)} = ${valueText(item)}`).join(", ")} }`;
  return basicString(String(value));
}

/** TOML's basic strings have JSON's escapes; DEL must be escaped too. */
function basicString(value: string): string {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007F");
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
