import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";

import { McpassError } from "../../base/errors.ts";
import { nearestName } from "../nearest-name.ts";
import { quoted } from "../quoted.ts";
import type { Application, Machine } from "./application.ts";
import { applicationNames } from "./application-names.ts";

const split = ([command = "", ...args]: readonly string[]) => ({ command, args });
const stdio = (words: readonly string[]) => ({ type: "stdio", ...split(words) });
const withHeaders = (url: string, authorization: string) => ({ url, headers: { Authorization: authorization } });
const http = (url: string, authorization: string) => ({ type: "http", ...withHeaders(url, authorization) });

/** Every application that is known, with the page that its format and its places were taken from. */
export const applications: readonly Application[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    source: "https://code.claude.com/docs/en/mcp",
    userFiles: (machine) => [claudeFile(machine)],
    usedAt: claudeFile,
    projectFiles: [".mcp.json"],
    language: "json",
    serversAt: ["mcpServers"],
    startedFrom: "terminal",
    entryFor: stdio,
    remoteEntry: http,
    restart: "start Claude Code again",
  },
  {
    name: "claude-desktop",
    title: "Claude Desktop",
    source: "https://modelcontextprotocol.io/quickstart/user",
    userFiles: (machine) => [pathsOf(machine).join(roaming(machine), "Claude", "claude_desktop_config.json")],
    usedAt: (machine) => pathsOf(machine).join(roaming(machine), "Claude"),
    projectFiles: [],
    language: "json",
    serversAt: ["mcpServers"],
    startedFrom: "desktop",
    entryFor: split,
    // It does not connect to remote servers that stand in this file: https://support.claude.com/en/articles/11503834
    restart: "quit Claude Desktop and start it again",
  },
  {
    name: "cursor",
    title: "Cursor",
    source: "https://cursor.com/docs/mcp",
    userFiles: (machine) => [inHome(machine, ".cursor", "mcp.json")],
    projectFiles: [".cursor/mcp.json"],
    language: "json",
    serversAt: ["mcpServers"],
    startedFrom: "desktop",
    entryFor: stdio,
    remoteEntry: withHeaders,
    restart: "restart Cursor",
  },
  {
    name: "vscode",
    title: "VS Code",
    source: "https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
    userFiles: (machine) => editions.map((edition) => pathsOf(machine).join(roaming(machine), edition, "User", "mcp.json")),
    projectFiles: [".vscode/mcp.json"],
    language: "json",
    serversAt: ["servers"],
    startedFrom: "desktop",
    entryFor: stdio,
    remoteEntry: http,
    restart: 'run "MCP: List Servers" in VS Code and start it there',
  },
  {
    name: "codex",
    title: "Codex",
    source: "https://developers.openai.com/codex/config-reference",
    userFiles: (machine) => [pathsOf(machine).join(machine.environment["CODEX_HOME"] || inHome(machine, ".codex"), "config.toml")],
    projectFiles: [".codex/config.toml"],
    language: "toml",
    serversAt: ["mcp_servers"],
    startedFrom: "terminal",
    entryFor: split,
    // Its `bearer_token_env_var` would need a variable in the environment that it is started in.
    remoteEntry: (url, authorization) => ({ url, http_headers: { Authorization: authorization } }),
    restart: "start Codex again",
  },
  {
    name: "opencode",
    title: "OpenCode",
    source: "https://opencode.ai/docs/mcp-servers",
    userFiles: (machine) => ["opencode.jsonc", "opencode.json", "config.json"].map((file) => pathsOf(machine).join(xdgConfig(machine), "opencode", file)),
    projectFiles: ["opencode.jsonc", "opencode.json"],
    language: "json",
    serversAt: ["mcp"],
    hasSecondShape: true,
    startedFrom: "terminal",
    entryFor: (words) => ({ type: "local", command: words }),
    // Else it looks for an authorization server when the token is refused.
    remoteEntry: (url, authorization) => ({ type: "remote", ...withHeaders(url, authorization), oauth: false }),
    restart: "start OpenCode again",
  },
  {
    name: "windsurf",
    title: "Windsurf",
    source: "https://docs.windsurf.com/windsurf/cascade/mcp",
    userFiles: (machine) => [inHome(machine, ".codeium", "windsurf", "mcp_config.json")],
    projectFiles: [],
    language: "json",
    serversAt: ["mcpServers"],
    startedFrom: "desktop",
    entryFor: split,
    remoteEntry: (serverUrl, authorization) => ({ serverUrl, headers: { Authorization: authorization } }),
    restart: "press refresh in Windsurf's list of MCP servers",
  },
  {
    name: "zed",
    title: "Zed",
    source: "https://zed.dev/docs/ai/mcp",
    userFiles: (machine) => [pathsOf(machine).join(zedFolder(machine), "settings.json")],
    projectFiles: [".zed/settings.json"],
    language: "json",
    serversAt: ["context_servers"],
    startedFrom: "desktop",
    entryFor: (words) => ({ ...split(words), env: {} }),
    remoteEntry: withHeaders,
    restart: "nothing else: Zed reads its settings when they change",
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    source: "https://geminicli.com/docs/tools/mcp-server",
    userFiles: (machine) => [inHome(machine, ".gemini", "settings.json")],
    projectFiles: [".gemini/settings.json"],
    language: "json",
    serversAt: ["mcpServers"],
    startedFrom: "terminal",
    entryFor: split,
    remoteEntry: (httpUrl, authorization) => ({ httpUrl, headers: { Authorization: authorization } }),
    restart: "start Gemini CLI again",
  },
];

