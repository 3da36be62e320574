import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

import { Client, type StandardSchemaV1 } from "@modelcontextprotocol/client";

import { freePort } from "./free-port.ts";
import type { Loose } from "./stdio-host.ts";
import { waitUntil } from "./wait.ts";
import type { Walk } from "./walk.ts";

/** The official demonstration server, over Streamable HTTP of up to 2025-11-25; its URL. */
export async function startEverything(walk: Walk): Promise<string> {
  const port = await freePort();
  const program = createRequire(import.meta.url).resolve("@modelcontextprotocol/server-everything/dist/index.js");
  const server = walk.start(["streamableHttp"], { program, env: { PORT: String(port) }, timeoutMs: 120_000 });
  await server.waitFor(/listening on port/);
  return `http://127.0.0.1:${String(port)}/mcp`;
}

/** A client of the SDK that can do all that a server may ask for, and keeps what it is told. */
export interface AbleClient {
  readonly client: Client;
  /** What the server asked and told, by method. */
  readonly heard: readonly { readonly method: string; readonly params: Loose }[];
}

/** Takes every result. Standard Schema 1 */
const anything: StandardSchemaV1<unknown, Loose> = { "~standard": { version: 1, vendor: "mcpass", validate: (value) => ({ value }) } };

export function ableClient(era: "legacy" | "modern"): AbleClient {
  const heard: { method: string; params: Loose }[] = [];
  const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } };
  const client = new Client({ name: "able", version: "1" }, { capabilities, versionNegotiation: { mode: era === "legacy" ? "legacy" : { pin: "2026-07-28" } } });
  client.setRequestHandler("elicitation/create", ({ method, params }) => {
    heard.push({ method, params });
    return { action: "accept", content: { name: "a name", check: true, interpretation: "historical" } };
  });
  client.setRequestHandler("sampling/createMessage", ({ method, params }) => {
    heard.push({ method, params });
    return { role: "assistant", model: "none", content: { type: "text", text: "sampled" } };
  });
  client.setRequestHandler("roots/list", ({ method, params }) => {
    heard.push({ method, params });
    return { roots: [{ uri: "file:///here", name: "here" }] };
  });
  client.fallbackNotificationHandler = async ({ method, params }) => void heard.push({ method, params });
  return { client, heard };
}

const call = async (client: Client, name: string, given: Record<string, unknown> = {}): Promise<Loose> => client.callTool({ name, arguments: given });
/** Sessions have names of their own, and contents made on the spot the time. */
const plain = (value: unknown): Loose => JSON.parse(JSON.stringify(value ?? null).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UUID").replaceAll(/\d{1,2}:\d{2}:\d{2}( [AP]M)?/g, "TIME").replaceAll(/"_meta":\{[^{}]*\},?/g, ""));
/** What is different between revisions by their own rules is left out. */
const content = (result: Loose): Loose => plain({ content: result.content, structuredContent: result.structuredContent, isError: result.isError });

/** The server removes a file that it made in one session when another makes one of that name. */
const ownFile = (outputType: "resource" | "resourceLink"): Record<string, unknown> => ({ name: `${randomUUID()}.gz`, data: "data:text/plain,hello", outputType });

const plainTools = (): readonly (readonly [string, Record<string, unknown>])[] => [
  ["echo", { message: "hello" }],
  ["get-sum", { a: 2, b: 3 }],
  ["get-tiny-image", {}],
  ["get-annotated-message", { messageType: "error", includeImage: true }],
  ["get-resource-links", { count: 3 }],
  ["get-resource-reference", { resourceType: "Text", resourceId: 2 }],
  ["get-structured-content", { location: "Chicago" }],
  ["gzip-file-as-resource", ownFile("resource")],
  ["no-such-tool", {}],
];

/** Everything that both eras know, one thing after the other: what came of it. */
export async function useEverything({ client, heard }: AbleClient): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = { instructions: client.getInstructions(), server: client.getServerVersion() };
  seen["tools"] = (await client.listTools()).tools.map(({ name, inputSchema, outputSchema, annotations, title }) => ({ name, inputSchema, outputSchema, annotations, title }));
  seen["prompts"] = (await client.listPrompts()).prompts;
  seen["resources"] = (await client.listResources()).resources;
  seen["templates"] = (await client.listResourceTemplates()).resourceTemplates;
  for (const [name, given] of plainTools()) seen[name] = await call(client, name, given).then(content, (error: unknown) => ({ thrown: String(error) }));
  seen["read text"] = plain((await client.readResource({ uri: "demo://resource/dynamic/text/1" })).contents);
  seen["read blob"] = plain((await client.readResource({ uri: "demo://resource/dynamic/blob/1" })).contents).map(({ uri, mimeType }: Loose) => [uri, mimeType]);
  seen["read document"] = (await client.readResource({ uri: "demo://resource/static/document/features.md" })).contents;
  seen["read nothing"] = await client.readResource({ uri: "demo://resource/none" }).then(() => "read", (error: Error) => error.message);
  for (const [name, given] of [["simple-prompt", {}], ["args-prompt", { city: "Rome" }], ["resource-prompt", { resourceType: "Text", resourceId: "1" }]] as const) {
    seen[name] = plain((await client.getPrompt({ name, arguments: given })).messages);
  }
  seen["completed prompt"] = (await client.complete({ ref: { type: "ref/prompt", name: "completable-prompt" }, argument: { name: "name", value: "A" }, context: { arguments: { department: "Engineering" } } })).completion;
  seen["completed template"] = (await client.complete({ ref: { type: "ref/resource", uri: "demo://resource/dynamic/text/{resourceId}" }, argument: { name: "resourceId", value: "1" } })).completion;

  // The SDK's client counts every question back as progress of its own, without a total, and may leave out what comes right before the answer.
  const progress: unknown[] = [];
  const long = { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } };
  seen["long"] = [content(await client.callTool(long, { onprogress: ({ progress: done, total }) => void (total === undefined || done === total ? undefined : progress.push([done, total])) })), progress];
  const controller = new AbortController();
  const cancelled = client.callTool({ ...long, arguments: { duration: 60, steps: 60 } }, { signal: controller.signal });
  await sleep(100);
  controller.abort();
  seen["cancelled"] = await cancelled.then(() => "answered", () => "cancelled");

  for (const [name, given] of [
    ["trigger-elicitation-request", {}],
    ["trigger-url-elicitation", { url: "https://example.com/", elicitationId: "one" }],
    ["trigger-sampling-request", { prompt: "Say it", maxTokens: 5 }],
  ] as const) {
    const before = heard.length;
    const answer = content(await call(client, name, given));
    seen[name] = [answer, plain(heard.slice(before).filter(({ method }) => !method.startsWith("notifications/")).map(({ method, params: { _meta, elicitationId: _id, ...params } }) => ({ method, params })))];
  }
  return seen;
}

