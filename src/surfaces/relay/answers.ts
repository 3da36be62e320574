import { findMcpassError, McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import { nextStep } from "../../connection/next-step.ts";
import type { Era } from "./channel.ts";
import { type Frame, makeFrame, type RpcObject } from "./frame.ts";

/** What a host gets when a request cannot be answered by the server: the code of the SDK for a time-out, else the one that means nothing in particular. */
export function errorAnswer(frame: Frame, server: string, thrown: unknown, data: RpcObject = {}): Frame {
  const error = findMcpassError(thrown) ?? new McpassError("internal", `mcpass failed to pass ${frame.method ?? "a message"} on to ${server}.`, { cause: thrown });
  const hint = nextStep(server, error);
  const message = plainText(error.message, 1_000) + (hint === undefined ? "" : ` Next: ${plainText(hint, 300)}`);
  return makeFrame({ jsonrpc: "2.0", id: frame.id, error: { code: error.code === "timed_out" ? -32_001 : -32_000, message, data: { code: error.code, ...(hint === undefined ? {} : { hint }), ...data } } });
}

export function resultAnswer(frame: Frame, result: RpcObject, era: Era): Frame {
  return makeFrame({ jsonrpc: "2.0", id: frame.id, result: era === "modern" ? { resultType: "complete", ...result } : result });
}

/** A tool's own "no", which a model reads. */
export function toolSays(frame: Frame, text: string, era: Era): Frame {
  return resultAnswer(frame, { content: [{ type: "text", text }], isError: true }, era);
}

/** The lists that a host asks for, by the member their items are in. */
export const lists: Readonly<Record<string, string>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
};

/** Whether a method is one of them; words that every object knows are none. */
export function isList(method: string | undefined): method is string {
  return method !== undefined && Object.hasOwn(lists, method);
}

/** A list that must not be kept, where the revision knows such a thing. */
export function listAnswer(frame: Frame, result: RpcObject, era: Era): Frame {
  return resultAnswer(frame, era === "modern" ? { ...result, ttlMs: 0, cacheScope: "private" } : result, era);
}

export const signInTool = "sign_in";

export function signInTools(server: string): RpcObject {
  const description = `${server} needs a sign-in by its user before its tools can be used. Call this to get the address to open; afterwards the tools of ${server} are listed.`;
  return { tools: [{ name: signInTool, title: `Sign in to ${server}`, description, inputSchema: { type: "object", properties: {} } }] };
}
