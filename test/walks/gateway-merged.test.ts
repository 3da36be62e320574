import { expect, test } from "vitest";

import { connectClient } from "../rig/gateway-client.ts";
import { httpHost, type HttpHost } from "../rig/http-host.ts";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { type Loose, type Message, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ServedTool } from "../servers/resource-server/toggles.ts";
import { scriptedModernServer, scriptedServer } from "../servers/scripted-mcp.ts";

const names = (message: Message): string[] => message.result.tools.map(({ name }: { name: string }) => name);
const words = (message: { readonly result?: Loose }): string => message.result?.content?.[0]?.text;
const sum = (a: number, b: number): object => ({ arguments: { a, b } });
const three = ["add_numbers", "echo", "whoami"];
const hostOf = (serving: ServingProgram): HttpHost => httpHost(`${serving.url}/gateway`, serving.token);

/** A server of each era, and one that nobody answers for. */
async function openScene(more: { readonly tools?: ServedTool[]; readonly settings?: Readonly<Record<string, unknown>> } = {}): Promise<{ readonly walk: Walk; readonly serving: ServingProgram }> {
  const walk = await openWalk();
  const old = await walk.resource({ party: "old", guard: "open", wire: "legacy", instructions: "The old one.", serverName: "old-server" });
  const young = await walk.resource({ party: "young", guard: "open", wire: "modern", instructions: "The young one.", ...(more.tools === undefined ? {} : { tools: more.tools }) });
  await walk.configure({ old: { type: "remote", url: old.url }, gone: { type: "remote", url: "http://127.0.0.1:9/mcp" }, young: { type: "remote", url: young.url }, off: { type: "remote", url: old.url, enabled: false } }, more.settings);
  return { walk, serving: await startServing(walk) };
}

for (const mode of ["legacy", { pin: "2026-07-28" }] as const) {
  test(`the SDK's own client (${mode === "legacy" ? "before 2026-07-28" : mode.pin}) uses servers of both eras as one, and one that is not there takes nothing from the others`, async () => {
    const { serving } = await openScene();
    const { client } = await connectClient(serving, "/gateway", { mode });
    expect(client.getServerVersion()?.name).toBe("mcpass");
    expect(client.getInstructions()).toBe("# old\n\nThe old one.\n\n# young\n\nThe young one.");
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["old", "young"].flatMap((server) => three.map((tool) => `${server}__${tool}`)));
    for (const server of ["old", "young"]) expect((await client.callTool({ name: `${server}__add_numbers`, ...sum(2, 3) })).content).toEqual([{ type: "text", text: "5" }]);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["old__greet", "young__greet"]);
    expect((await client.getPrompt({ name: "young__greet" })).messages).toHaveLength(1);
    const uris = (await client.listResources()).resources.map(({ uri }) => uri);
    expect(uris).toEqual(["mcpass:old/test://note", "mcpass:young/test://note"]);
    for (const uri of uris) expect((await client.readResource({ uri })).contents).toMatchObject([{ uri, text: "a note" }]);
    // As a tool may have said it.
    expect((await client.readResource({ uri: "test://note" })).contents).toMatchObject([{ uri: "test://note" }]);
    expect((await client.listResourceTemplates()).resourceTemplates).toEqual([]);
    for (const name of ["nowhere__add", "off__add_numbers", "add_numbers"]) await expect(client.callTool({ name })).rejects.toThrow(`There is no tool called ${name}`);
    await expect(client.readResource({ uri: "mcpass:off/test://note" })).rejects.toThrow("There is no resource");
    await expect(client.callTool({ name: "gone__add" })).rejects.toThrow("gone");
  });
}

