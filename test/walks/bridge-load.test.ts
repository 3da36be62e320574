import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { cleanEnvironment, programFile } from "../rig/program.ts";
import { type Message, modernMeta, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { scriptedServer } from "../servers/scripted-mcp.ts";
import { allTools, manyTools } from "./many-tools.ts";

/** proc(5), in bytes. */
function residentBytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

test.runIf(process.platform === "linux")("a client that does not read holds up the server, not the memory; when it reads again, everything is there", async () => {
  const walk = await openWalk();
  const events = 400;
  let written = 0;
  const server = scriptedServer(async ({ response, answer }) => {
    const event = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x".repeat(256 * 1_024) } })}\n\n`;
    for (let count = 0; count < events; count += 1) {
      if (!response.write(event)) await once(response, "drain");
      written += 1;
    }
    answer({ content: [] });
  });
  const { origin } = await walk.bystander("upstream", server.handle);
  // A time that is over long before the host reads on: it is not the server that is silent.
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, timeout: { execution: 3_000 } } });
  const child = spawn(process.execPath, [programFile, "bridge", "example"], { env: cleanEnvironment({ home: walk.home.directory }), stdio: ["pipe", "pipe", "ignore"] });
  walk.keep({ stop: async () => void child.kill("SIGKILL") });
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1" } } });
  await waitUntil(() => server.got.find(({ method }) => method === "notifications/initialized"), "the opening");
  send({ id: 2, method: "tools/call", params: { name: "do", arguments: {} } });
  // It stands still when nothing more was written for a while.
  await waitUntil(() => written > 0, "the first events");
  for (let before = -1; before !== written; await sleep(1_000)) before = written;
  await sleep(3_000);
  expect(written).toBeLessThan(events / 2);
  expect(residentBytes(child.pid ?? -1)).toBeLessThan(300e6);

  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await waitUntil(() => text.includes('"id":2') && text.endsWith("\n"), "everything", 50_000);
  const messages = text.trimEnd().split("\n").map((line) => JSON.parse(line) as Message);
  expect(messages.filter(({ method }) => method === "notifications/message")).toHaveLength(events);
  expect(messages.find(({ id }) => id === 2)?.result).toEqual({ content: [] });
}, 60_000);

test("ten thousand tools, page by page: hosts of both eras have them all, and the whole list comes from the cache when the server is away", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", tools: manyTools(10_000), pageSize: 1_000 });
  await walk.configure({ example: { type: "remote", url: server.url, timeout: { execution: 60_000 } } });
  const start = (): ReturnType<typeof stdioHost> => stdioHost(walk.start(["bridge", "example"], { stdin: "open", timeoutMs: 60_000 }));
  for (const modern of [false, true]) {
    const host = start();
    const meta = modern ? modernMeta() : {};
    await (modern ? host.request("server/discover", meta) : host.open());
    expect((await allTools(host, meta)).size).toBe(10_000);
    await host.program.stop();
  }
  await server.refuse();
  const away = start();
  await away.open();
  expect((await away.request("tools/list")).result.tools).toHaveLength(10_000);
}, 60_000);
