import { chmod, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { commented, cursor, kinds, named, place } from "./place.ts";

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

test("a file that nobody may write is refused with the way out, and left with its mode", async () => {
  const { install, path, text, files } = await place(cursor, commented);
  await chmod(path, 0o400);
  await expect(install(["notes"])).rejects.toMatchObject({ code: "config_unreadable", message: `${path} is read-only; it was left as it is`, hint: expect.stringMatching(/^chmod u\+w .*--print/) as string });
  expect([await text(), (await stat(path)).mode & 0o777, await files()]).toEqual([commented, 0o400, ["mcp.json"]]);
  expect(kinds(await install(["notes"], { print: true }))).toEqual({ notes: "replaced" });
});

test("--print shows what to write by hand, whatever is wrong with the file, with what that is", async () => {
  const { install, path, put, files } = await place(cursor, '{ "mcpServers": ');
  const shown = async (): Promise<unknown> => {
    const { entries, problem } = await install(["notes"], { print: true });
    return [entries.map(({ name, value }) => [name, value]), problem?.code, problem?.message];
  };
  const entry = ["notes", { type: "stdio", command: "mcpass", args: ["bridge", "notes"] }];
  expect(await shown()).toEqual([[entry], "config_invalid", expect.stringContaining("mcp.json")]);
  await rm(path);
  await writeFile(`${path}.target`, "{}");
  await symlink(`${path}.target`, path);
  expect(await shown()).toEqual([[entry], "config_unreadable", expect.stringContaining("is a symbolic link")]);
  await rm(path);
  await put("{}");
  expect(await shown()).toEqual([[entry], undefined, undefined]);
  expect(await files()).toEqual(["mcp.json", "mcp.json.target"]);
});

test.runIf(process.getuid?.() === 0)("another user's file is refused and left", async () => {
  const { chown } = await import("node:fs/promises");
  const { install, path, text } = await place(cursor, commented);
  await chown(path, 12_345, 12_345);
  await expect(install(["notes"])).rejects.toMatchObject({ code: "config_unreadable", message: expect.stringContaining("belongs to another user") as string });
  expect(await text()).toBe(commented);
});
