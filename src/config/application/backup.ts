import { chmod, copyFile, constants, stat } from "node:fs/promises";

import { describeCause, McpassError } from "../../base/errors.ts";

const most = 100;

/** A copy of a file beside it, with its mode, under a name that is free. @throws McpassError `config_unreadable` */
export async function makeBackup(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    for (let number = 1; number <= most; number += 1) {
      const backup = `${path}.before-mcpass${number === 1 ? "" : `-${String(number)}`}`;
      if (!(await copied(path, backup))) continue;
      await chmod(backup, mode & 0o7777);
      return backup;
    }
    throw new Error(`there are ${String(most)} backups of it already`);
  } catch (thrown) {
    throw new McpassError("config_unreadable", `no backup of ${path} could be made: ${describeCause(thrown)}; the file was left as it is`, { cause: thrown, details: { file: path } });
  }
}

async function copied(path: string, backup: string): Promise<boolean> {
  try {
    await copyFile(path, backup, constants.COPYFILE_EXCL);
    return true;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "EEXIST") return false;
    throw thrown;
  }
}
