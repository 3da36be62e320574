import { type Handle, json, type Reply } from "./listener.ts";

type Loose = ReturnType<typeof JSON.parse>;

export interface LargeServerOptions {
  /** Answers to calls as text/event-stream, one line of data for each line of theirs; else as application/json. */
  readonly stream: boolean;
  /** Opens with `server/discover`, of 2026-07-28. */
  readonly modern?: boolean;
  /** The result of a call, in JSON, for the text that it brought. */
  readonly answer: (given: string) => string;
}

/** An MCP server whose calls take and give texts of any size, and whose answers are written as they are given here. */
export function largeServer({ stream, modern = false, answer }: LargeServerOptions): Handle {
  const unknown = { code: -32_022, message: "Unsupported", data: { supported: ["2026-07-28"] } };
  return (asked) => {
    if (asked.method !== "POST") return { status: 405 };
    const { id, method, params } = JSON.parse(asked.body) as { readonly id?: unknown; readonly method?: string; readonly params?: Loose };
    if (id === undefined) return { status: 202 };
    const result = (content: object): Reply => json(200, { jsonrpc: "2.0", id, result: content });
    if (method === "server/discover") return modern ? result({ resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} } }) : json(400, { jsonrpc: "2.0", id, error: { code: -32_601, message: "Unknown" } });
    if (method === "initialize") return modern ? json(400, { jsonrpc: "2.0", id, error: unknown }) : result({ protocolVersion: params.protocolVersion, serverInfo: { name: "large", version: "1" }, capabilities: { tools: {} } });
    if (method === "tools/list") return result({ ...(modern ? { resultType: "complete", ttlMs: 0, cacheScope: "private" } : {}), tools: [{ name: "weigh", inputSchema: { type: "object" } }] });
    if (method !== "tools/call") return result({});
    const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${answer(String(params.arguments.text))}}`;
    const told = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "soon" } })}\n\n`;
    if (!stream) return { status: 200, headers: { "content-type": "application/json" }, body: text };
    return { status: 200, headers: { "content-type": "text/event-stream" }, body: `${told}event: message\ndata: ${text.replace(/\r?\n/g, "\ndata: ")}\n\n` };
  };
}
