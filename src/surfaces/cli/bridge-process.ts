import { parseArgs } from "node:util";
import { asProcess } from "./as-process.ts";
import { type CommandLineOptions, inContext } from "./command-line.ts";
import { bridge, type BridgeFlags } from "./commands/bridge.ts";
import type { GlobalFlags } from "./command-context.ts";
import { exitDone } from "./exit-codes.ts";

export { bridge } from "./commands/bridge.ts";

/** `mcpass bridge`, which clients start several at a time, without loading the parser of all commands. Words that are not told apart here go there. */
export async function runProcess(words: readonly string[], createRuntime: CommandLineOptions["createRuntime"]): Promise<void> {
  const line = readBridgeWords(words);
  if (line === undefined) return (await import("./run-process.ts")).runProcess(words, createRuntime);
  return asProcess(words, createRuntime, (options) => runBridgeCommand(options, line));
}

export interface BridgeLine {
  readonly words: readonly string[];
  readonly flags: BridgeFlags & GlobalFlags;
}

function runBridgeCommand(options: CommandLineOptions, { words, flags }: BridgeLine): Promise<number> {
  return inContext(options, flags, async (context) => {
    await bridge(context, words, flags);
    return options.interruption.exitCode() ?? exitDone;
  });
}

/** The flags that stand in clients' configurations most; undefined for every other word, which the parser of all commands understands or refuses. */
export function readBridgeWords(words: readonly string[]): BridgeLine | undefined {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { open: flag, debug: flag, silent: flag, quiet: flag, verbose: flag, "no-color": flag, header: texts, "ignore-tool": texts, config: text, home: text, account: text, browser: text },
    });
    const { "no-color": plain, "ignore-tool": ignoreTool, ...flags } = values;
    const [command, server, port, ...rest] = positionals;
    if (command !== "bridge" || server === undefined || rest.length > 0 || words.includes("--")) return undefined;
    return { words: port === undefined ? [server] : [server, port], flags: { ...flags, ...(ignoreTool === undefined ? {} : { ignoreTool }), color: plain !== true } };
  } catch {
    return undefined;
  }
}
