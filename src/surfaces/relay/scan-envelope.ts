import { pieceLength } from "../../base/growing-text.ts";

/** What a message says of itself, read without making an object of its content. */
export interface Envelope {
  readonly id: unknown;
  readonly method: unknown;
  /** It has a result or an error. */
  readonly answers: boolean;
  /** Where its parameters and its result begin. */
  readonly params: number | undefined;
  readonly result: number | undefined;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Looks over one JSON object from its first brace to its last: brackets must match, texts must end, and nothing may follow. Of what stands inside,
 * only that is checked: for messages so large that parsing them would take several times their size. undefined: it is no object.
 */
export function scanEnvelope(text: string): Envelope | undefined {
  const found = new Map<string, Member>();
  const end = scanMembers(text, skipSpace(text, 0), (key, span) => found.set(key, span));
  if (end === undefined || skipSpace(text, end) !== text.length) return undefined;
  const small = (key: string): unknown => valueOf(text, found.get(key), 4096);
  return { id: small("id"), method: small("method"), answers: found.has("result") || found.has("error"), params: found.get("params")?.start, result: found.get("result")?.start };
}

/** The members of the object that begins at `at`, but for those that are large themselves; empty where there is none. */
export function scanObject(text: string, at: number | undefined): Readonly<Record<string, unknown>> {
  const found = new Map<string, unknown>();
  if (at !== undefined) scanMembers(text, at, (key, span) => found.set(key, valueOf(text, span, pieceLength)));
  return Object.fromEntries(found);
}

/** What stands in the object that begins at `at`, by the keys that lead to it. undefined also where it is large itself. */
export function scanValue(text: string, at: number | undefined, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  let found: Member | undefined;
  if (at !== undefined) scanMembers(text, at, (key, member) => void (found = key === first ? member : found));
  return rest.length > 0 ? scanValue(text, found?.start, rest) : valueOf(text, found, pieceLength);
}

/** Where a value stands. */
export interface Member {
  readonly start: number;
  readonly end: number;
}

/** Behind the object's last brace; undefined: there is none. A key that is there twice is told twice: the last one counts, as for JSON.parse. */
export function scanMembers(text: string, from: number, tell: (key: string, member: Member) => void): number | undefined {
  if (text[from] !== "{") return undefined;
  let at = skipSpace(text, from + 1);
  while (text[at] === '"') {
    const keyEnd = endOfText(text, at);
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== ":") return undefined;
    const start = skipSpace(text, colon + 1);
    const end = endOfValue(text, start);
    if (end === undefined) return undefined;
    tell(keyOf(text.slice(at, keyEnd)), { start, end });
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return text[at] === "}" ? at + 1 : undefined;
}

/** As `scanMembers`, of a list. */
export function scanItems(text: string, from: number, tell: (item: Member) => void): number | undefined {
  let at = skipSpace(text, from + 1);
  if (text[at] === "]") return at + 1;
  for (;;) {
    const end = endOfValue(text, at);
    if (end === undefined) return undefined;
    tell({ start: at, end });
    const next = skipSpace(text, end);
    if (text[next] !== ",") return text[next] === "]" ? next + 1 : undefined;
    at = skipSpace(text, next + 1);
  }
}

function valueOf(text: string, span: Member | undefined, most: number): unknown {
  return span === undefined || span.end - span.start > most ? undefined : parse(text.slice(span.start, span.end));
}

/** However it is written. */
function keyOf(quoted: string): string {
  return quoted.includes("\\") ? String(parse(quoted) ?? quoted) : quoted.slice(1, -1);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
function endOfValue(text: string, start: number): number | undefined {
  const first = text[start];
  if (first === '"') return endOfText(text, start);
  if (first !== "{" && first !== "[") {
    const literal = /[^\s,}\]]+/y;
    literal.lastIndex = start;
    return literal.test(text) ? literal.lastIndex : undefined;
  }
  const open: string[] = [];
  const mark = /["{}[\]]/g;
  mark.lastIndex = start;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const [sign] = found;
    if (sign === '"') mark.lastIndex = endOfText(text, found.index);
    else if (sign === "{" || sign === "[") open.push(sign);
    else if (open.pop() !== (sign === "}" ? "{" : "[")) return undefined;
    else if (open.length === 0) return mark.lastIndex;
  }
  return undefined;
}

/** Behind its closing quote; the text's length where there is none, which no caller takes for an end. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === backslash) before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return text.charCodeAt(text.length - 1) === quote ? text.length + 1 : text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
