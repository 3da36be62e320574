import { chmod, lstat, mkdir, readFile, readdir, stat, symlink } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { readConfiguration } from "../../src/config/config-file.ts";
import { addServer, removeServer } from "../../src/config/edit-config.ts";
import { failure, workspace } from "./workspace.ts";

const value = { type: "remote", url: "https://new.example/mcp" };

async function edited(text: string, edit: "add" | "remove", name: string, entry: object = value): Promise<string> {
  const space = await workspace();
  const file = await space.write("config/mcpass.jsonc", text);
  await (edit === "add" ? addServer(space.runtime, { name, value: entry, file }) : removeServer(space.runtime, { name, file }));
  const after = await readConfiguration({ runtime: space.runtime });
  expect(after.servers.has(name)).toBe(edit === "add");
  return readFile(file, "utf8");
}

const commented = `// top
{
  "theme": "dark", // kept
  "mcp": {
    // about a
    "a": { "type": "remote", "url": "https://a.example/" }, // beside a
    // about b
    "b": {
      "type": "remote", /* inside b */
      "url": "https://b.example/"
    } // beside b
    // after all
  }
}
// end
`;

describe("adding a server", () => {
  test("makes the user's file when there is none, with nothing in it but the server", async () => {
    const space = await workspace();
    expect(await addServer(space.runtime, { name: "new", value })).toEqual({ file: space.userFile });
    expect(await readFile(space.userFile, "utf8")).toBe('{\n  "mcp": {\n    "new": {\n      "type": "remote",\n      "url": "https://new.example/mcp"\n    }\n  }\n}\n');
    if (process.platform !== "win32") expect((await stat(space.userFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(space.root, "config"))).toEqual(["mcpass.jsonc"]);
  });

  test("keeps every comment beside what it is about", async () => {
    const text = await edited(commented, "add", "new");
    expect(text).toBe(commented.replace("    } // beside b\n", '    }, // beside b\n    "new": {\n      "type": "remote",\n      "url": "https://new.example/mcp"\n    }\n'));
  });

  test.each([
    ['{"mcp": {}}'],
    ['{ "mcp": { "a": { "type": "remote", "url": "https://a.example/" } } }'],
    ['{\r\n\t"mcp": {\r\n\t\t"a": { "type": "remote", "url": "https://a.example/" }, // trailing\r\n\t},\r\n}\r\n'],
    ['{\n  "other": 1\n}\n'],
    ["// nothing yet\n"],
    ['\uFEFF{ "mcp": { "a": { "type": "remote", "url": "https://a.example/" } /* c */ } }'],
  ])("works in %j", async (text) => {
    const after = await edited(text, "add", "new");
    for (const [comment] of text.matchAll(/\/\/ \w+( yet)?|\/\* c \*\//g)) expect(after).toContain(comment);
    expect(after.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
    if (text.includes("\r\n")) expect(after).not.toMatch(/[^\r]\n/);
  });

  test("speaks the second shape in a file of the second shape", async () => {
    const text = await edited('{"mcp": {"servers": {"a": {"type": "remote", "url": "https://a.example/"}}}}', "add", "new", { ...value, enabled: false, oauth: { clientId: "i", headers: { camelCase: "x" } } });
    const { mcp } = JSON.parse(text) as { mcp: { servers: Record<string, unknown> } };
    expect(mcp.servers["new"]).toEqual({ ...value, disabled: true, oauth: { client_id: "i", headers: { camelCase: "x" } } });
  });

  test("refuses a name that is taken, whatever shape it stands in, and changes nothing", async () => {
    for (const mcp of [{ taken: value }, { servers: { taken: value } }]) {
      const space = await workspace();
      const file = await space.write("config/mcpass.jsonc", { mcp });
      expect(await failure(() => addServer(space.runtime, { name: "taken", value, file }))).toMatchObject({ code: "usage", hint: "mcpass remove taken" });
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ mcp });
    }
  });

  test("refuses an entry or a name that could not be used", async () => {
    const { runtime } = await workspace();
    const refused = async (name: string, entry: object) => (await failure(() => addServer(runtime, { name, value: entry }))).code;
    expect(await refused("x", { type: "remote", url: "ftp://x" })).toBe("usage");
    expect(await refused("https://x.example/", value)).toBe("usage");
    expect(await refused(" ", value)).toBe("usage");
    expect(await refused("--json", value)).toBe("usage");
    await addServer(runtime, { name: "reference", value: { type: "remote", url: "https://{env:HOST}/mcp" } });
  });

  test("refuses to touch a file with a syntax error", async () => {
    const space = await workspace();
    const file = await space.write("config/mcpass.jsonc", "{ broken");
    expect((await failure(() => addServer(space.runtime, { name: "new", value, file }))).code).toBe("config_invalid");
    expect(await readFile(file, "utf8")).toBe("{ broken");
  });

  test("keeps the file's mode and writes through a symbolic link, also one that leads nowhere yet", async () => {
    const space = await workspace();
    const target = await space.write("dotfiles/mcpass.jsonc", "{}");
    await chmod(target, 0o644);
    await mkdir(join(space.root, "config"));
    await symlink(target, space.userFile);
    await addServer(space.runtime, { name: "new", value });
    expect((await lstat(space.userFile)).isSymbolicLink()).toBe(true);
    if (process.platform !== "win32") expect((await stat(target)).mode & 0o777).toBe(0o644);
    expect(await readFile(target, "utf8")).toContain("new.example");
    const dangling = join(space.root, "config/dangling.jsonc");
    await symlink(join(space.root, "dotfiles/later.jsonc"), dangling);
    await addServer(space.runtime, { name: "new", value, file: dangling });
    expect((await lstat(dangling)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(space.root, "dotfiles/later.jsonc"), "utf8")).toContain("new.example");
  });
});

describe("removing a server", () => {
  test("keeps every comment above it and beside its neighbours", async () => {
    expect(await edited(commented, "remove", "a")).toBe(commented.replace(/\n.*"a": .*/, ""));
    expect(await edited(commented, "remove", "b")).toBe(commented.replace(/,( \/\/ beside a)/, "$1").replace(/\n {4}"b": [^}]*} \/\/ beside b/, ""));
  });

  test.each([
    ['{ "mcp": { "x": 1, "gone": {}, "y": 2 } }', '{ "mcp": { "x": 1, "y": 2 } }'],
    ['{ "mcp": { "gone": {} } }', '{ "mcp": { } }'],
    ['{ "mcp": { "x": 1, "gone": {} } }', '{ "mcp": { "x": 1 } }'],
    ['{ "mcp": { "gone": {}, "x": 1, "gone": {} } }', '{ "mcp": { "x": 1 } }'],
    ['{ "mcp": { "servers": { "gone": {}, "x": {} } } }', '{ "mcp": { "servers": { "x": {} } } }'],
    ['{\r\n\t"mcp": {\r\n\t\t"x": 1,\r\n\t\t"gone": {},\r\n\t},\r\n}', '{\r\n\t"mcp": {\r\n\t\t"x": 1,\r\n\t},\r\n}'],
  ])("turns %j into %j", async (before, after) => {
    expect((await edited(before, "remove", "gone")).replace(/ +/g, " ")).toBe(after);
  });

  test("of an unknown name names the nearest", async () => {
    const space = await workspace();
    const file = await space.write("config/mcpass.jsonc", { mcp: { linear: value } });
    expect(await failure(() => removeServer(space.runtime, { name: "lienar", file }))).toMatchObject({ code: "server_unknown", hint: 'did you mean "linear"?' });
    expect(await failure(() => removeServer(space.runtime, { name: "x", file: join(space.root, "absent.jsonc") }))).toMatchObject({ code: "server_unknown" });
  });
});
