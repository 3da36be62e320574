import { accessSync, constants, readFileSync } from "node:fs";
import { posix, win32 } from "node:path";

import { splitWords } from "../../base/split-words.ts";

export interface BrowserChoice {
  /** Absolute program first; no word contains the URL yet. */
  readonly words: readonly [string, ...string[]];
  /** A person named it (`--browser`, `BROWSER`), as opposed to the system's own opener. */
  readonly named: boolean;
}

export interface BrowserOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** `--browser`, already words; wins over the `BROWSER` variable. */
  readonly browserCommand?: readonly string[] | undefined;
}

/** Which program opens a URL here, or why none can. Nothing is run to find out. */
export function chooseBrowser(options: BrowserOptions): BrowserChoice | { readonly reason: string } {
  const named = options.browserCommand ?? splitWords(options.environment["BROWSER"] ?? "");
  if (named[0] !== undefined) return chooseNamed([named[0], ...named.slice(1)], options);
  const system = options.platform === "win32" || options.platform === "darwin" || isWsl(options) ? desktopOpener(options) : undefined;
  return system ?? linuxOpener(options);
}

function chooseNamed([name, ...rest]: readonly [string, ...string[]], options: BrowserOptions): ReturnType<typeof chooseBrowser> {
  const program = findProgram(name, options);
  return program === undefined ? { reason: `${name} was not found` } : { words: [program, ...rest], named: true };
}

/** The desktop that starts the browser is this machine's own screen: nobody sits there when the terminal is at the end of an SSH line. */
function desktopOpener({ environment, platform }: BrowserOptions): ReturnType<typeof chooseBrowser> | undefined {
  if (environment["SSH_CONNECTION"] || environment["SSH_TTY"]) return { reason: "no display" };
  if (platform === "darwin") return { words: ["/usr/bin/open"], named: false };
  const root = environment["SystemRoot"] ?? "";
  const rundll32 = platform !== "win32" ? wslRundll32 : win32.join(/^[a-z]:\\/i.test(root) ? root : "C:\\Windows", "System32", "rundll32.exe");
  return platform !== "win32" && !isExecutable(rundll32) ? undefined : { words: [rundll32, "url.dll,FileProtocolHandler"], named: false };
}

const wslRundll32 = "/mnt/c/Windows/System32/rundll32.exe";

function linuxOpener(options: BrowserOptions): ReturnType<typeof chooseBrowser> {
  const { environment } = options;
  const wslview = isWsl(options) ? findProgram("wslview", options) : undefined;
  if (wslview !== undefined) return { words: [wslview], named: false };
  if (!environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"]) return { reason: "no display" };
  for (const [name, ...rest] of [["xdg-open"], ["gio", "open"], ["x-www-browser"]] as const) {
    const program = findProgram(name, options);
    if (program !== undefined) return { words: [program, ...rest], named: false };
  }
  return { reason: "xdg-open was not found" };
}

function isWsl({ platform }: BrowserOptions): boolean {
  if (platform !== "linux") return false;
  try {
    return /microsoft/i.test(readFileSync("/proc/version", "utf8"));
  } catch {
    return false;
  }
}

/** By hand, so that an empty or relative part of PATH never runs a file of the current directory. */
function findProgram(name: string, { environment, platform }: BrowserOptions): string | undefined {
  const { isAbsolute, join, delimiter, sep } = platform === "win32" ? win32 : posix;
  const endings = platform === "win32" && !/\.(exe|com)$/i.test(name) ? [".exe", ".com"] : [""];
  if (name.includes("/") || name.includes(sep)) return endings.map((ending) => name + ending).find(isExecutable) ?? (isExecutable(name) ? name : undefined);
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
