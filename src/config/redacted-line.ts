import { createScanner } from "jsonc-parser";

/** jsonc-parser's SyntaxKind, which is a const enum and so cannot be imported under isolatedModules. */
const kind = { openBrace: 1, closeBracket: 4, comma: 5, colon: 6, null: 7, false: 9, string: 10, trivia: 15, end: 17 } as const;
const widest = 120;

/**
 * A line of a configuration with every value masked: a syntax error may stand beside a secret, even inside one, and then nothing says where
 * it ends. Names before a colon, punctuation, true, false and null stay. `caretAt` counts from 0 in the returned text.
 */
export function redactedLine(line: string, column: number): { readonly text: string; readonly caretAt: number } {
  const masked = mask(line).replaceAll("\t", " ");
  const from = Math.max(0, Math.min(column - 1 - widest / 2, masked.length - widest));
  return { text: masked.slice(from, from + widest), caretAt: column - 1 - from };
}

function mask(line: string): string {
  const scanner = createScanner(line, false);
  let shown = "";
  let before: number = kind.comma;
  for (let token: number = scanner.scan(); token !== kind.end; token = scanner.scan()) {
    const start = scanner.getTokenOffset();
    const text = line.slice(start, start + scanner.getTokenLength());
    shown += isShown(token, before, text, line.slice(start + text.length)) ? text : masked(text);
    if (token < 12) before = token;
  }
  return shown;
}

function isShown(token: number, before: number, text: string, after: string): boolean {
  if (token === kind.string) return before !== kind.colon && /^"[\w $.@/{}:-]{0,64}"$/.test(text) && /^\s*:/.test(after);
  return token >= kind.openBrace && token <= kind.false ? true : /^\s+$/.test(text);
}

function masked(text: string): string {
  return text.replace(/[^\s"]/g, "*");
}
