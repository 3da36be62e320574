import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { ableClient, startEverything } from "../rig/everything.ts";
import { httpHost, type HttpHost } from "../rig/http-host.ts";
import { cleanEnvironment, programFile } from "../rig/program.ts";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { type Loose, modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { scriptedModernServer, scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

type Upstream = Pick<ScriptedServer, "handle" | "got">;
type Host = Pick<StdioHost, "request" | "open" | "notify" | "messages">;

const time = "2026-07-28T00:00:00Z";
const ofBefore = { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } };
const extensions = { "io.modelcontextprotocol/tasks": {} };
const declared = modernMeta({ extensions });
const related = (taskId: string): object => ({ "io.modelcontextprotocol/related-task": { taskId } });
const call = { name: "do", arguments: {} };

/** Of 2025-11-25. Its tasks are called like those of all others, and say whose they are. */
function oldServer(name: string): ReturnType<typeof scriptedServer> {
  const task = { taskId: "t/1", status: "working", createdAt: time, lastUpdatedAt: time, ttl: 60_000, statusMessage: name };
  const results: Readonly<Record<string, object>> = { "tasks/get": task, "tasks/cancel": { ...task, status: "cancelled" }, "tasks/list": { tasks: [task] }, "tasks/result": { content: [{ type: "text", text: name }], _meta: related("t/1") } };
  return scriptedServer(({ message, answer }) => answer(message.params.task === undefined ? { content: [] } : { task }), { capabilities: ofBefore, tool: { execution: { taskSupport: "optional" } }, result: ({ method }) => results[method ?? ""] });
}

/** Of 2026-07-28. Makes a task of every call, whoever calls. */
function newServer(name: string): ReturnType<typeof scriptedModernServer> & { readonly names: string[] } {
  const names: string[] = [];
  const task = { taskId: "t/1", status: "working", createdAt: time, lastUpdatedAt: time, ttlMs: 60_000, statusMessage: name };
  const server = scriptedModernServer(
    ({ method }, _response, { headers }) => {
      if (method === "tools/call") return { ...task, resultType: "task" };
      names.push(headers["mcp-name"] ?? "");
      return method === "tasks/get" ? { ...task, status: "completed", result: { content: [{ type: "resource_link", uri: "test://note", name: "note" }] } } : {};
    },
    { capabilities: { extensions } },
  );
  return { ...server, names };
}

async function serve(upstreams: Readonly<Record<string, Upstream>>): Promise<{ readonly walk: Walk; readonly serving: ServingProgram; at(path: string): HttpHost; bridge(name: string): StdioHost }> {
  const walk = await openWalk();
  const origins = await Promise.all(Object.entries(upstreams).map(async ([name, { handle }]) => [name, (await walk.bystander(name, handle)).origin] as const));
  await walk.configure(Object.fromEntries(origins.map(([name, origin]) => [name, { type: "remote", url: `${origin}/mcp`, oauth: false }])));
  const serving = await startServing(walk);
  return { walk, serving, at: (path) => httpHost(`${serving.url}${path}`, serving.token), bridge: (name) => stdioHost(walk.start(["bridge", name], { stdin: "open", timeoutMs: 60_000 })) };
}

const of = ({ got }: Upstream, prefix: string): Loose[] => got.filter(({ method }) => method?.startsWith(prefix)).map(({ params }) => params);

test("tasks of two servers, called alike there, are told apart at /gateway: each request about one reaches its own server, and so does what is asked and told of it", async () => {
  const servers = { one: oldServer("one"), two: oldServer("two"), none: scriptedServer(({ answer }) => answer({ content: [] }), { tool: { execution: { taskSupport: "optional" } } }) };
  const { at } = await serve(servers);
  const host = at("/gateway");
  const { result } = await host.open("2025-11-25", { elicitation: {}, tasks: { requests: { elicitation: { create: {} } } } });
  expect(result.capabilities.tasks).toEqual(ofBefore.tasks);
  expect(of(servers.one, "initialize")[0].capabilities).toEqual({ elicitation: {} });
  expect((await host.request("tools/list")).result.tools.map(({ execution }: Loose) => execution)).toEqual([{ taskSupport: "optional" }, { taskSupport: "optional" }, undefined]);

  const ids = { one: "mcpass:one/t/1", two: "mcpass:two/t/1" };
  for (const [name, taskId] of Object.entries(ids)) {
    expect((await host.request("tools/call", { name: `${name}__do`, arguments: {}, task: { ttl: 60_000 } })).result.task).toMatchObject({ taskId, statusMessage: name });
    expect((await host.request("tasks/get", { taskId })).result).toMatchObject({ taskId, statusMessage: name });
    expect((await host.request("tasks/result", { taskId })).result).toEqual({ content: [{ type: "text", text: name }], _meta: related(taskId) });
    expect((await host.request("tasks/cancel", { taskId })).result).toMatchObject({ taskId, status: "cancelled", statusMessage: name });
  }
  expect((await host.request("tasks/list")).result.tasks.map(({ taskId }: Loose) => taskId)).toEqual(Object.values(ids));
  expect(of(servers.two, "tasks/").map(({ taskId }) => taskId)).toEqual(["t/1", "t/1", "t/1", undefined]);
  for (const taskId of ["t/1", "mcpass:nowhere/t/1"]) expect((await host.request("tasks/get", { taskId })).error).toEqual({ code: -32_602, message: `There is no task ${taskId}.` });
  expect((await host.request("tasks/get", { taskId: "mcpass:none/t/1" })).result).toEqual({});

  // One of them is that of mcpass serve itself, which answers for itself.
  await waitUntil(() => servers.two.streams.size === 2, "its streams");
  servers.two.tell({ method: "notifications/tasks/status", params: { taskId: "t/1", status: "input_required" } });
  expect((await host.heard("notifications/tasks/status")).params).toEqual({ taskId: ids.two, status: "input_required" });
  servers.two.tell({ id: "q", method: "elicitation/create", params: { message: "Which?", _meta: related("t/1") } });
  const { id, params } = await host.heard("elicitation/create");
  expect(params._meta).toEqual(related(ids.two));
  host.send({ id: id ?? null, result: { action: "decline", _meta: related(ids.two) } });
  await waitUntil(() => servers.two.got.some((message) => message.id === "q" && message.result?._meta?.["io.modelcontextprotocol/related-task"].taskId === "t/1"), "its answer");
  servers.two.tell({ id: "list", method: "tasks/list", params: {} });
  await waitUntil(() => servers.two.got.filter((message) => message.id === "list" && message.error !== undefined).length === 2, "its refusals");
  expect(host.messages().some(({ method }) => method === "tasks/list")).toBe(false);
});

test("tasks of 2026-07-28 at /gateway: servers are asked for them by their own ids, in the header too, and what is listened to is told by the server's own stream", async () => {
  const servers = { old: oldServer("old"), one: newServer("one"), two: newServer("two") };
  const { at } = await serve(servers);
  const host = at("/gateway");
  expect((await host.request("server/discover", declared)).result.capabilities).toMatchObject({ extensions, tools: {} });
  for (const name of ["one", "two"] as const) {
    const { taskId, resultType } = (await host.request("tools/call", { name: `${name}__do`, arguments: {}, ...declared })).result;
    expect([taskId, resultType]).toEqual([`mcpass:${name}/t/1`, "task"]);
    expect((await host.request("tasks/get", { taskId, ...declared })).result).toMatchObject({ taskId, statusMessage: name, result: { content: [{ uri: `mcpass:${name}/test://note` }] } });
    expect((await host.request("tasks/update", { taskId, inputResponses: {}, ...declared })).result).toEqual({ resultType: "complete" });
    expect((await host.request("tasks/cancel", { taskId, ...declared })).result).toEqual({ resultType: "complete" });
    expect(servers[name].names).toEqual(["t/1", "t/1", "t/1"]);
  }
  expect((await host.request("tasks/list", declared)).error.code).toBe(-32_601);
  host.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { taskIds: ["mcpass:two/t/1"] }, ...declared } });
  const [listener] = await waitUntil(() => (servers.two.listeners.size === 1 ? [...servers.two.listeners] : undefined), "who listens");
  expect(of(servers.two, "subscriptions/")[0].notifications).toEqual({ taskIds: ["t/1"] });
  listener?.response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/tasks", params: { taskId: "t/1", status: "working", _meta: { "io.modelcontextprotocol/subscriptionId": listener.id } } })}\n\n`);
  expect((await host.heard("notifications/tasks")).params).toEqual({ taskId: "mcpass:two/t/1", status: "working", _meta: { "io.modelcontextprotocol/subscriptionId": "listen" } });
});

