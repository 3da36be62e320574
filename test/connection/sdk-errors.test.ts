import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, UnsupportedProtocolVersionError } from "@modelcontextprotocol/client";
import { expect, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { rpcCodeOf, statusOf, translate } from "../../src/connection/sdk-errors.ts";
import type { Place } from "../../src/connection/server-answers.ts";

const place: Place = { server: "s", url: "https://example.com/mcp?api_key=k", command: undefined, secrets: ["canary-1"] };
const child: Place = { server: "s", url: undefined, command: "npx", secrets: [] };

test("an error of ours is found however deep the SDK has wrapped it, and is the same object", () => {
  const own = new McpassError("sign_in_required", "s needs a sign-in.");
  const wrapped = new SdkError(SdkErrorCode.EraNegotiationFailed, "probe failed", { cause: own }, { cause: own });
  expect(translate(wrapped, place, "")).toBe(own);
});

test.each([
  ["a status", new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "Error POSTing", { status: 502, text: "<html>" }), "server_failed", "s answered HTTP 502 (https://example.com/mcp?api_key=…)."],
  ["a status in negotiation", new SdkHttpError(SdkErrorCode.EraNegotiationFailed, "failed", { status: 500 }), "server_failed", "s answered HTTP 500 (https://example.com/mcp?api_key=…)."],
  ["a JSON-RPC error in a status", new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "Error", { status: 400, text: '{"error":{"code":-32000,"message":"No canary-1"}}' }), "protocol_failed", "s answered with error -32000: No [secret]"],
  ["a JSON-RPC error", new ProtocolError(-32603, "It\u001b[2J broke\nbadly"), "protocol_failed", "s answered with error -32603: It broke badly"],
  ["a subclass of a JSON-RPC error", new UnsupportedProtocolVersionError({ supported: ["2030-01-01"], requested: "2026-07-28" }), "protocol_failed", expect.stringContaining("-32022")],
  ["a wrong type", new SdkError(SdkErrorCode.ClientHttpUnexpectedContent, "Unexpected content type: text/html"), "protocol_failed", "https://example.com/mcp?api_key=… is not an MCP server: it answered text/html."],
  ["a wrong type in negotiation", new SdkError(SdkErrorCode.EraNegotiationFailed, "x", {}, { cause: new SdkError(SdkErrorCode.ClientHttpUnexpectedContent, "Unexpected content type: text/html") }), "protocol_failed", expect.stringContaining("is not an MCP server")],
  ["silence", new SdkError(SdkErrorCode.RequestTimeout, "Request timed out"), "timed_out", expect.stringContaining("did not answer in time")],
  ["the end of the line", new SdkError(SdkErrorCode.ConnectionClosed, "Connection closed"), "unreachable", expect.stringContaining("the connection was closed")],
  ["the network", Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }) }), "unreachable", expect.stringContaining("ECONNREFUSED")],
  ["a result without shape", new SdkError(SdkErrorCode.InvalidResult, "Invalid result", { issues: [{ path: ["tools"] }] }), "protocol_failed", expect.stringContaining("a shape that MCP does not know")],
  ["anything else", new Error("Server's protocol version is not supported: 1999"), "protocol_failed", "s: Server's protocol version is not supported: 1999"],
] as const)("%s becomes one sentence", (_, thrown, code, message) => {
  const error = translate(thrown, place, "");
  expect([error.code, error.message]).toEqual([code, message]);
  expect(JSON.stringify(error)).not.toMatch(/canary-1|api_key=k|issues|\bat .*\.ts:/);
});

test("the end of a local server tells its last words", () => {
  const error = translate(new SdkError(SdkErrorCode.ConnectionClosed, "Connection closed"), child, "cannot find module");
  expect([error.code, error.message]).toEqual(["process_failed", "s: npx ended; it said: cannot find module"]);
});

test("status and JSON-RPC code are read from where the SDK put them", () => {
  const refused = new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "Error", { status: 404, text: '{"error":{"code":-32601,"message":"x"}}' });
  expect([statusOf(new Error("outer", { cause: refused }))?.status, rpcCodeOf(refused), rpcCodeOf(new Error("x"))]).toEqual([404, -32601, undefined]);
});
