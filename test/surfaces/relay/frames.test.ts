import fc from "fast-check";
import { expect, test } from "vitest";

import { GrowingText, piecesOf } from "../../../src/base/growing-text.ts";
import { isRecord } from "../../../src/connection/json-rpc.ts";
import { BodyText } from "../../../src/surfaces/relay/body-text.ts";
import { type Frame, glanceAt, readFrames } from "../../../src/surfaces/relay/frame.ts";
import { createToolFilter } from "../../../src/surfaces/relay/ignored-tools.ts";
import { makeFrame } from "../../../src/surfaces/relay/frame.ts";
import { discoverResult, initializeResult } from "../../../src/surfaces/relay/opening-words.ts";
import { createParameterHeaders, headerValue } from "../../../src/surfaces/relay/parameter-headers.ts";
import { scanEnvelope, scanObject } from "../../../src/surfaces/relay/scan-envelope.ts";
import { rebuilt } from "../../../src/surfaces/relay/rebuilt.ts";
import { readServerEvents } from "../../../src/surfaces/relay/server-events.ts";

test("a message that is only looked over says the same of itself as one that is parsed", () => {
  const message = fc.record({ jsonrpc: fc.constant("2.0"), id: fc.oneof(fc.string(), fc.integer()), method: fc.string(), params: fc.jsonValue(), result: fc.jsonValue() }, { requiredKeys: ["jsonrpc"] });
  fc.assert(
    fc.property(message, fc.constantFrom(0, 2), (made, indent) => {
      const text = JSON.stringify(made, undefined, indent);
      // JSON knows no -0, which is among what is made.
      const value = JSON.parse(text) as typeof made;
      expect(scanEnvelope(text)).toMatchObject({ id: value.id, method: value.method, answers: "result" in value || "error" in value });
      for (const part of ["params", "result"] as const) expect(scanObject(text, scanEnvelope(text)?.[part])).toEqual(isRecord(value[part]) ? value[part] : {});
      for (const cut of [1, 2, Math.floor(text.length / 2)]) expect(scanEnvelope(text.slice(0, -cut))).toBeUndefined();
    }),
    { numRuns: 300 },
  );
  expect([scanEnvelope('{"a":1} x'), scanEnvelope("[]"), scanEnvelope('{"a":[1}'), scanEnvelope('{"a":"\\\\"}')]).toEqual([undefined, undefined, undefined, expect.objectContaining({ id: undefined, method: undefined, answers: false })]);
});

