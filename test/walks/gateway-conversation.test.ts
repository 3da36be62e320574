import { expect, test } from "vitest";

import { httpHost, type HttpHost, textOf } from "../rig/http-host.ts";
import { startServing } from "../rig/serving.ts";
import { type Loose, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { type ScriptedCall, scriptedModernServer, scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

async function gatewayTo(server: Pick<ScriptedServer, "handle">, entry: object = {}): Promise<{ readonly walk: Walk; readonly host: HttpHost; readonly another: () => HttpHost }> {
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", server.handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, ...entry } });
  const serving = await startServing(walk);
  const another = (): HttpHost => httpHost(`${serving.url}/gateway/example`, serving.token);
  return { walk, host: another(), another };
}

const able = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const text = (words: unknown): object => ({ content: [{ type: "text", text: JSON.stringify(words) }] });
const words = (message: { readonly result?: Loose }): unknown => JSON.parse(message.result.content[0].text);
const callDo = { name: "do", arguments: {} };
const form = { message: "Which one?", requestedSchema: { type: "object", properties: { which: { type: "string" } } } };
const told: Readonly<Record<string, object>> = { "elicitation/create": { action: "accept", content: { which: "this" } }, "sampling/createMessage": { role: "assistant", model: "m", content: { type: "text", text: "hi" } }, "roots/list": { roots: [{ uri: "file:///here" }] } };
const all = [told["elicitation/create"], told["sampling/createMessage"], told["roots/list"]];

/** Asks three things, one after the other, and tells what it was told. */
async function interview({ ask, answer, event, message }: ScriptedCall): Promise<void> {
  event({ method: "notifications/progress", params: { progressToken: message.params._meta?.progressToken, progress: 1, total: 2 } });
  const elicited = await ask("elicitation/create", form);
  const sampled = await ask("sampling/createMessage", { messages: [], maxTokens: 5 });
  const roots = await ask("roots/list", {});
  answer(text([elicited.result ?? elicited.error.code, sampled.result ?? sampled.error.code, roots.result ?? roots.error.code]));
}

/** Answers everything that the gateway asks, until the answer to `id` is there. */
async function answering(host: HttpHost, id: string): Promise<Loose> {
  const done = new Set<unknown>();
  return waitUntil(() => {
    for (const message of host.messages()) {
      if (message.method === undefined || message.id === undefined || message.id === null || done.has(message.id)) continue;
      done.add(message.id);
      host.send({ id: message.id, result: told[message.method] });
    }
    return host.messages().find((message) => message.id === id && message.method === undefined);
  }, "the end of the interview");
}

test("what a server asks in the midst of a call, and what it tells of its progress, comes in the call's own stream to a host of the same era", async () => {
  const { host } = await gatewayTo(scriptedServer(interview));
  await host.open("2025-11-25", able);
  const response = await host.post({ id: "call", method: "tools/call", params: { ...callDo, _meta: { progressToken: "t" } } });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const seen: Loose[] = [];
  let rest = "";
  for await (const chunk of textOf(response)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((each) => each.startsWith("data: {"))) {
      const message = JSON.parse(line.slice(6)) as Loose;
      seen.push(message);
      if (message.method !== undefined && message.id !== undefined) host.send({ id: message.id, result: told[message.method] });
    }
  }
  expect(seen.map(({ method }) => method)).toEqual(["notifications/progress", "elicitation/create", "sampling/createMessage", "roots/list", undefined]);
  expect([seen[0].params, words(seen[4])]).toEqual([{ progressToken: "t", progress: 1, total: 2 }, all]);
});

test("a host of 2026-07-28 is asked back by an older server's questions: the call is held, and goes on where it was with each answer", async () => {
  const server = scriptedServer(interview);
  const { host } = await gatewayTo(server);
  await host.request("server/discover", modernMeta(able));
  let answer = await host.request("tools/call", { ...callDo, ...modernMeta(able) });
  for (let round = 0; round < 3; round += 1) {
    const { resultType, requestState, inputRequests } = answer.result;
    expect(resultType).toBe("input_required");
    const inputResponses = Object.fromEntries(Object.entries<Loose>(inputRequests).map(([key, { method }]) => [key, told[method]]));
    answer = await host.request("tools/call", { ...callDo, ...modernMeta(able), requestState, inputResponses });
  }
  expect([answer.result.resultType, words(answer)]).toEqual(["complete", all]);
  expect(server.got.filter(({ method }) => method === "tools/call")).toHaveLength(1);
  expect((await host.request("tools/call", { ...callDo, ...modernMeta(able), requestState: "mcpass-held:1", inputResponses: {} })).error.code).toBe(-32_602);
  expect(words(await host.request("tools/call", { ...callDo, ...modernMeta() }))).toEqual([-32_601, -32_601, -32_601]);
});

test("a host of before is asked by a server of 2026-07-28 in the call's own stream, and the request is sent again with its answers", async () => {
  const server = scriptedModernServer(({ params }, response) => {
    response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: params._meta.progressToken, progress: 1 } })}\n\n`);
    if (params.requestState !== undefined) return text([params.requestState, params.inputResponses, params._meta["io.modelcontextprotocol/logLevel"], params._meta["io.modelcontextprotocol/clientCapabilities"]]);
    return { resultType: "input_required", requestState: "opaque=", inputRequests: { one: { method: "elicitation/create", params: form }, two: { method: "roots/list" } } };
  });
  const { host } = await gatewayTo(server);
  await host.open("2025-06-18", able);
  expect((await host.request("logging/setLevel", { level: "debug" })).result).toEqual({});
  host.send({ id: "call", method: "tools/call", params: { ...callDo, _meta: { progressToken: 4 } } });
  const answer = await answering(host, "call");
  expect(words(answer)).toEqual(["opaque=", { one: told["elicitation/create"], two: told["roots/list"] }, "debug", able]);
  expect(answer.result.resultType).toBeUndefined();
  expect((await host.heard("notifications/progress")).params.progressToken).toBe(4);
});

test("a server of 2026-07-28 asks a host of its own era back in its own words", async () => {
  const { host } = await gatewayTo(scriptedModernServer(({ params }) => (params.requestState === undefined ? { resultType: "input_required", requestState: "opaque=", inputRequests: { one: { method: "roots/list" } } } : text([params.requestState, params.inputResponses]))));
  const first = await host.request("tools/call", { ...callDo, ...modernMeta(able) });
  expect(first.result).toEqual({ resultType: "input_required", requestState: "opaque=", inputRequests: { one: { method: "roots/list" } } });
  expect(words(await host.request("tools/call", { ...callDo, ...modernMeta(able), requestState: "opaque=", inputResponses: { one: told["roots/list"] } }))).toEqual(["opaque=", { one: told["roots/list"] }]);
});

test("a call that the host gives up is cancelled at the server, whichever eras they are of: by its message before 2026-07-28, then by the end of its connection", async () => {
  for (const [modernHost, modernServer] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    let closed = 0;
    const modern = scriptedModernServer((_message, response) => void response.on("close", () => (closed += 1)).write(": on\n\n"));
    const legacy = scriptedServer(({ event }) => event({ method: "notifications/message", params: { level: "info", data: "on it" } }));
    const { host } = await gatewayTo(modernServer ? modern : legacy);
    const meta = modernHost ? modernMeta({}, { "io.modelcontextprotocol/logLevel": "info" }) : {};
    if (!modernHost) await host.open();
    host.send({ id: "call", method: "tools/call", params: { ...callDo, ...meta } });
    const { got } = modernServer ? modern : legacy;
    const sent = await waitUntil(() => got.find(({ method }) => method === "tools/call"), "the call");
    await waitUntil(() => modernServer || host.messages().some(({ method }) => method === "notifications/message"), "its first event");
    host.notify("notifications/cancelled", { requestId: "call" });
    await waitUntil(() => (modernServer ? closed === 1 : got.some(({ method, params }) => method === "notifications/cancelled" && params.requestId === sent.id)), `the cancellation (${String(modernHost)}, ${String(modernServer)})`);
    expect((await host.request("tools/list", meta)).result.tools.length).toBeGreaterThan(0);
    expect(host.messages().filter(({ id }) => id === "call")).toEqual([]);
  }
}, 60_000);

test("changes that a server tells reach the host in the words of its era, and again after the server's stream was cut", async () => {
  const legacy = scriptedServer(({ answer }) => answer(text(1)));
  const { host, another } = await gatewayTo(legacy);
  await host.open();
  // One is that of mcpass serve, which keeps connected by itself.
  await waitUntil(() => legacy.streams.size === 2, "the streams");
  legacy.tell({ method: "notifications/tools/list_changed" });
  await host.heard("notifications/tools/list_changed");
  const cut = new Set(legacy.streams);
  cut.forEach((response) => response.destroy());
  await waitUntil(() => legacy.streams.size === 2 && [...legacy.streams].every((each) => !cut.has(each)), "the streams again");
  legacy.tell({ method: "notifications/message", params: { level: "info", data: "back" } });
  await host.heard("notifications/message");

  const second = another();
  second.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true, resourceSubscriptions: ["test://note"] }, ...modernMeta() } });
  expect((await second.heard("notifications/subscriptions/acknowledged")).params._meta).toEqual({ "io.modelcontextprotocol/subscriptionId": "listen" });
  await waitUntil(() => legacy.got.some(({ method, params }) => method === "resources/subscribe" && params.uri === "test://note"), "the subscription");
  await waitUntil(() => legacy.streams.size === 3, "its stream");
  legacy.tell({ method: "notifications/tools/list_changed" });
  legacy.tell({ method: "notifications/prompts/list_changed" });
  legacy.tell({ method: "notifications/resources/updated", params: { uri: "test://note" } });
  expect((await second.heard("notifications/resources/updated")).params).toEqual({ uri: "test://note", _meta: { "io.modelcontextprotocol/subscriptionId": "listen" } });
  expect(second.messages().map(({ method }) => method)).not.toContain("notifications/prompts/list_changed");
  second.drop("listen");
  await waitUntil(() => legacy.got.some(({ method }) => method === "resources/unsubscribe"), "its end");

  for (const modernHost of [true, false]) {
    const modern = scriptedModernServer(() => text(1));
    const { host: third } = await gatewayTo(modern);
    if (modernHost) third.send({ id: 5, method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
    else await third.open();
    const mine = await waitUntil(() => [...modern.listeners].at(-1), "the subscription");
    for (const { id, response } of new Set([mine, ...modern.listeners])) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: { "io.modelcontextprotocol/subscriptionId": id } } })}\n\n`);
    expect((await third.heard("notifications/tools/list_changed")).params).toEqual(modernHost ? { _meta: { "io.modelcontextprotocol/subscriptionId": 5 } } : {});
  }
}, 60_000);
