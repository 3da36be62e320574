import { type FormattingOptions, type Node, applyEdits, createScanner, modify, parseTree } from "jsonc-parser";

import { findProperty, properties } from "./jsonc-text.ts";

/** jsonc-parser's SyntaxKind, which is a const enum and so cannot be imported under isolatedModules. */
const kind = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, trivia: 15 } as const;

/** The text with a member added at the end of an object, which is made when absent; every comment stays with its line. */
export function insertServer(text: string, path: readonly string[], value: object): string {
  const parent = descend(parseTree(text), path.slice(0, -1));
  const last = properties(parent).at(-1)?.value;
  const tail = last === undefined ? undefined : tailOf(text, end(last));
  const formatted = { formattingOptions: formattingOf(text) };
  if (last === undefined || tail === undefined || !tail.hasComment) {
    const edited = applyEdits(text, modify(text, [...path], value, formatted));
    return text.trim() === "" ? `${edited}\n` : edited;
  }
  // jsonc-parser would put the member between the last value and the comment that belongs to it.
  const comma = tail.commaAt === undefined ? "," : "";
  const opened = text.slice(0, end(last)) + comma + text.slice(end(last), tail.end);
  const { eol = "\n" } = formatted.formattingOptions;
  const member = `${JSON.stringify(path.at(-1))}: ${JSON.stringify(value, undefined, indentOf(formatted.formattingOptions))}`;
  const indent = /[^\S\r\n]*$/.exec(text.slice(0, last.parent?.offset ?? 0))?.[0] ?? "";
  return `${opened}${eol}${indent}${member.replaceAll("\n", eol + indent)}${tail.commaAt === undefined ? "" : ","}${text.slice(tail.end)}`;
}

/** The text without a member; comments above it and beside its neighbours stay, one beside itself goes with it. */
export function deleteServer(text: string, path: readonly string[]): string {
  const parent = descend(parseTree(text), path.slice(0, -1));
  const members = properties(parent);
  const index = members.findLastIndex(({ key }) => key.value === path.at(-1));
  const member = members[index];
  if (member === undefined) return text;
  const tail = tailOf(text, end(member.value));
  const isLast = index === members.length - 1;
  const before = isLast && tail.commaAt === undefined ? members[index - 1] : undefined;
  const orphaned = before === undefined ? undefined : tailOf(text, end(before.value), true).commaAt;
  const lineStart = /(?:\r\n|\r|\n)[^\S\r\n]*$/.exec(text.slice(0, member.key.offset));
  const endsLine = /^[^\S\r\n]*(?=[\r\n])/.exec(text.slice(tail.end));
  const from = lineStart !== null && endsLine !== null ? lineStart.index : member.key.offset;
  const to = lineStart !== null && endsLine !== null ? tail.end + endsLine[0].length : tail.end + (/^[^\S\r\n]*/.exec(text.slice(tail.end))?.[0].length ?? 0);
  const head = orphaned === undefined ? text.slice(0, from) : text.slice(0, orphaned) + text.slice(orphaned + 1, from);
  return head + text.slice(to);
}

interface Tail {
  readonly commaAt: number | undefined;
  readonly hasComment: boolean;
  /** After the comma and the comments that stand on the same line. */
  readonly end: number;
}

/** What follows a value and belongs to it. `acrossLines`: look for its comma on later lines too. */
function tailOf(text: string, from: number, acrossLines = false): Tail {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let tail: Tail = { commaAt: undefined, hasComment: false, end: from };
  for (let token: number = scanner.scan(); ; token = scanner.scan()) {
    const isComment = token === kind.lineComment || token === kind.blockComment;
    const isComma = token === kind.comma && tail.commaAt === undefined;
    if (isComma || isComment) {
      tail = { commaAt: isComma ? scanner.getTokenOffset() : tail.commaAt, hasComment: tail.hasComment || isComment, end: scanner.getPosition() };
    } else if (token !== kind.trivia && !(acrossLines && token === kind.lineBreak)) return tail;
  }
}

function descend(root: Node | undefined, path: readonly string[]): Node | undefined {
  return path.reduce((node, key) => findProperty(node, key)?.value, root);
}

function end(node: Node): number {
  return node.offset + node.length;
}

/** The file's own indentation and line ends; two spaces and a line feed where it has none. */
export function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? "  ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: Math.min(indent.length, 8), eol };
}

function indentOf({ insertSpaces = true, tabSize = 2 }: FormattingOptions): string | number {
  return insertSpaces ? tabSize : "\t";
}
