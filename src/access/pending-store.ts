import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, McpassError } from "../base/errors.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";
import { withLock } from "../vault/lock.ts";
import { makePrivateFolder } from "../vault/record-file.ts";

/** The first half of a sign-in, as it waits for the second half in another process. Holds the verifier: never shown. */
export interface PendingSignIn {
  /** The configured name, for messages. */
  readonly server: string;
  readonly pending: PendingAuthorization;
  /** `offline_access` was added to what was asked for. */
  readonly offlineAdded: boolean;
}

/**
 * Where first halves wait: a private file each, named after its `state` (not by it) and apart from every grant, so that an abandoned one can
 * spoil nothing. S05, H01, H05. Methods throw `vault_unwritable` and `vault_busy`.
 */
export interface PendingStore {
  /** Keeps one more; what has expired is swept away first. */
  keep(signIn: PendingSignIn): Promise<void>;
  /** Those that are there, expired ones too. A file that cannot be read is not there. */
  list(): Promise<readonly PendingSignIn[]>;
  /** Takes it out for good: of any number of processes one gets it. undefined: not there (any more). */
  take(state: string): Promise<PendingSignIn | undefined>;
}

export function openPendingStore({ directory, now }: { readonly directory: string; readonly now: () => number }): PendingStore {
  const fileOf = (state: string): string => join(directory, `${createHash("sha256").update(state).digest("hex")}.json`);
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    await makePrivateFolder(directory);
    return withLock({ file: join(directory, "pending.lock"), waitMs: 10_000, subject: "The list of sign-ins under way", now }, work);
  };
  const list = async (): Promise<readonly PendingSignIn[]> => (await Promise.all((await filesIn(directory)).map(readPending))).filter((found) => found !== undefined);
  return {
    list,
    keep: (signIn) =>
      exclusively(async () => {
        for (const file of await filesIn(directory)) {
          const other = await readPending(file);
          if (other === undefined || other.pending.expiresAt <= now()) await rm(file, { force: true });
        }
        await writePrivate(fileOf(signIn.pending.state), JSON.stringify({ schema: 1, ...signIn }));
      }),
    take: (state) =>
      exclusively(async () => {
        const file = fileOf(state);
        const found = await readPending(file);
        await rm(file, { force: true });
        return found?.pending.state === state ? found : undefined;
      }),
  };
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).map((name) => join(directory, name));
}

async function readPending(file: string): Promise<PendingSignIn | undefined> {
  try {
    const stored = JSON.parse(await readFile(file, "utf8")) as Partial<PendingSignIn> & { schema?: unknown };
    const { server, pending, offlineAdded } = stored;
    if (stored.schema !== 1 || typeof server !== "string" || typeof pending?.state !== "string" || typeof pending.verifier !== "string" || typeof pending.expiresAt !== "number") return undefined;
    return { server, pending, offlineAdded: offlineAdded === true };
  } catch {
    return undefined;
  }
}

/** The lock is held and the name is new: a crash leaves a file that cannot be read, which the next start sweeps away. */
async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (thrown) {
    throw new McpassError("vault_unwritable", `The first half of the sign-in could not be kept in ${file}: ${describeCause(thrown)}.`, { hint: `Make its folder writable for you.`, cause: thrown, details: { file } });
  }
}