/** Of one family, which all read the same file; the first counts where none is used. */
const editions = ["Code", "Code - Insiders", "VSCodium"];

/** Those that a word names. @throws McpassError `usage`, with the nearest name in its hint */
export function requireNamed(word: string): readonly Application[] {
  if (!(applicationNames as readonly string[]).includes(word)) {
    const nearest = nearestName(word, applicationNames);
    throw new McpassError("usage", `${quoted(word)} is not a client that is known: ${applicationNames.join(", ")}`, nearest === undefined ? {} : { hint: `did you mean ${nearest}?` });
  }
  return applications.filter(({ name }) => name === word || (word === "claude" && name.startsWith("claude-")));
}

/**
 * The applications that a word stands for here. `claude` is each of Claude Code and Claude Desktop that is used here; Claude Code where neither is.
 * @throws McpassError `usage`, with the nearest name in its hint
 */
export function requireApplications(machine: Machine, word: string, project: boolean): readonly Application[] {
  const named = requireNamed(word);
  const withProject = project ? named.filter(({ projectFiles }) => projectFiles.length > 0) : named;
  if (withProject.length === 0) throw new McpassError("usage", `${named[0]?.title ?? word} has no file for a project`, { hint: "leave out --project" });
  const used = withProject.filter(({ usedAt }) => project || usedAt === undefined || existsSync(usedAt(machine)));
  return used.length > 0 ? used : withProject.slice(0, 1);
}

/** Its files, absolute: the user's, or a project's. */
export function filesOf(application: Application, machine: Machine, project: boolean): readonly string[] {
  return project ? application.projectFiles.map((path) => pathsOf(machine).resolve(machine.workingDirectory, path)) : application.userFiles(machine);
}

/** Of its files the one to write to: the first that is there, else the first whose folder is, else the first. */
export function fileToWrite(application: Application, machine: Machine, project: boolean): string {
  const files = filesOf(application, machine, project);
  return files.find((file) => existsSync(file)) ?? files.find((file) => existsSync(pathsOf(machine).dirname(file))) ?? files[0] ?? "";
}

function pathsOf({ platform }: Machine): typeof posix {
  return platform === "win32" ? win32 : posix;
}

function inHome(machine: Machine, ...parts: readonly string[]): string {
  return pathsOf(machine).join(machine.home, ...parts);
}

/** Where desktop programs keep what is the user's. */
function roaming(machine: Machine): string {
  if (machine.platform === "win32") return machine.environment["APPDATA"] || inHome(machine, "AppData", "Roaming");
  return machine.platform === "darwin" ? inHome(machine, "Library", "Application Support") : xdgConfig(machine);
}

function xdgConfig(machine: Machine): string {
  return machine.environment["XDG_CONFIG_HOME"] || inHome(machine, ".config");
}

function zedFolder(machine: Machine): string {
  if (machine.platform === "win32") return win32.join(roaming(machine), "Zed");
  return machine.platform === "darwin" ? inHome(machine, ".config", "zed") : posix.join(xdgConfig(machine), "zed");
}

function claudeFile(machine: Machine): string {
  return pathsOf(machine).join(machine.environment["CLAUDE_CONFIG_DIR"] || machine.home, ".claude.json");
}
