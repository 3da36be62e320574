import type { Client, Prompt, RequestOptions, Resource, Tool } from "@modelcontextprotocol/client";

/** All tools, prompts and resources of one live client, every page; empty where the server has no such capability. */
export interface Catalog {
  tools(request: RequestOptions): Promise<readonly Tool[]>;
  prompts(request: RequestOptions): Promise<readonly Prompt[]>;
  resources(request: RequestOptions): Promise<readonly Resource[]>;
  /** Whether the tools as they were last listed include this one; undefined: never listed. */
  knowsTool(name: string): boolean | undefined;
  /** What was kept is asked for again the next time. */
  forget(): void;
}

type Kind = "tools" | "prompts" | "resources";

/**
 * A list is kept until the server tells that it changed, when it promised to tell (`listChanged`, revisions up to 2025-11-25);
 * a modern server says itself how long its lists hold, and the SDK keeps to that.
 */
export function createCatalog(client: Client, onChanged: () => void): Catalog {
  const kept = new Map<Kind, readonly unknown[]>();
  const forget = (): void => kept.clear();
  watch(client, () => {
    forget();
    onChanged();
  });
  let toolNames: ReadonlySet<string> | undefined;
  const list = async <T>(kind: Kind, ask: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    const capability = client.getServerCapabilities()?.[kind];
    if (capability === undefined) return [];
    const before = kept.get(kind);
    if (before !== undefined) return before as readonly T[];
    const items = await ask();
    if (capability.listChanged === true && client.getProtocolEra() !== "modern") kept.set(kind, items);
    return items;
  };
  return {
    tools: async (request) => {
      const tools = await list("tools", async () => (await client.listTools(undefined, request)).tools);
      toolNames = new Set(tools.map(({ name }) => name));
      return tools;
    },
    prompts: (request) => list("prompts", async () => (await client.listPrompts(undefined, request)).prompts),
    resources: (request) => list("resources", async () => (await client.listResources(undefined, request)).resources),
    knowsTool: (name) => toolNames?.has(name),
    forget,
  };
}

function watch(client: Client, changed: () => void): void {
  for (const kind of ["tools", "prompts", "resources"] as const) client.setNotificationHandler(`notifications/${kind}/list_changed`, changed);
}
