import type { ChildProcess } from "node:child_process";

import { describeCause } from "../base/errors.ts";
import { plainText, scrub, withoutSecrets } from "../base/redact.ts";
import type { CredentialCommand } from "../config/server-entry.ts";

export interface ProgramRun {
  readonly command: CredentialCommand;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Never to be repeated from what the program says. */
  readonly secrets: readonly string[];
}

/** Why there is no output; completes a sentence that begins with the program, and is safe to show. */
export interface ProgramFailure {
  readonly problem: string;
}

const outputLimit = 256 * 1024;

/**
 * What a program that was configured to give a credential prints, as it printed it. No shell; it has our environment, and nothing on standard input. Its output
 * is shown nowhere; of a failure the exit code and the last line of standard error are. Never rejects. H07
 */
export async function runProgram({ command: { words, cwd, timeoutMs }, environment, secrets }: ProgramRun): Promise<string | ProgramFailure> {
  const { spawn } = await import("node:child_process");
  const [program, ...args] = words;
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  return new Promise((resolve) => {
    // Nobody is left to read what it prints.
    const onExit = (): void => void child.kill("SIGTERM");
    const settle = (printed: string | ProgramFailure): void => (process.off("exit", onExit), resolve(printed));
    const fail = (what: string): void => settle({ problem: `${plainText(program)} ${what}${lastLine(secrets, Buffer.concat(stderr).toString("utf8"))}` });
    let child: ChildProcess;
    try {
      child = spawn(program, args, { cwd, shell: false, windowsHide: true, stdio: ["ignore", "pipe", "pipe"], env: { ...environment } });
    } catch (thrown) {
      return fail(`could not be started (${describeCause(thrown)})`);
    }
    process.on("exit", onExit);
    const stop = (what: string): void => {
      end(child);
      fail(what);
    };
    const timer = setTimeout(() => stop(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout.push(chunk);
      if (stdout.reduce((size, { byteLength }) => size + byteLength, 0) > outputLimit) stop("printed more than 256 KiB");
    });
    child.stderr?.on("data", (chunk: Buffer) => void stderr.splice(0, stderr.length, Buffer.concat([...stderr, chunk]).subarray(-4096)));
    child.once("error", (error) => (clearTimeout(timer), fail(`could not be started (${(error as NodeJS.ErrnoException).code ?? error.message})`)));
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) settle(Buffer.concat(stdout).toString("utf8"));
      else fail(code === null ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`);
    });
  });
}

/** What it started may hold its outputs open for ever: nobody reads them any more. */
function end(child: ChildProcess): void {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), 500).unref();
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

function lastLine(secrets: readonly string[], stderr: string): string {
  const line = stderr.split(/\r?\n/).findLast((text) => text.trim() !== "");
  return line === undefined ? "" : `: ${plainText(withoutSecrets(scrub(line, secrets)), 300)}`;
}
