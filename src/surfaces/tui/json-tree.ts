import { countOf } from "./fact-words.ts";
import { glyphs } from "./glyphs.ts";
import { plain } from "./plain.ts";

/** One row of a value that is JSON. */
export interface TreeRow {
  readonly text: string;
  readonly depth: number;
  /** Where it is in the value; absent: it cannot be folded. */
  readonly path?: string | undefined;
  readonly isFolded: boolean;
}

/** What a person folded or opened; everything else is as it was at first. */
export type Folds = ReadonlyMap<string, boolean>;

/** More than anybody looks through; the rest is told as a count, and copied with everything. */
const mostRows = 5_000;
/** A value with more members than that is shown with its inner ones folded. */
const manyMembers = 60;
const deepest = 40;

type Member = readonly [name: string, value: unknown];

/** The value as rows, from `root`, which tells it from others on the same screen. */
export function treeRows(value: unknown, folds: Folds, root: string): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const opensAll = size(value, manyMembers) <= manyMembers;
  const add = (name: string | undefined, each: unknown, path: string, depth: number): void => {
    if (rows.length >= mostRows) return;
    const label = name === undefined ? "" : `${plain(name, 200)}: `;
    const members = membersOf(each);
    if (members === undefined) {
      rows.push({ text: `  ${label}${leaf(each)}`, depth, isFolded: false });
      return;
    }
    const count = Array.isArray(each) ? `[${countOf(members.length, "item")}]` : `{${countOf(members.length, "member")}}`;
    const isFolded = members.length > 0 && (folds.get(path) ?? (depth > 0 && (!opensAll || depth >= deepest)));
    rows.push({ text: `${members.length === 0 ? " " : isFolded ? glyphs.folded : glyphs.open} ${label}${count}`, depth, path: members.length === 0 ? undefined : path, isFolded });
    if (isFolded) return;
    const shown = members.slice(0, mostRows);
    for (const [index, [inner, content]] of shown.entries()) add(inner, content, `${path}/${String(index)}`, depth + 1);
  };
  add(undefined, value, root, 0);
  return rows.length < mostRows ? rows : [...rows, { text: "…there is more; y copies all of it", depth: 0, isFolded: false }];
}

/** undefined: it has none, and never can. */
function membersOf(value: unknown): readonly Member[] | undefined {
  if (Array.isArray(value)) return value.slice(0, mostRows).map((each, index) => [String(index), each]);
  return typeof value === "object" && value !== null ? Object.entries(value) : undefined;
}

/** As JSON writes it: what a terminal would obey is spelt out. */
function leaf(value: unknown): string {
  return plain(JSON.stringify(typeof value === "string" ? value.slice(0, 20_000) : value) ?? "nothing", 4000);
}

/** How many members there are in all, counted no further than `enough`. */
function size(value: unknown, enough: number): number {
  let count = 0;
  const visit = (each: unknown): void => {
    for (const [, inner] of membersOf(each) ?? []) {
      count += 1;
      if (count > enough) return;
      visit(inner);
    }
  };
  visit(value);
  return count;
}
