import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { answerGarbage, garble } from "../servers/garbage.ts";
import type { Handle } from "../servers/listener.ts";
import { scriptedServer } from "../servers/scripted-mcp.ts";
import { bridgeTo, callDo, startBridge, words } from "./bridge-to.ts";
import { scene } from "./held-sign-in.ts";

const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };

test("B02 what a server said before is said again at once, without it: openings from the cache, lists as they were, calls with a clear error; when it is back the lists are told to have changed", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", instructions: "Add things." });
  await walk.configure({ example: { type: "remote", url: server.url } });
  for (const modern of [false, true]) {
    const first = startBridge(walk);
    const meta = modern ? modernMeta() : {};
    const opening = modern ? await first.request("server/discover", meta) : await first.open();
    const listed = await first.request("tools/list", meta);
    await first.program.stop();
    await server.refuse();
    walk.ledger.clear();
    const host = startBridge(walk);
    expect((modern ? await host.request("server/discover", meta) : await host.open()).result).toEqual(opening.result);
    expect((await host.request("tools/list", meta)).result.tools).toEqual(listed.result.tools);
    const { error } = await host.request("tools/call", { ...callAdd, ...meta });
    expect(error).toMatchObject({ code: -32_000, message: expect.stringContaining("ECONNREFUSED"), data: { code: "unreachable" } });
    if (modern) {
      host.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...meta } });
      await host.heard("notifications/subscriptions/acknowledged");
    }
    await server.accept();
    await host.heard("notifications/tools/list_changed");
    expect(words(await host.request("tools/call", { ...callAdd, ...meta }))).toBe("5");
    await host.program.stop();
  }
}, 60_000);

test("B02 a server that goes away while it is used: its lists are as they were last, and when it is back the lists are told to have changed", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  for (const modern of [false, true]) {
    const host = startBridge(walk);
    const meta = modern ? modernMeta() : {};
    if (!modern) await host.open();
    const listed = await host.request("tools/list", meta);
    if (modern) {
      host.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...meta } });
      await host.heard("notifications/subscriptions/acknowledged");
    }
    await server.refuse();
    expect((await host.request("tools/list", meta)).result.tools).toEqual(listed.result.tools);
    await server.accept();
    await host.heard("notifications/tools/list_changed");
    expect(words(await host.request("tools/call", { ...callAdd, ...meta }))).toBe("5");
    await host.program.stop();
  }
}, 60_000);

test("an opening from the cache asks nobody: a host that starts the bridge only to see what is there, and kills it, costs the server nothing", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const first = startBridge(walk);
  await first.request("server/discover", modernMeta());
  await first.program.stop();
  walk.ledger.clear();
  const probe = startBridge(walk);
  expect((await probe.request("server/discover", modernMeta())).result.supportedVersions).toEqual(["2026-07-28"]);
  probe.program.signal("SIGTERM");
  expect((await probe.program.ended).exitCode).toBe(143);
  expect(walk.ledger.entries).toEqual([]);
});

test("a server that has forgotten the session gets a new one, and the request again", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const host = startBridge(walk);
  await host.open();
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  server.forgetSessions();
  const answers = await Promise.all([1, 2, 3].map(() => host.request("tools/call", callAdd)));
  expect(answers.map(words)).toEqual(["5", "5", "5"]);
  expect(walk.ledger.find({ word: "initialize" })).toHaveLength(2);
});

test("a request that the server is restarted under waits for it, when nothing of it can have arrived", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const host = startBridge(walk);
  await host.open();
  await host.request("tools/list");
  await server.refuse();
  const call = host.request("tools/call", callAdd);
  await sleep(600);
  await server.accept();
  expect(words(await call)).toBe("5");
});

test("a connection that is cut in the midst of a call is an error that says so; one whose stream can be taken up again is", async () => {
  const { host } = await bridgeTo(({ event, response, message }) => {
    event({ method: "notifications/message", params: { level: "info", data: "on it" } });
    if (message.params.arguments.resumable === true) event("", "event-1");
    setTimeout(() => response.destroy(), 50);
  });
  await host.open();
  const { error } = await host.request("tools/call", callDo);
  expect(error).toMatchObject({ code: -32_000, message: expect.stringContaining("ended the connection before it had answered"), data: { code: "unreachable" } });

  const resumable = scriptedServer(() => undefined);
  const handle: Handle = (asked) => {
    const last = asked.headers["last-event-id"];
    if (asked.method === "GET" && last !== undefined) return { status: 200, headers: { "content-type": "text/event-stream" }, body: `data: ${JSON.stringify({ jsonrpc: "2.0", id: "call", result: { content: [{ type: "text", text: `after ${last}` }] } })}\n\n` };
    if (asked.method === "POST" && asked.body.includes('"tools/call"')) return { status: 200, headers: { "content-type": "text/event-stream" }, body: "id: 7\nretry: 10\ndata: \n\n" };
    return resumable.handle(asked);
  };
  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", handle);
  const second = startBridge(walk, [`${origin}/mcp`]);
  await second.open();
  expect(words(await second.request("tools/call", callDo, { id: "call" }))).toBe("after 7");
});