test("a tool whose name no client takes is called by another, also by a client that has not listed it", async () => {
  const odd = ["a".repeat(100), "get/all things", "_hidden"];
  const { serving } = await openScene({ tools: odd.map((name) => ({ name, inputSchema: { type: "object" }, run: () => `I am ${name}` })) });
  const host = hostOf(serving);
  await host.open();
  const listed = names(await host.request("tools/list")).slice(three.length);
  expect(listed).toEqual([expect.stringMatching(/^young___a+_[a-z2-7]{12}$/), expect.stringMatching(/^young___get_all_things_[a-z2-7]{12}$/), expect.stringMatching(/^young___hidden_[a-z2-7]{12}$/)]);
  for (const name of listed) expect(name.length).toBeLessThanOrEqual(64);
  const another = hostOf(serving);
  for (const [index, name] of listed.entries()) expect(words(await another.request("tools/call", { name, arguments: {}, ...modernMeta() }))).toBe(`I am ${odd[index] ?? ""}`);
});

test("servers and tools that the configuration leaves out are neither listed nor called, at either address", async () => {
  const { serving } = await openScene({ settings: { gateway: { deny: ["gon*"], tools: { old: { allow: ["*_numbers", "echo"], deny: ["echo"] }, young: { deny: ["WHOAMI"] } } } } });
  const host = hostOf(serving);
  await host.open();
  expect(names(await host.request("tools/list"))).toEqual(["old__add_numbers", "young__add_numbers", "young__echo"]);
  expect(words(await host.request("tools/call", { name: "old__echo", arguments: { text: "x" } }))).toContain("left out by the settings of mcpass");
  expect((await host.request("tools/call", { name: "gone__x", arguments: {} })).error.message).toContain("There is no tool called gone__x");
  const one = httpHost(`${serving.url}/gateway/old`, serving.token);
  expect(names(await one.request("tools/list", modernMeta()))).toEqual(["add_numbers"]);
  expect((await serving.ask("POST", "/gateway/gone", { body: { jsonrpc: "2.0", id: 1, method: "initialize", params: {} } })).json).toMatchObject({ error: { message: "gone is left out of the gateway by the configuration." } });
});

test("rules for the gateway that cannot be understood let nothing through, and say so", async () => {
  const { serving } = await openScene({ settings: { gateway: { allow: "old" } } });
  expect(serving.program.stderr()).toMatch(/mcpass\.jsonc:\d+:\d+: "gateway" has a "allow" that must be a list of servers' names.*; until that is put right, no server is reached through it/);
  const host = hostOf(serving);
  await host.open();
  expect(names(await host.request("tools/list"))).toEqual([]);
});

test("with search, two tools stand for all: one finds them by what is to be done, the other calls them", async () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `tool_${String(index)}`, description: index === 321 ? "Sends a letter to a person" : "Does nothing in particular", inputSchema: { type: "object" }, run: () => `I am ${String(index)}` }));
  const { serving } = await openScene({ tools: many, settings: { gateway: { search: true } } });
  for (const modern of [false, true]) {
    const host = hostOf(serving);
    const meta = modern ? modernMeta() : {};
    if (!modern) await host.open();
    expect(names(await host.request("tools/list", meta))).toEqual(["search_tools", "call_tool"]);
    const found = await host.request("tools/call", { name: "search_tools", arguments: { query: "send letters" }, ...meta });
    expect(JSON.parse(words(found))[0]).toEqual({ name: "young__tool_321", description: "Sends a letter to a person", inputSchema: { type: "object" } });
    expect(JSON.parse(words(await host.request("tools/call", { name: "search_tools", arguments: { query: "", server: "old" }, ...meta })))).toHaveLength(3);
    expect(words(await host.request("tools/call", { name: "call_tool", arguments: { name: "young__tool_321", arguments: {} }, ...meta }))).toBe("I am 321");
    expect(words(await host.request("tools/call", { name: "search_tools", arguments: { query: "xyzzy" }, ...meta }))).toContain("No tool fits. 503 are there");
  }
});

