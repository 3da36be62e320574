import { parseArgs } from "node:util";
import { asProcess } from "./as-process.ts";
import type { GlobalFlags } from "./command-context.ts";
import { type CommandLineOptions, inContext } from "./command-line.ts";
import { list } from "./commands/list.ts";
import { exitDone } from "./exit-codes.ts";
import { quickStreams } from "./standard-streams.ts";

interface ListFlags extends GlobalFlags {
  readonly offline?: boolean;
}

/** `mcpass list`, which shells and scripts run most, without loading the parser of all commands. Words it does not know go there. */
export async function runProcess(words: readonly string[], createRuntime: CommandLineOptions["createRuntime"]): Promise<void> {
  const flags = readListFlags(words);
  if (flags === undefined) return (await import("./run-process.ts")).runProcess(words, createRuntime);
  return asProcess(words, createRuntime, (options) => runList(options, flags), quickStreams());
}

function runList(options: CommandLineOptions, flags: ListFlags): Promise<number> {
  return inContext(options, flags, async (context) => options.interruption.exitCode() ?? (await list(context, [], flags)) ?? exitDone);
}

/** The flags of a plain `list` or `ls`, anywhere on the line; undefined for every other word, which the parser of all commands understands or refuses. */
export function readListFlags(words: readonly string[]): ListFlags | undefined {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { offline: flag, json: flag, quiet: flag, verbose: flag, "no-color": flag, config: text, home: text },
    });
    const { "no-color": plain, ...flags } = values;
    return positionals.length === 1 && !words.includes("--") ? { ...flags, color: plain !== true } : undefined;
  } catch {
    return undefined;
  }
}
