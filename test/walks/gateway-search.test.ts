import { expect, test } from "vitest";

import { startEverything } from "../rig/everything.ts";
import { httpHost } from "../rig/http-host.ts";
import { startServing } from "../rig/serving.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { scriptedServer } from "../servers/scripted-mcp.ts";

const search = { gateway: { search: true } };
const ofTasks = { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } };

test("with search, a tool that an older server has only as a task is called like any other by an older client, questions included", async () => {
  const walk = await openWalk();
  await walk.configure({ everything: { type: "remote", url: await startEverything(walk), oauth: false } }, search);
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway`, serving.token);
  await host.open("2025-11-25", { elicitation: {} });
  const called = host.request("tools/call", { name: "call_tool", arguments: { name: "everything__simulate-research-query", arguments: { topic: "history", ambiguous: true } } }, { timeoutMs: 30_000 });
  const { id, params } = await Promise.race([host.heard("elicitation/create"), called.then((answer) => Promise.reject(new Error(`it asked nothing: ${JSON.stringify(answer)}`)))]);
  expect(JSON.stringify(params)).not.toContain("related-task");
  host.send({ id: id ?? null, result: { action: "accept", content: { interpretation: "historical" } } });
  const { result } = await called;
  expect([result.content[0].text, JSON.stringify(result)]).toEqual([expect.stringContaining("history (historical)"), expect.not.stringContaining("related-task")]);
  expect((await host.request("tools/call", { name: "call_tool", arguments: { name: "everything__echo", arguments: { message: "as ever" } } })).result.content[0].text).toBe("Echo: as ever");
}, 60_000);

test("with search, the task of a call that the client gives up is cancelled at its server; a client that asks for a task itself gets one", async () => {
  const task = { taskId: "t", status: "working", createdAt: "2025-11-25T00:00:00Z", lastUpdatedAt: "2025-11-25T00:00:00Z", ttl: null };
  const { handle, got } = scriptedServer(({ answer }) => answer({ task }), { capabilities: ofTasks, tool: { execution: { taskSupport: "required" } }, result: ({ method }) => (method === "tasks/cancel" ? task : undefined) });
  const walk = await openWalk();
  let waits = 0;
  const { origin } = await walk.bystander("old", (asked) => (asked.body.includes('"tasks/result"') ? ((waits += 1), { status: 0, hang: true }) : handle(asked)));
  await walk.configure({ old: { type: "remote", url: `${origin}/mcp`, oauth: false } }, search);
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway`, serving.token);
  await host.open("2025-11-25", ofTasks);
  const params = { name: "call_tool", arguments: { name: "old__do", arguments: {} } };
  expect((await host.request("tools/call", { ...params, task: {} })).result.task.taskId).toBe("mcpass:old/t");
  host.send({ id: "call", method: "tools/call", params });
  await waitUntil(() => waits === 1, "the wait for its result");
  host.notify("notifications/cancelled", { requestId: "call" });
  await waitUntil(() => got.some((message) => message.method === "tasks/cancel" && message.params.taskId === "t"), "its end there");
});
