import { callBody, toolList, toolResult } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { callLimit, jsonRoute, type Route, serverRefusals } from "../route.ts";

export function toolRoutes({ manager }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/mcp/{name}/tools",
      operationId: "mcp.tools.list",
      summary: "List the tools of a server",
      description: "Every page, as the server sent them; connects when that is needed.",
      refusals: serverRefusals,
      answer: { description: "The tools", schema: toolList },
      handle: async ({ name, signal }) => ({ tools: (await manager.tools(name, { signal })) as readonly Readonly<Record<string, unknown>>[] }),
    }),
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/tools/{tool}",
      operationId: "mcp.tools.call",
      summary: "Call a tool",
      description: "Connects when that is needed. A tool that ran and says that it failed is a 200 with `isError`.",
      body: { schema: callBody, required: false, limit: callLimit },
      refusals: serverRefusals,
      answer: { description: "What the tool gave", schema: toolResult },
      handle: async ({ name, tool, body, signal }) => (await manager.callTool(name, tool, body.arguments ?? {}, { signal })) as Readonly<Record<string, unknown>>,
    }),
  ];
}
