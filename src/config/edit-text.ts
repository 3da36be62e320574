import { type FormattingOptions, type Node, createScanner, parseTree } from "jsonc-parser";

import { findProperty, properties } from "./jsonc-text.ts";

/** jsonc-parser's SyntaxKind, which is a const enum and so cannot be imported under isolatedModules. */
const kind = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, trivia: 15 } as const;

/** The text with a member added at the end of an object, which is made when absent; every other character stays, and every comment with its line. */
export function insertMember(text: string, path: readonly string[], value: unknown): string {
  const root = parseTree(text);
  const depth = path.slice(0, -1).findIndex((_, index) => descend(root, path.slice(0, index + 1)) === undefined);
  const present = depth === -1 ? path.length - 1 : depth;
  // What is missing of the path comes with the member.
  const member = path.slice(present + 1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const parent = descend(root, path.slice(0, present));
  if (parent === undefined) return madeObject(text, path[present] ?? "", member);
  const last = properties(parent).at(-1);
  return last === undefined ? insertFirst(text, parent, path[present] ?? "", member) : insertAfter(text, last, path[present] ?? "", member);
}

/** In a file that holds nothing but space and comments. */
function madeObject(text: string, name: string, value: unknown): string {
  const { eol = "\n", ...formatting } = formattingOf(text);
  const before = text.trim() === "" ? "" : text.trimEnd() + eol;
  return `${before}${JSON.stringify({ [name]: value }, undefined, indentOf(formatting)).replaceAll("\n", eol)}${eol}`;
}

function insertFirst(text: string, parent: Node, name: string, value: unknown): string {
  const formatting = formattingOf(text);
  const { eol = "\n" } = formatting;
  const closing = end(parent) - 1;
  const inside = text.slice(parent.offset + 1, closing).trimEnd();
  const outer = indentOfLine(text, parent.offset);
  const inner = outer + (formatting.insertSpaces === true ? " ".repeat(formatting.tabSize ?? 2) : "\t");
  return `${text.slice(0, parent.offset + 1)}${inside}${eol}${inner}${memberText(formatting, inner, name, value)}${eol}${outer}${text.slice(closing)}`;
}

function insertAfter(text: string, { key, value: lastValue }: { readonly key: Node; readonly value: Node }, name: string, value: unknown): string {
  const tail = tailOf(text, end(lastValue));
  const formatting = formattingOf(text);
  const opened = text.slice(0, end(lastValue)) + (tail.commaAt === undefined ? "," : "") + text.slice(end(lastValue), tail.end);
  const comma = tail.commaAt === undefined ? "" : ",";
  const startsLine = /(?:^|[\r\n])[^\S\r\n]*$/.test(text.slice(0, key.offset));
  if (!startsLine && !tail.hasComment) return `${opened} ${JSON.stringify(name)}: ${JSON.stringify(value)}${comma}${text.slice(tail.end)}`;
  const indent = indentOfLine(text, key.offset);
  return `${opened}${formatting.eol ?? "\n"}${indent}${memberText(formatting, indent, name, value)}${comma}${text.slice(tail.end)}`;
}

function memberText(formatting: FormattingOptions, indent: string, name: string, value: unknown): string {
  return `${JSON.stringify(name)}: ${valueText(formatting, indent, value)}`;
}

function valueText(formatting: FormattingOptions, indent: string, value: unknown): string {
  return JSON.stringify(value, undefined, indentOf(formatting)).replaceAll("\n", (formatting.eol ?? "\n") + indent);
}

/** The text with this in place of a member's value, in the file's own layout; unchanged where there is no such member. */
export function replaceMember(text: string, path: readonly string[], value: unknown): string {
  const node = descend(parseTree(text), path);
  return node === undefined ? text : text.slice(0, node.offset) + valueText(formattingOf(text), indentOfLine(text, node.offset), value) + text.slice(end(node));
}

/** The white space that the line of this place starts with. */
function indentOfLine(text: string, offset: number): string {
  return /(?:^|[\r\n])([^\S\r\n]*)[^\r\n]*$/.exec(text.slice(0, offset))?.[1] ?? "";
}

/** The text without a member; comments above it and beside its neighbours stay, one beside itself goes with it. */
export function deleteMember(text: string, path: readonly string[]): string {
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
function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? "  ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: Math.min(indent.length, 8), eol };
}

function indentOf({ insertSpaces = true, tabSize = 2 }: FormattingOptions): string | number {
  return insertSpaces ? tabSize : "\t";
}
