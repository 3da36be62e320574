import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { local, openHarness } from "./harness.ts";

const server = fileURLToPath(new URL("../servers/stdio-server.mjs", import.meta.url));

async function script(source: string): Promise<{ readonly file: string; readonly directory: string }> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "mcpass-local-")));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "server.mjs");
  await writeFile(file, source);
  return { file, directory };
}

/** A server that writes its pid down, ignores what would end it, and answers `initialize` and lists. */
const stubborn = `
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
writeFileSync(process.argv[2], String(process.pid));
process.on("SIGTERM", () => {});
setInterval(() => {}, 1000);
const send = (id, result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (method === "initialize") send(id, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } });
  if (method === "tools/list") send(id, { tools: [] });
});
`;

/** A server of 2026-07-28 alone, which counts how often it was started. */
const modernOnly = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
appendFileSync(process.argv[2], "started ");
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const say = (body) => console.log(JSON.stringify({ jsonrpc: "2.0", id, ...body }));
  if (params?._meta?.["io.modelcontextprotocol/protocolVersion"] === undefined) return say({ error: { code: -32602, message: "_meta is missing" } });
  if (method === "server/discover") return say({ result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private" } });
  if (method === "tools/list") return say({ result: { resultType: "complete", tools: [{ name: "t", inputSchema: { type: "object" } }], ttlMs: 0, cacheScope: "private" } });
  say({ result: { resultType: "complete", content: [{ type: "text", text: "called" }] } });
});
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a local server is looked at, connected to and called", async () => {
  const harness = await openHarness();
  const manager = harness.manager({ files: local([process.execPath, server]) });
  expect(await manager.look("files")).toMatchObject({ type: "local", status: "connected", tools: 2, protocolVersion: "2025-11-25", url: undefined });
  const connection = await manager.connect("files");
  expect(await connection.callTool("add_numbers", { a: 1, b: 2 })).toMatchObject({ content: [{ text: "3" }] });
});

test("a local server gets its own environment and a few harmless variables, nothing else of ours", async () => {
  process.env["MCPASS_TEST_SECRET"] = "canary-env";
  onTestFinished(() => void delete process.env["MCPASS_TEST_SECRET"]);
  const harness = await openHarness();
  const connection = await harness.manager({ files: local([process.execPath, server], { environment: { OWN: "mine" } }) }).connect("files");
  const read = async (name: string): Promise<unknown> => (await connection.callTool("environment", { name })).content[0];
  expect(await read("OWN")).toMatchObject({ text: "mine" });
  expect(await read("PATH")).toMatchObject({ text: process.env["PATH"] });
  expect(await read("MCPASS_TEST_SECRET")).toMatchObject({ text: "undefined" });
});

test("lines of a local server that are no messages are passed over", async () => {
  const harness = await openHarness();
  const manager = harness.manager({ noisy: local([process.execPath, server, "noisy"]) });
  expect((await manager.look("noisy")).status).toBe("connected");
  expect((await (await manager.connect("noisy")).listTools()).length).toBe(2);
});

test.each(["look", "connect"] as const)("a local server that ends at once fails with what it said (%s)", async (how) => {
  const harness = await openHarness();
  const manager = harness.manager({ broken: local([process.execPath, server, "exit"]) });
  if (how === "look") await manager.look("broken");
  else await manager.connect("broken").catch(() => {});
  expect(manager.snapshot("broken")).toMatchObject({ status: "failed", error: { code: "process_failed", message: expect.stringContaining("stdio-server: cannot start") } });
});

test.each(["look", "connect"] as const)("a command that does not exist is named (%s)", async (how) => {
  const harness = await openHarness();
  const manager = harness.manager({ absent: local(["no-such-program-of-mcpass"]) });
  if (how === "look") await manager.look("absent");
  else await manager.connect("absent").catch(() => {});
  expect(manager.snapshot("absent").error).toMatchObject({ code: "process_failed", message: expect.stringMatching(/no-such-program-of-mcpass could not be started: .*ENOENT/) });
});

test.each(["look", "connect"] as const)("a silent local server costs no more than its connect deadline (%s)", async (how) => {
  const harness = await openHarness();
  const manager = harness.manager({ mute: local([process.execPath, server, "silent"], { timeout: { connectMs: 400, requestMs: 30_000 } }) });
  const begun = Date.now();
  if (how === "look") await manager.look("mute");
  else await manager.connect("mute").catch(() => {});
  expect(manager.snapshot("mute").error?.code).toBe("timed_out");
  expect(Date.now() - begun).toBeLessThan(25_000);
});

test("what a local server says in its last words never repeats its environment", async () => {
  const { file } = await script(`console.error("key was " + process.env.KEY); process.exit(1);`);
  const harness = await openHarness();
  const { error } = await harness.manager({ leaky: local([process.execPath, file], { environment: { KEY: "canary-77" } }) }).look("leaky");
  expect(error?.message).toContain("key was [secret]");
});

test.each(["look", "connect"] as const)("a child that ignores SIGTERM is gone after close (%s)", async (how) => {
  const { file, directory } = await script(stubborn);
  const pidFile = join(directory, "pid");
  const harness = await openHarness();
  const manager = harness.manager({ stubborn: local([process.execPath, file, pidFile]) });
  if (how === "look") expect((await manager.look("stubborn")).status).toBe("connected");
  else await manager.connect("stubborn");
  const pid = Number(await readFile(pidFile, "utf8"));
  expect(isAlive(pid)).toBe(true);
  await manager.close();
  expect(isAlive(pid)).toBe(false);
});

test("a local server that dies is failed, and started again by the next call", async () => {
  const { file, directory } = await script(stubborn);
  const pidFile = join(directory, "pid");
  const harness = await openHarness();
  const manager = harness.manager({ mortal: local([process.execPath, file, pidFile]) });
  const connection = await manager.connect("mortal");
  process.kill(Number(await readFile(pidFile, "utf8")), "SIGKILL");
  await waitUntil(() => manager.snapshot("mortal").status === "failed", "the status to change");
  expect(manager.snapshot("mortal").error?.code).toBe("process_failed");
  expect(await connection.listTools()).toEqual([]);
  expect(manager.snapshot("mortal").status).toBe("connected");
});

test("a local server of 2026-07-28 alone is found with the older question first, one child at a time", async () => {
  const { file, directory } = await script(modernOnly);
  const log = join(directory, "log");
  const harness = await openHarness();
  const manager = harness.manager({ latest: local([process.execPath, file, log]), pinned: local([process.execPath, file, log], { protocol: "2026-07-28" }) });
  expect(await manager.look("latest")).toMatchObject({ status: "connected", tools: 1, protocolVersion: "2026-07-28" });
  expect(await (await manager.connect("latest")).callTool("t", {})).toMatchObject({ content: [{ text: "called" }] });
  expect((await readFile(log, "utf8")).trim().split(" ").length).toBe(3);
  expect((await manager.connect("pinned")).snapshot().protocolVersion).toBe("2026-07-28");
  expect((await readFile(log, "utf8")).trim().split(" ").length).toBe(4);
});

test("there is nothing to sign in to at a local server", async () => {
  const harness = await openHarness();
  await expect(harness.manager({ files: local([process.execPath, server]) }).signIn("files", harness.approving)).rejects.toMatchObject({ code: "usage" });
});
