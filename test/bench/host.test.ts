import { afterEach, expect, test } from "vitest";
import { type Bridge, startHost } from "../../scripts/bench/host.ts";
import { endProcesses, residentBytes } from "../../scripts/bench/processes.ts";

const name = "tried bridge";
const bridge = (script: string): Bridge => ({ name, words: [process.execPath, "-e", script] });

/** Answers each line as `answer` says, of the message in it. */
const answering = (answer: string): Bridge => bridge(`require("readline").createInterface({ input: process.stdin }).on("line", (line) => { const { id, method } = JSON.parse(line); const write = (result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...result }) + "\\n"); ${answer} })`);

afterEach(() => endProcesses(name));

test("calls of a bench are timed when each of them has its result", async () => {
  const host = startHost(answering(`if (id !== undefined) write({ result: {} })`));
  await host.open();
  expect(await host.calls(4, 20)).toHaveLength(20);
  await host.stop();
});

test.each([
  ["with an error", `write({ error: { code: -32000, message: "no" } })`],
  ["with a result that is an error", `write({ result: { isError: true } })`],
  ["not at all: it ends", `process.exit(3)`],
])("a bridge that answers a call %s is not measured", async (_how, answer) => {
  const host = startHost(answering(`if (method === "tools/call") { ${answer} } else if (id !== undefined) write({ result: {} })`));
  await host.open();
  await expect(host.calls(2, 4)).rejects.toThrow(/tried bridge (answered|has ended|ended with 3)/);
  await host.stop();
});

test("a host of 2026-07-28 says in each request which revision it speaks, and opens without a session", async () => {
  const speaksIt = `JSON.parse(line).params._meta["io.modelcontextprotocol/protocolVersion"] === "2026-07-28"`;
  const host = startHost({ ...answering(`if (${speaksIt} && ["server/discover", "tools/call"].includes(method)) write({ result: {} }); else process.exit(3)`), speaks: "2026-07-28" });
  await host.open();
  expect(await host.calls(1, 2)).toHaveLength(2);
  await host.stop();
});

test("a message of many megabytes is taken as the pieces come", async () => {
  const host = startHost(answering(`if (id !== undefined) write({ result: { text: "x".repeat(20e6) } })`));
  expect(((await host.request("anything", {})) as { readonly text: string }).text.length).toBe(20e6);
  await host.stop();
});

test("a daemon that has left the tree of what was started belongs to its memory, and is ended with it", async () => {
  const daemon = "const kept = Buffer.alloc(50e6, 1); setTimeout(() => kept, 60_000)";
  const host = startHost(bridge(`require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(daemon)}], { detached: true, stdio: "ignore" }).unref(); process.stdin.resume()`));
  await expect.poll(() => host.memory()).toBeGreaterThan(80e6);
  await host.stop();
  expect(residentBytes(name)).toBeGreaterThan(50e6);
  await endProcesses(name);
  expect(residentBytes(name)).toBe(0);
});
