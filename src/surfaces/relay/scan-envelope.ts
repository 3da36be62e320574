/** What a message says of itself, read without making an object of its content. */
export interface Envelope {
  readonly id: unknown;
  readonly method: unknown;
  /** It has a result or an error. */
  readonly answers: boolean;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Looks over one JSON object from its first brace to its last: brackets must match, texts must end, and nothing may follow. Of what stands inside,
 * only that is checked: for messages so large that parsing them would take several times their size. undefined: it is no object.
 */
export function scanEnvelope(text: string): Envelope | undefined {
  const found: Record<string, unknown> = {};
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return undefined;
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = endOfText(text, at);
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== ":") return undefined;
    const start = skipSpace(text, colon + 1);
    const end = endOfValue(text, start);
    if (end === undefined) return undefined;
    note(found, text.slice(at + 1, keyEnd - 1), text, start, end);
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  if (text[at] !== "}" || skipSpace(text, at + 1) !== text.length) return undefined;
  return { id: found["id"], method: found["method"], answers: "result" in found || "error" in found };
}

function note(found: Record<string, unknown>, key: string, text: string, start: number, end: number): void {
  if (key === "result" || key === "error") found[key] = true;
  if ((key === "id" || key === "method") && end - start < 4096) {
    try {
      found[key] = JSON.parse(text.slice(start, end));
    } catch {
      found[key] = undefined;
    }
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
