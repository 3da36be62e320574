import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type ErrorCode, findMcpassError, type JsonValue, McpassError } from "../base/errors.ts";
import { takeLock } from "../vault/lock.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { AccessContext } from "./access-context.ts";
import { isLeftToOthers } from "./await-callback.ts";

/** What the process that leads a sign-in lets the others know of it. Nothing in it is secret. */
export interface LeaderNote {
  /** Of this leadership; another leader's is another. */
  readonly id: string;
  readonly pid: number;
  /** The pending authorization that the person is asked to finish. */
  readonly pending?: VaultKey | undefined;
  /** A browser was told to open it. */
  readonly opened?: boolean | undefined;
  /** A pending authorization of this leader that another process tried to finish, and what came of it. */
  readonly refused?: { readonly pending: VaultKey; readonly error: ToldError } | undefined;
  readonly ended?: { readonly error?: ToldError | undefined } | undefined;
}

export interface ToldError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, JsonValue | undefined>> | undefined;
}

/** The right to ask a person to sign in to one server as one account, held by one process at a time; free at its death. B01 */
export interface Leadership {
  /** How the one before it left things; undefined: there was none. */
  readonly before: LeaderNote | undefined;
  /** Lets the others know. Never fails: they then wait without knowing. */
  tell(news: Pick<LeaderNote, "pending" | "opened">): Promise<void>;
  /** Says how it ended, and lets the next one lead. */
  end(thrown?: unknown): Promise<void>;
}

/** Of one server and account, with one vault: what is not stored where this process looks cannot be inherited. The files are in a folder of the state directory that is private. */
export interface LeadershipDesk {
  /** Leads from now on; undefined: another process does. Throws `vault_unwritable`. */
  take(): Promise<Leadership | undefined>;
  note(): Promise<LeaderNote | undefined>;
  /** True for the one process that is to open its page. Never fails. */
  claimOpening(pending: VaultKey): Promise<boolean>;
  /** No browser could be opened: another process may try. */
  releaseOpening(pending: VaultKey): Promise<void>;
  /** To the leader, of a pending authorization of its that this process could not finish. Never fails. */
  refuse(pending: VaultKey, thrown: unknown): Promise<void>;
}

export function leadershipOf({ runtime, vault, serverUrl, account, name }: Pick<AccessContext, "runtime" | "vault" | "serverUrl" | "account" | "name">): LeadershipDesk {
  const directory = join(runtime.directories.state, "sign-ins");
  const stem = join(directory, createHash("sha256").update(JSON.stringify([vault.place, serverUrl, account])).digest("hex").slice(0, 40));
  const note = (): Promise<LeaderNote | undefined> => readNote(`${stem}.json`);
  const claimOf = (pending: VaultKey): string => `${stem}-${createHash("sha256").update(pending).digest("hex").slice(0, 16)}.opened`;
  const write = (next: LeaderNote): Promise<void> => writeNote(`${stem}.json`, next).catch(() => undefined);
  return {
    note,
    async take() {
      await mkdir(directory, { recursive: true, mode: 0o700 }).catch(() => undefined);
      const lock = await takeLock({ file: `${stem}.lock`, subject: `The sign-in to ${name}`, now: runtime.now });
      if (lock === undefined) return undefined;
      const before = await note();
      const own = { id: randomUUID(), pid: process.pid };
      // What a leader that died had under way stands until it is taken over or given up.
      let current: LeaderNote = before?.ended === undefined ? { ...own, pending: before?.pending, opened: before?.opened } : own;
      await write(current);
      return {
        before,
        tell: (news) => write((current = { ...current, ...news })),
        async end(thrown) {
          const error = thrown === undefined ? undefined : told(thrown);
          await write({ ...current, ended: { error } });
          if (current.pending !== undefined && (error === undefined || !isLeftToOthers(error))) await rm(claimOf(current.pending), { force: true }).catch(() => undefined);
          await lock.release();
        },
      };
    },
    claimOpening: (pending) =>
      writeFile(claimOf(pending), "", { flag: "wx", mode: 0o600 }).then(
        () => true,
        () => false,
      ),
    releaseOpening: (pending) => rm(claimOf(pending), { force: true }).catch(() => undefined),
    async refuse(pending, thrown) {
      const leader = await note();
      if (leader?.pending === pending && leader.ended === undefined) await write({ ...leader, refused: { pending, error: told(thrown) } });
    },
  };
}

function told(thrown: unknown): ToldError {
  const { code, message, hint, details } = findMcpassError(thrown) ?? new McpassError("internal", "The sign-in failed.");
  return { code, message, hint, details };
}

export function errorOf({ code, message, hint, details }: ToldError): McpassError {
  return new McpassError(code, message, { hint, details });
}

async function readNote(file: string): Promise<LeaderNote | undefined> {
  try {
    const note = JSON.parse(await readFile(file, "utf8")) as Partial<LeaderNote>;
    return typeof note.id === "string" && typeof note.pid === "number" ? (note as LeaderNote) : undefined;
  } catch {
    return undefined;
  }
}

async function writeNote(file: string, note: LeaderNote): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
  await rename(draft, file);
}
