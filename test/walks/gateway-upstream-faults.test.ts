import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { httpHost, type HttpHost } from "../rig/http-host.ts";
import { startServing, type ServingProgram } from "../rig/serving.ts";
import { type Loose, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { answerGarbage, garble } from "../servers/garbage.ts";
import { type Asked, type Handle, json } from "../servers/listener.ts";
import { scriptedModernServer, scriptedServer } from "../servers/scripted-mcp.ts";
import { type Client, clientsOf } from "./gateway-clients.ts";
import { scene } from "./held-sign-in.ts";
import { allTools, manyTools } from "./many-tools.ts";

const words = (message: { readonly result?: Loose }): string => message.result?.content?.[0]?.text;
const call = ({ host, prefix, meta }: Client, name: string, given: object = {}): Promise<Loose> => host.request("tools/call", { name: `${prefix}${name}`, arguments: given, ...meta });
const add = (client: Client): Promise<Loose> => call(client, "add_numbers", { a: 2, b: 3 });
const hostOf = (serving: ServingProgram): HttpHost => httpHost(`${serving.url}/gateway`, serving.token);

async function servingOf(handle: Handle, entry: object = {}): Promise<{ readonly walk: Walk; readonly serving: ServingProgram }> {
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, ...entry } });
  return { walk, serving: await startServing(walk) };
}

test("garbage never reaches a client of the gateway, at either address: events that are no messages are left out, an answer that is none is an error, and the next call is as good as any", async () => {
  const fine = await servingOf(scriptedServer(garble).handle);
  const broken = await servingOf(answerGarbage());
  for (const client of await clientsOf(fine.serving)) expect(words(await call(client, "do"))).toBe("fine");
  const clients = await clientsOf(broken.serving);
  for (const client of clients) {
    for (const n of [0, 1, 2]) expect([n, (await call(client, "do", { n })).error]).toEqual([n, expect.objectContaining({ code: -32_000, data: expect.objectContaining({ code: "protocol_failed" }) })]);
    expect((await client.host.request("tools/list", client.meta)).result.tools).toHaveLength(1);
    expect(client.host.messages().every((message) => typeof message === "object" && "jsonrpc" in message)).toBe(true);
  }
});

test("what a server does wrong is said by mcpass serve as by the bridge, each thing once for all clients and without what could harm whoever reads it; a server that does ever something else wrong fills no log", async () => {
  const broken = await servingOf(scriptedServer((scripted) => {
    scripted.event({ id: "stranger", result: {} });
    garble(scripted);
  }).handle);
  for (const client of [...(await clientsOf(broken.serving)), ...(await clientsOf(broken.serving))]) expect(words(await call(client, "do"))).toBe("fine");
  for (const what of ["sent an event that is no message", "sent an answer to nothing that was asked"]) {
    const times = (): number => broken.serving.program.stderr().split(`example ${what}; it was left out.\n`).length - 1;
    await waitUntil(() => times() > 0, what);
    expect([what, times()]).toEqual([what, 1]);
  }

  let count = 0;
  const hostile = scriptedModernServer(() => ({ content: [] }));
  const bad = (): object => ({ name: `bad ${String((count += 1))}\n\u001b[2Jcanary-value`, inputSchema: { type: "object", properties: { list: { type: "array", "x-mcp-header": "List" } } } });
  const { serving } = await servingOf((asked) => (asked.body.includes('"tools/list"') ? json(200, { jsonrpc: "2.0", id: JSON.parse(asked.body).id, result: { resultType: "complete", tools: [bad(), bad(), bad()], ttlMs: 0, cacheScope: "private" } }) : hostile.handle(asked)), { headers: { "x-api-key": "canary-value" } });
  const one = httpHost(`${serving.url}/gateway/example`, serving.token);
  for (let n = 0; n < 20; n += 1) expect((await one.request("tools/list", modernMeta())).result.tools).toEqual([]);
  await waitUntil(() => serving.program.stderr().includes("\nexample does more that is wrong; it is not told any more.\n"), "the last of it");
  const stderr = serving.program.stderr();
  const said = stderr.split("\n").filter((line) => line.startsWith("example: the tool bad "));
  expect([said.length, said.every((line) => /^example: the tool bad \d+ \[secret\] is left out: /.test(line))]).toEqual([20, true]);
  expect(stderr).not.toMatch(/canary-value|\u001b\[2J/);
});

test("F01 an access token that ends while calls are under way is renewed once, unseen by clients of either era at either address: the calls end with their results, and so do those after them", async () => {
  const { walk, issuer, server } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  let arrived = 0;
  const over = async (): Promise<string> => {
    // Once, by the last of them: what is renewed then is good.
    if ((arrived += 1) === 4) issuer.expireTokens();
    await waitUntil(() => arrived === 4, "all of them");
    await sleep(100);
    return "done";
  };
  server.toggles.tools = [{ name: "outlast", inputSchema: { type: "object" }, run: over }, { name: "add_numbers", inputSchema: { type: "object" }, run: ({ a, b }) => String(Number(a) + Number(b)) }];
  const clients = await clientsOf(await startServing(walk));
  walk.ledger.clear();
  expect((await Promise.all(clients.map((client) => call(client, "outlast")))).map(words)).toEqual(clients.map(() => "done"));
  expect((await Promise.all([...clients, ...clients].map(add))).map(words)).toEqual([...clients, ...clients].map(() => "5"));
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
});

test("X07 a grant that is revoked becomes a sign-in that clients of either era can see at either address; none loses its tools over it, and each is told when somebody has signed in again", async () => {
  const { walk, issuer } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const clients = await clientsOf(await startServing(walk));
  for (const { host, meta } of clients) expect((await host.request("tools/list", meta)).result.tools).toHaveLength(3);
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  for (const client of clients) expect(words(await add(client))).toContain("mcpass auth example");
  for (const { host, meta, prefix } of clients) expect((await host.request("tools/list", meta)).result.tools.map(({ name }: { name: string }) => name)).toContain(`${prefix}add_numbers`);
  const before = clients.map(({ host }) => host.messages().length);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  await Promise.all(clients.map(({ host }, index) => host.heard("notifications/tools/list_changed", before[index])));
  for (const client of clients) expect(words(await add(client))).toBe("5");
});

test("ten thousand tools, page by page: clients of both eras have them all, at either address", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", tools: manyTools(10_000), pageSize: 1_000 });
  await walk.configure({ example: { type: "remote", url: server.url } });
  for (const { host, meta, prefix } of await clientsOf(await startServing(walk))) {
    const names = await allTools(host, meta);
    expect([names.size, names.has(`${prefix}tool_0`), names.has(`${prefix}tool_9999`)]).toEqual([10_000, true, true]);
  }
}, 60_000);

