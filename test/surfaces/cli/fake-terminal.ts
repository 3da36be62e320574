import { PassThrough } from "node:stream";
import type { CommandContext } from "../../../src/surfaces/cli/command-context.ts";
import { createTerminal } from "../../../src/surfaces/cli/terminal.ts";

/** A terminal whose keys are pressed by the test, and what it has shown. */
export interface FakeTerminal {
  readonly context: CommandContext;
  type(text: string): void;
  /** Standard output and standard error, as they are now. */
  shown(): { readonly out: string; readonly err: string };
}

export interface FakeTerminalOptions {
  /** Default true: all three streams are terminals. */
  readonly terminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly signal?: AbortSignal;
}

export function fakeTerminal({ terminal = true, environment = {}, color = false, quiet = false, signal = new AbortController().signal }: FakeTerminalOptions = {}): FakeTerminal {
  const stream = () => Object.assign(new PassThrough(), { isTTY: terminal });
  const streams = { stdin: stream(), stdout: stream(), stderr: stream() };
  const texts = { out: "", err: "" };
  streams.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  streams.stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
  const made = createTerminal({ streams, environment, quiet, color });
  const context: CommandContext = {
    terminal: made,
    signal,
    flags: {},
    words: [],
    runtime: () => {
      throw new Error("this test has no outside world");
    },
    atEnd: () => undefined, report: (error) => made.insist(error.message),
  };
  return { context, type: (text) => void streams.stdin.write(text), shown: () => ({ ...texts }) };
}
