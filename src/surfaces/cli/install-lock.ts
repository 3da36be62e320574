import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { findMcpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { recordsFile } from "../../config/application/install-record.ts";
import { withLock } from "../../vault/lock.ts";

const waitMs = 10_000;

/**
 * One install or uninstall of this user at a time: each reads what the one before it has written. Where the system has no locks it goes on without,
 * because a bridge needs none. Throws `vault_busy`.
 */
export async function oneInstallAtATime<T>(runtime: Runtime, work: () => Promise<T>): Promise<T> {
  const file = `${recordsFile(runtime)}.lock`;
  let began = false;
  const begin = (): Promise<T> => {
    began = true;
    return work();
  };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => undefined);
    return await withLock({ file, waitMs, subject: "The list of what was installed" }, begin);
  } catch (thrown) {
    if (began || findMcpassError(thrown)?.code !== "vault_unwritable") throw thrown;
    return work();
  }
}