test("where all servers are one, a list of more small pages than any server has is there whole", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", tools: manyTools(900), pageSize: 3 });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  const host = hostOf(serving);
  await host.open();
  expect((await allTools(host, {})).size).toBe(900);
  expect(serving.program.stderr()).not.toContain("left out");
});

/** Lists pages of one tool, each called by its cursor. */
function pagesOf(next: (page: number) => Promise<string | undefined> | string | undefined, toolsOf = (page: number): object[] => [{ name: `tool_${String(page)}`, inputSchema: { type: "object" } }]): Handle {
  const { handle } = scriptedServer(({ answer }) => answer({ content: [] }));
  return async (asked: Asked) => {
    const { id, method, params } = (asked.body === "" ? {} : JSON.parse(asked.body)) as Loose;
    if (method !== "tools/list") return handle(asked);
    const page = Number(params?.cursor ?? 0);
    const nextCursor = await next(page);
    return json(200, { jsonrpc: "2.0", id, result: { tools: toolsOf(page), ...(nextCursor === undefined ? {} : { nextCursor }) } });
  };
}

test("a list whose pages come one by one is waited for as long as they come, though it takes longer than a silent server is given", async () => {
  const { serving } = await servingOf(pagesOf(async (page) => {
    await sleep(1_000);
    return page === 5 ? undefined : String(page + 1);
  }));
  const host = hostOf(serving);
  await host.open();
  expect((await allTools(host, {})).size).toBe(6);
}, 60_000);

test("a list without an end has one where all servers are one, and whoever runs the gateway is told once what was left out, and where it is", async () => {
  const round = await servingOf(pagesOf((page) => String((page + 1) % 3)));
  const long = await servingOf(pagesOf((page) => String(page + 1), (page) => Array.from({ length: 20_000 }, (_, index) => ({ name: `t${String(page)}_${String(index)}`, inputSchema: { type: "object" } }))));
  for (const [{ serving }, size, why] of [[round, 3, "names a page as the next that it has named before"], [long, 100_000, "goes on after 100000 items"]] as const) {
    const [one, other] = [hostOf(serving), hostOf(serving)];
    await one.open();
    expect((await allTools(one, {})).size).toBe(size);
    expect((await allTools(other, modernMeta())).size).toBe(size);
    const said = `example: tools/list ${why}; at /gateway the rest is left out, at /gateway/example it is not.\n`;
    expect(serving.program.stderr().split(said)).toHaveLength(2);
  }
}, 60_000);
