import { isRecord } from "../../connection/json-rpc.ts";
import { type Frame, glanceAt, makeFrame } from "./frame.ts";

/** Tools that are neither listed nor called. */
export interface ToolFilter {
  ignores(call: Frame): boolean;
  without(answer: Frame): Frame;
}

/** Without those that match one of `ignored`, and, where there are `allowed` ones, without all that match none of these. `*` stands for any text; upper and lower case are alike. */
export function createToolFilter(ignored: readonly string[], allowed?: readonly string[]): ToolFilter {
  const [isIgnored, isAllowed] = [matcher(ignored), matcher(allowed ?? ["*"])];
  const filters = ignored.length > 0 || allowed !== undefined;
  const matches = (name: unknown): boolean => typeof name === "string" && (isIgnored(name) || !isAllowed(name));
  return {
    ignores: (call) => filters && call.method === "tools/call" && matches(glanceAt(call)["name"]),
    without: (answer) => {
      const { result } = filters ? answer.message() : {};
      if (!isRecord(result) || !Array.isArray(result["tools"])) return answer;
      return makeFrame({ ...answer.message(), result: { ...result, tools: result["tools"].filter((tool) => !isRecord(tool) || !matches(tool["name"])) } });
    },
  };
}

/** Whether a name is like one of these patterns. */
export function matcher(patterns: readonly string[]): (name: string) => boolean {
  const shapes = patterns.map((pattern) => new RegExp(`^${pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*")}$`, "is"));
  return (name) => shapes.some((shape) => shape.test(name));
}
