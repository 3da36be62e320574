import { asProcess } from "./as-process.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { runCommandLine } from "./run-command-line.ts";

export function runProcess(words: readonly string[], createRuntime: CommandLineOptions["createRuntime"]): Promise<void> {
  return asProcess(words, createRuntime, runCommandLine);
}
