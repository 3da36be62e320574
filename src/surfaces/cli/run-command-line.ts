import { type Command, CommanderError } from "commander";
import { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { CommandContext, GlobalFlags } from "./command-context.ts";
import { exitCodes, exitDone } from "./exit-codes.ts";
import { jsonLine } from "./json-words.ts";
import { createProgram } from "./program.ts";
import { renderError, toMcpassError } from "./render-error.ts";
import type { Interruption } from "./signals.ts";
import { createTerminal, type Streams } from "./terminal.ts";

export interface CommandLineOptions {
  /** The command line after the program's name. */
  readonly words: readonly string[];
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interruption: Pick<Interruption, "signal" | "exitCode">;
  readonly createRuntime: (options: { homeDirectory: string | undefined; browser: string | undefined }) => Runtime;
}

/** Runs one command line to its end and tells its exit code. Never throws and never shows a stack trace unasked. */
export async function runCommandLine(options: CommandLineOptions): Promise<number> {
  const { words, interruption } = options;
  const outcome: { exitCode: number; context: CommandContext | undefined } = { exitCode: exitDone, context: undefined };
  const program = createProgram({
    run: async (flags, work) => {
      outcome.context = createContext(options, flags);
      outcome.exitCode = (await work(outcome.context)) ?? exitDone;
    },
    words,
    write: (text) => void options.streams.stdout.write(text),
    width: options.streams.stdout.columns,
  });
  try {
    if (words[0] === "complete") await (await import("./commands/complete.ts")).prepareCompletion(program, createContext(options, earlyFlags(words)));
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync([...words], { from: "user" });
    return interruption.exitCode() ?? outcome.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return endOfParsing(thrown, helpCommand(program, words), outcome.context ?? createContext(options, earlyFlags(words)));
    return fail(thrown, outcome.context ?? createContext(options, earlyFlags(words)), interruption);
  } finally {
    outcome.context?.terminal.close();
  }
}

function createContext(options: CommandLineOptions, flags: GlobalFlags): CommandContext {
  const { streams, environment } = options;
  const terminal = createTerminal({ streams, environment, quiet: flags.quiet === true, color: flags.color !== false });
  let runtime: Runtime | undefined;
  return {
    terminal,
    signal: options.interruption.signal,
    flags,
    words: options.words,
    runtime: (browser) => (runtime ??= options.createRuntime({ homeDirectory: flags.home, browser })),
    report: (error) => terminal.insist(renderError(error, { colors: terminal.err, verbose: flags.verbose === true })),
  };
}

/** For words that could not be parsed: only what decides how the complaint looks. */
function earlyFlags(words: readonly string[]): GlobalFlags {
  return { color: !words.includes("--no-color"), verbose: words.includes("--verbose"), json: words.includes("--json") };
}

/** Help and version end parsing well; everything else that the parser throws is wrong usage. */
function endOfParsing(thrown: CommanderError, help: string, context: CommandContext): number {
  if (thrown.exitCode === 0 || thrown.code === "commander.help") return exitDone;
  const [message = "", ...suggestion] = thrown.message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (.*)\?\)$/.exec(suggestion.join(" ").trim())?.[1];
  const error = new McpassError("usage", message, { hint: meant === undefined ? help : `did you mean ${meant}?` });
  return show(error, context);
}

/** The command whose help explains these words. */
function helpCommand(program: Command, words: readonly string[]): string {
  const path = [program];
  for (const word of words) {
    const next = path.at(-1)?.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next !== undefined) path.push(next);
  }
  return `${path.map((command) => command.name()).join(" ")} --help`;
}

function fail(thrown: unknown, context: CommandContext, interruption: CommandLineOptions["interruption"]): number {
  const interrupted = interruption.exitCode();
  const error = toMcpassError(thrown);
  if (interrupted === undefined && error.code !== "cancelled") return show(error, context);
  context.terminal.say(context.terminal.err.yellow("cancelled"));
  return interrupted ?? exitCodes.cancelled;
}

/** With --json, standard output gets the error too, so that a program reading it learns why there is no result. */
function show(error: McpassError, context: CommandContext): number {
  if (context.flags.json === true) context.terminal.print(jsonLine({ error: error.toJSON() }));
  context.report(error);
  return exitCodes[error.code];
}

