import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { cleanEnvironment, requireBuilt, type ProgramOptions } from "./program.ts";
import { waitUntil } from "./wait.ts";

export interface TerminalOptions extends Omit<ProgramOptions, "stdin"> {
  readonly columns?: number;
  readonly rows?: number;
}

export interface TerminalSession {
  readonly pid: number;
  /** What a person sees now (and has scrolled by), one line per row, wrapped lines joined, right-trimmed. */
  screen(): string;
  /** What a person sees now, as it looks: one list of pieces per row. */
  looks(): readonly (readonly Piece[])[];
  /** Everything the program wrote, with its control sequences. */
  raw(): string;
  /** Types; "\r" is Enter, "\x03" is Ctrl-C, "\x1b[B" is arrow down. */
  type(text: string): void;
  /** Pastes as a terminal does for a program that asked for bracketed paste, plainly for others. */
  paste(text: string): void;
  /** The window changes its size. */
  resize(columns: number, rows: number): void;
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number | undefined }>;
  stop(): Promise<void>;
}

/** Signs of one row that look alike; colours are the terminal's own 16, by number. */
export interface Piece {
  readonly text: string;
  readonly color: number | undefined;
  readonly background: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

/** Runs mcpass in a terminal of its own. */
export function startInTerminal(args: readonly string[], options: TerminalOptions): TerminalSession {
  const program = options.program ?? requireBuilt();
  const { columns = 100, rows = 40, timeoutMs = 40_000 } = options;
  const env = { ...cleanEnvironment(options), TERM: "xterm-256color", ...present(options.env) };
  const child = spawn(process.execPath, [program, ...args], { cols: columns, rows, cwd: options.cwd ?? options.home, env });
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true });
  let raw = "";
  let over = false;
  child.onData((text) => {
    raw += text;
    terminal.write(text);
  });
  // What the terminal itself answers (cursor position reports and the like).
  terminal.onData((text) => {
    if (!over) child.write(text);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const ended = new Promise<{ exitCode: number; signal: number | undefined }>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      over = true;
      clearTimeout(timer);
      terminal.write("", () => resolve({ exitCode, signal }));
    });
  });
  const screen = (): string => screenOf(terminal);
  return {
    pid: child.pid,
    screen,
    looks: () => looksOf(terminal),
    raw: () => raw,
    type: (text) => child.write(text),
    paste: (text) => child.write(terminal.modes.bracketedPasteMode ? `\x1b[200~${text}\x1b[201~` : text),
    resize: (wide, high) => {
      terminal.resize(wide, high);
      child.resize(wide, high);
    },
    waitFor: (pattern, waitMs) => waitForScreen(screen, pattern, waitMs),
    ended,
    async stop() {
      if (!over) child.kill("SIGKILL");
      await ended;
      terminal.dispose();
    },
  };
}

async function waitForScreen(screen: () => string, pattern: RegExp, waitMs?: number): Promise<RegExpExecArray> {
  return waitUntil(() => pattern.exec(screen()) ?? undefined, `${String(pattern)} on the screen`, waitMs).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${screen()}`);
  });
}

function screenOf(terminal: InstanceType<typeof xterm.Terminal>): string {
  const lines: string[] = [];
  const buffer = terminal.buffer.active;
  for (let row = 0; row < buffer.length; row += 1) {
    const line = buffer.getLine(row);
    if (line === undefined) continue;
    const text = line.translateToString(false);
    if (line.isWrapped && lines.length > 0) lines.push(`${lines.pop() ?? ""}${text}`);
    else lines.push(text);
  }
  return lines.map((line) => line.trimEnd()).join("\n").trimEnd();
}

function looksOf(terminal: InstanceType<typeof xterm.Terminal>): readonly (readonly Piece[])[] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    const pieces: Piece[] = [];
    for (let column = 0; column < terminal.cols; column += 1) {
      const cell = line?.getCell(column);
      // The second half of a wide sign.
      if (cell === undefined || cell.getWidth() === 0) continue;
      const look = { color: cell.isFgPalette() ? cell.getFgColor() : undefined, background: cell.isBgPalette() ? cell.getBgColor() : undefined, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0, italic: cell.isItalic() !== 0, underline: cell.isUnderline() !== 0, inverse: cell.isInverse() !== 0 };
      const last = pieces.at(-1);
      const text = cell.getChars() || " ";
      if (last !== undefined && Object.entries(look).every(([key, value]) => last[key as keyof Piece] === value)) pieces[pieces.length - 1] = { ...last, text: last.text + text };
      else pieces.push({ ...look, text });
    }
    return pieces;
  });
}

function present(env: ProgramOptions["env"] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
