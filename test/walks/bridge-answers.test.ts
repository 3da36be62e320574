import { expect, test } from "vitest";

import { modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { type Handle, json } from "../servers/listener.ts";
import { scriptedModernServer, scriptedServer } from "../servers/scripted-mcp.ts";
import { bridgeTo, callDo, startBridge, words } from "./bridge-to.ts";
import { freePort } from "../rig/free-port.ts";
import { scene } from "./held-sign-in.ts";

test("a connection that is cut before the answer, or in the midst of it, leaves a call of which nobody knows whether it was done: the error says so", async () => {
  const headers = { "content-type": "application/json" };
  const cuts = { before: { status: 0, cut: true }, within: { status: 200, headers, body: '{"jsonrpc":"2.0","id":1,"result":{}}', cut: true } } as const;
  for (const modern of [false, true]) {
    const walk = await openWalk();
    const server = modern ? scriptedModernServer(() => ({ content: [] })) : scriptedServer(({ answer }) => answer({ content: [] }));
    let cut: keyof typeof cuts | undefined;
    const { origin } = await walk.bystander("upstream", (asked) => (cut !== undefined && asked.body.includes('"tools/call"') ? cuts[cut] : server.handle(asked)));
    const host = startBridge(walk, [`${origin}/mcp`]);
    const meta = modern ? modernMeta() : {};
    await (modern ? host.request("server/discover", meta) : host.open());
    for (cut of ["before", "within"] as const) {
      const { error } = await host.request("tools/call", { ...callDo, ...meta });
      expect(error).toMatchObject({ code: -32_000, message: expect.stringContaining("did what was asked is not known"), data: { code: "unreachable" } });
    }
    await host.program.stop();
  }
});

test("lists without an end that the bridge reads for itself are cut, which it says, and the call is served all the same", async () => {
  const round = (page: unknown): string => String((Number(page ?? 0) + 1) % 2);
  const young = scriptedModernServer((_, response) => void response.end(), {});
  let refusals = 0;
  const modern: Handle = (asked) => {
    const { id, method, params } = JSON.parse(asked.body);
    if (method === "tools/list") return json(200, { jsonrpc: "2.0", id, result: { resultType: "complete", tools: [], nextCursor: round(params.cursor), ttlMs: 0, cacheScope: "private" } });
    if (method !== "tools/call") return young.handle(asked);
    refusals += 1;
    return refusals === 1 ? json(400, { jsonrpc: "2.0", id, error: { code: -32_020, message: "no" } }) : json(200, { jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text: "done" }] } });
  };
  const old = scriptedServer(({ answer }) => answer({ content: [{ type: "text", text: "done" }] }), { capabilities: { tasks: { requests: { tools: { call: {} } } } } });
  const legacy: Handle = (asked) => {
    const { id, method, params } = asked.body === "" ? ({} as Record<string, never>) : JSON.parse(asked.body);
    return method === "tools/list" ? json(200, { jsonrpc: "2.0", id, result: { tools: [], nextCursor: round(params?.cursor) } }) : old.handle(asked);
  };
  for (const [handle, untold] of [[modern, "which headers the rest of its tools want is not known"], [legacy, "which of the rest of its tools can only be called as tasks is not known"]] as const) {
    const walk = await openWalk();
    const { origin } = await walk.bystander("upstream", handle);
    await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false } });
    const host = startBridge(walk);
    expect(words(await host.request("tools/call", { ...callDo, ...modernMeta() }))).toBe("done");
    await waitUntil(() => host.program.stderr().includes(`example: tools/list names a page as the next that it has named before; ${untold}.`), untold);
    await host.program.stop();
  }
});

test("a server that has forgotten the session and takes long to open another holds nobody beyond the deadline, and is asked again", async () => {
  const walk = await openWalk();
  const server = scriptedServer(({ answer }) => answer({ content: [{ type: "text", text: "done" }] }));
  let state: "known" | "forgotten" | "opening" = "known";
  const { origin } = await walk.bystander("upstream", (asked) => {
    if (state === "known" || asked.method !== "POST") return server.handle(asked);
    if (!asked.body.includes('"initialize"')) return { status: 404 };
    if (state === "forgotten") return { status: 0, hang: true };
    state = "known";
    return server.handle(asked);
  });
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, timeout: { startup: 2_000, execution: 1_000 } } });
  const host = startBridge(walk);
  await host.open();
  expect(words(await host.request("tools/call", callDo))).toBe("done");
  state = "forgotten";
  expect((await host.request("tools/call", callDo)).error).toMatchObject({ code: -32_001, data: { code: "timed_out" } });
  state = "opening";
  await waitUntil(async () => words(await host.request("tools/call", callDo)) === "done", "a new session");
});

test("a server that asks something in the midst of a call, is answered, and says no more is waited for until the deadline, not for ever", async () => {
  const { host } = await bridgeTo(async ({ ask }) => void (await ask("ping", {})), { timeout: { execution: 1_000 } });
  await host.open();
  const call = host.request("tools/call", callDo);
  const { id } = await host.heard("ping");
  host.send({ ...(id === undefined ? {} : { id }), result: {} });
  expect((await call).error).toMatchObject({ code: -32_001, data: { code: "timed_out" } });
});

test("answers to nothing that was asked stay here, and an error that names no request answers the one it came for", async () => {
  const { walk, host } = await bridgeTo(({ event, answer, response, message }) => {
    event({ id: "nobody-asked", result: { content: [{ type: "text", text: "for nobody" }] } });
    if (message.params.arguments.fails !== true) return answer({ content: [{ type: "text", text: "done" }] });
    event({ id: null, error: { code: -32_603, message: "out of order" } });
    response.end();
  });
  const modern = startBridge(walk);
  await host.open();
  await modern.request("server/discover", modernMeta());
  for (const each of [host, modern]) {
    const meta = each === modern ? modernMeta() : {};
    expect(words(await each.request("tools/call", { ...callDo, ...meta }))).toBe("done");
    expect((await each.request("tools/call", { name: "do", arguments: { fails: true }, ...meta })).error).toMatchObject({ code: -32_603, message: "out of order" });
    expect(each.messages().filter(({ id }) => id === null || id === "nobody-asked")).toEqual([]);
  }
  expect(host.program.stderr()).toContain("sent an answer to nothing that was asked");
});

test("a bridge that is told to end says so to whoever still waits", async () => {
  const { host, server } = await bridgeTo(() => undefined);
  await host.open();
  const call = host.request("tools/call", callDo);
  await waitUntil(() => server.got.some(({ method }) => method === "tools/call"), "the call");
  host.program.signal("SIGTERM");
  expect((await call).error).toMatchObject({ code: -32_000, message: expect.stringContaining("is not known"), data: { code: "cancelled" } });
  await host.program.ended;
});

test("a call is answered at its deadline also while it is looked up why its token is refused", async () => {
  const { walk, server } = await scene();
  await walk.configure({ example: { type: "remote", url: server.url, timeout: { execution: 1_500 }, oauth: { callbackPort: await freePort() } } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const host = startBridge(walk);
  await host.open();
  await host.request("tools/list");
  server.toggles.acceptsTokens = false;
  server.toggles.metadata = { inserted: "hang" };
  expect((await host.request("tools/call", { name: "add_numbers", arguments: { a: 2, b: 3 } }, { timeoutMs: 6_000 })).error).toMatchObject({ code: -32_001, data: { code: "timed_out" } });
});