test("a client of 2026-07-28 that did not declare tasks never sees one, at no address; one that did has them under the server's own ids where there is one server", async () => {
  const { at, bridge } = await serve({ new: newServer("new") });
  for (const [host, name, taskId] of [[bridge("new"), "do", "t/1"], [at("/gateway/new"), "do", "t/1"], [at("/gateway"), "new__do", "mcpass:new/t/1"]] as const) {
    const requiredCapabilities = { extensions };
    for (const [method, params] of [["tools/call", { name, arguments: {} }], ["tasks/get", { taskId }], ["subscriptions/listen", { notifications: { taskIds: [taskId] } }]] as const) {
      expect((await host.request(method, { ...params, ...modernMeta() })).error, method).toMatchObject({ code: -32_021, data: { requiredCapabilities } });
    }
    expect((await host.request("tools/call", { name, arguments: {}, ...declared })).result).toMatchObject({ resultType: "task", taskId });
    expect((await host.request("tasks/get", { taskId, ...declared })).result).toMatchObject({ status: "completed", taskId });
  }
});

test("between the eras no tasks are promised, and whoever asks for one is told so", async () => {
  const servers = { old: oldServer("old"), new: newServer("new") };
  const { at, bridge } = await serve(servers);
  const between = { code: -32_601, message: expect.stringContaining("another revision of MCP than this client's") };
  for (const host of [bridge("new"), at("/gateway/new")] as readonly Host[]) {
    const { capabilities } = (await host.open("2025-11-25", { ...ofBefore, extensions })).result;
    expect([capabilities.tasks, capabilities.extensions]).toEqual([undefined, undefined]);
    for (const method of ["tasks/get", "tasks/result", "tasks/list", "tasks/cancel"]) expect((await host.request(method, { taskId: "t/1" })).error).toEqual(between);
  }
  for (const { _meta } of servers.new.got.flatMap(({ params }) => params ?? [])) expect(JSON.stringify(_meta ?? {})).not.toContain("tasks");
  for (const host of [bridge("old"), at("/gateway/old")] as readonly Host[]) {
    expect((await host.request("server/discover", declared)).result.capabilities.tasks).toBeUndefined();
    expect((await host.request("tools/list", declared)).result.tools).toEqual([{ name: "do", inputSchema: { type: "object" } }]);
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) expect((await host.request(method, { taskId: "t/1", ...declared })).error).toEqual(between);
    expect((await host.request("tools/call", { ...call, task: {}, ...declared })).result).toEqual({ resultType: "complete", content: [] });
  }
  expect(JSON.stringify(of(servers.old, "initialize"))).not.toContain("extensions");
});

