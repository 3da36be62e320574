import { type Node, type ParseError, getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";

import { McpassError } from "../base/errors.ts";
import type { Layer } from "./configuration.ts";
import { redactedLine } from "./redacted-line.ts";

export interface ConfigText {
  readonly path: string;
  readonly layer: Layer;
  readonly text: string;
}

/** A file whose syntax is right. `root` is undefined for a file that holds nothing but space and comments. */
export interface ParsedFile extends ConfigText {
  readonly root: Node | undefined;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** @throws McpassError `config_invalid` with file, line, column, the line (values masked) and a caret. */
export function parseJsonc(source: ConfigText): ParsedFile {
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(source.text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  } catch {
    throw new McpassError("config_invalid", `${source.path}: the values are nested too deeply to be a configuration`, { hint: `edit ${source.path}` });
  }
  const first = errors[0];
  if (first !== undefined) throw configInvalid(source, first.offset, syntaxWords(source.text, first));
  if (root !== undefined && root.type !== "object") throw configInvalid(source, root.offset, "a configuration must be an object: { … }");
  return { ...source, root };
}

/** A whole file that cannot be used, and the place where that shows. */
export function configInvalid(source: ConfigText, offset: number, problem: string): McpassError {
  const { line, column } = positionAt(source.text, offset);
  const shown = redactedLine(lineAt(source.text, offset), column);
  const gutter = `${line} | `;
  const caret = `${" ".repeat(gutter.length + shown.caretAt)}^`;
  return new McpassError("config_invalid", `${source.path}:${line}:${column}: ${problem}\n  ${gutter}${shown.text}\n  ${caret}`, {
    hint: `edit ${source.path}, line ${line}`,
    details: { file: source.path, line, column },
  });
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** The property of that name, the last one when it stands there twice (as JSON.parse has it). */
export function findProperty(node: Node | undefined, key: string): { readonly key: Node; readonly value: Node } | undefined {
  return properties(node).findLast((property) => property.key.value === key);
}

export function properties(node: Node | undefined): readonly { readonly key: Node; readonly value: Node }[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap(({ children: [key, value] = [] }) => (key === undefined || value === undefined ? [] : [{ key, value }]));
}

/** Objects come without a prototype, so a key called `__proto__` is a key. */
export function valueOf(node: Node | undefined): unknown {
  return node === undefined ? undefined : getNodeValue(node);
}

function lineAt(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
  return /^[^\r\n]*/.exec(text.slice(start))?.[0] ?? "";
}

const words: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is not a JSON value: texts stand in double quotes",
  InvalidNumberFormat: "this is not a number",
  PropertyNameExpected: "a name in double quotes was expected here",
  ValueExpected: "a value was expected here",
  ColonExpected: "a colon was expected here",
  CommaExpected: "a comma was expected here",
  CloseBraceExpected: "a closing } was expected here",
  CloseBracketExpected: "a closing ] was expected here",
  EndOfFileExpected: "nothing more was expected after the closing }",
  InvalidCommentToken: "this comment is not valid here",
  UnexpectedEndOfComment: "this comment has no end */",
  UnexpectedEndOfString: "this text has no closing quote",
  UnexpectedEndOfNumber: "this number ends too early",
  InvalidUnicode: "\\u needs four hexadecimal digits",
  InvalidEscapeCharacter: "this is no escape that JSON knows: write \\\\ for a backslash",
  InvalidCharacter: "a control character must be escaped in a text",
};

function syntaxWords(text: string, error: ParseError): string {
  const problem = words[printParseErrorCode(error.error)] ?? "this is not JSON";
  return /\{(env|file):/.test(text.slice(Math.max(0, error.offset - 1), error.offset + 7)) ? `{env:…} and {file:…} must stand inside double quotes` : problem;
}
