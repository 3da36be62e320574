import { join } from "node:path";

import type { KeyRecordPlace } from "./key-record.ts";
import { withLock } from "./lock.ts";
import { makePrivateFolder, readText, replaceFile, type StoredText } from "./record-file.ts";

/** The key record of a file vault: `vault.json` among the records. */
export function fileKeyRecord({
  directory,
  now,
  lockWaitMs,
}: {
  readonly directory: string;
  readonly now: () => number;
  readonly lockWaitMs: number;
}): KeyRecordPlace & { readonly file: string; readonly lock: string } {
  const [file, lock] = [join(directory, "vault.json"), join(directory, "vault.lock")];
  let known: StoredText | undefined;
  return {
    file,
    lock,
    read: async () => {
      const stored = readText(file, known?.stamp);
      if (stored === undefined || stored.stamp !== known?.stamp) known = stored;
      return known?.text;
    },
    update: async (change) => {
      await makePrivateFolder(directory);
      return withLock({ file: lock, waitMs: lockWaitMs, subject: "The vault's key record", now }, async () => {
        const current = readText(file)?.text;
        const next = await change(current);
        if (next === "keep") return current;
        await replaceFile(file, directory, next);
        return next;
      });
    },
  };
}