test("what several servers ask at once reaches the client apart, and each gets its own answer; their tidings name what they are about", async () => {
  const walk = await openWalk();
  const upstreams = ["one", "two"].map((name) =>
    scriptedServer(async ({ ask, answer }) => {
      const { result } = await ask("elicitation/create", { message: name, requestedSchema: { type: "object", properties: {} } });
      answer({ content: [{ type: "text", text: JSON.stringify([name, result]) }, { type: "resource_link", uri: "test://note", name: "note" }] });
    }),
  );
  const origins = await Promise.all(upstreams.map(async ({ handle }, index) => (await walk.bystander(`upstream-${String(index)}`, handle)).origin));
  await walk.configure({ one: { type: "remote", url: `${origins[0] ?? ""}/mcp`, oauth: false }, two: { type: "remote", url: `${origins[1] ?? ""}/mcp`, oauth: false } });
  const serving = await startServing(walk);
  const host = hostOf(serving);
  await host.open("2025-11-25", { elicitation: {} });
  const calls = ["one", "two"].map((name) => host.request("tools/call", { name: `${name}__do`, arguments: {} }));
  const asked = await waitUntil(() => {
    const found = host.messages().filter(({ method }) => method === "elicitation/create");
    return found.length === 2 ? found : undefined;
  }, "both questions");
  for (const { id, params } of asked.toReversed()) host.send({ id: id ?? null, result: { action: "accept", content: { to: params.message } } });
  const answers = await Promise.all(calls);
  expect(answers.map((answer) => JSON.parse(words(answer)))).toEqual(["one", "two"].map((name) => [name, { action: "accept", content: { to: name } }]));
  expect(answers[1]?.result.content[1].uri).toBe("mcpass:two/test://note");

  expect((await host.request("resources/subscribe", { uri: "mcpass:two/test://note" })).result).toEqual({});
  expect(upstreams.map(({ got }) => got.filter(({ method }) => method === "resources/subscribe").map(({ params }) => params.uri))).toEqual([[], ["test://note"]]);
  await waitUntil(() => upstreams.every(({ streams }) => streams.size === 2), "the streams");
  upstreams[1]?.tell({ method: "notifications/resources/updated", params: { uri: "test://note" } });
  expect((await host.heard("notifications/resources/updated")).params.uri).toBe("mcpass:two/test://note");

  const modern = hostOf(serving);
  modern.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true, resourceSubscriptions: ["mcpass:one/test://note"] }, ...modernMeta() } });
  await modern.heard("notifications/subscriptions/acknowledged");
  await waitUntil(() => upstreams[0]?.got.some(({ method }) => method === "resources/subscribe"), "the subscription");
  await waitUntil(() => upstreams.every(({ streams }) => streams.size === 3), "its streams");
  upstreams[0]?.tell({ method: "notifications/resources/updated", params: { uri: "test://note" } });
  expect((await modern.heard("notifications/resources/updated")).params).toEqual({ uri: "mcpass:one/test://note", _meta: { "io.modelcontextprotocol/subscriptionId": "listen" } });
  expect(modern.messages().filter(({ method }) => method === "notifications/subscriptions/acknowledged")).toHaveLength(1);
});

test("a call that is given up is cancelled at its own server alone, and one server's silence keeps no list waiting for long", async () => {
  const walk = await openWalk();
  const quick = scriptedServer(({ answer }) => answer({ content: [] }));
  let closed = 0;
  const slow = scriptedModernServer((_message, response) => void response.on("close", () => (closed += 1)).write(": on\n\n"));
  let silent = false;
  const [first, second] = [await walk.bystander("quick", quick.handle), await walk.bystander("slow", (asked) => (silent && asked.body.includes('"tools/list"') ? { status: 0, hang: true } : slow.handle(asked)))];
  await walk.configure({ quick: { type: "remote", url: `${first.origin}/mcp`, oauth: false }, slow: { type: "remote", url: `${second.origin}/mcp`, oauth: false } });
  const serving = await startServing(walk);
  const host = hostOf(serving);
  await host.open();
  expect(names(await host.request("tools/list"))).toEqual(["quick__do", "slow__do"]);
  host.send({ id: "call", method: "tools/call", params: { name: "slow__do", arguments: {} } });
  await waitUntil(() => slow.got.some(({ method }) => method === "tools/call"), "the call");
  host.notify("notifications/cancelled", { requestId: "call" });
  await waitUntil(() => closed === 1, "its end");
  expect(quick.got.some(({ method }) => method === "notifications/cancelled")).toBe(false);
  silent = true;
  // What it listed last, while it says nothing; who has never heard of it is told of the others.
  expect(names(await host.request("tools/list"))).toEqual(["quick__do", "slow__do"]);
  const another = hostOf(serving);
  await another.open("2025-06-18");
  expect(names(await another.request("tools/list"))).toContain("quick__do");
}, 60_000);

