import { chmod, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Application, Machine } from "../../../src/config/application/application.ts";
import { applicationNames } from "../../../src/config/application/application-names.ts";
import { applications, fileToWrite, filesOf, requireApplications } from "../../../src/config/application/applications.ts";
import { bridgedServer, leadsTo, nameThere } from "../../../src/config/application/bridge-entry.ts";
import { install, type Installation, type InstallOptions } from "../../../src/config/application/install.ts";
import { recordsFile } from "../../../src/config/application/install-record.ts";
import { openJson } from "../../../src/config/application/json-servers.ts";
import { openToml } from "../../../src/config/application/toml-servers.ts";
import { type Removal, uninstall } from "../../../src/config/application/uninstall.ts";
import { workspace, type Workspace } from "../workspace.ts";

const named = (name: string): Application => applications.find((each) => each.name === name)!;
const words = (server: string): readonly string[] => ["mcpass", "bridge", server];
const url = (server: string): string => `https://${server}.example.com/mcp`;

interface Place {
  readonly space: Workspace;
  readonly path: string;
  put(text: string): Promise<void>;
  text(): Promise<string>;
  install(servers: readonly string[], options?: Partial<InstallOptions>): Promise<Installation>;
  uninstall(names?: readonly string[], print?: boolean): Promise<Removal>;
  files(): Promise<readonly string[]>;
}

async function place(application: Application, text?: string): Promise<Place> {
  const space = await workspace();
  const path = join(space.root, "there", application.language === "toml" ? "config.toml" : "mcp.json");
  await mkdir(dirname(path));
  const put = async (content: string): Promise<void> => writeFile(path, content, { mode: 0o600 });
  if (text !== undefined) await put(text);
  return {
    space,
    path,
    put,
    text: () => readFile(path, "utf8"),
    install: (servers, options = {}) => install(space.runtime, { application, path, wanted: servers.map((server) => ({ server, url: url(server), words: words(server) })), replace: false, print: false, ...options }),
    uninstall: (names = [], print = false) => uninstall(space.runtime, { application, path, names, print }),
    files: () => readdir(dirname(path)),
  };
}

const cursor = named("cursor");
const kinds = ({ entries }: Installation | Removal): unknown => Object.fromEntries(entries.map(({ server, kind }) => [server, kind]));

/** Every character of the text in its order, with others in between. */
function hasAllOf(edited: string, text: string): boolean {
  let at = 0;
  for (const character of edited) if (character === text[at]) at += 1;
  return at === text.length;
}

const commented = `// mine, with care
{
  "theme":   "dark",  /* as it is */
  "mcpServers": {
    "notes": { "url": "https://notes.example.com/mcp", "headers": { "Authorization": "Bearer s" } }, // direct
    "other":{"command":"npx","args":[ "x" ]} // keep me
  },
  "list": [1,2,
    3]
}
`;

test("a bridge is added, or put in place of the entry for the same server; every other byte stays, and uninstall brings back the bytes", async () => {
  const { install, uninstall, text, files, path } = await place(cursor, commented);
  const done = await install(["notes", "api"]);
  expect([kinds(done), done.backup]).toEqual([{ notes: "replaced", api: "added" }, `${path}.before-mcpass`]);
  const bridge = (server: string): string => `{\n      "type": "stdio",\n      "command": "mcpass",\n      "args": [\n        "bridge",\n        "${server}"\n      ]\n    }`;
  expect(await text()).toBe(commented.replace('{ "url": "https://notes.example.com/mcp", "headers": { "Authorization": "Bearer s" } }', bridge("notes")).replace("} // keep me", `}, // keep me\n    "api": ${bridge("api")}`));
  expect(await readFile(`${path}.before-mcpass`, "utf8")).toBe(commented);
  const back = await uninstall();
  expect([kinds(back), back.restored, await text(), await files()]).toEqual([{ notes: "put-back", api: "removed" }, "file", commented, ["mcp.json"]]);
});

test("installed twice, nothing changes: not the file, not its time, no second backup", async () => {
  const { install, text, files, path } = await place(cursor, commented);
  await install(["notes"]);
  const [before, { mtimeMs }] = [await text(), await stat(path)];
  expect(kinds(await install(["notes"]))).toEqual({ notes: "there-already" });
  expect([await text(), (await stat(path)).mtimeMs, await files()]).toEqual([before, mtimeMs, ["mcp.json", "mcp.json.before-mcpass"]]);
});

