import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { type Loose, modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { type ScriptedCall, scriptedModernServer, scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

async function bridgeTo(server: Pick<ScriptedServer, "handle">, entry: object = {}): Promise<{ readonly walk: Walk; readonly host: StdioHost }> {
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", server.handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, ...entry } });
  return { walk, host: stdioHost(walk.start(["bridge", "example"], { stdin: "open", timeoutMs: 60_000 })) };
}

const able = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const text = (words: unknown): object => ({ content: [{ type: "text", text: JSON.stringify(words) }] });
const words = (message: { readonly result?: Loose }): unknown => JSON.parse(message.result.content[0].text);
const callDo = { name: "do", arguments: {} };
const form = { message: "Which one?", requestedSchema: { type: "object", properties: { which: { type: "string" } } } };

/** Asks three things, one after the other, and tells what it was told. It gets on while the host is away with the last of them, which `away` waits for. */
async function interview({ ask, answer, event, message }: ScriptedCall, away: Promise<void> = Promise.resolve()): Promise<void> {
  const progress = (done: number): void => event({ method: "notifications/progress", params: { progressToken: message.params._meta?.progressToken, progress: done, total: 2 } });
  progress(1);
  const elicited = await ask("elicitation/create", form);
  const sampled = await ask("sampling/createMessage", { messages: [], maxTokens: 5 });
  const asking = ask("roots/list", {});
  void away.then(() => progress(2));
  const roots = await asking;
  answer(text([elicited.result ?? elicited.error.code, sampled.result ?? sampled.error.code, roots.result ?? roots.error.code]));
}
const told: Readonly<Record<string, object>> = { "elicitation/create": { action: "accept", content: { which: "this" } }, "sampling/createMessage": { role: "assistant", model: "m", content: { type: "text", text: "hi" } }, "roots/list": { roots: [{ uri: "file:///here" }] } };
const all = [told["elicitation/create"], told["sampling/createMessage"], told["roots/list"]];

/** Answers everything that the bridge asks, until the answer to `id` is there. */
async function answering(host: StdioHost, id: string): Promise<Loose> {
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

test("what a server asks in the midst of a call, and what it tells of its progress, passes to a host of the same era as it is", async () => {
  const { host } = await bridgeTo(scriptedServer((call) => interview(call)));
  await host.open("2025-11-25", able);
  host.send({ id: "call", method: "tools/call", params: { ...callDo, _meta: { progressToken: "t" } } });
  expect(words(await answering(host, "call"))).toEqual(all);
  expect((await host.heard("notifications/progress")).params).toEqual({ progressToken: "t", progress: 1, total: 2 });
});

test("a host of 2026-07-28 is asked back by an older server's questions: the call is held, and goes on where it was with each answer", async () => {
  let leave = (): void => {};
  const away = new Promise<void>((resolve) => (leave = resolve));
  const server = scriptedServer((call) => interview(call, away));
  const { host } = await bridgeTo(server);
  await host.request("server/discover", modernMeta(able));
  let answer = await host.request("tools/call", { ...callDo, ...modernMeta(able, { progressToken: "first" }) });
  for (let round = 0; round < 3; round += 1) {
    const { resultType, requestState, inputRequests } = answer.result;
    expect(resultType).toBe("input_required");
    const inputResponses = Object.fromEntries(Object.entries<Loose>(inputRequests).map(([key, { method }]) => [key, told[method]]));
    if (round === 2) {
      leave();
      await sleep(300);
    }
    answer = await host.request("tools/call", { ...callDo, ...modernMeta(able, { progressToken: `round ${String(round)}` }), requestState, inputResponses });
  }
  const progress = host.messages().filter(({ method }) => method === "notifications/progress").map(({ params }) => [params.progressToken, params.progress]);
  expect(progress).toEqual([["first", 1], ["round 2", 2]]);
  expect([answer.result.resultType, words(answer)]).toEqual(["complete", all]);
  expect(server.got.filter(({ method }) => method === "tools/call")).toHaveLength(1);
  // It names a call of this very process, and cannot be made up.
  expect((await host.request("tools/call", { ...callDo, ...modernMeta(able), requestState: "mcpass-held:1", inputResponses: {} })).error.code).toBe(-32_602);
  expect(words(await host.request("tools/call", { ...callDo, ...modernMeta() }))).toEqual([-32_601, -32_601, -32_601]);
});

test("a host of before is asked by a server of 2026-07-28 as if it spoke to it, and the request is sent again with its answers", async () => {
  const server = scriptedModernServer(({ params }, response) => {
    response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: params._meta.progressToken, progress: 1 } })}\n\n`);
    if (params.requestState !== undefined) return text([params.requestState, params.inputResponses, params._meta["io.modelcontextprotocol/logLevel"], params._meta["io.modelcontextprotocol/clientCapabilities"]]);
    return { resultType: "input_required", requestState: "opaque=", inputRequests: { one: { method: "elicitation/create", params: form }, two: { method: "roots/list" } } };
  });
  const { host } = await bridgeTo(server);
  await host.open("2025-06-18", able);
  expect((await host.request("logging/setLevel", { level: "debug" })).result).toEqual({});
  host.send({ id: "call", method: "tools/call", params: { ...callDo, _meta: { progressToken: 4 } } });
  const answer = await answering(host, "call");
  expect(words(answer)).toEqual(["opaque=", { one: told["elicitation/create"], two: told["roots/list"] }, "debug", able]);
  expect(answer.result.resultType).toBeUndefined();
  expect((await host.heard("notifications/progress")).params.progressToken).toBe(4);
});

test("a host of before is asked nothing that it did not declare, and waits for no answer to it: an elicitation is cancelled, whatever else is wanted ends the call", async () => {
  const wanted: Readonly<Record<string, object>> = { form: { method: "elicitation/create", params: form }, url: { method: "elicitation/create", params: { mode: "url", url: "https://example.com/", message: "Here" } }, roots: { method: "roots/list" } };
  const server = scriptedModernServer(({ params }) => (params.requestState === undefined ? { resultType: "input_required", requestState: "s", inputRequests: { one: wanted[params.arguments.what] } } : text(params.inputResponses)));
  // That of 2025-06-18 knows forms only.
  for (const [revision, capabilities, refused] of [["2025-11-25", {}, ["form", "url"]], ["2025-06-18", { elicitation: {} }, ["url"]]] as const) {
    const { host } = await bridgeTo(server);
    const call = (what: string): ReturnType<StdioHost["request"]> => host.request("tools/call", { ...callDo, arguments: { what } });
    await host.open(revision, capabilities);
    for (const what of refused) expect(words(await call(what))).toEqual({ one: { action: "cancel" } });
    expect((await call("roots")).error.message).toContain("The host could not answer roots/list: it did not declare that it can");
    expect(host.messages().filter(({ method, id }) => method !== undefined && id !== undefined)).toEqual([]);
  }
});

test("what calls itself a request of 2026-07-28 and is none is refused in that revision's words; a log that no request asked for is left out", async () => {
  const { host } = await bridgeTo(scriptedServer(({ event, answer }) => {
    event({ method: "notifications/message", params: { level: "info", data: "on it" } });
    answer(text(1));
  }));
  const whole = modernMeta() as { _meta: Record<string, unknown> };
  const without = (key: string): object => ({ _meta: Object.fromEntries(Object.entries(whole._meta).filter(([each]) => !each.endsWith(key))) });
  const refusals: readonly (readonly [string, object, number])[] = [
    ["server/discover", {}, -32_602],
    ["server/discover", without("protocolVersion"), -32_602],
    ["tools/list", without("clientCapabilities"), -32_602],
    ["tools/list", { _meta: { ...whole._meta, "io.modelcontextprotocol/protocolVersion": "2099-01-01" } }, -32_022],
    ["ping", whole, -32_601],
    ["logging/setLevel", { ...whole, level: "debug" }, -32_601],
  ];
  for (const [method, params, code] of refusals) expect({ method, code: (await host.request(method, params)).error?.code }).toEqual({ method, code });
  expect(host.messages().find(({ error }) => error?.code === -32_022)?.error.data).toEqual({ supported: ["2026-07-28"], requested: "2099-01-01" });
  expect(words(await host.request("tools/call", { ...callDo, ...whole }))).toBe(1);
  expect(host.messages().filter(({ method }) => method !== undefined)).toEqual([]);
  expect(words(await host.request("tools/call", { ...callDo, ...modernMeta({}, { "io.modelcontextprotocol/logLevel": "info" }) }))).toBe(1);
  expect(host.messages().filter(({ method }) => method !== undefined).map(({ method }) => method)).toEqual(["notifications/message"]);
});

test("a call that the host cancels is cancelled at the server, whichever eras they are of, and has no answer", async () => {
  for (const [modernHost, modernServer] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    let closed = 0;
    const modern = scriptedModernServer((_message, response) => void response.on("close", () => (closed += 1)).write(": on\n\n"));
    const legacy = scriptedServer(({ event }) => event({ method: "notifications/message", params: { level: "info", data: "on it" } }));
    const { host } = await bridgeTo(modernServer ? modern : legacy);
    const meta = modernHost ? modernMeta({}, { "io.modelcontextprotocol/logLevel": "info" }) : {};
    if (modernHost) await host.request("server/discover", meta);
    else await host.open();
    host.send({ id: "call", method: "tools/call", params: { ...callDo, ...meta } });
    const { got } = modernServer ? modern : legacy;
    const sent = await waitUntil(() => got.find(({ method }) => method === "tools/call"), "the call");
    await waitUntil(() => modernServer || host.messages().some(({ method }) => method === "notifications/message"), "its first event");
    host.notify("notifications/cancelled", { requestId: "call" });
    await waitUntil(() => (modernServer ? closed === 1 : got.some(({ method, params }) => method === "notifications/cancelled" && params.requestId === sent.id)), `the cancellation (${String(modernHost)}, ${String(modernServer)})`);
    expect((await host.request("tools/list", meta)).result.tools.length).toBeGreaterThan(0);
    expect(host.messages().filter(({ id }) => id === "call")).toEqual([]);
    await host.program.stop();
  }
}, 60_000);

test("changes that a server tells reach the host in the words of its era, and again after the stream was cut", async () => {
  const legacy = scriptedServer(({ answer }) => answer(text(1)));
  const first = await bridgeTo(legacy);
  await first.host.open();
  await waitUntil(() => legacy.streams.size === 1, "the stream");
  legacy.tell({ method: "notifications/tools/list_changed" });
  await first.host.heard("notifications/tools/list_changed");
  const cut = new Set(legacy.streams);
  cut.forEach((response) => response.destroy());
  await waitUntil(() => legacy.streams.size === 1 && [...legacy.streams].every((each) => !cut.has(each)), "the stream again");
  legacy.tell({ method: "notifications/message", params: { level: "info", data: "back" } });
  await first.host.heard("notifications/message");

  const second = await bridgeTo(legacy);
  await second.host.request("server/discover", modernMeta());
  second.host.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true, resourceSubscriptions: ["test://note"] }, ...modernMeta() } });
  await second.host.heard("notifications/subscriptions/acknowledged");
  await waitUntil(() => legacy.got.some(({ method, params }) => method === "resources/subscribe" && params.uri === "test://note"), "the subscription");
  await waitUntil(() => legacy.streams.size === 2, "its stream");
  legacy.tell({ method: "notifications/tools/list_changed" });
  legacy.tell({ method: "notifications/prompts/list_changed" });
  legacy.tell({ method: "notifications/resources/updated", params: { uri: "test://note" } });
  expect((await second.host.heard("notifications/resources/updated")).params).toEqual({ uri: "test://note", _meta: { "io.modelcontextprotocol/subscriptionId": "listen" } });
  expect(second.host.messages().map(({ method }) => method)).not.toContain("notifications/prompts/list_changed");

  for (const modernHost of [true, false]) {
    const modern = scriptedModernServer(() => text(1));
    const { host } = await bridgeTo(modern);
    if (modernHost) {
      await host.request("server/discover", modernMeta());
      host.send({ id: 5, method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
    } else await host.open();
    const listener = await waitUntil(() => [...modern.listeners][0], "the subscription");
    listener.response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: { "io.modelcontextprotocol/subscriptionId": listener.id } } })}\n\n`);
    expect((await host.heard("notifications/tools/list_changed")).params).toEqual(modernHost ? { _meta: { "io.modelcontextprotocol/subscriptionId": 5 } } : {});
  }
}, 60_000);

test("what a tool of 2026-07-28 wants in headers is sent there, also by a bridge that has not listed it, and a tool with a wrong declaration is left out", async () => {
  const seen: unknown[] = [];
  const server = scriptedModernServer((_message, _response, { headers }) => {
    seen.push([headers["mcp-method"], headers["mcp-name"], headers["mcp-param-region"], headers["mcp-protocol-version"]]);
    return text("ok");
  });
  const { host } = await bridgeTo(server);
  await host.open();
  expect((await host.request("tools/list")).result.tools.map(({ name }: { name: string }) => name)).toEqual(["do"]);
  expect(words(await host.request("tools/call", { name: "do", arguments: { region: "Zürich" } }))).toBe("ok");
  expect(seen).toEqual([["tools/call", "do", `=?base64?${Buffer.from("Zürich").toString("base64")}?=`, "2026-07-28"]]);
});
