import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { connectClient } from "../rig/gateway-client.ts";
import { httpHost, type HttpHost, textOf } from "../rig/http-host.ts";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { type Loose, type Message, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

const words = (message: { readonly result?: Loose }): string => message.result?.content?.[0]?.text;
const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };
const callDo = { name: "do", arguments: {} };
const text = (said: string): object => ({ content: [{ type: "text", text: said }] });

async function openScene(): Promise<{ readonly walk: Walk; readonly server: ResourceServer; readonly serving: ServingProgram; readonly host: () => HttpHost }> {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", wire: "both" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  return { walk, server, serving, host: () => httpHost(`${serving.url}/gateway/example`, serving.token) };
}

async function scripted(server: ScriptedServer, entry: object = {}): Promise<{ readonly serving: ServingProgram; readonly host: HttpHost }> {
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", server.handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, ...entry } });
  const serving = await startServing(walk);
  return { serving, host: httpHost(`${serving.url}/gateway/example`, serving.token) };
}

test("a thousand calls at once are all answered, of clients of either era, also of two that count alike", async () => {
  const { host } = await openScene();
  for (const modern of [false, true]) {
    const [one, other] = [host(), host()];
    const meta = modern ? modernMeta() : {};
    if (!modern) for (const each of [one, other]) await each.open();
    const calls = [one, other].flatMap((each, which) => Array.from({ length: 500 }, (_, index) => each.request("tools/call", { name: "add_numbers", arguments: { a: which * 1_000, b: index }, ...meta }, { id: index, timeoutMs: 60_000 })));
    const answers = await Promise.all(calls);
    expect(answers.map(words)).toEqual([0, 1_000].flatMap((base) => Array.from({ length: 500 }, (_, index) => String(base + index))));
  }
}, 120_000);

test("a server that has forgotten its session, or is started again, costs the client nothing", async () => {
  const { server, host } = await openScene();
  const one = host();
  await one.open();
  expect(words(await one.request("tools/call", callAdd))).toBe("5");
  server.forgetSessions();
  expect((await Promise.all([1, 2, 3].map(() => one.request("tools/call", callAdd)))).map(words)).toEqual(["5", "5", "5"]);
  await server.refuse();
  const call = one.request("tools/call", callAdd);
  await sleep(600);
  await server.accept();
  expect(words(await call)).toBe("5");
});

test("a stream that broke is taken up where it was: with what was missed, and the answer that came meanwhile", async () => {
  let answerNow = (): void => {};
  const server = scriptedServer(({ event, answer, message }) => {
    const tell = (progress: number): void => event({ method: "notifications/progress", params: { progressToken: message.params._meta.progressToken, progress } });
    tell(1);
    answerNow = () => {
      tell(2);
      answer(text("done"));
    };
  });
  const { host } = await scripted(server);
  await host.open("2025-11-25");
  host.send({ id: "call", method: "tools/call", params: { ...callDo, _meta: { progressToken: "t" } } });
  await host.heard("notifications/progress");
  const seen = host.lastEventId();
  expect(seen).toMatch(/^\w+-1$/);
  host.drop("call");
  answerNow();
  await sleep(200);
  const before = host.messages().length;
  const stream = await host.listen(seen);
  await stream.over;
  expect(host.messages().slice(before).map(({ params, result }) => params?.progress ?? result?.content[0].text)).toEqual([2, "done"]);
  // The server was called once, and what is asked for again is given again.
  await (await host.listen(seen)).over;
  expect(host.messages().slice(before)).toHaveLength(4);
  expect(server.got.filter(({ method }) => method === "tools/call")).toHaveLength(1);
  expect((await host.listen("zz-1")).status).toBe(404);
});

test("what a server tells while the client's stream is away comes when it is back, and a newer stream takes the place of an older one", async () => {
  const server = scriptedServer(({ answer }) => answer(text("1")));
  const { host } = await scripted(server);
  const opened = await host.open("2025-11-25");
  expect(opened.result.capabilities.logging).toEqual({});
  await waitUntil(() => server.streams.size === 2, "the streams");
  const tell = (data: number): void => server.tell({ method: "notifications/message", params: { level: "info", data } });
  const data = (): unknown[] => host.messages().filter(({ method }) => method === "notifications/message").map(({ params }) => params.data);
  tell(1);
  await waitUntil(() => data().length === 1, "the first");
  const second = await host.listen();
  tell(2);
  await waitUntil(() => data().length === 2, "the second");
  second.close();
  await sleep(100);
  tell(3);
  await sleep(100);
  await host.listen(host.lastEventId());
  await waitUntil(() => data().length === 3, "the third");
  expect(data()).toEqual([1, 2, 3]);
});

