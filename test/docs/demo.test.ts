import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { play } from "../../scripts/demo/play.ts";
import { tourOf } from "../../scripts/docs/tour.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { script, startDemo, type RunningDemo } from "./run-demo.ts";

/** Other tests sign in on it at the same time. */
const callbackPort = 19_876;

async function open(): Promise<RunningDemo> {
  const demo = await startDemo();
  onTestFinished(() => demo.stop());
  return demo;
}

/** The browser double may still be reading the page that the sign-in ended with. */
async function expectNothingLeft(demo: RunningDemo): Promise<void> {
  await waitUntil(async () => (await demo.leftovers()).processes.length === 0, "every process of the demonstration to end");
  expect((await demo.leftovers()).files).toEqual([]);
  const ports = new Set([...(await demo.output()).matchAll(/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1])));
  for (const port of ports) if (port !== callbackPort) expect(await answers(port), `port ${String(port)} is closed`).toBe(false);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

const rows = (output: string): string[] => output.split("\n").filter((line) => /^[✓⚠✗○] (notes|open|keyed|closed) /.test(line));

test("`npm run demo` lists, signs in, lists again and calls, asks nothing, and leaves nothing; it is the README's tour", async () => {
  expect(JSON.parse(await readFile("package.json", "utf8"))).toMatchObject({ scripts: { demo: "node scripts/demo.mjs" } });
  const demo = await open();
  expect(await demo.ended).toBe(0);
  const output = await demo.output();
  expect(output.split("\n").filter((line) => line.startsWith("$ "))).toEqual(["$ mcpass list", "$ mcpass auth notes", "$ mcpass list", "$ mcpass call notes search query=coffee"]);
  expect(rows(output).map((line) => line.replace(/ {2,}/g, " "))).toEqual([
    "⚠ notes needs authentication",
    "✓ open connected 3 tools · 2025-11-25",
    "✓ keyed connected 3 tools · 2025-11-25",
    "✗ closed needs client registration",
    "✓ notes connected 2 tools · 2025-11-25",
    "✓ open connected 3 tools · 2025-11-25",
    "✓ keyed connected 3 tools · 2025-11-25",
    "✗ closed needs client registration",
  ]);
  expect(output).toMatch(/^✓ Signed in to notes as default at http:\/\/127\.0\.0\.1:\d+; scopes notes:read notes:write; renewed automatically$/m);
  expect(output).toContain("\nMilk, bread, coffee\nCall the plumber about the coffee machine\n");
  expect(output).toContain("redirect URI http://127.0.0.1:19876/mcp/oauth/callback");
  expect(output.trimEnd().split("\n").slice(-2)).toEqual([expect.stringContaining("registered 1 client, exchanged 1 code"), expect.stringContaining("which is gone now")]);
  expect(await readFile("README.md", "utf8")).toContain(`\n\`\`\`console\n${tourOf(output)}\n\`\`\`\n`);
  await expectNothingLeft(demo);
}, 60_000);

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("the demonstration interrupted by %s ends at once with %i and leaves nothing", async (signal, exitCode) => {
  const demo = await open();
  await waitUntil(async () => (await demo.output()).includes("$ mcpass"), "the first command");
  demo.child.kill(signal);
  expect(await demo.ended).toBe(exitCode);
  await expectNothingLeft(demo);
}, 60_000);

test("`npm run demo -- --interactive` opens the person's own browser and lets them approve", async () => {
  const walk = await openWalk();
  const browser = walk.browser({ login: "bob" });
  const demo = walk.terminal(["--interactive"], { program: script, browser, env: { TMPDIR: walk.home.directory }, rows: 80, timeoutMs: 50_000 });
  expect(await demo.ended).toMatchObject({ exitCode: 0 });
  expect(demo.screen()).toContain("Your browser will open");
  expect(demo.screen()).toContain("✓ Signed in to notes as default");
  expect((await browser.lastPage()).body).toContain("You are signed in to notes");
}, 60_000);

test("the demonstration stops at a command whose exit code is not what it should be", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-play-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const program = join(directory, "program.mjs");
  await writeFile(program, "process.exitCode = Number(process.argv[2]);");
  const stage = { program, workingDirectory: directory, environment: {}, interactive: false, signal: new AbortController().signal };
  expect(await play(stage, [{ words: ["0"], exitCode: 0 }, { words: ["4"], exitCode: 4 }])).toBe(true);
  expect(await play(stage, [{ words: ["4"], exitCode: 0 }, { words: ["0"], exitCode: 0 }])).toBe(false);
});
