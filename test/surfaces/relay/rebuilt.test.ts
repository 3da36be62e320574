import fc from "fast-check";
import { expect, test } from "vitest";

import { withMergedUris } from "../../../src/surfaces/gateway/merged-names.ts";
import { withMergedTasks } from "../../../src/surfaces/gateway/merged-tasks.ts";
import { type Frame, readFrames, type RpcObject } from "../../../src/surfaces/relay/frame.ts";
import { answerAs, rebuilt } from "../../../src/surfaces/relay/rebuilt.ts";

/** Enough to be large. */
const filler = `"filler":"${"\\u00e9\\\"}".repeat(30_000)}"`;
const merged = (result: RpcObject): RpcObject => withMergedTasks("notes", withMergedUris("notes", result));
const words = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("resource", "resource_link", "text", "mcpass:x", '{"":0}') }, { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) });
const text = fc.tuple(words, fc.constantFrom(1, 1, 20, 400)).map(([word, times]) => word.repeat(times));
const keys = fc.oneof({ weight: 5, arbitrary: fc.constantFrom("content", "contents", "messages", "resource", "type", "uri", "text", "task", "taskId", "_meta", "io.modelcontextprotocol/related-task", "result", "structuredContent") }, { weight: 1, arbitrary: fc.constantFrom("__proto__", "1", 'a"b', "é😀") });
const { result } = fc.letrec((tie) => ({
  result: fc.array(fc.oneof(fc.tuple(keys, tie("value")), fc.tuple(fc.constantFrom("content", "contents"), fc.array(fc.oneof(tie("block"), tie("contained")), { maxLength: 3 })), fc.tuple(fc.constant("messages"), fc.array(fc.tuple(fc.tuple(fc.constant("content"), tie("block"))))), fc.tuple(fc.constantFrom("_meta", "task"), tie("ofTask")), fc.tuple(fc.constant("result"), tie("result"))), { maxLength: 6 }),
  ofTask: fc.tuple(fc.tuple(fc.constantFrom("taskId", "io.modelcontextprotocol/related-task"), fc.oneof(text, tie("ofTask"))), fc.tuple(keys, tie("value"))),
  block: fc.tuple(fc.tuple(fc.constant("type"), fc.constantFrom("resource", "resource_link")), fc.oneof(fc.tuple(fc.constant("uri"), text), fc.tuple(fc.constant("resource"), tie("contained"))), fc.tuple(keys, tie("value"))),
  contained: fc.tuple(fc.tuple(fc.constant("uri"), text), fc.tuple(fc.constant("text"), text), fc.tuple(keys, tie("value"))),
  value: fc.oneof({ depthSize: "medium" }, text, fc.integer(), fc.constantFrom(null, true, 1e300), fc.array(tie("value"), { maxLength: 4 }), tie("object")),
  object: fc.array(fc.tuple(keys, tie("value")), { maxLength: 6 }),
}));

function frameOf(message: string): Frame {
  const [frame] = readFrames(message) ?? [];
  if (frame?.outline === undefined) throw new Error("it was parsed");
  return frame;
}

/** With its keys as they come: some twice, some written with escapes. */
function written(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  if (!value.every((each) => Array.isArray(each) && each.length === 2 && typeof each[0] === "string")) return `[${value.map(written).join(" , ")}]`;
  return `{ ${value.map(([key, content], index) => `${index % 3 === 2 ? JSON.stringify(key).replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`) : JSON.stringify(key)} :${written(content)}`).join(", ")} }`;
}

test("a large message is changed like one that is parsed, whatever is in it and however it is written", () => {
  fc.assert(
    fc.property(result, (members) => {
      const content = written(members).replace("{", `{${filler}${(members as readonly unknown[]).length === 0 ? "" : ","}`);
      const source = `{"jsonrpc":"2.0","id":1,"result":${content.startsWith("{") ? content : `{${filler}}`}}`;
      const { id, text: out } = rebuilt(frameOf(source), "result", { id: "own" }, merged);
      expect([id, JSON.stringify(JSON.parse(out))]).toEqual(["own", JSON.stringify({ jsonrpc: "2.0", id: "own", result: merged(JSON.parse(source).result) })]);
    }),
    { numRuns: 100 },
  );
});

test("what is large in a message is passed on as it is written, numbers too that cannot be read, and what is no JSON", () => {
  const row = "[9007199254740993, 1.50, -0]";
  const rows = `[${`${row},`.repeat(20_000)}${row}]`;
  const answer = frameOf(`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":${rows},"content":[{"type":"resource_link","uri":"file:///a","x":${rows}},["${"b".repeat(600)}"]],"contents":[1 "${"c".repeat(600)}"],"messages":[{"content":{"text":"${"d".repeat(600)}"}} 1],"resultType":"complete"}}`);
  expect(rebuilt(answer, "result", { id: 2 }, ({ resultType: _type, ...rest }) => merged(rest)).text).toBe(answer.text.replace('"id":1', '"id":2').replace("file:///a", "mcpass:notes/file:///a").replace(',"resultType":"complete"', ""));
  // Deeper than a program can go.
  const deep = frameOf(`{"jsonrpc":"2.0","id":1,"result":{"content":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`);
  expect(answerAs(deep, 3).text).toBe(deep.text.replace('"id":1', '"id":3'));
  const error = frameOf(`{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":-32000,"message":"no","data":${rows}}}`);
  expect(JSON.parse(answerAs(error, 4).text)).toMatchObject({ id: 4, error: { code: -32_000, message: "no" } });
});

test("of what a large message is to call, the name is known and all else is passed on", () => {
  const large = "{[\\\\\\\"".repeat(50_000);
  const call = frameOf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","arguments":{"name":"notes__weigh","arguments":{"text":"${large}","content":"${large}"}}}}`);
  const inner = rebuilt(call, "params", { id: 1, method: "tools/call" }, (params) => ({ ...params, ...(params["arguments"] as RpcObject) }));
  expect(inner.text).toBe(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes__weigh","arguments":{"text":"${large}","content":"${large}"}}}`);
});
