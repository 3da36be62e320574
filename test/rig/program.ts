import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "./wait.ts";

export interface ProgramOptions {
  /** Becomes MCPASS_HOME; see `makeHome`. */
  readonly home: string;
  /** The home itself unless given. */
  readonly cwd?: string;
  /** Added to the clean environment; undefined removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written whole, then closed. "closed" (the default) is an empty input; "open" stays open for `write`. */
  readonly stdin?: string | "closed" | "open";
  /** The child is killed afterwards and the call fails; 40 s unless given. */
  readonly timeoutMs?: number;
  /** Another script than the built mcpass. */
  readonly program?: string;
}

export interface ProgramResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export interface RunningProgram {
  readonly pid: number;
  /** What came so far. */
  stdout(): string;
  stderr(): string;
  write(text: string): void;
  endInput(): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the match as soon as one of the two outputs has it. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** The end, however it comes. */
  readonly ended: Promise<ProgramResult>;
  /** Ends it if it has not ended. */
  stop(): Promise<void>;
}

export const programFile = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** Runs mcpass to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return startProgram(args, options).ended;
}

/** Starts mcpass and leaves it running; who starts it stops it. */
export function startProgram(args: readonly string[], options: ProgramOptions): RunningProgram {
  const program = options.program ?? requireBuilt();
  const startedAt = Date.now();
  const child = spawn(process.execPath, [program, ...args], { cwd: options.cwd ?? options.home, env: cleanEnvironment(options), stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  child.stdin.on("error", () => undefined);
  if (options.stdin !== "open") child.stdin.end(options.stdin === undefined || options.stdin === "closed" ? "" : options.stdin);
  const ended = endOf(child, options.timeoutMs ?? 40_000, args, output, startedAt);
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    signal: (name) => void child.kill(name),
    waitFor: (pattern, timeoutMs) => waitForText(child, output, pattern, timeoutMs),
    ended,
    async stop() {
      child.kill("SIGKILL");
      await ended.catch(() => undefined);
    },
  };
}

export interface Home {
  readonly directory: string;
  /** Writes the user's configuration file, `{ mcp: servers, …more }`, and returns its path. */
  configure(servers: Readonly<Record<string, unknown>>, more?: Readonly<Record<string, unknown>>): Promise<string>;
  remove(): Promise<void>;
}

/** An empty home of its own for one test. */
export async function makeHome(): Promise<Home> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "mcpass-test-")));
  return {
    directory,
    async configure(servers, more = {}) {
      const file = join(directory, "config", "mcpass.jsonc");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify({ mcp: servers, ...more }, null, 2));
      return file;
    },
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** What the program inherits: no browser, no display, no certificates, no colours, no CI, nothing of mcpass but its home. */
export function cleanEnvironment({ home, env = {} }: Pick<ProgramOptions, "home" | "env">): Record<string, string> {
  const kept = ["PATH", "LANG", "TMPDIR", "TEMP", "TMP", "SystemRoot", "ComSpec", "PATHEXT"];
  const base = Object.fromEntries(kept.map((name) => [name, process.env[name]]));
  const all: Record<string, string | undefined> = { ...base, HOME: home, USERPROFILE: home, MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file", ...env };
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** The built program; throws with the build's failure when there is none. */
export function requireBuilt(): string {
  const failure = process.env["MCPASS_TEST_BUILD_FAILURE"];
  if (failure !== undefined) throw new Error(`the program could not be built: ${failure}`);
  if (!existsSync(programFile)) throw new Error(`${programFile} does not exist: run node scripts/build.mjs`);
  return programFile;
}

function endOf(child: ChildProcess, timeoutMs: number, args: readonly string[], output: { stdout: string; stderr: string }, startedAt: number): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`mcpass ${args.join(" ")} did not end within ${String(timeoutMs)} ms\nstdout: ${output.stdout}\nstderr: ${output.stderr}`));
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("exit", (exitCode, signal) => {
      clearTimeout(timer);
      const settle = (): void => resolve({ exitCode, signal, ...output, elapsedMs });
      const elapsedMs = Date.now() - startedAt;
      // The last output comes before "close", which a browser that inherited the pipes may hold up. Where we were held up ourselves it is read after the timer.
      const grace = setTimeout(() => setImmediate(settle), 500);
      child.once("close", () => {
        clearTimeout(grace);
        settle();
      });
    });
  });
}

async function waitForText(child: ChildProcess, output: { stdout: string; stderr: string }, pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray> {
  return waitUntil(
    () => {
      const found = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`mcpass ended with ${String(child.exitCode)} before ${String(pattern)}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`);
      return undefined;
    },
    `${String(pattern)} in the output of mcpass`,
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`);
  });
}
