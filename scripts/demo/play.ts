import { spawn, type ChildProcess } from "node:child_process";

export interface Stage {
  readonly program: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's own standard input goes to the program. */
  readonly interactive: boolean;
  readonly signal: AbortSignal;
}

export interface Step {
  readonly words: readonly string[];
  readonly exitCode: number;
}

/** Runs the steps one after the other, each shown as a person would type it and with its output as it is. Stops at the first whose exit code is another. */
export async function play(stage: Stage, steps: readonly Step[]): Promise<boolean> {
  for (const { words, exitCode } of steps) {
    console.log(`\n$ mcpass ${words.map(quoteWord).join(" ")}`);
    const ended = await run(stage, words);
    if (stage.signal.aborted) return false;
    if (ended !== exitCode) {
      console.error(`\nmcpass ${words[0] ?? ""} ended with ${String(ended)} and not with ${exitCode}.`);
      return false;
    }
  }
  return true;
}

/** The exit code, or the signal that ended it. Ends the program when the stage's signal says so, and waits until it has. */
function run({ program, workingDirectory, environment, interactive, signal }: Stage, words: readonly string[]): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [program, ...words], { cwd: workingDirectory, env: environment, stdio: [interactive ? "inherit" : "ignore", "inherit", "inherit"] });
    const end = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    child.once("error", reject);
    child.once("exit", (exitCode, endedBy) => {
      signal.removeEventListener("abort", end);
      resolve(exitCode ?? endedBy);
    });
    if (signal.aborted) end();
  });
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word}"`;
}
