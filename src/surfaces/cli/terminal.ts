import type { Readable } from "node:stream";
import picocolors from "picocolors";
import { McpassError } from "../../base/errors.ts";
import { LineReader } from "./line-reader.ts";
import type { Output, Streams } from "./standard-streams.ts";

export interface TerminalOptions {
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** --quiet: only errors and addresses to open are said. */
  readonly quiet: boolean;
  /** false: --no-color. */
  readonly color: boolean;
}

/** Where a command's words go: data to standard output, talk to standard error. Texts from servers must be plain (see `base/redact.ts`) before they come here. */
export interface Terminal {
  /** One line (or more) of data. */
  print(text: string): void;
  /** Talk: silent with --quiet. */
  say(text: string): void;
  /** What must be seen whatever --quiet says: an error, the address to open, a question. */
  insist(text: string): void;
  /** A question without a line end; only where `interactive`. */
  prompt(text: string): void;
  /** Overwrites the current line of standard error; only where `animated`. */
  overwrite(text: string): void;
  /** Colours for standard output, and for standard error. */
  readonly out: Colors;
  readonly err: Colors;
  readonly outIsTerminal: boolean;
  /** How wide standard error is; 0 when it is no terminal. */
  readonly errColumns: number;
  /** A person can be asked: both standard input and standard error are terminals. */
  readonly interactive: boolean;
  /** Lines may be overwritten: both outputs are terminals that understand it, and --quiet was not given. */
  readonly animated: boolean;
  /** A screen can be shown: standard input and output are terminals, and no dumb ones. */
  readonly fullScreen: boolean;
  /** How a screen has to look. */
  readonly place: { readonly colors: boolean; readonly ascii: boolean };
  /** `text` as a link for standard error, where the terminal is not a dumb one; else `text` itself. */
  link(text: string, url: string): string;
  readonly lines: LineReader;
  /** All of standard input, to its end. Rejects when `signal` aborts, and with `usage` above 64 MiB. */
  readAll(signal: AbortSignal): Promise<string>;
  close(): void;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

export function createTerminal({ streams, environment, quiet, color }: TerminalOptions): Terminal {
  const { stdout, stderr } = streams;
  const dumb = environment["TERM"] === "dumb";
  const colored = (stream: Output): boolean => mayColor({ isTerminal: stream.isTTY === true && !dumb, environment, color });
  const errIsTerminal = stderr.isTTY === true;
  const links = errIsTerminal && !dumb && colored(stderr);
  const animated = errIsTerminal && stdout.isTTY === true && !dumb && !quiet;
  const lines = new LineReader(() => streams.stdin);
  return {
    print: (text) => void stdout.write(`${text}\n`),
    say: (text) => void (quiet || stderr.write(`${text}\n`)),
    insist: (text) => void stderr.write(`${text}\n`),
    prompt: (text) => void stderr.write(text),
    overwrite: (text) => void stderr.write(`\r\u001b[2K${text.slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`),
    out: picocolors.createColors(colored(stdout)),
    err: picocolors.createColors(colored(stderr)),
    outIsTerminal: stdout.isTTY === true,
    errColumns: errIsTerminal && !dumb ? (stderr.columns ?? 80) : 0,
    get interactive() {
      return errIsTerminal && streams.stdin.isTTY === true;
    },
    animated,
    get fullScreen() {
      return stdout.isTTY === true && streams.stdin.isTTY === true && !dumb;
    },
    place: { colors: colored(stdout), ascii: !knowsUnicode(environment) },
    link: (text, url) => (links ? `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\` : text),
    lines,
    readAll: (signal) => readAll(streams.stdin, signal),
    close: () => lines.close(),
  };
}

const mostInput = 64 * 1024 * 1024;

async function readAll(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.getBuiltinModule("node:stream").addAbortSignal(signal, input as Readable)) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    size += (chunk as Uint8Array).length;
    if (size > mostInput) throw new McpassError("usage", "more than 64 MiB came on standard input");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** POSIX: the first of these that is set counts. Windows has none, and knows. */
function knowsUnicode(environment: TerminalOptions["environment"]): boolean {
  const locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].find((value) => value !== undefined && value !== "");
  return locale === undefined ? environment["OS"] === "Windows_NT" : /utf-?8/i.test(locale);
}

/** --no-color, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. https://no-color.org */
function mayColor({ isTerminal, environment, color }: { isTerminal: boolean; environment: TerminalOptions["environment"]; color: boolean }): boolean {
  if (!color || (environment["NO_COLOR"] ?? "") !== "") return false;
  const force = environment["FORCE_COLOR"];
  return force === undefined ? isTerminal : force !== "0" && force !== "false";
}
