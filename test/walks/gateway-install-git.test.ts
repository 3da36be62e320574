import { execFileSync } from "node:child_process";
import { mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openWalk } from "../rig/walk.ts";

test.skipIf(process.platform === "win32")("Z07: a file that lies in a git work tree gets no token, by whatever links it gets there, unless git ignores it: also one that is tracked, and one that is not there yet", async () => {
  const walk = await openWalk();
  await walk.configure({ notes: { type: "remote", url: "https://mcp.example.com/mcp" } });
  const { directory } = walk.home;
  const dotfiles = join(directory, "dotfiles");
  await mkdir(join(dotfiles, "cursor"), { recursive: true });
  const git = (...words: readonly string[]): void => void execFileSync("git", ["-C", dotfiles, ...words], { stdio: "ignore" });
  git("init");
  await symlink(join(dotfiles, "cursor"), join(directory, ".cursor"));
  const path = join(directory, ".cursor", "mcp.json");
  const tree = await realpath(dotfiles);
  const refused = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { exitCode, stderr } = await walk.run(["install", "cursor", "--gateway"], { env });
    expect([exitCode, stderr]).toEqual([1, `error: ${path} lies in the git work tree ${tree}, which does not ignore it, and a token would stand in it; nothing was written\nhint: let git ignore the file (its .gitignore; git rm --cached, where it is tracked); or mcpass install cursor, as a bridge needs no token\n`]);
    expect((await walk.run(["serve", "--clients"])).stdout).toBe("No client has a token for the gateway.\n");
  };
  await refused();
  await writeFile(path, "{}\n", { mode: 0o600 });
  await refused();
  git("add", "cursor/mcp.json");
  await writeFile(join(dotfiles, ".gitignore"), "mcp.json\n");
  await refused();
  git("rm", "--cached", "cursor/mcp.json");
  // Nobody is there to be asked.
  await refused({ PATH: "" });
  expect(await readFile(path, "utf8")).toBe("{}\n");
  expect((await walk.run(["install", "cursor", "--gateway"], { env: { GIT_DIR: "/nowhere" } })).exitCode).toBe(0);
  expect(await readFile(path, "utf8")).toContain("mcpass_gateway_");
});