test("U03 a server without a sign-in has a tool that says how, beside those of the others; X07 its tools come with the sign-in, and those of servers that are added with them", async () => {
  const { walk, serving } = await openScene();
  const issuer = await walk.issuer();
  const locked = await walk.resource({ party: "locked", trusts: issuer });
  const host = hostOf(serving);
  await host.open();
  expect(names(await host.request("tools/list"))).toHaveLength(6);
  const before = host.messages().length;
  expect((await serving.ask("POST", "/mcp", { body: { name: "locked", config: { type: "remote", url: locked.url } } })).status).toBe(200);
  await host.heard("notifications/tools/list_changed", before);
  await waitUntil(async () => names(await host.request("tools/list")).includes("locked__sign_in"), "the tool that signs in");
  const said = await host.request("tools/call", { name: "locked__sign_in", arguments: {} });
  const between = host.messages().length;
  await fetch(/http\S+authorize\S+/.exec(words(said))?.[0] ?? "");
  await host.heard("notifications/tools/list_changed", between);
  await waitUntil(async () => names(await host.request("tools/list")).includes("locked__add_numbers"), "its tools");
  expect(words(await host.request("tools/call", { name: "locked__add_numbers", ...sum(20, 22) }))).toBe("42");
  expect((await serving.ask("DELETE", "/mcp/locked")).status).toBe(200);
  expect(names(await host.request("tools/list"))).toHaveLength(6);
});

test("what one server lists twice, or in a shape that no client reads, costs the others nothing: it is there once, or left out", async () => {
  const walk = await openWalk();
  const good = await walk.resource({ party: "good", guard: "open" });
  const schema = { type: "object" };
  const listed: Readonly<Record<string, object>> = {
    "tools/list": { tools: [{ name: "same", title: null, description: "first", annotations: "none", inputSchema: schema }, { name: "same", description: "second", inputSchema: schema }, { name: "bare" }, { name: "null", inputSchema: null }, { name: "text", inputSchema: { type: "string" } }, null, { name: 5, inputSchema: schema }] },
    "prompts/list": { prompts: [{ name: "hi" }, { name: "hi" }, { description: "nameless" }] },
    "resources/list": { resources: [{ uri: "test://one", name: "one" }, { uri: "test://one", name: "one" }, { uri: "test://nameless" }] },
    "resources/templates/list": { resourceTemplates: [{ uriTemplate: "test://{id}", name: "all" }, { uriTemplate: "test://{nameless}" }] },
  };
  const odd = scriptedServer(({ answer }) => answer({ content: [] }));
  const { origin } = await walk.bystander("odd", (asked) => {
    const { id, method = "" } = asked.body === "" ? {} : (JSON.parse(asked.body) as Message);
    return listed[method] === undefined ? odd.handle(asked) : { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id, result: listed[method] }) };
  });
  await walk.configure({ odd: { type: "remote", url: `${origin}/mcp`, oauth: false }, good: { type: "remote", url: good.url } });
  const serving = await startServing(walk);
  for (const mode of ["legacy", { pin: "2026-07-28" }] as const) {
    const { client } = await connectClient(serving, "/gateway", { mode });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["odd__same", ...three.map((name) => `good__${name}`)]);
    expect(tools[0]).toEqual({ name: "odd__same", description: "first", inputSchema: schema });
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["odd__hi", "good__greet"]);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(["mcpass:odd/test://one", "mcpass:good/test://note"]);
    expect((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(["mcpass:odd/test://{id}"]);
  }
});
