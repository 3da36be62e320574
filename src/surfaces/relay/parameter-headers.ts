import { headerFault } from "../../connection/header-parameters.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { type Frame, glanceAt, makeFrame, paramsOf } from "./frame.ts";
import { scanValue } from "./scan-envelope.ts";

interface Declared {
  readonly header: string;
  readonly path: readonly string[];
}

/** What the tools of a server want repeated in headers. MCP 2026-07-28, SEP-2243 */
export interface ParameterHeaders {
  /** Learns from a list of tools, and gives it back without those whose declarations are not allowed. */
  learn(answer: Frame): Frame;
  headersFor(call: Frame): Readonly<Record<string, string>>;
}

export function createParameterHeaders(warn: (message: string) => void): ParameterHeaders {
  const known = new Map<string, readonly Declared[]>();
  const allowed = (tool: unknown): boolean => {
    if (!isRecord(tool) || typeof tool["name"] !== "string") return true;
    const fault = headerFault(tool["inputSchema"]);
    if (fault === undefined) known.set(tool["name"], declaredIn(tool["inputSchema"]));
    else warn(`the tool ${tool["name"].slice(0, 100)} is left out: ${fault.slice(0, 200)}.`);
    return fault === undefined;
  };
  return {
    learn: (answer) => {
      // Of most servers no tool has any: their lists are not looked into.
      if (!answer.text.includes('"x-mcp-header"')) return answer;
      const { result } = answer.message();
      if (!isRecord(result) || !Array.isArray(result["tools"])) return answer;
      const tools = result["tools"].filter(allowed);
      return tools.length === result["tools"].length ? answer : makeFrame({ ...answer.message(), result: { ...result, tools } });
    },
    headersFor: (call) => {
      const { name } = glanceAt(call);
      const declared = (typeof name === "string" ? known.get(name) : undefined) ?? [];
      if (declared.length === 0) return {};
      const valueAt = ({ path }: Declared): unknown => {
        if (call.outline !== undefined) return scanValue(call.text, call.outline.params, ["arguments", ...path]);
        return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), paramsOf(call)["arguments"]);
      };
      return Object.fromEntries(
        declared.flatMap((each) => {
          const value = valueAt(each);
          return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[`mcp-param-${each.header.toLowerCase()}`, headerValue(String(value))]] : [];
        }),
      );
    },
  };
}

/** As it is where a header can carry it, else in base64. */
export function headerValue(text: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

function declaredIn(schema: unknown, path: readonly string[] = []): readonly Declared[] {
  if (!isRecord(schema)) return [];
  const header = schema["x-mcp-header"];
  const own = typeof header === "string" && path.length > 0 ? [{ header, path }] : [];
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  return [...own, ...Object.entries(properties).flatMap(([name, property]) => declaredIn(property, [...path, name]))];
}
