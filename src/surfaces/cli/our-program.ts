import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Runtime } from "../../base/runtime.ts";
import type { Application, Machine } from "../../config/application/application.ts";
import { homeDirectory } from "../../config/expand.ts";
import type { GlobalFlags } from "./command-context.ts";

export function machineOf(runtime: Runtime): Machine {
  return { environment: runtime.environment, platform: process.platform, home: homeDirectory(runtime), workingDirectory: runtime.workingDirectory };
}

export interface Started {
  readonly runtime: Runtime;
  readonly flags: GlobalFlags;
  readonly application: Pick<Application, "startedFrom">;
  /** The entry is for others too, on machines of their own. */
  readonly project: boolean;
}

/**
 * What an application starts to reach a server through this program, with the configuration and the home that this command has. A desktop's programs
 * find neither `mcpass` nor `node` on their PATH, so they are given both by their paths.
 */
export function bridgeWords({ runtime, flags, application, project }: Started, server: string): readonly string[] {
  if (project) return ["mcpass", "bridge", server];
  const { environment, workingDirectory } = runtime;
  const place = (name: string, given: string | undefined): readonly string[] => (given === undefined || given === "" ? [] : [name, resolve(workingDirectory, given)]);
  const places = [...place("--home", flags.home ?? environment["MCPASS_HOME"]), ...place("--config", flags.config ?? environment["MCPASS_CONFIG"])];
  const script = process.argv[1] ?? "mcpass";
  const program = application.startedFrom === "terminal" && isOnPath(environment, script) ? ["mcpass"] : [process.execPath, script];
  return [...program, "bridge", server, ...places];
}

/** Whether `mcpass` alone starts this very program. On Windows it would need a shell. */
function isOnPath(environment: Runtime["environment"], script: string): boolean {
  if (process.platform === "win32") return false;
  const found = (environment["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "mcpass")).find(isExecutable);
  return found !== undefined && realPath(found) === realPath(script);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
