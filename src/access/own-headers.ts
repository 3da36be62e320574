import { stat } from "node:fs/promises";

import { McpassError } from "../base/errors.ts";
import { headerSecrets } from "../base/redact.ts";
import type { Runtime } from "../base/runtime.ts";
import { readReferencedFile } from "../config/referenced-file.ts";
import type { FileHeader, RemoteEntry } from "../config/server-entry.ts";
import { type MadeHeaders, runHeadersCommand } from "./headers-command.ts";

export type Headers = Readonly<Record<string, string>>;

/**
 * The headers an entry has of its own, as they are now and in lower case: configured, with files in them, and made by a program (which wins). Kept in memory only.
 * Throws `headers_command_failed`, `file_reference_unreadable`. H07
 */
export interface OwnHeaders {
  /** A file that has changed is read again; the program runs at the first use and when its headers have expired. */
  current(): Promise<Headers>;
  /** Other headers than the ones that were refused with this status, the files read and the program run again; undefined when there are none. */
  renew(refused: Headers, status: 401 | 403): Promise<Headers | undefined>;
  /** What must not be shown of what was sent. */
  secrets(): readonly string[];
}

interface Read {
  readonly stamp: string;
  readonly headers: Headers;
}

export function createOwnHeaders(options: { readonly entry: RemoteEntry; readonly runtime: Pick<Runtime, "environment" | "now">; readonly name: string }): OwnHeaders {
  const { entry, runtime, name } = options;
  const { headersCommand: command, fileHeaders = [] } = entry;
  const sent = new Set<string>(headerSecrets(entry.headers));
  let read: Read | undefined;
  let made: (MadeHeaders & { readonly madeAt: number }) | undefined;
  let making: Promise<void> | undefined;
  /** Refused with 403 after a run of its own: what these headers stand for may not do this, and a new run changes nothing. */
  let forbidden = false;

  const readFiles = async (): Promise<void> => {
    read = { stamp: await stampOf(fileHeaders), headers: await readFileHeaders(name, fileHeaders) };
  };
  const make = (): Promise<void> => {
    if (command === undefined) return Promise.resolve();
    const run = async (): Promise<void> => {
      made = { ...(await runHeadersCommand({ command, server: name, environment: runtime.environment, secrets: [...sent], now: runtime.now })), madeAt: runtime.now() };
      forbidden = false;
    };
    return (making ??= run().finally(() => (making = undefined)));
  };
  const together = (): Headers => {
    const headers = withoutOwned(entry, { ...lowerCased(entry.headers), ...read?.headers, ...made?.headers });
    for (const secret of headerSecrets(headers)) sent.add(secret);
    return headers;
  };
  const fixed = command === undefined && fileHeaders.length === 0 ? together() : undefined;
  const current = async (): Promise<Headers> => {
    if (fixed !== undefined) return fixed;
    if (fileHeaders.length > 0 && read?.stamp !== (await stampOf(fileHeaders))) await readFiles();
    if (made === undefined || isEnding(made, runtime.now())) await make();
    return together();
  };
  return {
    current,
    secrets: () => [...sent],
    async renew(refused, status) {
      const known = await current();
      if (!same(known, refused)) return known;
      if ((command === undefined && fileHeaders.length === 0) || (status === 403 && forbidden)) return undefined;
      if (fileHeaders.length > 0) await readFiles();
      await make();
      forbidden = status === 403;
      const next = together();
      return same(next, refused) ? undefined : next;
    },
  };
}

/** Where OAuth is asked for, it owns Authorization and the rest still goes. */
function withoutOwned(entry: RemoteEntry, headers: Headers): Headers {
  return typeof entry.oauth === "object" ? Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization")) : headers;
}

/** Within min(30 s, 10 % of their life) of their end. */
function isEnding({ expiresAt, madeAt }: MadeHeaders & { readonly madeAt: number }, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt - Math.min(30_000, Math.max(0, expiresAt - madeAt) * 0.1);
}

function filesOf(headers: readonly FileHeader[]): readonly string[] {
  return headers.flatMap(({ parts }) => parts.flatMap((part) => (typeof part === "string" ? [] : [part.file])));
}

/** Kubernetes turns a link to give a new token; `stat` follows it, so another file shows. */
async function stampOf(headers: readonly FileHeader[]): Promise<string> {
  const stamps = filesOf(headers).map(async (file) => stat(file).then(({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`, () => "absent"));
  return (await Promise.all(stamps)).join("|");
}

async function readFileHeaders(server: string, headers: readonly FileHeader[]): Promise<Headers> {
  const filled = headers.map(async ({ name, parts }) => [name.toLowerCase(), (await Promise.all(parts.map((part) => (typeof part === "string" ? part : readPart(server, name, part.file))))).join("").trim()] as const);
  return Object.fromEntries(await Promise.all(filled));
}

async function readPart(server: string, header: string, file: string): Promise<string> {
  const read = await readReferencedFile(file);
  if (read.problem !== undefined) throw unusable(server, header, file, read.problem, read.cause);
  const { text } = read;
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  throw unusable(server, header, file, "holds more than one line of printable Latin text", undefined);
}

function unusable(server: string, header: string, file: string, problem: string, cause: unknown): McpassError {
  return new McpassError("file_reference_unreadable", `server "${server}": the file "${file}", which its header ${header} uses, ${problem}`, { hint: `make "${file}" readable, or change the header`, cause, details: { server, reference: file } });
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function same(one: Headers, other: Headers): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
