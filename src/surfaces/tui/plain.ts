import stringWidth from "string-width";
import { plainText } from "../../base/redact.ts";

/** What takes no room of its own, joins or re-dresses signs: terminals disagree about how wide that is. */
const invisible = /\u00ad|\u034f|[\u115f\u1160]|[\u17b4\u17b5]|[\u180b-\u180f]|[\u200b-\u200d]|[\u2060-\u2065]|\u3164|[\ufe00-\ufe0f]|\ufeff|\uffa0|[\ufff9-\ufffb]|\udb40[\udc00-\uddef]/g;
const piledMarks = /(\p{M}{2})\p{M}+/gu;

const halfSign = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line of foreign text that moves nothing on the screen: no control sequences, nothing invisible, at most `limit` characters. */
export function plain(text: string, limit = 300): string {
  // What is not shown is not worth looking through.
  return plainText(text.slice(0, limit * 4 + 1000), limit).replace(invisible, "").replace(piledMarks, "$1").replace(halfSign, "\ufffd");
}

/** Foreign text of several lines, each of them plain, indentation kept. */
export function plainLines(text: string, { lines = 2000, limit = 2000 } = {}): readonly string[] {
  const given = text.slice(0, lines * limit).split(/\r\n|[\n\r\u0085\u2028\u2029]/, lines + 1);
  const shown = given.slice(0, lines).map((line) => `${/^[ \t]*/.exec(line.slice(0, 80))?.[0].replaceAll("\t", "  ") ?? ""}${plain(line, limit)}`);
  return given.length > lines ? [...shown, "…"] : shown;
}

export function widthOf(text: string): number {
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Cut to that many columns. */
export function fit(text: string, width: number): string {
  // A sign has at most a few marks, so what is that long does not fit.
  if (text.length <= width * 8 && widthOf(text) <= width) return text;
  return width < 1 ? "" : `${headOf(text, width - 1)}…`;
}

/** Cut or filled to exactly that many columns. */
export function pad(text: string, width: number): string {
  const cut = fit(text, width);
  return cut + " ".repeat(Math.max(0, width - widthOf(cut)));
}

/** As many signs from the beginning as have room. */
function headOf(text: string, width: number): string {
  let head = "";
  let used = 0;
  for (const sign of text) {
    used += widthOf(sign);
    if (used > width) return head;
    head += sign;
  }
  return head;
}

/** In lines of at most that many columns, broken at blanks where there are some. */
export function wrap(text: string, width: number): readonly string[] {
  const indent = /^ */.exec(text)?.[0].slice(0, Math.max(0, width - 10)) ?? "";
  const room = Math.max(1, width - indent.length);
  const lines: string[] = [];
  let rest = text.trim();
  // No further than a row: what is left may be long, and measuring all of it each time longer.
  for (let head = headOf(rest, room); head.length < rest.length; head = headOf(rest, room)) {
    head ||= String.fromCodePoint(rest.codePointAt(0) ?? 32);
    const blank = rest[head.length] === " " ? head.length : head.lastIndexOf(" ");
    const cut = blank > room / 3 ? blank : head.length;
    lines.push(indent + rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return rest === "" && lines.length > 0 ? lines : [...lines, indent + rest];
}

/** Characters in pieces of that many, for an address that must not be changed. */
export function pieces(text: string, width: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / width) }, (_, index) => text.slice(index * width, (index + 1) * width));
}