test("what others changed since stays: uninstall takes out what is ours only, and leaves and names an entry that a person changed", async () => {
  const { install, uninstall, text, put, path } = await place(cursor, commented);
  await install(["notes", "api", "mine"]);
  await put((await text()).replace('"dark"', '"light"').replace('"mine"\n      ]', '"mine", "--open"\n      ]'));
  const back = await uninstall();
  expect([kinds(back), back.restored, back.backup]).toEqual([{ notes: "put-back", api: "removed", mine: "changed" }, undefined, `${path}.before-mcpass`]);
  const left = '"mine": {\n      "type": "stdio",\n      "command": "mcpass",\n      "args": [\n        "bridge",\n        "mine", "--open"\n      ]\n    }';
  expect(await text()).toBe(commented.replace('"dark"', '"light"').replace("} // keep me", `}, // keep me\n    ${left}`));
  expect(kinds(await uninstall())).toEqual({ mine: "changed" });
});

test("one after the other and taken back one after the other, the bytes come back too", async () => {
  const { install, uninstall, text, files } = await place(cursor, commented);
  await install(["api"]);
  await install(["notes"]);
  expect(kinds(await uninstall(["api"]))).toEqual({ api: "removed" });
  expect(await text()).toContain('"bridge",\n        "notes"');
  expect([(await uninstall()).restored, await text(), await files()]).toEqual(["file", commented, ["mcp.json"]]);
});

test("a file that was not there is made for this user only, and is gone again afterwards; with other entries in it by then, it stays", async () => {
  const { install, uninstall, path, files, text, put } = await place(cursor);
  expect((await install(["api"])).made).toBe(true);
  expect([(await stat(path)).mode & 0o777, JSON.parse(await text())]).toEqual([0o600, { mcpServers: { api: { type: "stdio", command: "mcpass", args: ["bridge", "api"] } } }]);
  expect([(await uninstall()).restored, await files()]).toEqual(["made", []]);
  await install(["api"]);
  await put('{ "theme": "dark", ' + (await text()).slice(1));
  expect([(await uninstall()).restored, JSON.parse(await text())]).toEqual([undefined, { theme: "dark" }]);
});

test("an entry of this name that is for something else stays and is told of, unless it is to be replaced", async () => {
  const { install, uninstall, text } = await place(cursor, commented);
  expect([kinds(await install(["other"])), await text()]).toEqual([{ other: "taken" }, commented]);
  expect(kinds(await install(["other"], { replace: true }))).toEqual({ other: "replaced" });
  expect([kinds(await uninstall()), await text()]).toEqual([{ other: "put-back" }, commented]);
});

test("an older bridge of ours is renewed, and uninstall still brings back what was there before it", async () => {
  const { install, uninstall, text, put } = await place(cursor, commented);
  const moved = [{ server: "notes", url: undefined, words: ["/opt/node", "/opt/mcpass/dist/main.cjs", "bridge", "notes"] }];
  await install(["notes"]);
  expect(kinds(await install([], { wanted: moved }))).toEqual({ notes: "replaced" });
  await put((await text()).replace("dark", "light"));
  expect([kinds(await uninstall()), await text()]).toEqual([{ notes: "put-back" }, commented.replace("dark", "light")]);
});

test("bridges that no record knows of are taken out, too; a record that cannot be read stops everything before it starts", async () => {
  const { install, uninstall, text, space } = await place(cursor, commented);
  await install(["api"]);
  const record = recordsFile(space.runtime);
  expect((await stat(record)).mode & 0o777).toBe(0o600);
  const installed = await text();
  await writeFile(record, "{");
  for (const attempt of [() => install(["more"]), () => uninstall()]) await expect(attempt()).rejects.toMatchObject({ code: "config_unreadable", message: expect.stringContaining("installed.json") as string });
  expect(await text()).toBe(installed);
  await rm(record);
  expect([kinds(await uninstall()), await text()]).toEqual([{ api: "removed" }, commented]);
});

test("without its backup an entry that stood there before cannot come back, so what is there stays and is named", async () => {
  const { install, uninstall, text, path } = await place(cursor, commented);
  await install(["notes", "api"]);
  await rm(`${path}.before-mcpass`);
  expect(kinds(await uninstall())).toEqual({ notes: "lost", api: "removed" });
  expect(await text()).toContain('"bridge",\n        "notes"');
});

test("--print changes nothing", async () => {
  const { install, uninstall, text, files, space } = await place(cursor, commented);
  expect(kinds(await install(["notes"], { print: true }))).toEqual({ notes: "replaced" });
  expect([await text(), await files(), await readFile(recordsFile(space.runtime), "utf8").catch(() => "none")]).toEqual([commented, ["mcp.json"], "none"]);
  await install(["notes"]);
  const installed = await text();
  expect([kinds(await uninstall([], true)), await text()]).toEqual([{ notes: "put-back" }, installed]);
});

test("the mode of the file is kept, and its backup has the same", async () => {
  const { install, path } = await place(cursor, commented);
  await chmod(path, 0o640);
  const { backup } = await install(["api"]);
  expect([(await stat(path)).mode & 0o777, (await stat(backup!)).mode & 0o777]).toEqual([0o640, 0o640]);
});

