import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The git work tree by which a file is, or could be, passed on: it lies, or would lie, there by its real path, and git does not ignore it. undefined: none. */
export async function sharingWorkTree(path: string, environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const real = await realPathOf(path);
  const tree = await workTreeOf(dirname(real));
  return tree === undefined || (await isIgnored(tree, real, environment)) ? undefined : tree;
}

/** Also of what is not there yet: a folder above it may be a link, into a repository of settings perhaps. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}

/** `.git` is a folder, or a file that names one. gitrepository-layout(5) */
async function workTreeOf(directory: string): Promise<string | undefined> {
  const found = await lstat(join(directory, ".git")).catch(() => undefined);
  if (found !== undefined) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : workTreeOf(parent);
}

/** As git itself says it, which knows also what is tracked although it is ignored. Without git, no. */
async function isIgnored(tree: string, path: string, environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const { execFile } = await import("node:child_process");
  // Another repository may be meant by them, where mcpass is called by a hook.
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("GIT_")));
  return new Promise((resolve) => {
    execFile("git", ["-c", "core.fsmonitor=false", "-C", tree, "check-ignore", "--quiet", "--", path], { env, timeout: 5_000, windowsHide: true }, (error) => resolve(error === null));
  });
}