test("a large message keeps its text, on one line, and a batch is its messages", () => {
  const [large] = readFrames(`{\n"jsonrpc":"2.0","id":1,"result":{"text":"${"é\\n".repeat(200_000)}"}\n}`) ?? [];
  expect([large?.kind, large?.id, large?.text.includes("\n"), large?.message()["id"]]).toEqual(["response", 1, false, 1]);
  expect(readFrames('[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"}]')?.map(({ kind }) => kind)).toEqual(["request", "notification"]);
  expect(["[]", "1", '{"id":1}', '[{"id":1}]', "{"].map((text) => readFrames(text))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("a message under an id that nobody could be answered by, or nested deeper than can be written again in a batch, is none; a byte order mark before one counts for nothing", () => {
  const ping = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
  expect(["null", "{}", "true"].map((id) => readFrames(ping(id)))).toEqual([undefined, undefined, undefined]);
  expect(readFrames('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}')?.map(({ kind, id }) => [kind, id])).toEqual([["response", undefined]]);
  expect(["0", '""', "1.5"].map((id) => readFrames(ping(id))?.[0]?.kind)).toEqual(["request", "request", "request"]);
  expect(readFrames(`[{"method":"ping","id":1,"params":${"[".repeat(50_000)}${"]".repeat(50_000)}}]`)).toBeUndefined();
  expect(readFrames(`\uFEFF${ping("1")}`)?.[0]?.text).toBe(ping("1"));
  expect(readFrames(`{"id":1,"method":"ping","params":{"a":${"nonsense ".repeat(40_000)}}}`)?.[0]?.message()).toEqual({});
});

test("of a large message what routing looks at is what the server will read, however it is written; what is large in it is not looked at", () => {
  const large = `"x":"${"y".repeat(1_200_000)}"`;
  const [frame] = readFrames(`{"jsonrpc":"2.0","id":1,"m\\u0065thod":"tools/call","params":{"name":"shown","n\\u0061me":"meant",${large},"_meta":{"a":1}}}`) ?? [];
  expect([frame?.method, frame === undefined ? undefined : glanceAt(frame)]).toEqual(["tools/call", { name: "meant", x: undefined, _meta: { a: 1 } }]);
  if (frame === undefined) throw new Error("no frame");
  const other = rebuilt(frame, "params", { id: "2", method: "prompts/get" }, ({ _meta, ...params }) => ({ ...params, name: "other", more: [_meta] }));
  expect([other.id, other.method, JSON.parse(other.text).params, createToolFilter(["meant"]).ignores(frame)]).toEqual(["2", "prompts/get", { name: "other", x: "y".repeat(1_200_000), more: [{ a: 1 }] }, true]);
});

test("a text is the same whatever it came in, and its pieces are whole characters", () => {
  const text = "aé€z😀ß".repeat(300_000);
  const pieces = [...piecesOf(text)];
  expect([pieces.length > 2, pieces.every((piece) => Buffer.from(piece).toString() === piece), pieces.join("") === text]).toEqual([true, true, true]);
  for (const size of [7_000, 70_000, 1_400_000, text.length]) {
    const growing = new GrowingText();
    for (let turn = 0; turn < 2; turn += 1) {
      for (let from = 0; from < text.length; from += size) growing.add(text.slice(from, from + size));
      expect(growing.take() === text, String(size)).toBe(true);
    }
  }
  const body = new BodyText();
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += 65_537) body.add(bytes.subarray(from, from + 65_537));
  expect(body.take() === text).toBe(true);
});

test("events are read whatever pieces they come in, with their ids and retry times", async () => {
  const bytes = Buffer.from('id: 1\r\nretry: 50\r\ndata:\r\n\r\n: comment\n:\n\nevent: message\ndata: {"a":\n:\ndata: "ü"}\rid: 2\n\ndata\ndatabase: x\ndata:  y\n\ndata: lost');
  for (let size = 1; size < bytes.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    const body = (async function* () {
      yield* pieces;
    })();
    const events: unknown[] = [];
    for await (const event of readServerEvents(body)) events.push(event);
    expect(events).toEqual([{ event: "message", data: "", id: "1", retry: 50 }, { event: "message", data: '{"a": "ü"}', id: "2", retry: undefined }, { event: "message", data: "  y", id: undefined, retry: undefined }]);
  }
});

test("the revision that a host is told is one that it knows, and the one that the server gave it before", () => {
  const said = (requested: string, protocolVersion: string, before?: string): unknown => initializeResult("notes", requested, { era: "legacy", result: { protocolVersion, capabilities: {} }, requested: before, at: 0 })["protocolVersion"];
  expect([said("2025-06-18", "2025-11-25"), said("2025-11-25", "2025-03-26"), said("2025-03-26", "2024-11-05", "2025-03-26"), said("2031-01-01", "2025-06-18")]).toEqual(["2025-06-18", "2025-03-26", "2024-11-05", "2025-06-18"]);
  expect([initializeResult("notes", "2024-11-05", undefined)["protocolVersion"], initializeResult("notes", "next", undefined)["protocolVersion"]]).toEqual(["2024-11-05", "2025-11-25"]);
  expect(discoverResult("notes", { era: "legacy", result: { capabilities: { prompts: {} }, instructions: "Read.", serverInfo: { name: "n", version: "1" } } })).toEqual({
    resultType: "complete", supportedVersions: ["2026-07-28"], instructions: "Read.", capabilities: { tools: { listChanged: true }, prompts: { listChanged: true } }, ttlMs: 0, cacheScope: "private", _meta: { "io.modelcontextprotocol/serverInfo": { name: "n", version: "1" } },
  });
});

test("a header carries a text as it is where it can, else in base64", () => {
  expect(["eu-1", "a b", " a", "é", "", "=?base64?YQ==?="].map(headerValue)).toEqual(["eu-1", "a b", "=?base64?IGE=?=", "=?base64?w6k=?=", "=?base64??=", `=?base64?${Buffer.from("=?base64?YQ==?=").toString("base64")}?=`]);
});

test("tools that are left out are neither listed nor called, by patterns in which only the star means something", () => {
  const filter = createToolFilter(["delete*", "a.b"]);
  const list = makeFrame({ jsonrpc: "2.0", id: 1, result: { tools: ["delete_all", "read", "a.b", "axb"].map((name) => ({ name })) } });
  expect(filter.without(list).message()["result"]).toEqual({ tools: [{ name: "read" }, { name: "axb" }] });
  expect(["DELETE_ALL", "axb"].map((name) => filter.ignores(makeFrame({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } })))).toEqual([true, false]);
});

test("what a tool wants in headers is taken from a large call too, of which nothing else is read", () => {
  const headers = createParameterHeaders(() => {});
  const inputSchema = { type: "object", properties: { place: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } }, size: { type: "integer", "x-mcp-header": "Size" } } };
  headers.learn(makeFrame({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "store", inputSchema }] } }));
  const call = (text: string): readonly Frame[] => readFrames(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"store","arguments":{"size":1,"text":"${text}","place":{"region":"eu"},"size":2}}}`) ?? [];
  for (const text of ["small", "x".repeat(300_000)]) {
    const [frame] = call(text);
    expect(frame === undefined ? undefined : headers.headersFor({ ...frame, ...(frame.outline === undefined ? {} : { message: () => ({}) }) })).toEqual({ "mcp-param-region": "eu", "mcp-param-size": "2" });
  }
  // Without the object that one of them stands in.
  expect(headers.headersFor(makeFrame({ jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "store", arguments: { place: 1, size: 3 } } }))).toEqual({ "mcp-param-size": "3" });
});