const codexFile = `# mine
model = "some-model"   # as it is

[mcp_servers.notes] # direct
url = "https://notes.example.com/mcp"
http_headers = { "X-Team" = "blue" }

[mcp_servers.notes.tools.search]
approval_mode = "approve"

# about other
[mcp_servers.other]
command = "npx"

[profiles.deep]
text = """
[mcp_servers.api]
"""
`;

test("Codex's tables: whole ones are put in place of whole ones or added at the end; comments and all other bytes stay", async () => {
  const { install, uninstall, text, put } = await place(named("codex"), codexFile);
  expect(kinds(await install(["notes", "api", "other"]))).toEqual({ notes: "replaced", api: "added", other: "taken" });
  const direct = codexFile.slice(codexFile.indexOf("[mcp_servers.notes]"), codexFile.indexOf("\n\n# about"));
  const bridge = (server: string): string => `[mcp_servers.${server}]\ncommand = "mcpass"\nargs = ["bridge", "${server}"]`;
  const installed = `${codexFile.replace(direct, bridge("notes"))}\n${bridge("api")}\n`;
  expect(await text()).toBe(installed);
  await put(installed.replace("some-model", "another"));
  expect([kinds(await uninstall()), await text()]).toEqual([{ notes: "put-back", api: "removed" }, codexFile.replace("some-model", "another")]);
});

test("a server of Codex's that is written in another way than as tables of its own is refused, and the file is left", async () => {
  for (const written of ['[mcp_servers]\nnotes.url = "https://notes.example.com/mcp"\n', 'mcp_servers.notes = { url = "https://notes.example.com/mcp" }\n', '[mcp_servers.notes]\nurl = "https://notes.example.com/mcp"\n[x]\na = 1\n[mcp_servers.notes.env]\nb = "c"\n']) {
    const { install, text, files } = await place(named("codex"), written);
    await expect(install(["notes"])).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining("is not written as one table") as string });
    expect([await text(), await files()]).toEqual([written, ["config.toml"]]);
  }
  const inline = await place(named("codex"), 'mcp_servers = { a = { command = "x" } }\n');
  await expect(inline.install(["notes"])).rejects.toMatchObject({ code: "config_invalid" });
  expect(await inline.text()).toContain("mcp_servers = {");
});

const odd = "\u0000\uFFFE binary";
const refused: readonly (readonly [what: string, text: string, code: string])[] = [
  ["JSON that is none", '{ "mcpServers": ', "config_invalid"],
  ["a list", "[]", "config_invalid"],
  ["servers that are no object", '{ "mcpServers": [] }', "config_invalid"],
  ["no text", odd, "config_invalid"],
  ["a name that stands there twice", '{ "mcpServers": { "notes": { "url": "https://notes.example.com/mcp" }, "notes": { "url": "https://notes.example.com/mcp" } } }', "ok"],
];
test.each(refused)("%s is refused with the place, and the file is left as it is", async (_what, text, code) => {
  const { install, text: now, files } = await place(cursor, text);
  if (code === "ok") return expect(kinds(await install(["notes"]))).toEqual({ notes: "replaced" });
  await expect(install(["notes"])).rejects.toMatchObject({ code, message: expect.stringContaining("mcp.json") as string });
  expect([await now(), await files()]).toEqual([text, ["mcp.json"]]);
});

test("TOML that is none is refused with its line, which is not shown: a value on it may be a secret", async () => {
  const text = 'a = 1\ntoken = "canary-secret\n';
  const { install, text: now } = await place(named("codex"), text);
  const error = await install(["notes"]).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "config_invalid", message: expect.stringMatching(/config\.toml:2:\d+: this is not TOML/) as string });
  expect([String(error).includes("canary"), await now()]).toEqual([false, text]);
});

