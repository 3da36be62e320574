import type { StdioHost } from "../rig/stdio-host.ts";
import type { ServedTool } from "../servers/resource-server/toggles.ts";

export const manyTools = (count: number): ServedTool[] => Array.from({ length: count }, (_, index) => ({ name: `tool_${String(index)}`, description: "Does what its name says.", inputSchema: { type: "object" } }));

/** The names in all pages of what a host is listed. */
export async function allTools(host: Pick<StdioHost, "request">, meta: object): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  let cursor: string | undefined;
  do {
    const { result } = await host.request("tools/list", { ...(cursor === undefined ? {} : { cursor }), ...meta }, { timeoutMs: 60_000 });
    for (const { name } of result.tools) names.add(name);
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  return names;
}
