import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { cleanEnvironment, programFile } from "../rig/program.ts";
import { modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { json } from "../servers/listener.ts";
import { type ScriptedCall, scriptedModernServer, scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

async function bridgeTo(server: Pick<ScriptedServer, "handle">): Promise<{ readonly walk: Walk; readonly host: StdioHost }> {
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", server.handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false } });
  return { walk, host: stdioHost(walk.start(["bridge", "example"], { stdin: "open", timeoutMs: 60_000 })) };
}

const quick = ({ answer }: ScriptedCall): void => answer({ content: [{ type: "text", text: "done" }] });
const callDo = { name: "do", arguments: {} };

test("lines with a byte order mark, with Windows' ends, in batches, and such as no host should write are each answered, and none of them ends the bridge", async () => {
  const upstream = scriptedServer(quick);
  const { host } = await bridgeTo({ handle: (asked) => (/"method":"(toString|constructor)"/.test(asked.body) ? json(200, { jsonrpc: "2.0", id: JSON.parse(asked.body).id, error: { code: -32_601, message: "no" } }) : upstream.handle(asked)) });
  host.program.write('\uFEFF{"jsonrpc":"2.0","id":"open","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}\r\n');
  const answer = (id: unknown) => waitUntil(() => host.messages().find((message) => message.id === id && message.method === undefined), `the answer to ${JSON.stringify(id)}`);
  expect((await answer("open")).result.protocolVersion).toBe("2025-06-18");
  const refused = (): number => host.messages().filter(({ id, error }) => id === null && error.code === -32_700).length;
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const odd = ['{"jsonrpc":"2.0","id":null,"method":"tools/list"}', '{"jsonrpc":"2.0","id":{},"method":"tools/list"}', "[]", `[{"jsonrpc":"2.0","id":"deep","method":"ping","params":${deep}}]`];
  for (const [index, line] of odd.entries()) {
    host.program.write(`${line}\n`);
    await waitUntil(() => refused() === index + 1, `a refusal of ${line.slice(0, 60)}`);
  }
  host.program.write(`{"jsonrpc":"2.0","id":"large","method":"ping","params":{"a":${"nonsense ".repeat(40_000)}}}\n`);
  await answer("large");
  // What every object has is no method and no list.
  for (const method of ["toString", "constructor"]) expect((await host.request(method)).error.code).toBe(-32_601);
  for (const id of [0, "", 1.5]) expect((await host.request("ping", {}, { id })).result).toEqual({});
  host.program.write('[{"jsonrpc":"2.0","id":"one","method":"ping"},{"jsonrpc":"2.0","id":"two","method":"tools/list"}]\n');
  expect([(await answer("one")).result, (await answer("two")).result.tools.length]).toEqual([{}, 1]);
});

for (const server of ["2025-11-25", "2026-07-28"]) {
  test(`a host that first asks as one of 2026-07-28 and then, without having waited, opens as one of 2025-06-18, is served as that by a server of ${server}`, async () => {
    const upstream = server === "2026-07-28" ? scriptedModernServer(() => ({ content: [{ type: "text", text: "done" }] })) : scriptedServer(quick);
    const { host } = await bridgeTo({ handle: async (asked) => (await sleep(300), upstream.handle(asked)) });
    host.send({ id: "probe", method: "server/discover", params: modernMeta() });
    await host.open("2025-06-18");
    const { result } = await host.request("tools/call", callDo);
    expect(result).toEqual({ content: [{ type: "text", text: "done" }] });
    expect(Object.keys((await host.request("tools/list")).result)).toEqual(["tools"]);
  });
}

for (const server of ["2025-11-25", "2026-07-28"]) {
  test(`what a host asked for as one of before is not asked of a server of ${server} once it speaks as one of 2026-07-28: neither its log level nor what it subscribed to`, async () => {
    const upstream = server === "2026-07-28" ? scriptedModernServer(() => ({ content: [] })) : scriptedServer(quick);
    const { host } = await bridgeTo(upstream);
    await host.open("2025-11-25");
    await host.request("logging/setLevel", { level: "debug" });
    await host.request("resources/subscribe", { uri: "test://note" });
    const before = upstream.got.length;
    for (const method of ["tools/list", "tools/list"]) expect((await host.request(method, modernMeta())).result.tools).toHaveLength(1);
    const lasting = upstream.got.slice(before).filter(({ method }) => method === "logging/setLevel" || method === "resources/subscribe");
    expect(lasting).toEqual([]);
  });
}

test("a question that comes on the server's own stream is put to the call that can be asked, whatever else was begun after it", async () => {
  let release = (): void => {};
  const upstream = scriptedServer(async ({ answer }) => {
    await new Promise<void>((resolve) => (release = resolve));
    answer({ content: [{ type: "text", text: "done" }] });
  });
  let listing = false;
  const { host } = await bridgeTo({
    handle: async (asked) => {
      if (listing && asked.body.includes('"tools/list"')) await waitUntil(() => !listing, "the end of the list");
      return upstream.handle(asked);
    },
  });
  const able = modernMeta({ elicitation: { form: {} } });
  await host.request("tools/list", able);
  await waitUntil(() => upstream.streams.size === 1, "the stream");
  const call = host.request("tools/call", { ...callDo, ...able });
  await waitUntil(() => upstream.got.some(({ method }) => method === "tools/call"), "the call");
  listing = true;
  const list = host.request("tools/list", able);
  await sleep(200);
  upstream.tell({ id: "which", method: "elicitation/create", params: { message: "Which?", requestedSchema: { type: "object", properties: {} } } });
  const { resultType, requestState, inputRequests } = (await call).result;
  expect(resultType).toBe("input_required");
  const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, { action: "accept", content: {} }]));
  const resumed = host.request("tools/call", { ...callDo, ...able, requestState, inputResponses });
  expect((await waitUntil(() => upstream.got.find(({ id, method }) => id === "which" && method === undefined), "the answer to it")).result.action).toBe("accept");
  release();
  listing = false;
  expect((await resumed).result.content[0].text).toBe("done");
  await list;
});

test.runIf(process.platform !== "win32")("a bridge whose host reads nothing any more ends at SIGTERM all the same", async () => {
  const walk = await openWalk();
  const upstream = scriptedServer(quick);
  const { origin } = await walk.bystander("upstream", upstream.handle);
  const child = spawn(process.execPath, [programFile, "bridge", `${origin}/mcp`], { env: cleanEnvironment({ home: walk.home.directory }), stdio: ["pipe", "pipe", "ignore"] });
  walk.keep({ stop: async () => void child.kill("SIGKILL") });
  child.stdin.on("error", () => undefined);
  const over = once(child, "exit");
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}\n');
  await waitUntil(() => upstream.got.some(({ method }) => method === "initialize"), "the bridge to open the server");
  let taken = 0;
  const ping = `{"jsonrpc":"2.0","id":"${"x".repeat(4_000)}","method":"ping"}\n`;
  for (let n = 0; n < 400; n += 1) child.stdin.write(ping, () => (taken += 1));
  // It stands still when nothing more is taken for a while.
  for (let before = -1; before !== taken; await sleep(700)) before = taken;
  child.kill("SIGTERM");
  expect(await Promise.race([over, sleep(10_000, "still there")])).toEqual([143, null]);
});
