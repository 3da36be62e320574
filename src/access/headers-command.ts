import type { ChildProcess } from "node:child_process";

import { describeCause, McpassError } from "../base/errors.ts";
import { plainText, scrub, withoutSecrets } from "../base/redact.ts";
import type { HeadersCommand } from "../config/server-entry.ts";

export interface MadeHeaders {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: good until the server refuses them. */
  readonly expiresAt: number | undefined;
}

export interface HeadersCommandRun {
  readonly command: HeadersCommand;
  readonly server: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Never to be repeated from what the program says. */
  readonly secrets: readonly string[];
  readonly now: () => number;
}

const outputLimit = 256 * 1024;

/**
 * Runs the program and reads its headers: a JSON object of them, or `{headers, expiresAt | expiresIn}`. No shell; it has our environment, and nothing on
 * standard input. What it prints is shown nowhere; of a failure the exit code and the last line of standard error are. H07
 * Throws `headers_command_failed`.
 */
export async function runHeadersCommand(run: HeadersCommandRun): Promise<MadeHeaders> {
  return readHeaders(run, await output(run));
}

async function output(run: HeadersCommandRun): Promise<string> {
  const { words, cwd, timeoutMs } = run.command;
  const { spawn } = await import("node:child_process");
  const [program, ...args] = words;
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(failed(run, `${what}${lastLine(run, Buffer.concat(stderr).toString("utf8"))}`));
    let child: ChildProcess;
    try {
      child = spawn(program, args, { cwd, shell: false, windowsHide: true, stdio: ["ignore", "pipe", "pipe"], env: { ...run.environment } });
    } catch (thrown) {
      return fail(`could not be started (${describeCause(thrown)})`);
    }
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
      if (code === 0) resolve(Buffer.concat(stdout).toString("utf8"));
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

function lastLine({ secrets }: HeadersCommandRun, stderr: string): string {
  const line = stderr.split(/\r?\n/).findLast((text) => text.trim() !== "");
  return line === undefined ? "" : `: ${plainText(withoutSecrets(scrub(line, secrets)), 300)}`;
}

function readHeaders(run: HeadersCommandRun, text: string): MadeHeaders {
  const printed = parseObject(text);
  if (printed === undefined) throw failed(run, "printed something else than a JSON object");
  const nested = printed["headers"];
  const wrapped = typeof nested === "object" && nested !== null && !Array.isArray(nested);
  const headers = Object.entries(wrapped ? nested : printed).map(([name, value]) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw failed(run, "printed a name that no header can have");
    if (typeof value !== "string" || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw failed(run, `printed a value of ${name} that is not one line of printable Latin text`);
    return [name.toLowerCase(), value.trim()] as const;
  });
  return { headers: Object.fromEntries(headers), expiresAt: wrapped ? readExpiry(run, printed) : undefined };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** `expiresAt` in milliseconds or seconds since the epoch or as a date; `expiresIn` in seconds. */
function readExpiry(run: HeadersCommandRun, { expiresAt, expiresIn }: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof expiresIn === "number" && Number.isFinite(expiresIn)) return run.now() + expiresIn * 1000;
  if (expiresAt === undefined || expiresAt === null) return undefined;
  // As milliseconds this would be the year 1973.
  const at = typeof expiresAt === "string" ? Date.parse(expiresAt) : typeof expiresAt === "number" ? (expiresAt < 1e11 ? expiresAt * 1000 : expiresAt) : Number.NaN;
  if (Number.isNaN(at)) throw failed(run, "printed an expiresAt that is neither a number of milliseconds since 1970 nor a date");
  return at;
}

function failed({ command, server }: HeadersCommandRun, what: string): McpassError {
  return new McpassError("headers_command_failed", `The headers for ${server} could not be made: ${plainText(command.words[0])} ${what}.`, {
    hint: "Run the headersCommand of its entry by hand; it must print a JSON object of headers.",
    details: { server },
  });
}
