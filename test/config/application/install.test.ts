import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { recordsFile } from "../../../src/config/application/install-record.ts";
import { commented, cursor, kinds, place } from "./place.ts";

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
  const moved = ["notes", "api"].map((server) => ({ server, url: undefined, entry: cursor.entryFor(["/opt/node", "/opt/mcpass/dist/main.cjs", "bridge", server]) }));
  await install(["notes", "api"]);
  expect(kinds(await install([], { wanted: moved }))).toEqual({ notes: "replaced", api: "replaced" });
  await put((await text()).replace("dark", "light"));
  expect([kinds(await uninstall()), await text()]).toEqual([{ notes: "put-back", api: "removed" }, commented.replace("dark", "light")]);
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
