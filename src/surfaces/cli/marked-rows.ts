import type { Colors } from "./terminal.ts";

/** What became of one thing out of many: done, nothing to do, not done, failed. */
export type Mark = "done" | "quiet" | "warning" | "failed";

export interface MarkedRow {
  readonly mark: Mark;
  readonly name: string;
  readonly words: string;
  /** Below it, one line each. */
  readonly details?: readonly string[];
  /** The next command for this one. */
  readonly hint?: string | undefined;
}

export interface MarkedText {
  readonly before?: readonly string[];
  readonly rows: readonly MarkedRow[];
  /** Set apart from the rows. */
  readonly closing?: readonly string[];
  /** The next command for all. */
  readonly hint?: string | undefined;
}

/** What commands print that go through a list; everything in it is plain already. */
export function markedText({ before = [], rows, closing = [], hint }: MarkedText, colors: Colors): string {
  return [
    ...before,
    ...rows.flatMap((row) => rowLines(row, colors)),
    ...(closing.length === 0 ? [] : ["", ...closing]),
    ...(hint === undefined ? [] : [`${colors.cyan("hint:")} ${hint}`]),
  ].join("\n");
}

function rowLines({ mark, name, words, details = [], hint }: MarkedRow, colors: Colors): readonly string[] {
  return [`${markOf(mark, colors)} ${name}${words}`, ...details.map((detail) => `    ${detail}`), ...(hint === undefined ? [] : [`    ${colors.cyan("hint:")} ${hint}`])];
}

export function markOf(mark: Mark, colors: Colors): string {
  switch (mark) {
    case "done":
      return colors.green("✓");
    case "quiet":
      return colors.dim("○");
    case "warning":
      return colors.yellow("⚠");
    case "failed":
      return colors.red("✗");
  }
}
