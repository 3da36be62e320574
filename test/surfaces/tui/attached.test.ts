import { expect, test } from "vitest";
import { asSnapshot } from "../../../src/surfaces/tui/attached/as-snapshot.ts";
import { callThere } from "../../../src/surfaces/tui/attached/call-there.ts";
import { createQuestionsThere } from "../../../src/surfaces/tui/attached/questions-there.ts";
import type { ServeApi, ServeEvent } from "../../../src/surfaces/tui/attached/serve-api.ts";
import { Store } from "../../../src/surfaces/tui/store.ts";

const apiOf = (more: Partial<ServeApi>): ServeApi => ({ ask: async () => undefined, stream: async () => undefined, events: async () => undefined, ...more });

test("a question over there is asked here once, and its answer sent; one that somebody else answered, or that is over, is taken away and not answered", async () => {
  const store = new Store({ list: () => [] }, Date.now);
  const waiting = [{ id: "one", server: "notes", request: { message: "Which?" } }, { id: "two", server: "other", request: { message: "What?" } }];
  const sent: unknown[] = [];
  const questions = createQuestionsThere(apiOf({ ask: async (method, path, options) => (method === "GET" ? { elicitations: [...waiting] } : void sent.push([...path, options?.body])) }), (server, request, over) => store.ask(server, request, over));
  await questions.look();
  await questions.look();
  expect(store.get().questions.map(({ server }) => server)).toEqual(["notes", "other"]);
  waiting.shift();
  await questions.look();
  expect(store.get().questions.map(({ server }) => server)).toEqual(["other"]);
  store.get().questions[0]?.answer({ action: "accept", content: { a: 1 } });
  await expect.poll(() => sent).toEqual([["elicitation", "two", { action: "accept", content: { a: 1 } }]]);
  waiting.splice(0, 1, { id: "three", server: "notes", request: { message: "Again?" } });
  await questions.look();
  questions.end();
  expect(store.get().questions).toEqual([]);
  expect(sent.length).toBe(1);
  store.close();
});

test("a call over there gives its result, or throws its error with the next step; a stream that ends before is no result", async () => {
  const streaming = (...events: readonly ServeEvent[]): ServeApi => apiOf({ stream: async (_method, _path, _options, hear) => events.forEach(hear) });
  const told: unknown[] = [];
  const progress = { type: "progress", properties: { progress: 1, total: 2 } };
  expect(await callThere(streaming(progress, { type: "result", properties: { result: { content: [] } } }), "notes", { tool: "x", arguments: {} }, { onProgress: (each) => told.push(each) })).toEqual({ content: [] });
  expect(told).toMatchObject([{ progress: 1, total: 2 }]);
  await expect(callThere(streaming({ type: "error", properties: { error: "No.", code: "tool_unknown", hint: "mcpass tools notes" } }), "notes", { resource: "x" })).rejects.toMatchObject({ code: "tool_unknown", message: "No.", hint: "mcpass tools notes" });
  await expect(callThere(streaming(progress), "notes", { resource: "x" })).rejects.toMatchObject({ code: "unreachable" });
});

test("what is switched off in the configuration is told from what is not connected; a status of a later version is taken as not connected", () => {
  const of = (more: object): string => asSnapshot({ name: "notes", type: "remote", connecting: false, enabled: true, ...more }).status;
  expect([of({ status: "disabled", enabled: false }), of({ status: "disabled" }), of({ status: "asleep" }), of({ status: "failed", connecting: true }), of({ status: "failed" })]).toEqual(["disabled", "idle", "idle", "connecting", "failed"]);
});
