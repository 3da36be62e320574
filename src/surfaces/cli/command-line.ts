import type { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { CommandContext, GlobalFlags } from "./command-context.ts";
import { exitCodes } from "./exit-codes.ts";
import { jsonLine } from "./json-words.ts";
import { renderError, toMcpassError } from "./render-error.ts";
import type { Interruption } from "./signals.ts";
import type { Streams } from "./standard-streams.ts";
import { createTerminal } from "./terminal.ts";

export interface CommandLineOptions {
  /** The command line after the program's name. */
  readonly words: readonly string[];
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interruption: Pick<Interruption, "signal" | "exitCode">;
  /** Takes what must be done before the process ends, also when that comes early. */
  readonly atEnd?: ((work: () => Promise<void>) => void) | undefined;
  readonly createRuntime: (options: { homeDirectory: string | undefined; browser: string | undefined }) => Runtime;
}

export function createContext(options: CommandLineOptions, flags: GlobalFlags): CommandContext {
  const { streams, environment } = options;
  const terminal = createTerminal({ streams, environment, quiet: flags.quiet === true, color: flags.color !== false });
  let runtime: Runtime | undefined;
  return {
    terminal,
    signal: options.interruption.signal,
    flags,
    words: options.words,
    runtime: (browser) => (runtime ??= options.createRuntime({ homeDirectory: flags.home, browser })),
    atEnd: (work) => options.atEnd?.(work),
    report: (error) => terminal.insist(renderError(error, { colors: terminal.err, verbose: flags.verbose === true })),
  };
}

/** Does one command's work, and tells its exit code; never throws. */
export async function inContext(options: CommandLineOptions, flags: GlobalFlags, work: (context: CommandContext) => Promise<number>): Promise<number> {
  const context = createContext(options, flags);
  try {
    return await work(context);
  } catch (thrown) {
    return fail(thrown, context, options.interruption);
  } finally {
    context.terminal.close();
  }
}

/** For words that could not be parsed: only what decides how the complaint looks. */
export function earlyFlags(words: readonly string[]): GlobalFlags {
  return { color: !words.includes("--no-color"), verbose: words.includes("--verbose"), json: words.includes("--json") };
}

/** How a command line that threw ends: what it says, and its exit code. */
export function fail(thrown: unknown, context: CommandContext, interruption: CommandLineOptions["interruption"]): number {
  const interrupted = interruption.exitCode();
  const error = toMcpassError(thrown);
  if (interrupted === undefined && error.code !== "cancelled") return show(error, context);
  context.terminal.say(context.terminal.err.yellow("cancelled"));
  return interrupted ?? exitCodes.cancelled;
}

/** With --json, standard output gets the error too, so that a program reading it learns why there is no result. */
export function show(error: McpassError, context: CommandContext): number {
  if (context.flags.json === true) context.terminal.print(jsonLine({ error: error.toJSON() }));
  context.report(error);
  return exitCodes[error.code];
}

