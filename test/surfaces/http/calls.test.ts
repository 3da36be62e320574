import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createElicitations } from "../../../src/surfaces/http/elicitations.ts";
import { EventEmitter } from "node:events";
import { type ServingProgram, startServing } from "../../rig/serving.ts";
import { waitUntil } from "../../rig/wait.ts";
import { openWalk } from "../../rig/walk.ts";
import { type TryingServer, tryingServer } from "../../servers/trying-server.ts";

const localServer = fileURLToPath(new URL("../../servers/stdio-server.mjs", import.meta.url));

interface Told {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** An event stream, as it comes; `hangUp` ends it from this side. */
function listen(serving: ServingProgram, path: string, body?: object): { readonly told: Told[]; readonly over: Promise<void>; hangUp(): void } {
  const controller = new AbortController();
  const told: Told[] = [];
  const read = async (): Promise<void> => {
    const answer = await fetch(`${serving.url}${path}`, { method: body === undefined ? "GET" : "POST", signal: controller.signal, headers: { authorization: `Bearer ${serving.token}`, "content-type": "application/json" }, body: body === undefined ? null : JSON.stringify(body) });
    let rest = "";
    for await (const chunk of answer.body ?? []) {
      const pieces = (rest + new TextDecoder().decode(chunk)).split("\n\n");
      rest = pieces.pop() ?? "";
      told.push(...pieces.flatMap((piece) => [...piece.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as Told)));
    }
  };
  const over = read().catch((error: unknown) => (controller.signal.aborted ? undefined : Promise.reject(error as Error)));
  return { told, over, hangUp: () => controller.abort() };
}

async function openScene(): Promise<{ readonly serving: ServingProgram; readonly trying: TryingServer }> {
  const walk = await openWalk();
  const trying = tryingServer();
  const server = await walk.bystander("trying", trying.handle);
  await walk.configure({ trying: { type: "remote", url: `${server.origin}/mcp` }, local: { type: "local", command: [process.execPath, localServer] } });
  return { trying, serving: await startServing(walk) };
}

test("prompts and resources are listed, got and read; a streamed call tells its progress, then its result, and hanging up cancels it at the server", async () => {
  const { serving, trying } = await openScene();
  expect((await serving.ask("GET", "/mcp/trying/prompts")).json).toMatchObject({ prompts: [{ name: "summary" }] });
  expect((await serving.ask("POST", "/mcp/trying/prompts/summary", { body: { arguments: { topic: "today" } } })).json).toMatchObject({ messages: [{ content: { text: "Sum up today." } }] });
  expect((await serving.ask("GET", "/mcp/trying/resources")).json).toMatchObject({ resources: [{ uri: "notes:///today" }] });
  expect((await serving.ask("POST", "/mcp/trying/resources", { body: { uri: "notes:///today" } })).json).toMatchObject({ contents: [{ text: "Milk, bread." }] });
  const call = listen(serving, "/mcp/trying/calls", { tool: "count" });
  await waitUntil(() => call.told.length > 0, "the progress");
  expect(call.told).toEqual([{ type: "progress", properties: { progress: 1, total: 4, message: "one of four" } }]);
  trying.release();
  await call.over;
  expect(call.told[1]).toMatchObject({ type: "result", properties: { result: { structuredContent: { done: true } } } });
  const prompt = listen(serving, "/mcp/trying/calls", { prompt: "summary", arguments: { topic: 3 } });
  const resource = listen(serving, "/mcp/trying/calls", { resource: "notes:///today" });
  await Promise.all([prompt.over, resource.over]);
  expect([prompt.told, resource.told]).toMatchObject([[{ properties: { result: { messages: [{ content: { text: "Sum up 3." } }] } } }], [{ properties: { result: { contents: [{}] } } }]]);
  const cancelled = listen(serving, "/mcp/trying/calls", { tool: "count" });
  await waitUntil(() => cancelled.told.length > 0, "the call to be under way");
  expect(trying.cancelled).toEqual([]);
  cancelled.hangUp();
  await waitUntil(() => trying.cancelled.length === 1, "the server to hear that it was cancelled");
  const unknown = listen(serving, "/mcp/local/calls", { resource: "nothing" });
  await unknown.over;
  expect(unknown.told).toMatchObject([{ type: "error", properties: { code: "protocol_failed", error: expect.any(String) as string } }]);
  expect(await serving.ask("POST", "/mcp/nobody/calls", { body: { tool: "x" } })).toMatchObject({ status: 404, json: { _tag: "McpServerNotFoundError" } });
  for (const body of [{}, { tool: "x", resource: "y" }, { tool: 5 }]) expect((await serving.ask("POST", "/mcp/trying/calls", { body })).status).toBe(400);
});

test("what a server asks is put to who listens for it, and answered once; with nobody there it is cancelled at once", async () => {
  const { serving } = await openScene();
  const told = async (): Promise<unknown> => (await serving.ask("POST", "/mcp/trying/tools/tidy")).json;
  expect(await told()).toMatchObject({ content: [{ text: 'told {"action":"cancel"}' }] });
  const events = listen(serving, "/event?elicitation=true");
  await waitUntil(() => events.told.some(({ type }) => type === "server.connected"), "the stream");
  const answered = told();
  const asked = await waitUntil(() => events.told.find(({ type }) => type === "mcp.elicitation.asked"), "the question");
  const id = String(asked.properties["id"]);
  expect(asked.properties).toEqual({ server: "trying", id });
  expect((await serving.ask("GET", "/elicitation")).json).toMatchObject({ elicitations: [{ id, server: "trying", request: { message: "Which folder?", requestedSchema: { required: ["folder"] } } }] });
  expect((await serving.ask("POST", `/elicitation/${id}`, { body: { action: "perhaps" } })).status).toBe(400);
  expect((await serving.ask("POST", `/elicitation/${id}`, { body: { action: "accept", content: { folder: "home" } } })).json).toEqual({ success: true });
  expect(await answered).toMatchObject({ content: [{ text: 'told {"action":"accept","content":{"folder":"home"}}' }] });
  expect((await serving.ask("POST", `/elicitation/${id}`, { body: { action: "decline" } })).status).toBe(404);
  await waitUntil(() => events.told.some(({ type }) => type === "mcp.elicitation.settled"), "everybody to be told");
  const left = told();
  await waitUntil(async () => ((await serving.ask("GET", "/elicitation")).json as { elicitations: unknown[] }).elicitations.length === 1, "another question");
  events.hangUp();
  expect(await left).toMatchObject({ content: [{ text: 'told {"action":"cancel"}' }] });
});

test("nobody waits for ever for an answer", async () => {
  const elicitations = createElicitations(20);
  elicitations.attend(new EventEmitter());
  expect(await elicitations.ask("notes", { message: "?" })).toEqual({ action: "cancel" });
  expect(elicitations.list()).toEqual([]);
});

test("doctor tells every leg as it is reached, of a local server too", async () => {
  const { serving } = await openScene();
  for (const [name, legs] of [["local", ["program", "first request", "tools"]], ["trying", ["reach"]]] as const) {
    const report = listen(serving, `/mcp/${name}/doctor/events`);
    await report.over;
    expect(report.told.length).toBeGreaterThan(2);
    const counts = report.told.slice(0, -1).map(({ type, properties }) => (type === "findings" ? (properties["findings"] as unknown[]).length : -1));
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    const last = report.told.at(-1);
    expect(last).toMatchObject({ type: "examination", properties: { server: name, verdict: { kind: "open" } } });
    expect(last?.properties["findings"]).toEqual(expect.arrayContaining(legs.map((leg): unknown => expect.objectContaining({ leg }))));
  }
});
