import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { mergeArguments, readArguments } from "../../../src/surfaces/cli/tool-arguments.ts";

const schema = { properties: { text: { type: "string" }, quoted: { type: "string" }, count: { type: "integer" }, either: { type: ["string", "number"] }, perhaps: { type: ["string", "null"] } } };
const stdin = () => Promise.resolve('{"from":"stdin"}');

describe("key=value", () => {
  test("a value that is JSON is JSON, unless the tool takes only a text there", () => {
    expect(mergeArguments({}, ["text=123", 'quoted="x"', "count=123", 'unknown={"a":[1]}', "plain=two words"], schema)).toEqual({ text: "123", quoted: '"x"', count: 123, unknown: { a: [1] }, plain: "two words" });
  });

  test("where the tool takes a text or something else, JSON decides by its type", () => {
    expect(mergeArguments({}, ["either=5", "either2=x", "perhaps=5", "perhaps2=null"], schema)).toMatchObject({ either: 5, perhaps: "5", perhaps2: null });
    expect(mergeArguments({}, ["either=true"], schema)).toEqual({ either: "true" });
  });

  test("the first = separates, an empty value is a text, and a pair wins over --args", () => {
    expect(mergeArguments({ a: 1, b: 2 }, ["a=x=y", "c="], undefined)).toEqual({ a: "x=y", b: 2, c: "" });
  });

  test("a word without a key is wrong usage that shows how it is done", () => {
    for (const word of ["text", "=1"]) expect(() => mergeArguments({}, [word], schema)).toThrow(expect.objectContaining({ code: "usage", hint: expect.stringContaining("--args") as string }) as Error);
  });
});

describe("--args", () => {
  test("is JSON itself, a file, or standard input", async () => {
    const directory = await mkdtemp(join(tmpdir(), "mcpass-args-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, "a.json"), '{"from":"file"}');
    const read = (text: string | undefined) => readArguments(text, { workingDirectory: directory, stdin });
    expect([await read('{"a":1}'), await read("@a.json"), await read("-"), await read(undefined)]).toEqual([{ a: 1 }, { from: "file" }, { from: "stdin" }, {}]);
  });

  test("that is no JSON object is wrong usage; a file that is not there is named", async () => {
    const read = (text: string) => readArguments(text, { workingDirectory: tmpdir(), stdin });
    await expect(read("{bad")).rejects.toMatchObject({ code: "usage" });
    await expect(read("[1]")).rejects.toMatchObject({ code: "usage" });
    await expect(read("@no-such-file.json")).rejects.toMatchObject({ code: "file_reference_unreadable", message: expect.stringContaining("no-such-file.json") as string });
  });
});
