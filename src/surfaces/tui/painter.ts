/** Turns frames into what a terminal has to be told: only the rows that are different, each put where it belongs. */
export class Painter {
  #shown: readonly string[] = [];
  readonly #write: (text: string) => void;
  readonly #columns: () => number;

  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  /** The screen may hold anything now. */
  forget(): void {
    this.#shown = [];
  }

  paint(frame: string, rows: number): void {
    const lines = frame.split("\n").slice(0, rows);
    const fresh = this.#shown.length === 0;
    const changed = Array.from({ length: Math.max(lines.length, this.#shown.length) }, (_, row) => row).filter((row) => fresh || lines[row] !== this.#shown[row]);
    this.#shown = lines;
    if (changed.length === 0) return;
    const parts: string[] = [];
    for (const row of withFollowers(changed, lines, this.#columns())) parts.push(this.#row(lines, row));
    // Between these two a terminal that knows them shows nothing half done.
    this.#write(`\u001b[?2026h${fresh ? "\u001b[2J" : ""}${parts.join("")}\u001b[0m\u001b[?2026l`);
  }

  /** A row that an address fills flows into the next as a terminal wraps it, so that selecting it gives one line. */
  #row(lines: readonly string[], row: number): string {
    const line = lines[row] ?? "";
    const columns = this.#columns();
    // Where it comes to be is not cleared before: that would take the cursor away from where it flows.
    if (flowsInto(lines, row, columns)) return `\u001b[?7h${line}\u001b[?7l${isFull(line, columns) ? "" : "\u001b[0m\u001b[K"}`;
    const next = flowsInto(lines, row + 1, columns) ? `\u001b[${String(row + 2)};1H\u001b[2K` : "";
    return `${next}\u001b[${String(row + 1)};1H\u001b[0m\u001b[2K${next === "" ? line : `\u001b[?7h${line}`}`;
  }
}

/** With a row that flows goes what flows into it, and what it flows into. */
function withFollowers(changed: readonly number[], lines: readonly string[], columns: number): readonly number[] {
  const rows = new Set(changed);
  for (const row of changed) {
    for (let at = row; flowsInto(lines, at, columns); at -= 1) rows.add(at - 1);
    for (let at = row + 1; flowsInto(lines, at, columns); at += 1) rows.add(at);
  }
  return [...rows].sort((one, other) => one - other);
}

const dressing = /\u001b\[[0-9;]*m|\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

/** Whether the row before goes on in it. */
function flowsInto(lines: readonly string[], row: number, columns: number): boolean {
  return row > 0 && row < lines.length && isFull(lines[row - 1] ?? "", columns) && /^[\u0021-\u007e]+$/.test((lines[row] ?? "").replace(dressing, ""));
}

function isFull(line: string, columns: number): boolean {
  return line.length >= columns && /^[\u0021-\u007e]+$/.test(line.replace(dressing, "")) && line.replace(dressing, "").length === columns;
}
