import { join } from "node:path";
import { expect, test } from "vitest";
import type { Machine } from "../../../src/config/application/application.ts";
import { applicationNames } from "../../../src/config/application/application-names.ts";
import { applications, fileToWrite, filesOf, requireApplications } from "../../../src/config/application/applications.ts";
import { bridgedServer, leadsTo, nameThere } from "../../../src/config/application/bridge-entry.ts";
import { workspace } from "../workspace.ts";
import { named } from "./place.ts";

test("every client has its places on every platform, with its source named", () => {
  const machine = (platform: NodeJS.Platform, home: string, environment: Record<string, string> = {}): Machine => ({ platform, home, environment, workingDirectory: platform === "win32" ? "C:\\work" : "/work" });
  const first = (on: Machine): Record<string, string> => Object.fromEntries(applications.map((application) => [application.name, filesOf(application, on, false)[0]!]));
  expect(first(machine("linux", "/home/me"))).toEqual({
    "claude-code": "/home/me/.claude.json",
    "claude-desktop": "/home/me/.config/Claude/claude_desktop_config.json",
    cursor: "/home/me/.cursor/mcp.json",
    vscode: "/home/me/.config/Code/User/mcp.json",
    codex: "/home/me/.codex/config.toml",
    opencode: "/home/me/.config/opencode/opencode.jsonc",
    windsurf: "/home/me/.codeium/windsurf/mcp_config.json",
    zed: "/home/me/.config/zed/settings.json",
    gemini: "/home/me/.gemini/settings.json",
  });
  expect(first(machine("darwin", "/Users/me"))).toMatchObject({ "claude-desktop": "/Users/me/Library/Application Support/Claude/claude_desktop_config.json", vscode: "/Users/me/Library/Application Support/Code/User/mcp.json", zed: "/Users/me/.config/zed/settings.json", opencode: "/Users/me/.config/opencode/opencode.jsonc" });
  expect(first(machine("win32", "C:\\Users\\me", { APPDATA: "C:\\Users\\me\\AppData\\Roaming" }))).toMatchObject({ "claude-desktop": "C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json", vscode: "C:\\Users\\me\\AppData\\Roaming\\Code\\User\\mcp.json", zed: "C:\\Users\\me\\AppData\\Roaming\\Zed\\settings.json", cursor: "C:\\Users\\me\\.cursor\\mcp.json" });
  expect(first(machine("linux", "/home/me", { CODEX_HOME: "/codex", XDG_CONFIG_HOME: "/xdg", CLAUDE_CONFIG_DIR: "/claude" }))).toMatchObject({ codex: "/codex/config.toml", opencode: "/xdg/opencode/opencode.jsonc", zed: "/xdg/zed/settings.json", "claude-code": "/claude/.claude.json" });
  expect(applications.map(({ projectFiles }) => projectFiles[0] ?? "none")).toEqual([".mcp.json", "none", ".cursor/mcp.json", ".vscode/mcp.json", ".codex/config.toml", "opencode.jsonc", "none", ".zed/settings.json", ".gemini/settings.json"]);
  expect(applications.every(({ source }) => source.startsWith("https://"))).toBe(true);
  expect(applications.map(({ name }) => name)).toEqual(applicationNames.filter((name) => name !== "claude"));
});

test("claude is each of the two that is used here; of several files the one that is there is written to; an unknown client suggests the nearest", async () => {
  const { root, write } = await workspace();
  const machine: Machine = { platform: "linux", home: root, environment: {}, workingDirectory: root };
  const chosen = (word: string, project = false): string[] => requireApplications(machine, word, project).map(({ name }) => name);
  expect(chosen("claude")).toEqual(["claude-code"]);
  await write(".config/Claude/other.json", "{}");
  expect(chosen("claude")).toEqual(["claude-desktop"]);
  await write(".claude.json", "{}");
  expect([chosen("claude"), chosen("claude-desktop"), chosen("claude", true)]).toEqual([["claude-code", "claude-desktop"], ["claude-desktop"], ["claude-code"]]);
  await write(".config/opencode/opencode.json", "{}");
  await write(".config/Code - Insiders/User/settings.json", "{}");
  expect([fileToWrite(named("opencode"), machine, false), fileToWrite(named("vscode"), machine, false)]).toEqual([join(root, ".config/opencode/opencode.json"), join(root, ".config/Code - Insiders/User/mcp.json")]);
  expect(() => chosen("curser")).toThrow(expect.objectContaining({ code: "usage", hint: "did you mean cursor?" }) as Error);
  expect(() => chosen("windsurf", true)).toThrow(expect.objectContaining({ code: "usage", message: "Windsurf has no file for a project" }) as Error);
});

test("a bridge of ours is known however it is started, and nothing else is taken for one", () => {
  for (const entry of [{ command: "mcpass", args: ["bridge", "a"] }, { command: ["mcpass", "bridge", "a"] }, { command: "/usr/bin/node", args: ["/opt/lib/node_modules/mcpass/dist/main.cjs", "bridge", "a", "--home", "/x"] }, { command: { path: "C:\\bin\\mcpass.cmd", args: ["bridge", "a"] } }]) expect(bridgedServer(entry)).toBe("a");
  for (const entry of [{ command: "ssh", args: ["bridge", "a"] }, { command: "mcpass", args: ["list"] }, { url: "https://a.example" }, 7]) expect(bridgedServer(entry)).toBeUndefined();
  expect([leadsTo({ command: "npx", args: ["mcp-remote", "https://A.example/mcp/"] }, "https://a.example/mcp"), leadsTo({ url: "https://a.example/other" }, "https://a.example/mcp")]).toEqual([true, false]);
  expect(["notes", "my server", "@x/y", "日本"].map(nameThere)).toEqual(["notes", "my-server", "x-y", "server"]);
});
