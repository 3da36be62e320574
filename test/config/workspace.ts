import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { onTestFinished } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import type { Runtime } from "../../src/base/runtime.ts";

export interface Workspace {
  readonly root: string;
  readonly runtime: Runtime;
  /** Of the user's file and of a project's. */
  readonly userFile: string;
  readonly projectFile: string;
  write(path: string, content: string | object): Promise<string>;
}

/** A home, a project and a Runtime that is nothing but files; gone when the test ends. */
export async function workspace(environment: Record<string, string | undefined> = {}): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mcpass-config-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const at = (name: string) => join(root, name);
  const workingDirectory = at("project/deep/er");
  await mkdir(workingDirectory, { recursive: true });
  const unused = () => Promise.reject(new Error("the config floor asks no network"));
  const runtime: Runtime = {
    fetch: unused,
    lookup: unused,
    openBrowser: unused,
    now: () => 0,
    environment: { HOME: at("home"), ...environment },
    directories: { config: at("config"), data: at("data"), state: at("state"), cache: at("cache") },
    processName: "process 1 on this machine",
    workingDirectory,
    randomBytes: (length) => new Uint8Array(length),
  };
  const write = async (path: string, content: string | object) => {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, typeof content === "string" ? content : JSON.stringify(content));
    return target;
  };
  return { root, runtime, userFile: at("config/mcpass.jsonc"), projectFile: at("project/mcpass.jsonc"), write };
}

/** The McpassError a call ends in; anything else fails the test. */
export async function failure(work: () => unknown): Promise<McpassError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof McpassError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}
