import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runProgram } from "../rig/program.ts";
import { startServing } from "../rig/serving.ts";
import { scenarios } from "./scenarios.ts";

test("the programs of docs/http.md do what their comments say", async () => {
  const scene = await scenarios["needs-sign-in"]!();
  const page = await readFile("docs/http.md", "utf8");
  const programs = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, program = ""]) => program);
  expect(programs).toHaveLength(2);
  const serving = await startServing(scene.walk, [], { env: scene.environment });
  // Beside the packages that it imports.
  const directory = resolve(".cache", `docs-http-${String(process.pid)}`);
  await mkdir(directory, { recursive: true });
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [number, program] of programs.entries()) {
    const file = resolve(directory, `${String(number)}.mjs`);
    await writeFile(file, program.replaceAll("http://127.0.0.1:4190", serving.url));
    const { exitCode, stdout, stderr } = await runProgram([], { home: scene.walk.home.directory, program: file, env: { MCPASS_TOKEN: serving.token } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const promised = [...program.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, output = ""]) => output);
    expect(stdout.replaceAll("'", '"').trim().split("\n")).toEqual(promised);
  }
});
