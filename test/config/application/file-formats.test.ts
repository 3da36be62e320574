import fc from "fast-check";
import { expect, test } from "vitest";
import { openJson } from "../../../src/config/application/json-servers.ts";
import { openToml } from "../../../src/config/application/toml-servers.ts";
import { cursor, hasAllOf, kinds, named, place } from "./place.ts";

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
  for (const written of ['[[mcp_servers.notes]]\nurl = "https://notes.example.com/mcp"\n', '[mcp_servers]\nnotes.url = "https://notes.example.com/mcp"\n', 'mcp_servers.notes = { url = "https://notes.example.com/mcp" }\n', '[mcp_servers.notes]\nurl = "https://notes.example.com/mcp"\n[x]\na = 1\n[mcp_servers.notes.env]\nb = "c"\n']) {
    const { install, text, files } = await place(named("codex"), written);
    await expect(install(["notes"])).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining("is not written as one table") as string });
    expect([await text(), await files()]).toEqual([written, ["config.toml"]]);
  }
  const inline = await place(named("codex"), 'mcp_servers = { a = { command = "x" } }\n');
  await expect(inline.install(["notes"])).rejects.toMatchObject({ code: "config_invalid" });
  expect(await inline.text()).toContain("mcp_servers = {");
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
