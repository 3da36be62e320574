import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { Runtime } from "../base/runtime.ts";
import type { Layer } from "./configuration.ts";

const fileNames = ["mcpass.jsonc", "mcpass.json"] as const;

export interface ConfigLocation {
  readonly path: string;
  readonly layer: Layer;
}

/** Where the user's configuration is, or would be made. */
export function userConfigFile(runtime: Runtime): string {
  return join(runtime.directories.config, fileNames[0]);
}

/** The user's file that is there: `mcpass.jsonc`, else `mcpass.json`, else undefined. */
export async function findUserConfigFile(runtime: Runtime): Promise<string | undefined> {
  return findIn(runtime.directories.config);
}

/** The nearest `mcpass.jsonc` (or `.json`) from the working directory upward. The user's own file is never a project's. */
export async function projectConfigFile(runtime: Runtime): Promise<string | undefined> {
  return findProjectConfigFile(runtime, runtime.workingDirectory);
}

/** As `projectConfigFile`, from another directory. */
export async function findProjectConfigFile(runtime: Runtime, directory: string): Promise<string | undefined> {
  const users = fileNames.map((name) => realPath(join(runtime.directories.config, name)));
  for (let current = resolve(directory); ; current = dirname(current)) {
    const found = findIn(current);
    if (found !== undefined && !users.includes(realPath(found))) return found;
    if (dirname(current) === current) return undefined;
  }
}

/** The files to read, lowest layer first. `configFile` and then MCPASS_CONFIG replace both the user's and the project's. */
export async function findConfigFiles(runtime: Runtime, configFile: string | undefined): Promise<readonly ConfigLocation[]> {
  const given = configFile ?? (runtime.environment["MCPASS_CONFIG"] || undefined);
  if (given !== undefined) return [{ path: resolve(runtime.workingDirectory, given), layer: "file" }];
  const [user, project] = await Promise.all([findUserConfigFile(runtime), projectConfigFile(runtime)]);
  return [
    ...(user === undefined ? [] : [{ path: user, layer: "user" as const }]),
    ...(project === undefined ? [] : [{ path: project, layer: "project" as const }]),
  ];
}

function findIn(directory: string): string | undefined {
  for (const name of fileNames) {
    const path = join(directory, name);
    if (exists(path)) return path;
  }
  return undefined;
}

/** A file that may not be looked at counts as there: reading it will say so. */
function exists(path: string): boolean {
  try {
    // A dozen of these on every start: at once, not one after the other through the thread pool.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch (thrown) {
    const code = (thrown as { code?: unknown }).code;
    return code === "EACCES" || code === "ELOOP";
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