test("a link, a directory, a huge file and bytes that are no UTF-8 are refused, named, and left", async () => {
  const { install, path, put } = await place(cursor, commented);
  const target = `${path}.target`;
  const attempt = async (): Promise<string> => String(((await install(["notes"]).catch((thrown: unknown) => thrown)) as Error).message);
  await rm(path);
  await writeFile(target, commented);
  await symlink(target, path);
  expect([await attempt(), await readFile(target, "utf8")]).toEqual([`${path} is a symbolic link, which is not followed; it was left as it is`, commented]);
  await rm(path);
  await mkdir(path);
  expect(await attempt()).toBe(`${path} is not a file; it was left as it is`);
  await rm(path, { recursive: true });
  await put("{}");
  await truncate(path, 65 * 1024 * 1024);
  expect(await attempt()).toBe(`${path} is larger than 64 MiB, so it is not read; it was left as it is`);
  await writeFile(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  expect(await attempt()).toBe(`${path} is not UTF-8 text; it was left as it is`);
});

test.runIf(process.getuid?.() === 0)("another user's file is refused and left", async () => {
  const { chown } = await import("node:fs/promises");
  const { install, path, text } = await place(cursor, commented);
  await chown(path, 12_345, 12_345);
  await expect(install(["notes"])).rejects.toMatchObject({ code: "config_unreadable", message: expect.stringContaining("belongs to another user") as string });
  expect(await text()).toBe(commented);
});

test("a byte order mark, Windows' line ends, tabs and one long line are kept as they are", async () => {
  for (const text of ["\uFEFF{\r\n\t\"mcpServers\": {\r\n\t\t\"a\": {}\r\n\t}\r\n}\r\n", '{"theme":"x","mcpServers":{"a":{"command":"x"}},"list":[1,2]}', "{}", "", "// only a comment\n", '{ "mcpServers": {} }', '{"a":[1,\n2]}']) {
    const { install, uninstall, text: now, put } = await place(cursor, text);
    await install(["notes"]);
    const installed = await now();
    expect([text, hasAllOf(installed, text), /[^\r]\n/.test(installed) && text.includes("\r")]).toEqual([text, true, false]);
    await put(`${installed} `);
    await uninstall();
    expect((await now()).replace(/[\s{}]/g, "")).toBe(text.replace(/[\s{}]/g, ""));
  }
});

test("OpenCode's servers are put where they stand, in either of its shapes", () => {
  const open = (text: string): string => openJson(named("opencode"), "x", text).with("notes", { type: "local", command: ["mcpass", "bridge", "notes"] }).text;
  expect(JSON.parse(open('{ "mcp": { "a": { "type": "remote", "url": "https://a.example" } } }'))).toMatchObject({ mcp: { a: {}, notes: { type: "local" } } });
  expect(JSON.parse(open('{ "mcp": { "timeout": 5, "servers": { "a": { "type": "remote", "url": "https://a.example" } } } }'))).toMatchObject({ mcp: { servers: { a: {}, notes: { type: "local" } } } });
});

test("whatever else stands in a file, one entry goes in and out again and the rest is to the byte what it was", () => {
  const space = fc.constantFrom("", " ", "\n", "\n  ", " // c\n", " /* c */ ", "\t");
  const value = fc.constantFrom('"x"', "1", "[1, 2]", '{"command":"x"}', '{ "url": "https://a.example" }', "{}", "null");
  const member = fc.tuple(space, fc.constantFrom("a", "b", "c", "d e"), space, value, space).map(([one, key, two, item, three]) => `${one}"${key}":${two}${item}${three}`);
  const servers = fc.uniqueArray(member, { maxLength: 4, selector: (text) => /"(\w[^"]*)":/.exec(text)?.[1] });
  fc.assert(
    fc.property(servers, space, fc.boolean(), (members, end, trailing) => {
      const text = `{${members.length > 0 ? ' "x": 1,' : ""} "mcpServers": {${members.join(",")}${trailing && members.length > 0 ? "," : ""}${end}} }`;
      const before = openJson(cursor, "x", text);
      const after = before.with("new", { command: "mcpass" });
      expect([...after.servers.keys()]).toEqual([...before.servers.keys(), "new"]);
      // White space alone, in an object that was empty, is not kept.
      const kept = (edited: string): string => (members.length === 0 ? edited.replace(/\s/g, "") : edited);
      expect([text, hasAllOf(kept(after.text), kept(text))]).toEqual([text, true]);
      expect(after.without("new").text.replace(/\s/g, "")).toMatch(new RegExp(`^${text.replace(/\s/g, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(",", ",?")}$`));
    }),
    { numRuns: 300 },
  );
});

test("whatever tables a TOML file has, one goes in and out again and the rest is to the byte what it was", () => {
  const table = fc.constantFrom('[a]\nx = 1\n', '[mcp_servers.one]\ncommand = "x"\n', '[mcp_servers.two]\nurl = "u"\n\n[mcp_servers.two.env]\nK = "v"\n', '[[list]]\ny = 2 # c\n', '# a comment\n', '\n', 'text = """\n[mcp_servers.new]\n"""\n');
  fc.assert(
    fc.property(fc.uniqueArray(table, { maxLength: 6 }), (tables) => {
      const text = `top = true\n${tables.join("")}`;
      let before;
      try {
        before = openToml("x", text);
      } catch {
        return;
      }
      const after = before.with("new", { command: "mcpass", args: ["bridge", 'a "quoted" \\ name'] });
      expect(after.text.startsWith(text)).toBe(true);
      expect(after.servers.get("new")).toEqual({ command: "mcpass", args: ["bridge", 'a "quoted" \\ name'] });
      expect(after.without("new").text).toBe(text);
    }),
    { numRuns: 300 },
  );
});

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
