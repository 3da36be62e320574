import { posix, win32 } from "node:path";

import type { Directories } from "../../base/runtime.ts";
import { userHome } from "../../config/user-home.ts";

export interface DirectoryOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** `--home`: the one directory that holds all four; else `MCPASS_HOME`. A relative one is meant from `workingDirectory`. */
  readonly homeDirectory?: string | undefined;
  readonly workingDirectory: string;
}

/** Where the platform's programs keep things; nothing is created. Grants stay out of what roams or is synchronised. */
export function findDirectories(options: DirectoryOptions): Directories {
  const { environment, platform } = options;
  const { join, resolve } = platform === "win32" ? win32 : posix;
  const together = options.homeDirectory ?? (environment["MCPASS_HOME"] || undefined);
  if (together !== undefined) {
    const home = resolve(options.workingDirectory, together);
    return { config: join(home, "config"), data: join(home, "data"), state: join(home, "state"), cache: join(home, "cache") };
  }
  if (platform === "win32") return windowsDirectories(environment);
  const home = userHome(environment, ["HOME"]);
  return platform === "darwin" ? macDirectories(home) : xdgDirectories(home, environment);
}

function windowsDirectories(environment: DirectoryOptions["environment"]): Directories {
  const home = userHome(environment, ["USERPROFILE"]);
  const local = win32.join(environment["LOCALAPPDATA"] || win32.join(home, "AppData", "Local"), "mcpass");
  const roaming = environment["APPDATA"] || win32.join(home, "AppData", "Roaming");
  return { config: win32.join(roaming, "mcpass"), data: win32.join(local, "data"), state: win32.join(local, "state"), cache: win32.join(local, "cache") };
}

function macDirectories(home: string): Directories {
  const support = posix.join(home, "Library", "Application Support", "mcpass");
  return { config: support, data: posix.join(support, "data"), state: posix.join(support, "state"), cache: posix.join(home, "Library", "Caches", "mcpass") };
}

/** The XDG base directory specification; its relative values are to be ignored. */
function xdgDirectories(home: string, environment: DirectoryOptions["environment"]): Directories {
  const place = (variable: string, fallback: string): string => {
    const value = environment[variable];
    return posix.join(value?.startsWith("/") === true ? value : posix.join(home, fallback), "mcpass");
  };
  return {
    config: place("XDG_CONFIG_HOME", ".config"),
    data: place("XDG_DATA_HOME", ".local/share"),
    state: place("XDG_STATE_HOME", ".local/state"),
    cache: place("XDG_CACHE_HOME", ".cache"),
  };
}
