import { type ReactElement, useMemo, useState } from "react";
import { Box, Text } from "ink";
import { type Folds, treeRows } from "./json-tree.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { moved } from "./pick-list.tsx";
import { fit } from "./plain.ts";
import type { ResultPart } from "./result-parts.ts";
import { useKeys, useTone } from "./screen-context.ts";

export interface ResultTreeProps {
  readonly parts: readonly ResultPart[];
  readonly width: number;
  readonly height: number;
  readonly follow: (uri: string) => void;
}

interface Row {
  readonly line: Line;
  readonly path?: string | undefined;
  readonly isFolded?: boolean;
  readonly link?: string;
}

/** A result with JSON to fold or links to follow: one row is chosen, and enter does what that row is for. */
export function ResultTree({ parts, width, height, follow }: ResultTreeProps): ReactElement {
  const tone = useTone();
  const [folds, setFolds] = useState<Folds>(new Map());
  const [chosen, setChosen] = useState(0);
  const rows = useMemo(() => parts.flatMap((part, index) => rowsOf(part, folds, String(index), width)), [parts, folds, width]);
  const at = Math.min(chosen, rows.length - 1);
  const { path, isFolded = false, link } = rows[at] ?? {};
  const fold = (where: string, folded: boolean): void => setFolds((now) => new Map(now).set(where, folded));
  useKeys(layers.field, ({ name }) => {
    const to = moved(name, at, rows.length, { letters: true, page: height - 2 });
    if (to !== undefined) setChosen(to);
    else if (link !== undefined && name === "enter") follow(link);
    else if (path !== undefined && (name === "enter" || name === " ")) fold(path, !isFolded);
    else if (path !== undefined && isFolded && name === "right") fold(path, false);
    else if (path !== undefined && !isFolded && name === "left") fold(path, true);
    else if (name === "left") setChosen(outer(rows, at));
    else return false;
    return true;
  });
  const room = rows.length > height ? height - 1 : height;
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  return (
    <Box flexDirection="column" height={height} overflow="hidden">
      {rows.slice(top, top + room).map(({ line }, index) => (
        <Text key={index} wrap="truncate-end" inverse={top + index === at} bold={line.bold === true} {...tone(line.tone)}>{line.text === "" ? " " : fit(line.text, width)}</Text>
      ))}
      {rows.length > height ? <Text {...tone("quiet")}>{`row ${String(at + 1)} of ${String(rows.length)}`}</Text> : null}
    </Box>
  );
}

function rowsOf(part: ResultPart, folds: Folds, root: string, width: number): readonly Row[] {
  if ("link" in part) return wrapLine(part.line, width).map((line, index) => (index === 0 ? { line, link: part.link } : { line }));
  if ("line" in part) return wrapLine(part.line, width).map((line) => ({ line }));
  return treeRows(part.json, folds, root).flatMap(({ text, depth, path, isFolded }) => {
    const indent = Math.min(2 * depth, Math.max(0, width - 24));
    // What it begins with is a sign or blanks, which wrapping would take away.
    const wrapped = wrapLine({ text: text.slice(2) }, Math.max(10, width - indent - 2));
    return wrapped.map((line, index): Row => ({ line: { ...line, text: `${" ".repeat(indent)}${index === 0 ? text.slice(0, 2) : "    "}${line.text}` }, ...(index === 0 ? { path, isFolded } : {}) }));
  });
}

/** The row that the chosen one is in. */
function outer(rows: readonly Row[], at: number): number {
  const indentOf = ({ line }: Row): number => /^ */.exec(line.text)?.[0].length ?? 0;
  const inner = rows[at];
  const found = inner === undefined ? -1 : rows.slice(0, at).findLastIndex((row) => row.path !== undefined && indentOf(row) < indentOf(inner));
  return found < 0 ? at : found;
}
