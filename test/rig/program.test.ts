import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeHome, runProgram, startProgram, type Home, type ProgramOptions } from "./program.ts";
import { startInTerminal } from "./terminal.ts";

const script = `
  process.stdout.write("home " + process.env.MCPASS_HOME + " ci " + process.env.CI + " tty " + Boolean(process.stdin.isTTY) + " args " + process.argv.slice(2) + "\\n");
  process.stderr.write("talk\\n");
  process.on("SIGINT", () => process.exit(130));
  if (process.argv[2] === "wait") setInterval(() => {}, 1000);
  process.stdin.on("data", (text) => { process.stdout.write("read " + text); if (process.stdin.isTTY) process.exit(3); });
`;

let home: Home;
let options: ProgramOptions;

beforeEach(async () => {
  home = await makeHome();
  const program = join(home.directory, "program.mjs");
  await writeFile(program, script);
  options = { home: home.directory, program };
});

afterEach(() => home.remove());

test("a program runs to its end in a clean environment with a home of its own", async () => {
  const { exitCode, stdout, stderr } = await runProgram(["a", "b"], { ...options, stdin: "typed" });
  expect([exitCode, stdout, stderr]).toEqual([0, `home ${home.directory} ci undefined tty false args a,b\nread typed`, "talk\n"]);
});

test("a running program is waited for, written to and interrupted", async () => {
  const running = startProgram(["wait"], { ...options, stdin: "open" });
  await running.waitFor(/talk/);
  running.write("hello\n");
  await running.waitFor(/read hello/);
  running.signal("SIGINT");
  expect((await running.ended).exitCode).toBe(130);
});

test("a program that does not end is ended, and the failure shows what it said", async () => {
  await expect(runProgram(["wait"], { ...options, stdin: "open", timeoutMs: 1000 })).rejects.toThrow(/did not end within 1000 ms[\s\S]*talk/);
});

test("in a terminal the program sees a terminal, and the test sees its screen", async () => {
  const session = startInTerminal(["x"], options);
  await session.waitFor(/tty true/);
  session.paste("pasted");
  session.type("\r");
  await session.waitFor(/read pasted/);
  expect((await session.ended).exitCode).toBe(3);
  expect(session.screen()).toContain("talk");
  await session.stop();
});
