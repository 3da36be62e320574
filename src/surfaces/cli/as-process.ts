import { renderError, toMcpassError } from "./render-error.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { watchSignals } from "./signals.ts";
import { type StandardStreams, standardStreams } from "./standard-streams.ts";
import { createTerminal } from "./terminal.ts";

/** How long something that was left open may keep the process after its command is done. */
const lingerMs = 250;

/** Runs a command line as this process: its streams, its signals, its exit code. */
export async function asProcess(words: readonly string[], createRuntime: CommandLineOptions["createRuntime"], run: (options: CommandLineOptions) => Promise<number>, streams: StandardStreams = standardStreams()): Promise<void> {
  const { env } = process;
  const interruption = watchSignals();
  const endings = createEndings();
  const exit = (code: number): void => void endings.settle().finally(() => (interruption.hungUp() ? endByHangUp() : process.exit(code)));
  // The reader of a pipe may leave early (`mcpass tools x | head`): that is the end, and no error.
  streams.onError((error) => exit(error.code === "EPIPE" ? 0 : 1));
  const failUnexpectedly = (thrown: unknown): void => {
    const terminal = createTerminal({ streams, environment: env, quiet: false, color: !words.includes("--no-color") });
    terminal.insist(renderError(toMcpassError(thrown), { colors: terminal.err, verbose: words.includes("--verbose") }));
    exit(interruption.exitCode() ?? 1);
  };
  process.on("uncaughtException", failUnexpectedly).on("unhandledRejection", failUnexpectedly);
  process.exitCode = await run({ words, streams, environment: env, interruption, createRuntime, atEnd: endings.add });
  await endings.settle();
  await Promise.race([streams.flushed(), afterSignal(interruption.signal)]);
  if (interruption.hungUp()) return endByHangUp();
  setTimeout(() => process.exit(), lingerMs).unref();
}

/** By the signal itself: Node, ending by itself, puts the terminal in order, and aborts where that is gone. */
function endByHangUp(): void {
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}

/** Who reads nothing any more must not keep a program that is told to end. */
function afterSignal(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wait = (): void => void setTimeout(resolve, lingerMs).unref();
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
}

/** What is waited for, each a bounded time, before the process ends, whichever way it comes to its end. */
function createEndings(): { readonly add: (work: () => Promise<void>) => void; readonly settle: () => Promise<unknown> } {
  const works: (() => Promise<void>)[] = [];
  let settled: Promise<unknown> | undefined;
  return { add: (work) => void works.push(work), settle: () => (settled ??= Promise.allSettled(works.map((work) => work()))) };
}
