import { spawn } from "node:child_process";

export interface Sample {
  readonly wallMs: number;
  readonly exitCode: number | null;
  readonly stdout: string;
}

export interface Command {
  readonly name: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** One run as a child process, from spawn to exit. A run is bounded; its output is kept for checks. */
export function runOnce({ words: [program = "", ...rest], environment = {} }: Command): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(program, rest, { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["ignore", "pipe", "ignore"], timeout: 120_000 });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ wallMs: Number(process.hrtime.bigint() - started) / 1e6, exitCode, stdout }));
  });
}

/** Medians of runs taken in turn, so that whatever else the machine does meets every command alike. The first round warms up and is not counted. */
export async function sideBySide(commands: readonly Command[], rounds: number): Promise<ReadonlyMap<string, number>> {
  const walls = new Map(commands.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const command of commands) {
      const { wallMs, exitCode } = await runOnce(command);
      if (exitCode !== 0) throw new Error(`${command.name} ended with ${exitCode}`);
      if (round > 0) walls.get(command.name)?.push(wallMs);
    }
  }
  return new Map([...walls].map(([name, taken]) => [name, median(taken)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