test("silence ends at the request's deadline, which every sign of life sets anew, and the server is told that nobody waits", async () => {
  const { host, server } = await bridgeTo(async ({ event, message, answer }) => {
    if (message.params.arguments.silent === true) return;
    for (let turn = 0; turn < 5; turn += 1) {
      await sleep(600);
      event({ method: "notifications/progress", params: { progressToken: 1, progress: turn } });
    }
    answer({ content: [{ type: "text", text: "late" }] });
  }, { timeout: { execution: 2_500 } });
  await host.open();
  expect((await host.request("tools/call", { name: "do", arguments: { silent: true } }, { id: "silent" })).error).toMatchObject({ code: -32_001, message: expect.stringContaining("within 2.5 s"), data: { code: "timed_out" } });
  await waitUntil(() => server.got.some(({ method, params }) => method === "notifications/cancelled" && params.requestId === "silent"), "the cancellation");
  expect(words(await host.request("tools/call", callDo))).toBe("late");
});

test("garbage never reaches the host: events that are no messages are left out, an answer that is none is an error, and a page is named", async () => {
  const { host } = await bridgeTo(garble);
  await host.open();
  expect(words(await host.request("tools/call", callDo))).toBe("fine");
  const garbage = "example sent an event that is no message; it was left out.\n";
  await waitUntil(() => host.program.stderr().includes(garbage), "what it says of them");
  expect(host.program.stderr().split(garbage)).toHaveLength(2);

  const walk = await openWalk();
  const { origin } = await walk.bystander("upstream", answerGarbage());
  const second = startBridge(walk, [`${origin}/mcp`]);
  await second.open();
  for (const n of [0, 1, 2]) expect((await second.request("tools/call", { name: "do", arguments: { n } })).error).toMatchObject({ code: -32_000, data: { code: "protocol_failed" } });
  expect(second.messages().every((message) => typeof message === "object" && "jsonrpc" in message)).toBe(true);
  second.program.write("no json\n");
  await waitUntil(() => second.messages().some(({ id, error }) => id === null && error.code === -32_700), "a parse error");
});

test("F01 a token that ends in the midst of it all is renewed once, unseen; a grant that is revoked becomes a sign-in the host can see", async () => {
  const { walk, issuer } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const host = startBridge(walk);
  await host.open();
  expect((await host.request("tools/list")).result.tools).toHaveLength(3);
  await host.request("logging/setLevel", { level: "debug" });
  issuer.expireTokens();
  walk.ledger.clear();
  const answers = await Promise.all(Array.from({ length: 8 }, () => host.request("tools/call", callAdd)));
  expect(answers.map(words)).toEqual(Array.from({ length: 8 }, () => "5"));
  expect(walk.ledger.count({ path: "/token" })).toBe(1);
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  expect(words(await host.request("tools/call", callAdd))).toContain("mcpass auth example");
  // What was listed before is still listed: the host does not lose its tools over it.
  expect((await host.request("tools/list")).result.tools).toHaveLength(3);
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  await host.heard("notifications/tools/list_changed");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  // What the host had asked of the session before counts in the new one.
  await waitUntil(() => walk.ledger.entries.some(({ body }) => body?.includes("logging/setLevel") === true), "the log level again");
});

test("Z04 a server that sends the client elsewhere gets neither token nor message taken there", async () => {
  const { walk } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const elsewhere = await walk.bystander("elsewhere");
  const host = startBridge(walk);
  await host.open();
  await host.request("tools/list");
  const stranger = await walk.resource({ party: "stranger", guard: "open", redirect: { from: "/mcp", to: `${elsewhere.origin}/mcp`, status: 307 } });
  const other = startBridge(walk, [stranger.url, "--header", "authorization: Bearer canary"]);
  await other.open();
  expect((await other.request("tools/call", callAdd)).error.data.code).toBe("server_failed");
  expect(walk.ledger.find({ party: "elsewhere" })).toEqual([]);
});

test("a thousand calls at once are all answered, and large messages pass both ways", async () => {
  const walk = await openWalk();
  const text = "x€😀".repeat(2_000_000);
  const tools = [{ name: "add", inputSchema: { type: "object" }, run: ({ a }: Record<string, unknown>) => String(Number(a) + 1) }, { name: "weigh", inputSchema: { type: "object" }, run: ({ text: given }: Record<string, unknown>) => `${String(String(given).length)} ${text}` }];
  const server = await walk.resource({ guard: "open", responseMode: "sse", tools });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const host = startBridge(walk);
  await host.open();
  for (let n = 0; n < 1_000; n += 1) host.send({ id: n, method: "tools/call", params: { name: "add", arguments: { a: n } } });
  host.send({ id: "large", method: "tools/call", params: { name: "weigh", arguments: { text: "y".repeat(8_000_000) } } });
  const count = (): number => host.program.stdout().split("\n").length - 1;
  await waitUntil(() => count() >= 1_002, "all the answers", 30_000);
  const answers = host.messages();
  expect(answers.filter(({ id }) => typeof id === "number").every(({ id, result }) => result.content[0].text === String(Number(id) + 1))).toBe(true);
  expect(words(answers.find(({ id }) => id === "large") ?? {}) === `8000000 ${text}`).toBe(true);
}, 60_000);
