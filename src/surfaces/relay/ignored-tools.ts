import { isRecord } from "../../connection/json-rpc.ts";
import { type Frame, makeFrame, paramsOf } from "./frame.ts";

/** Tools that are neither listed nor called. */
export interface ToolFilter {
  ignores(call: Frame): boolean;
  without(answer: Frame): Frame;
}

/** `*` stands for any text; upper and lower case are alike. */
export function createToolFilter(patterns: readonly string[]): ToolFilter {
  const ignored = patterns.map((pattern) => new RegExp(`^${pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*")}$`, "i"));
  const matches = (name: unknown): boolean => typeof name === "string" && ignored.some((pattern) => pattern.test(name));
  return {
    ignores: (call) => ignored.length > 0 && call.method === "tools/call" && matches(paramsOf(call)["name"]),
    without: (answer) => {
      const { result } = ignored.length === 0 ? {} : answer.message();
      if (!isRecord(result) || !Array.isArray(result["tools"])) return answer;
      return makeFrame({ ...answer.message(), result: { ...result, tools: result["tools"].filter((tool) => !isRecord(tool) || !matches(tool["name"])) } });
    },
  };
}