test("a client that does not read slows its server down and nobody else; all comes when it reads on", async () => {
  const chunk = "x".repeat(100_000);
  const total = 2_000;
  let written = 0;
  const server = scriptedServer(async ({ event, answer, response, message }) => {
    if (message.params.arguments.flood !== true) return answer(text("quick"));
    for (; written < total; written += 1) {
      event({ method: "notifications/message", params: { level: "info", data: `${String(written)} ${chunk}` } });
      if (response.writableNeedDrain) await once(response, "drain");
    }
    answer(text("flooded"));
  });
  // A time that is over long before the client reads on: it is not the server that is silent.
  const { serving, host } = await scripted(server, { timeout: { execution: 3_000 } });
  await host.open("2025-11-25");
  const memory = (): number => (process.platform === "linux" ? Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(serving.program.pid)}/status`, "utf8"))?.[1]) / 1024 : 0);
  const before = memory();
  const response = await host.post({ id: "flood", method: "tools/call", params: { name: "do", arguments: { flood: true } } });
  let last = -1;
  await waitUntil(async () => {
    const now = written;
    const still = now === last && now > 0;
    last = now;
    await sleep(300);
    return still;
  }, "the server to wait", 30_000);
  await sleep(3_000);
  expect(written).toBeLessThan(total / 2);
  expect(memory() - before).toBeLessThan(80);
  for (let turn = 0; turn < 20; turn += 1) expect(words(await host.request("tools/call", callDo))).toBe("quick");
  let count = 0;
  let rest = "";
  for await (const part of textOf(response)) {
    rest += part;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((each) => each.startsWith("data: {"))) {
      const message = JSON.parse(line.slice(6)) as Message;
      if (message.method !== undefined) expect(Number.parseInt(message.params.data, 10)).toBe(count++);
      else expect(words(message)).toBe("flooded");
    }
  }
  expect(count).toBe(total);
}, 60_000);

test("large messages pass both ways, and one that is larger than any should be is refused", async () => {
  const { serving, server, host } = await openScene();
  const large = "x€".repeat(4_000_000);
  server.toggles.tools = [{ name: "weigh", inputSchema: { type: "object" }, run: ({ text: given }) => `${String(String(given).length)} ${large}` }];
  for (const modern of [false, true]) {
    const one = host();
    if (!modern) await one.open();
    const answer = await one.request("tools/call", { name: "weigh", arguments: { text: "y".repeat(8_000_000) }, ...(modern ? modernMeta() : {}) }, { timeoutMs: 30_000 });
    expect(words(answer) === `8000000 ${large}`).toBe(true);
  }
  const refused = await serving.ask("POST", "/gateway/example", { text: "{}", headers: { accept: "*/*", "content-length": String(65 * 1024 * 1024) } }).catch((error: unknown) => ({ status: 413, error }));
  expect(refused.status).toBe(413);
}, 60_000);

test("mcpass serve ends at once with clients that listen, and they open a new session at the next one", async () => {
  const { walk, serving, host } = await openScene();
  const one = host();
  await one.open();
  const { client } = await connectClient(serving, "/gateway/example", { mode: { pin: "2026-07-28" } });
  expect((await client.listTools()).tools).toHaveLength(3);
  const startedAt = Date.now();
  serving.program.signal("SIGTERM");
  await serving.program.ended;
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  const again = await startServing(walk, ["--port", String(serving.port)]);
  const response = await one.post({ id: "late", method: "tools/list" });
  expect(response.status).toBe(404);
  await response.text();
  delete one.headers["mcp-session-id"];
  await one.open();
  expect(words(await one.request("tools/call", callAdd))).toBe("5");
  expect(again.port).toBe(serving.port);
}, 60_000);

test("mcpass serve that is told to end says so to clients of either era that still wait", async () => {
  const server = scriptedServer(() => undefined);
  const { serving, host } = await scripted(server);
  const modern = httpHost(`${serving.url}/gateway/example`, serving.token);
  await host.open();
  const calls = [host.request("tools/call", callDo), modern.request("tools/call", { ...callDo, ...modernMeta() })];
  await waitUntil(() => server.got.filter(({ method }) => method === "tools/call").length === 2, "the calls");
  serving.program.signal("SIGTERM");
  for (const { error } of await Promise.all(calls)) expect(error).toMatchObject({ code: -32_000, message: expect.stringContaining("is not known"), data: { code: "cancelled" } });
  await serving.program.ended;
}, 60_000);
