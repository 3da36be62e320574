import { readFileSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, McpassError } from "../base/errors.ts";
import { decodeKey, encodeKey } from "./environment-key.ts";
import type { KeyHolder, SourceOf } from "./wrapping-key.ts";
import { locked } from "./vault-locked.ts";
import { codeOf, makePrivateFolder, syncFolder } from "./record-file.ts";
import { keyIdOf, newKey } from "./sealing.ts";

/** Keys in 0600 files of this folder, each named after its key. */
export function keyFiles(directory: string): KeyHolder<SourceOf<"file">> {
  return {
    describe: ({ name }) => `the key file ${join(directory, name)}`,
    open: async ({ name }) => readKeyFile(join(directory, name)),
    forget: ({ name }) => rm(join(directory, name), { force: true }),
    create: async () => {
      const key = newKey();
      const name = `vault-${keyIdOf(key)}.key`;
      await writeKeyFile(directory, name, key);
      return { source: { kind: "file", name }, key };
    },
  };
}

async function writeKeyFile(directory: string, name: string, key: Uint8Array): Promise<void> {
  const file = join(directory, name);
  await makePrivateFolder(directory);
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(`${encodeKey(key)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(directory);
  } catch (thrown) {
    throw new McpassError("vault_unwritable", `The vault's key file ${file} cannot be written: ${describeCause(thrown)}.`, {
      hint: `Make its folder writable for you, and room on its disk.`,
      cause: thrown,
      details: { file },
    });
  }
}

/** One that others can read is refused: whoever has read it has everything. S01 */
function readKeyFile(file: string): Uint8Array {
  let text: string;
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0 && process.platform !== "win32")
      throw locked(
        `The vault's key file ${file} can be read by others (mode ${(mode & 0o777).toString(8)}).`,
        `Keep it to yourself: chmod 600 '${file}'. If somebody may have read it, then also: mcpass vault rekey`,
        { file },
      );
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof McpassError) throw thrown;
    const gone = codeOf(thrown) === "ENOENT";
    throw locked(
      `The vault's key file ${file} ${gone ? "is gone" : `cannot be read: ${describeCause(thrown)}`}.`,
      gone
        ? "Put it back from a backup; without it nothing that is stored can be opened. To start anew, move the vault's folder away."
        : `Make ${file} readable for you.`,
      { file },
      thrown,
    );
  }
  const key = decodeKey(text);
  if (key === undefined) throw locked(`The vault's key file ${file} does not hold a key.`, "Put it back from a backup.", { file });
  return key;
}
