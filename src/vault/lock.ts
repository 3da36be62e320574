import { closeSync, constants, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import { codeOf } from "./record-file.ts";

export interface LockOptions {
  /** Created when absent, never deleted: deleting it would let two hold "the" lock at once. Its folder must exist. */
  readonly file: string;
  readonly waitMs: number;
  /** What is locked, for the message: "The grant of …". */
  readonly subject: string;
  /** Ends the waiting with its reason; work that has begun is not interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** For the instant the holder writes down. Default the system's clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Runs `work` while this process, and in it this call, alone holds the kernel's lock on `file`. The kernel frees it at the death of
 * the process and keeps it while the process is suspended. Nothing re-enters: a second call inside `work` waits for itself.
 * Errors: `vault_busy` after `waitMs` (names the holder), `vault_unwritable` when the file cannot be opened or locked.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  return (await withLockUnless(options, async () => false, work)) as T;
}

/** The same, but gives up waiting, does no work and gives undefined when `enough`, asked before each further try, says true. */
export async function withLockUnless<T>(options: LockOptions, enough: () => Promise<boolean>, work: () => Promise<T>): Promise<T | undefined> {
  options.signal?.throwIfAborted();
  const tryLock = await loadTryLock(options);
  const descriptor = openLock(options);
  try {
    if (!(await acquire(() => isGranted(tryLock, descriptor, options), options, enough))) return undefined;
    signHolder(descriptor, options.now ?? Date.now);
    return await work();
  } finally {
    // Closing is what unlocks: no other descriptor shares this open file.
    closeSync(descriptor);
  }
}

/** A small local file, and a crowd may be waiting for it: asking the thread pool would take ten times as long. */
function openLock(options: Subject): number {
  try {
    return openSync(options.file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    return refuse(options, error);
  }
}

/** A lock that is held until it is let go, or until the process ends however it ends. */
export interface HeldLock {
  release(): Promise<void>;
}

/** The lock, if nobody holds it at this moment; never waits. Throws `vault_unwritable` when the file cannot be opened or locked. */
export async function takeLock(options: Pick<LockOptions, "file" | "subject" | "now">): Promise<HeldLock | undefined> {
  const tryLock = await loadTryLock(options);
  const descriptor = openLock(options);
  let taken = false;
  try {
    taken = isGranted(tryLock, descriptor, options);
    if (taken) signHolder(descriptor, options.now ?? Date.now);
  } finally {
    if (!taken) closeSync(descriptor);
  }
  return taken ? { release: async () => closeSync(descriptor) } : undefined;
}

/** Asks again and again instead of waiting in the kernel, which would take a thread that the holder may need and could not be cancelled. */
async function acquire(tryOnce: () => boolean, options: LockOptions, enough: () => Promise<boolean>): Promise<boolean> {
  const deadlineAt = performance.now() + options.waitMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 25)) {
    if (tryOnce()) return true;
    if (await enough()) return false;
    if (performance.now() >= deadlineAt) throw await busy(options);
    await sleep(pauseMs * (0.5 + Math.random()));
    options.signal?.throwIfAborted();
  }
}

type TryLock = (fd: number, offset: number, length: number) => boolean;

type Subject = Pick<LockOptions, "file" | "subject">;

async function loadTryLock(options: Subject): Promise<TryLock> {
  try {
    return (await import("fs-native-extensions")).tryLock;
  } catch (error) {
    throw noLocks(`${options.subject} cannot be locked: this system cannot load the lock that keeps two processes apart (${describeCauses(error)})`, options.file, error);
  }
}

function isGranted(tryLock: TryLock, fd: number, options: Subject): boolean {
  try {
    // Windows keeps others from reading what is locked: there one byte far behind the holder's line. macOS locks whole files only.
    return process.platform === "win32" ? tryLock(fd, 2 ** 30, 1) : tryLock(fd, 0, 0);
  } catch (error) {
    if ((error as { code?: unknown }).code === "EBUSY") return false;
    throw noLocks(`${options.subject} cannot be locked: the file system of ${options.file} gives no locks (${describeCause(error)})`, options.file, error);
  }
}

/** Why a vault with its locks here cannot be written to, as far as can be told without writing. */
export async function lockHindrance(file: string): Promise<McpassError | undefined> {
  const options: LockOptions = { file, waitMs: 0, subject: "The vault" };
  try {
    const tryLock = await loadTryLock(options);
    const descriptor = openExisting(options);
    if (descriptor === undefined) return undefined;
    try {
      isGranted(tryLock, descriptor, options);
    } finally {
      closeSync(descriptor);
    }
    return undefined;
  } catch (thrown) {
    return findMcpassError(thrown) ?? Promise.reject(thrown);
  }
}

function openExisting(options: Subject): number | undefined {
  try {
    return openSync(options.file, constants.O_RDWR);
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : refuse(options, error);
  }
}

/** Two processes that do not keep apart would send one refresh token twice, and lose the sign-in: so nothing is written without a lock. */
function noLocks(what: string, file: string, cause: unknown): McpassError {
  return new McpassError("vault_unwritable", `${what}. Sign-ins can be looked at here, but not made or renewed.`, {
    hint: "Keep them in a database (MCPASS_VAULT=postgres://…), or use a local disk (--home DIR) on a system with glibc, macOS or Windows.",
    cause,
    details: { file },
  });
}

/** What loads it names the file that was tried, and only below it why that cannot be loaded. */
function describeCauses(error: unknown): string {
  const below = error instanceof Error && error.cause instanceof Error ? `: ${describeCause(error.cause)}` : "";
  return `${describeCause(error)}${below}`;
}

/** Only for messages, so a failure to write it is no failure. Padded: a shorter line leaves nothing of a longer one. */
function signHolder(descriptor: number, now: () => number): void {
  const line = JSON.stringify({ pid: process.pid, since: new Date(now()).toISOString() }).padEnd(79);
  try {
    writeSync(descriptor, `${line}\n`, 0);
  } catch {
    // A full disk.
  }
}

async function busy(options: LockOptions): Promise<McpassError> {
  const holder = await readHolder(options.file);
  const holderName = holder?.pid === process.pid ? "this very process" : holder === undefined ? "another process" : `process ${holder.pid}`;
  const since = holder === undefined ? "" : ` since ${holder.since}`;
  return new McpassError("vault_busy", `${options.subject} is in use by ${holderName}${since} (waited ${options.waitMs / 1_000} s for the lock ${options.file}).`, {
    hint: holder === undefined || holder.pid === process.pid ? "Try again in a moment." : `Try again when ${holderName} has ended.`,
    details: { file: options.file, pid: holder?.pid, since: holder?.since },
  });
}

/** What the last holder wrote; the one before may be read in the instant in which the next has not written yet. */
async function readHolder(file: string): Promise<{ pid: number; since: string } | undefined> {
  try {
    const { pid, since } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    return typeof pid === "number" && typeof since === "string" && !Number.isNaN(Date.parse(since)) ? { pid, since } : undefined;
  } catch {
    return undefined;
  }
}

function refuse(options: Subject, error: unknown): never {
  throw new McpassError("vault_unwritable", `${options.subject} cannot be locked with ${options.file}: ${describeCause(error)}.`, {
    hint: `Make ${options.file} and its folder writable for you.`,
    cause: error,
    details: { file: options.file },
  });
}
