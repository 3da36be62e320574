import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CommandBlock, commandBlocks } from "../../scripts/docs/command-blocks.ts";
import { runCommand, runInTerminal, runUntil } from "./run-command.ts";
import { scenarios } from "./scenarios.ts";

/** Commands that are not mcpass's, and what runs them. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm ci && npm run demo": "test/docs/demo.test.ts",
  "npm run demo -- --interactive": "a person; test/docs/demo.test.ts runs the rest of it",
  "npm ci && npm test": "this very run",
  "npm pack && npm install --global mcpass-*.tgz": "test/package.test.ts packs and installs",
  "ssh -L 19876:127.0.0.1:19876 you@the-machine": "needs another machine",
};

const files = ["README.md", ...readdirSync("docs", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md")).map((name) => join("docs", name))];
const ours = /^(?:[A-Z_]+=\S+ )*mcpass(?: |$)/;
const found = files.flatMap((file) => commandBlocks(file, readFileSync(file, "utf8"))).filter(({ kind, scenario }) => kind === "sh" || scenario !== undefined);
const blocks = found.filter(({ commands }) => commands.some(({ line }) => ours.test(line)));

test("the pages have commands, and every one of them has a scenario to run in", () => {
  expect(blocks.length).toBeGreaterThan(10);
  expect(found.flatMap(({ file, commands }) => commands.filter(({ line }) => !ours.test(line) && !(line in elsewhere)).map(({ line }) => `${file}: ${line}`))).toEqual([]);
  expect(blocks.flatMap(({ file, commands }) => commands.filter(({ line }) => !ours.test(line)).map(({ line }) => `${file}: ${line} stands beside commands of mcpass`))).toEqual([]);
  expect(blocks.filter(({ scenario = "" }) => !(scenario in scenarios)).map(({ file, line, scenario }) => `${file}:${line} ${scenario ?? "has none"}`)).toEqual([]);
});

test.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))("the commands at %s do what the page says", async (_place, block) => {
  const scene = await (scenarios[block.scenario ?? ""] ?? never)();
  for (const { line, output } of block.commands) {
    const outcome = block.until !== undefined ? await runUntil(scene, line, block.until) : block.answer === undefined ? await runCommand(scene, line) : await runInTerminal(scene, line, block.answer);
    expect({ line, exitCode: outcome.exitCode, output: outcome.exitCode === block.exitCode ? "" : outcome.output }).toEqual({ line, exitCode: block.exitCode, output: "" });
    if (block.kind === "console") expect(outcome.output).toBe(output);
  }
}, 60_000);

function never(): never {
  throw new Error("a command without a scenario");
}

test("a command without a scenario, a page's exit code and a page's output are all noticed", () => {
  const page = ["<!-- run: empty exit=2 answer=y -->", "```sh", "# a comment", "mcpass nonsense", "```", "", "```console", "$ mcpass list", "one", "$ mcpass call", "two", "```"].join("\n");
  expect(commandBlocks("page.md", page)).toMatchObject([
    { line: 2, kind: "sh", scenario: "empty", exitCode: 2, answer: "y", commands: [{ line: "mcpass nonsense" }] },
    { line: 7, kind: "console", scenario: undefined, commands: [{ line: "mcpass list", output: "one" }, { line: "mcpass call", output: "two" }] },
  ] satisfies Partial<Record<keyof CommandBlock, unknown>>[]);
});
