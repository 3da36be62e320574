import { McpassError } from "../base/errors.ts";
import { plainText } from "../base/redact.ts";
import { type ProgramRun, runProgram } from "./run-program.ts";

export interface MadeHeaders {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: good until the server refuses them. */
  readonly expiresAt: number | undefined;
}

export interface HeadersCommandRun extends ProgramRun {
  readonly server: string;
  readonly now: () => number;
}

/**
 * Runs the program and reads its headers: a JSON object of them, or `{headers, expiresAt | expiresIn}`. What it prints is shown nowhere. H07
 * Throws `headers_command_failed`.
 */
export async function runHeadersCommand(run: HeadersCommandRun): Promise<MadeHeaders> {
  const printed = await runProgram(run);
  if (typeof printed !== "string") throw refused(run, printed.problem);
  return readHeaders(run, printed);
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

function failed(run: HeadersCommandRun, what: string): McpassError {
  return refused(run, `${plainText(run.command.words[0])} ${what}`);
}

function refused({ server }: HeadersCommandRun, problem: string): McpassError {
  return new McpassError("headers_command_failed", `The headers for ${server} could not be made: ${problem}.`, {
    hint: "Run the headersCommand of its entry by hand; it must print a JSON object of headers.",
    details: { server },
  });
}
