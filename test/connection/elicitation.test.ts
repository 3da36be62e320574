import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";

import { defaultsOf } from "../../src/connection/elicitation.ts";
import type { Elicit } from "../../src/connection/manager.ts";
import { type Asked, json, listen, type Reply } from "../servers/listener.ts";
import { type Harness, openHarness, remote } from "./harness.ts";

const requestedSchema = {
  type: "object",
  properties: { name: { type: "string", default: "Ada" }, age: { type: "integer", default: 36 }, kind: { type: "string", enum: ["a", "b"], default: "b" }, agreed: { type: "boolean", default: true } },
  required: ["name"],
};

interface Rpc {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** A server whose one tool asks the person something and returns what it was told. */
async function asking(harness: Harness, era: "legacy" | "modern", question: object = { message: "Who?", requestedSchema }): Promise<{ readonly url: string; readonly declared: () => unknown }> {
  const answers = new EventTarget();
  let declared: unknown;
  const listening = await listen(harness.ledger, "asking", (asked) => {
    const message = read(asked);
    if (message?.method === "initialize") declared = (message.params?.["capabilities"] as { elicitation?: unknown } | undefined)?.elicitation;
    if (era === "modern") return modern(message, question);
    if (message?.result !== undefined || message?.error !== undefined) answers.dispatchEvent(new CustomEvent("answer", { detail: message.result ?? message.error }));
    return legacy(message, question, answers);
  });
  onTestFinished(() => listening.stop());
  return { url: `${listening.origin}/mcp`, declared: () => declared };
}

function read({ method, body }: Asked): Rpc | undefined {
  return method === "POST" ? (JSON.parse(body) as Rpc) : undefined;
}

function legacy(message: Rpc | undefined, question: object, answers: EventTarget): Reply {
  if (message === undefined) return { status: 405 };
  if (message.method === undefined || message.id === undefined) return { status: 202 };
  if (message.method === "initialize") return answer(message, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "asking", version: "1" } });
  if (message.method !== "tools/call") return json(400, { jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } });
  return {
    status: 200,
    headers: { "content-type": "text/event-stream" },
    stream: async (response) => {
      response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: "q1", method: "elicitation/create", params: question })}\n\n`);
      const [event] = (await once(answers, "answer")) as [CustomEvent<unknown>];
      response.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: told(event.detail) })}\n\n`);
    },
  };
}

function modern(message: Rpc | undefined, question: object): Reply {
  if (message === undefined) return { status: 405 };
  const complete = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
  if (message.method === "server/discover") return answer(message, { ...complete, supportedVersions: ["2026-07-28"], capabilities: { tools: {} } });
  if (message.method === "tools/list") return answer(message, { ...complete, tools: [{ name: "ask", inputSchema: { type: "object" } }] });
  const responses = message.params?.["inputResponses"] as { q?: unknown } | undefined;
  if (responses?.q !== undefined) return answer(message, { ...told(responses.q), resultType: "complete" });
  return answer(message, { resultType: "input_required", inputRequests: { q: { method: "elicitation/create", params: { mode: "form", ...question } } }, requestState: "opaque" });
}

function answer(message: Rpc, result: object): Reply {
  return json(200, { jsonrpc: "2.0", id: message.id, result });
}

function told(value: unknown): { readonly content: readonly object[] } {
  return { content: [{ type: "text", text: JSON.stringify(value) }] };
}

async function ask(harness: Harness, era: "legacy" | "modern", elicit: Elicit | undefined, question?: object, requestMs = 5000): Promise<{ readonly reply: unknown; readonly declared: unknown }> {
  const server = await asking(harness, era, question);
  const manager = harness.manager({ s: remote(server.url, { timeout: { connectMs: 5000, requestMs } }) });
  const connection = await manager.connect("s", elicit === undefined ? {} : { elicit });
  const result = await connection.callTool("ask", {});
  return { reply: JSON.parse((result.content[0] as { text: string }).text) as unknown, declared: server.declared() };
}

test.each(["legacy", "modern"] as const)("with `defaults` a %s server's question is answered with its schema's defaults", async (era) => {
  const { reply } = await ask(await openHarness(), era, { mode: "defaults" });
  expect(reply).toMatchObject({ action: "accept", content: { name: "Ada", age: 36, kind: "b", agreed: true } });
});

test.each(["legacy", "modern"] as const)("with `decline` a %s server is told no", async (era) => {
  expect((await ask(await openHarness(), era, { mode: "decline" })).reply).toMatchObject({ action: "decline" });
});

test.each(["legacy", "modern"] as const)("with `ask` the person answers a %s server, for as long as it takes", async (era) => {
  const asked: unknown[] = [];
  const elicit: Elicit = {
    mode: "ask",
    ask: async (request) => {
      asked.push(request);
      await new Promise((resolve) => setTimeout(resolve, 700));
      return { action: "accept", content: { name: "Grace" } };
    },
  };
  const { reply } = await ask(await openHarness(), era, elicit, undefined, 400);
  expect(reply).toMatchObject({ action: "accept", content: { name: "Grace" } });
  expect(asked).toMatchObject([{ message: "Who?" }]);
});

test("a question whose required field has no default is declined rather than answered by half", async () => {
  const question = { message: "Who?", requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } };
  expect((await ask(await openHarness(), "legacy", { mode: "defaults" }, question)).reply).toMatchObject({ action: "decline" });
  expect(defaultsOf({ type: "object", properties: { a: { type: "string" }, b: { default: 1 } } })).toEqual({ b: 1 });
});

test("what may be asked is declared for each way of answering, and nothing without one", async () => {
  const declared = async (elicit: Elicit | undefined): Promise<unknown> => {
    const harness = await openHarness();
    const server = await asking(harness, "legacy");
    await harness.manager({ s: remote(server.url) }).connect("s", elicit === undefined ? {} : { elicit });
    return server.declared();
  };
  expect(await declared({ mode: "defaults" })).toEqual({ form: {} });
  expect(await declared({ mode: "decline" })).toEqual({ form: {}, url: {} });
  expect(await declared(undefined)).toBeUndefined();
});
