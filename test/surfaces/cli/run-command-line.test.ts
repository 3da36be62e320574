import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { product } from "../../../src/base/product.ts";
import { runCommandLine } from "../../../src/surfaces/cli/run-command-line.ts";

/** Command lines that end before any outside world is needed. */
async function run(...words: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const texts = { out: "", err: "" };
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
  const exitCode = await runCommandLine({
    words,
    streams: { stdin, stdout, stderr },
    environment: {},
    interruption: { signal: new AbortController().signal, exitCode: () => undefined },
    createRuntime: () => {
      throw new TypeError("no outside world here");
    },
  });
  await new Promise(setImmediate);
  return { exitCode, ...texts };
}

test("no words, and mcp alone, print help to standard output", async () => {
  for (const words of [[], ["mcp"], ["--help"], ["help"], ["mcp", "--help"]]) expect(await run(...words)).toMatchObject({ exitCode: 0, err: "", out: expect.stringMatching(/Usage: mcpass[\s\S]*auth[\s\S]*list\|ls/) as string });
  expect((await run("mcp", "auth", "--help")).out).toContain("Usage: mcpass mcp auth");
});

test("the version is the product's", async () => {
  expect(await run("--quiet", "--version")).toMatchObject({ exitCode: 0, out: `${product.version}\n` });
});

test("wrong usage exits 2, says what was meant, and where the help is", async () => {
  expect(await run("lsit")).toMatchObject({ exitCode: 2, out: "", err: expect.stringMatching(/^error: unknown command 'lsit'\nhint: did you mean/) as string });
  expect((await run("list", "--jsn")).err).toBe("error: unknown option '--jsn'\nhint: did you mean --json?\n");
  expect((await run("call", "x")).err).toBe("error: missing required argument 'tool'\nhint: mcpass call --help\n");
  for (const words of [["auth", "a", "b"], ["auth", "x", "--timeout", "soon"], ["inspect", "x", "--callback-port", "70000"], ["tools", "x", "--transport", "carrier-pigeon"], ["auth", "x", "--all"], ["completion", "tcsh"]]) expect(await run(...words)).toMatchObject({ exitCode: 2, out: "" });
});

test("with --json a program that reads standard output learns the error too", async () => {
  const { out, exitCode } = await run("tools", "--json");
  expect(JSON.parse(out)).toMatchObject({ error: { code: "usage" } });
  expect(exitCode).toBe(2);
});

test("what nobody expected is one line and exit 1, with the stack only when asked for", async () => {
  const { exitCode, err } = await run("list");
  expect({ exitCode, lines: err.trim().split("\n").length }).toEqual({ exitCode: 1, lines: 2 });
  expect(err).toMatch(/^error: Something unexpected happened inside mcpass: no outside world here/);
  expect((await run("--verbose", "list")).err).toContain("at ");
});