/** What only hosts of up to 2025-11-25 have: subscriptions one by one, log levels, roots, tasks. */
export async function useEverythingOfBefore({ client, heard }: AbleClient): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = {};
  const since = async (from: number, method: string): Promise<Loose> => plain((await waitUntil(() => heard.slice(from).find((each) => each.method === method), method)).params);
  const fetched = (): Loose => heard.find(({ method, params }) => method === "notifications/message" && String(params.data).includes("root(s) received"));
  // The server asks 350 ms after the opening, whether or not the client's stream stands by then; where it came later the question is lost, as it is without us.
  await waitUntil(fetched, "the roots to be fetched", 3_000).catch(() => client.sendRootsListChanged());
  await waitUntil(fetched, "the roots to be fetched");
  seen["roots"] = content(await call(client, "get-roots-list"));
  const beforeRoots = heard.length;
  await client.sendRootsListChanged();
  await waitUntil(() => heard.slice(beforeRoots).find(({ method }) => method === "roots/list"), "the roots to be fetched again");

  await client.setLoggingLevel("emergency");
  const beforeLevel = heard.length;
  await client.subscribeResource({ uri: "demo://resource/dynamic/text/1" });
  await sleep(200);
  seen["silent"] = heard.slice(beforeLevel).filter(({ method, params }) => method === "notifications/message" && params.level !== "emergency").length;
  await client.setLoggingLevel("debug");
  const beforeUpdates = heard.length;
  await call(client, "toggle-subscriber-updates");
  seen["updated"] = await since(beforeUpdates, "notifications/resources/updated");
  await call(client, "toggle-subscriber-updates");
  const beforeEnd = heard.length;
  await client.unsubscribeResource({ uri: "demo://resource/dynamic/text/1" });
  seen["unsubscribed"] = await since(beforeEnd, "notifications/message");
  const beforeLog = heard.length;
  await call(client, "toggle-simulated-logging");
  seen["logged"] = typeof (await since(beforeLog, "notifications/message")).level;
  await call(client, "toggle-simulated-logging");

  const beforeList = heard.length;
  seen["link"] = content(await call(client, "gzip-file-as-resource", ownFile("resourceLink")));
  await since(beforeList, "notifications/resources/list_changed");
  seen["listed"] = plain((await client.listResources()).resources.filter(({ uri }) => uri.includes("session")));

  const { task } = await client.request({ method: "tools/call", params: { name: "simulate-research-query", arguments: { topic: "history", ambiguous: true }, task: { ttl: 60_000 } } }, anything);
  const beforeTask = heard.length;
  seen["task"] = [typeof task.taskId, task.status];
  const report = await client.request({ method: "tasks/result", params: { taskId: task.taskId } }, anything, { timeout: 30_000 });
  seen["task result"] = content(report);
  seen["task asked"] = heard.slice(beforeTask).find(({ method }) => method === "elicitation/create")?.params.message;
  seen["task after"] = (await client.request({ method: "tasks/get", params: { taskId: task.taskId } }, anything)).status;
  seen["tasks"] = (await client.request({ method: "tasks/list" }, anything)).tasks.length > 0;
  return seen;
}
