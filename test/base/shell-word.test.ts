import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shellWord } from "../../src/base/shell-word.ts";

test("a plain word stays as it is; blanks put it in double quotes, and what those would change in single ones", () => {
  expect(["notes", "@x/y", "https://mcp.example.com/mcp", "a b", "https://x.example/?a=1&b=2", "", "~", "it's", '$HOME "x"', "日本"].map(shellWord)).toEqual(["notes", "@x/y", "https://mcp.example.com/mcp", '"a b"', '"https://x.example/?a=1&b=2"', '""', '"~"', "\"it's\"", "'$HOME \"x\"'", '"日本"']);
});

test.skipIf(process.platform === "win32")("whatever a name is, a shell reads one word, and that very name", () => {
  const names = fc.sample(fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "$", "`", "\\", "!", "*", "?", ";", "&", "|", "<", ">", "(", ")", "#", "~", "{", "}", "[", "]", "%", "=", "-", "ü"), minLength: 1, maxLength: 12 }), 300).map((name) => name.trim().replace(/ {2,}/g, " "));
  const read = execFileSync("/bin/sh", ["-c", names.map((name) => `printf '%s\\n' x${shellWord(name)}`).join("\n")], { encoding: "utf8" });
  expect(read).toBe(names.map((name) => `x${name}\n`).join(""));
});

test("every command for a server that is shown anywhere is made with it", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name)).map((name) => join("src", name));
  const command = /mcpass (?:auth|logout|doctor|inspect|tools|call|remove|add|clients|vault|bridge)(?: [a-z-]+)* \$\{(?!shellWord\()[^}]*\}/g;
  const odd = sources.flatMap((path) => [...readFileSync(path, "utf8").matchAll(command)].map(([found]) => `${path}: ${found}`));
  expect(odd.filter((found) => !/ --to | --port /.test(found))).toEqual([]);
});
