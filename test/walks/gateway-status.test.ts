import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { httpHost } from "../rig/http-host.ts";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { type Loose, type Message, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { scriptedServer } from "../servers/scripted-mcp.ts";
import { scene } from "./held-sign-in.ts";

const names = (message: Message): string[] => message.result.tools.map(({ name }: { name: string }) => name);
const words = (message: { readonly result?: Loose }): string => message.result?.content?.[0]?.text;
const hello = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1" } } };
const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };
const accept = "application/json, text/event-stream";

async function statusOf(serving: ServingProgram, name: string): Promise<{ readonly status: string; readonly error?: string }> {
  return ((await serving.ask("GET", "/mcp")).json as Record<string, { status: string; error?: string }>)[name] ?? { status: "none" };
}

test("X06 a server that was disconnected is reached at neither address until somebody connects it again: what is under way ends with an answer, and whoever has it open is told", async () => {
  const walk = await openWalk();
  const slow = scriptedServer(() => undefined);
  const { origin } = await walk.bystander("slow", slow.handle);
  const other = await walk.resource({ guard: "open" });
  await walk.configure({ slow: { type: "remote", url: `${origin}/mcp`, oauth: false }, other: { type: "remote", url: other.url } });
  const serving = await startServing(walk);
  const [all, one, newer] = ["/gateway", "/gateway/slow", "/gateway/slow"].map((path) => httpHost(`${serving.url}${path}`, serving.token)) as [ReturnType<typeof httpHost>, ReturnType<typeof httpHost>, ReturnType<typeof httpHost>];
  await all.open();
  await one.open();
  const listening = await one.listen();
  expect(names(await all.request("tools/list"))).toContain("slow__do");
  const calls = [all.request("tools/call", { name: "slow__do", arguments: {} }), one.request("tools/call", { name: "do", arguments: {} }), newer.request("tools/call", { name: "do", arguments: {}, ...modernMeta() })];
  const asked = (): number => slow.got.filter(({ method }) => method === "tools/call").length;
  await waitUntil(() => asked() === 3, "the calls");
  const before = all.messages().length;
  expect((await serving.ask("POST", "/mcp/slow/disconnect")).json).toBe(true);
  for (const { error } of await Promise.all(calls)) expect(error.message).toBe("slow was disconnected from mcpass serve, and is not reached until somebody connects it there. Whether slow did what was asked is not known.");
  await listening.over;
  await all.heard("notifications/tools/list_changed", before);
  expect(names(await all.request("tools/list")).filter((name) => name.startsWith("slow"))).toEqual([]);
  expect((await all.request("tools/call", { name: "slow__do", arguments: {} })).error.message).toContain("There is no tool called slow__do");
  const headers = { accept, "mcp-session-id": one.headers["mcp-session-id"] };
  expect((await serving.ask("POST", "/gateway/slow", { body: { jsonrpc: "2.0", id: 2, method: "tools/list" }, headers })).status).toBe(404);
  expect(await serving.ask("POST", "/gateway/slow", { body: hello, headers: { accept } })).toMatchObject({ status: 404, json: { error: { message: "slow was disconnected from mcpass serve, and is not reached until somebody connects it there." } } });
  expect([asked(), await statusOf(serving, "slow")]).toEqual([3, { status: "disabled" }]);
  await waitUntil(() => slow.streams.size === 0, "the end of every stream of it");
  const between = all.messages().length;
  expect((await serving.ask("POST", "/mcp/slow/connect")).json).toBe(true);
  await all.heard("notifications/tools/list_changed", between);
  expect(names(await all.request("tools/list"))).toContain("slow__do");
  const again = httpHost(`${serving.url}/gateway/slow`, serving.token);
  await again.open();
  expect(names(await again.request("tools/list"))).toEqual(["do"]);
});

test("X06 what the gateway finds out of a server is what GET /mcp says: that it is gone, for as long as it is, that it is back, and that it wants a sign-in again", async () => {
  const { walk, issuer, server } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway/example`, serving.token);
  await host.open();
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  expect(await statusOf(serving, "example")).toEqual({ status: "connected" });
  await server.refuse();
  expect((await host.request("tools/call", callAdd)).error.data.code).toBe("unreachable");
  expect(await statusOf(serving, "example")).toMatchObject({ status: "failed", error: expect.stringContaining("ECONNREFUSED") as string });
  // The manager has tried again meanwhile, and knows its tools.
  await sleep(4_000);
  expect(await statusOf(serving, "example")).toMatchObject({ status: "failed" });
  await server.accept();
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  await waitUntil(async () => (await statusOf(serving, "example")).status === "connected", "the status to say that it is back");
  issuer.expireTokens();
  issuer.revokeRefreshTokens();
  expect(words(await host.request("tools/call", callAdd))).toContain("mcpass auth example");
  expect(await statusOf(serving, "example")).toEqual({ status: "needs_auth" });
}, 60_000);
