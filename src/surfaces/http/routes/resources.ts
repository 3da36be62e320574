import { resourceBody, resourceList, resourceResult } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { jsonRoute, type Route, serverRefusals } from "../route.ts";

export function resourceRoutes({ manager }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/mcp/{name}/resources",
      operationId: "mcp.resources.list",
      summary: "List the resources of a server",
      description: "Every page, as the server sent them; none where it has no resources.",
      refusals: serverRefusals,
      answer: { description: "The resources", schema: resourceList },
      handle: async ({ name, signal }) => ({ resources: (await manager.resources(name, { signal })) as readonly Readonly<Record<string, unknown>>[] }),
    }),
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/resources",
      operationId: "mcp.resources.read",
      summary: "Read a resource",
      description: "By its URI, which need not be one of the list.",
      body: { schema: resourceBody },
      refusals: serverRefusals,
      answer: { description: "What it holds", schema: resourceResult },
      handle: async ({ name, body, signal }) => (await manager.readResource(name, body.uri, { signal })) as Readonly<Record<string, unknown>>,
    }),
  ];
}
