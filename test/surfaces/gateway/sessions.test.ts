import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, onTestFinished, test } from "vitest";

import { createGateway, type GatewayOptions } from "../../../src/surfaces/gateway/gateway.ts";
import { resultAnswer } from "../../../src/surfaces/relay/answers.ts";
import { httpHost } from "../../rig/http-host.ts";
import { modernMeta } from "../../rig/stdio-host.ts";
import { waitUntil } from "../../rig/wait.ts";

/** A gateway to something that answers everything but `never`; what was opened and closed, in order. */
async function openGateway(limits: GatewayOptions["limits"]): Promise<{ readonly url: string; readonly seen: string[]; readonly taken: readonly unknown[]; readonly turn: (ms: number) => void; readonly revoked: Set<string> }> {
  const seen: string[] = [];
  const taken: unknown[] = [];
  const revoked = new Set<string>();
  let now = 0;
  let count = 0;
  const gateway = createGateway({
    limits,
    now: () => now,
    stillKnown: (callers) => new Set([...callers].filter((caller) => !revoked.has(caller))),
    onInternal: (thrown) => seen.push(String(thrown)),
    find: (name) => ({
      name,
      isCurrent: () => true,
      open: (host) => {
        const own = (count += 1);
        seen.push(`open ${String(own)}`);
        return { take: async (frame) => void (taken.push(frame.method), frame.kind === "request" && frame.method !== "never" ? await host.send(resultAnswer(frame, { own, protocolVersion: "2025-11-25" }, "legacy")) : undefined), close: async () => void seen.push(`close ${String(own)}`) };
      },
    }),
  });
  const server = createServer((incoming, outgoing) => gateway.handle(incoming, outgoing, String(incoming.headers.authorization)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await gateway.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/gateway/x`, seen, taken, revoked, turn: (ms) => void (now += ms) };
}

test("a session that nobody uses ends after its time, one that somebody listens to does not", async () => {
  const { url, seen, turn } = await openGateway({ idleMs: 50 });
  const [left, used] = [httpHost(url, "a"), httpHost(url, "a")];
  await left.post({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25" } });
  await used.open();
  await httpHost(url, "a").request("tools/list", modernMeta());
  turn(60);
  await waitUntil(() => seen.includes("close 1") && seen.includes("close 3"), "the end of those that are idle");
  expect(seen).not.toContain("close 2");
  expect((await used.request("tools/list")).result.own).toBe(2);
});

test("there are never more sessions than are allowed: the one that was idle longest gives way, and where all are used a newcomer is told to wait", async () => {
  const { url, seen, taken, turn } = await openGateway({ mostSessions: 2, mostHosts: 1 });
  const opened = async (): Promise<number> => (await httpHost(url, "a").post({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25" } })).status;
  for (let count = 0; count < 3; count += 1) {
    expect(await opened()).toBe(200);
    turn(1);
  }
  expect(seen).toEqual(["open 1", "open 2", "close 1", "open 3"]);
  for (const _ of [1, 2]) await httpHost(url, "a").open();
  expect(await opened()).toBe(503);
  const modern = httpHost(url, "a");
  expect((await modern.request("tools/list", modernMeta())).result).toBeDefined();
  modern.send({ id: "long", method: "never", params: modernMeta() });
  await waitUntil(() => taken.includes("never"), "what will not be answered to be on its way");
  expect((await httpHost(url, "b").post({ id: 1, method: "tools/list", params: modernMeta() })).status).toBe(503);
});

test("a session is of use to its own caller alone, and ends with the token that opened it, as does what a newer client listens to", async () => {
  const { url, seen, revoked } = await openGateway({});
  const host = httpHost(url, "a");
  await host.open();
  const stolen = httpHost(url, "b");
  stolen.headers["mcp-session-id"] = host.headers["mcp-session-id"] ?? "";
  expect((await stolen.post({ id: 5, method: "tools/list" })).status).toBe(404);
  expect((await stolen.listen()).status).toBe(404);
  const listening = await host.listen();
  const newer = httpHost(url, "a");
  newer.send({ id: "long", method: "never", params: modernMeta() });
  await waitUntil(() => seen.length === 2, "both");
  revoked.add("Bearer a");
  await listening.over;
  await waitUntil(() => seen.includes("close 1") && seen.includes("close 2"), "their end");
});

test("clients that are alike share what stands behind them; another caller, or one that can do other things, does not", async () => {
  const { url, seen } = await openGateway({});
  const own = async (token: string, capabilities: object): Promise<unknown> => (await httpHost(url, token).request("tools/list", modernMeta(capabilities))).result.own;
  expect([await own("a", {}), await own("a", {}), await own("b", {}), await own("a", { roots: {} }), await own("a", {})]).toEqual([1, 1, 2, 3, 1]);
  expect(seen).toEqual(["open 1", "open 2", "open 3"]);
});
