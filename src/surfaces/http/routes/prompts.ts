import { promptBody, promptList, promptResult } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { jsonRoute, type Route, serverRefusals } from "../route.ts";

export function promptRoutes({ manager }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/mcp/{name}/prompts",
      operationId: "mcp.prompts.list",
      summary: "List the prompts of a server",
      description: "Every page, as the server sent them; none where it has no prompts.",
      refusals: serverRefusals,
      answer: { description: "The prompts", schema: promptList },
      handle: async ({ name, signal }) => ({ prompts: (await manager.prompts(name, { signal })) as readonly Readonly<Record<string, unknown>>[] }),
    }),
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/prompts/{prompt}",
      operationId: "mcp.prompts.get",
      summary: "Get a prompt",
      description: "With its arguments filled in by the server.",
      body: { schema: promptBody, required: false },
      refusals: serverRefusals,
      answer: { description: "The prompt's messages", schema: promptResult },
      handle: async ({ name, prompt, body, signal }) => (await manager.getPrompt(name, prompt, body.arguments ?? {}, { signal })) as Readonly<Record<string, unknown>>,
    }),
  ];
}
