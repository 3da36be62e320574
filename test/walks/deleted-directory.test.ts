import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { cleanEnvironment, programFile } from "../rig/program.ts";
import { openWalk } from "../rig/walk.ts";

test.skipIf(process.platform === "win32").each(["list", "bridge example", "auth example"])("U01 a directory that was deleted under a shell is said with what to do: %s", async (words) => {
  const walk = await openWalk();
  const directory = join(walk.home.directory, "deleted");
  await mkdir(directory);
  const ended = await new Promise<readonly unknown[]>((resolve) => {
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
    execFile("/bin/sh", ["-c", script, "sh", directory, process.execPath, programFile, ...words.split(" ")], { env: cleanEnvironment({ home: walk.home.directory }), timeout: 40_000 }, (error, stdout, stderr) => resolve([error?.code, stdout, stderr]));
  });
  expect(ended).toEqual([2, "", "error: the directory that this was started in is not there any more\nhint: cd to one that is there, and the same command again\n"]);
});