test("a task of the official demonstration server goes its way at /gateway, with the question that it asks and the list that it is in", async () => {
  const walk = await openWalk();
  await walk.configure({ everything: { type: "remote", url: await startEverything(walk), oauth: false } });
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway`, serving.token);
  await host.open("2025-11-25", { elicitation: {} });
  const { taskId } = (await host.request("tools/call", { name: "everything__simulate-research-query", arguments: { topic: "history", ambiguous: true }, task: {} })).result.task;
  expect(taskId).toMatch(/^mcpass:everything\/.+/);
  const report = host.request("tasks/result", { taskId });
  const { id, params } = await host.heard("elicitation/create");
  expect(params._meta).toEqual(related(taskId));
  host.send({ id: id ?? null, result: { action: "accept", content: { interpretation: "historical" } } });
  expect((await report).result).toMatchObject({ _meta: related(taskId), content: [{ text: expect.stringContaining("history (historical)") }] });
  expect((await host.request("tasks/list")).result.tasks).toContainEqual(expect.objectContaining({ taskId, status: "completed" }));
}, 60_000);

test("a tool that an older server has only as a task is a call like any other for a client of 2026-07-28, questions included", async () => {
  const walk = await openWalk();
  const url = await startEverything(walk);
  await walk.configure({ everything: { type: "remote", url, oauth: false } });
  const serving = await startServing(walk);
  const use = async (name: string, transport: Transport): Promise<readonly unknown[]> => {
    const { client, heard } = ableClient("modern");
    await client.connect(transport);
    try {
      const { content, _meta } = (await client.callTool({ name, arguments: { topic: "history", ambiguous: true } })) as Loose;
      return [content[0].text.split("\n")[0], JSON.stringify(_meta ?? {}).includes("task"), heard.filter(({ method }) => method === "elicitation/create").length];
    } finally {
      await client.close();
    }
  };
  const asked = ["# Research Report: history (historical)", false, 1];
  const bridge = new StdioClientTransport({ command: process.execPath, args: [programFile, "bridge", url], env: cleanEnvironment({ home: walk.home.directory }), stderr: "ignore" });
  const gateway = new StreamableHTTPClientTransport(new URL(`${serving.url}/gateway`), { requestInit: { headers: { authorization: `Bearer ${serving.token}` } } });
  expect(await Promise.all([use("simulate-research-query", bridge), use("everything__simulate-research-query", gateway)])).toEqual([asked, asked]);
}, 60_000);

test("a tool that a server of 2026-07-28 has only as a task is a call like any other for an older client, questions included", async () => {
  const walk = await openWalk();
  const program = fileURLToPath(new URL("../conformance/everything/server.mjs", import.meta.url));
  const [url] = await walk.start(["modern"], { program, timeoutMs: 60_000 }).waitFor(/http:\S+/);
  await walk.configure({ new: { type: "remote", url, oauth: false } });
  const serving = await startServing(walk);
  const bridge = stdioHost(walk.start(["bridge", "new"], { stdin: "open", timeoutMs: 60_000 }));
  for (const [host, prefix] of [[bridge, ""], [httpHost(`${serving.url}/gateway`, serving.token), "new__"]] as const) {
    await host.open("2025-06-18", { elicitation: {} });
    expect((await host.request("tools/call", { name: `${prefix}failing_job`, arguments: {} })).result).toEqual({ content: [{ type: "text", text: "It failed." }], isError: true });
    expect((await host.request("tools/call", { name: `${prefix}protocol_error_job`, arguments: {} })).error).toEqual({ code: -32_603, message: "It broke." });
    host.send({ id: "delete", method: "tools/call", params: { name: `${prefix}confirm_delete`, arguments: { filename: "a.txt" } } });
    const { id, params } = await host.heard("elicitation/create");
    expect(params.message).toBe("Delete a.txt?");
    host.send({ id: id ?? null, result: { action: "accept", content: { confirm: true } } });
    expect((await waitUntil(() => host.messages().find((message) => message.id === "delete" && message.method === undefined), "its answer")).result.content[0].text).toBe("a.txt is deleted.");
  }
}, 60_000);

test("a call that is a task only at the server is cancelled there when the client gives it up, in either direction", async () => {
  const lacks = { code: -32_021, message: "Tasks!", data: { requiredCapabilities: { extensions } } };
  const task = { taskId: "t", status: "working", createdAt: time, lastUpdatedAt: time, ttlMs: null, pollIntervalMs: 60_000 };
  const young = scriptedModernServer(({ id, method, params }, response) => {
    if (method !== "tools/call") return {};
    if (params._meta["io.modelcontextprotocol/clientCapabilities"].extensions !== undefined) return { ...task, resultType: "task" };
    response.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id, error: lacks })}\n\n`);
    return undefined;
  });
  const old = scriptedServer(({ message, answer }) => answer({ task: { ...task, ttl: null, asked: message.params.task } }), { capabilities: ofBefore, tool: { execution: { taskSupport: "required" } }, result: ({ method }) => (method === "tasks/cancel" ? task : undefined) });
  const { bridge, at } = await serve({ young, old: { ...old, handle: (asked) => (asked.body.includes('"tasks/result"') ? (old.got.push(JSON.parse(asked.body)), { status: 0, hang: true }) : old.handle(asked)) } });
  const older = bridge("young");
  await older.open();
  older.send({ id: "call", method: "tools/call", params: call });
  await waitUntil(() => of(young, "tools/call").length === 2, "the task");
  older.notify("notifications/cancelled", { requestId: "call" });
  await waitUntil(() => of(young, "tasks/cancel").some(({ taskId }) => taskId === "t"), "its end");

  const newer = at("/gateway");
  newer.send({ id: "call", method: "tools/call", params: { name: "old__do", arguments: {}, ...modernMeta() } });
  await waitUntil(() => of(old, "tasks/result").length === 1, "the wait for its result");
  newer.drop("call");
  await waitUntil(() => of(old, "tasks/cancel").some(({ taskId }) => taskId === "t"), "its end there");
  expect(of(old, "tools/call")[0].task).toEqual({});
});
