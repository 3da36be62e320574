import { type Command, CommanderError } from "commander";
import { McpassError } from "../../base/errors.ts";
import type { CommandContext } from "./command-context.ts";
import { type CommandLineOptions, createContext, earlyFlags, fail, show } from "./command-line.ts";
import { exitDone } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { createTerminal } from "./terminal.ts";

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
    const asked = words.length === 0 && canShowScreen(options) ? ["tui"] : words;
    if (asked.length === 0) program.outputHelp();
    else await program.parseAsync([...asked], { from: "user" });
    return interruption.exitCode() ?? outcome.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return endOfParsing(thrown, helpCommand(program, words), outcome.context ?? createContext(options, earlyFlags(words)));
    return fail(thrown, outcome.context ?? createContext(options, earlyFlags(words)), interruption);
  } finally {
    outcome.context?.terminal.close();
  }
}

/** mcpass alone, where a person sees it: the screen; elsewhere the help. */
function canShowScreen({ streams, environment }: CommandLineOptions): boolean {
  return createTerminal({ streams, environment, quiet: false, color: true }).fullScreen;
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
