import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import type { StdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { startBridge, words } from "./bridge-to.ts";

const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };

/** A bridge that is open to a server of 2024-11-05. */
async function openBridge(): Promise<{ readonly walk: Walk; readonly server: ResourceServer; readonly host: StdioHost }> {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", wire: "sse" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const host = startBridge(walk);
  await host.open();
  return { walk, server, host };
}

test("a server that only knows HTTP+SSE of 2024-11-05 is found, and is asked again on a new stream after the old one has ended", async () => {
  const { walk, server, host } = await openBridge();
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  await server.refuse();
  await server.accept();
  await waitUntil(() => walk.ledger.find({ method: "GET" }).length >= 2, "another stream");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
});

test("B02 a server of 2024-11-05 that goes away while it is used: a call ends with an error long before its deadline, its lists are as they were last, and when it is back it is asked again", async () => {
  const { server, host } = await openBridge();
  const listed = await host.request("tools/list");
  await server.refuse();
  const call = (): ReturnType<typeof host.request> => host.request("tools/call", callAdd, { timeoutMs: 30_000 });
  expect((await call()).error).toMatchObject({ code: -32_000, data: { code: "unreachable" } });
  // By now the end of its stream is known, too.
  await sleep(1_000);
  expect((await call()).error).toMatchObject({ code: -32_000, data: { code: "unreachable" } });
  expect((await host.request("tools/list")).result.tools).toEqual(listed.result.tools);
  const before = host.messages().length;
  await server.accept();
  await host.heard("notifications/tools/list_changed", before);
  expect(words(await call())).toBe("5");
}, 60_000);

test("a server of 2024-11-05 that is back in another way than it was is opened anew by the next request, once it is itself again", async () => {
  const { walk, server, host } = await openBridge();
  server.toggles.endpointAnswer = "html";
  await server.refuse();
  await server.accept();
  await waitUntil(() => walk.ledger.find({ method: "GET" }).length >= 2, "a page in place of a stream");
  server.toggles.endpointAnswer = undefined;
  await waitUntil(async () => words(await host.request("tools/call", callAdd, { timeoutMs: 30_000 })) === "5", "its answer", 30_000);
}, 60_000);
