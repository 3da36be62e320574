import type { ServerResponse } from "node:http";

import { json, type Asked, type Handle, type Reply } from "./listener.ts";

/** Whatever stands in a message. */
type Loose = ReturnType<typeof JSON.parse>;
type Rpc = { readonly id?: string | number; readonly method?: string; readonly params?: Loose; readonly result?: Loose; readonly error?: Loose };

/** What a tool does with its call: writes events, asks the client, answers. */
export interface ScriptedCall {
  readonly message: Rpc;
  readonly asked: Asked;
  readonly response: ServerResponse;
  /** One event of the call's own stream. */
  event(message: object | string, id?: string): void;
  /** A request to the client in the call's own stream; what it answers. */
  ask(method: string, params: object): Promise<Rpc>;
  answer(result: object): void;
}

export interface ScriptedServer {
  readonly handle: Handle;
  /** Everything it was sent by POST, in order. */
  readonly got: Rpc[];
  /** Writes to every stream that was opened by GET. */
  tell(message: object): void;
  readonly streams: ReadonlySet<ServerResponse>;
}

/** What a scripted server has beside calls. */
interface ScriptedMore {
  readonly capabilities?: object;
  /** Of the tool that it lists. */
  readonly tool?: object;
  /** The result of another request; undefined: as if there were no such. */
  readonly result?: (message: Rpc) => object | undefined;
}

/** An MCP server of 2025-11-25 with a session and one stream per call, whose calls do as they are told. */
export function scriptedServer(call: (call: ScriptedCall) => unknown, { capabilities, tool, result }: ScriptedMore = {}): ScriptedServer {
  const got: Rpc[] = [];
  const waiting = new Map<string, (answer: Rpc) => void>();
  const streams = new Set<ServerResponse>();
  let asks = 0;
  const stream = (run: (response: ServerResponse) => unknown): Reply => ({ status: 200, headers: { "content-type": "text/event-stream" }, stream: async (response) => void (await run(response)) });
  const write = (response: ServerResponse, message: object | string, id?: string): void => void response.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${typeof message === "string" ? message : JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
  return {
    got,
    streams,
    tell: (message) => streams.forEach((response) => write(response, message)),
    handle: (asked) => {
      if (asked.method === "GET") {
        return stream((response) => {
          streams.add(response);
          response.on("close", () => streams.delete(response)).write(": open\n\n");
        });
      }
      if (asked.method !== "POST") return { status: 200 };
      const message = JSON.parse(asked.body) as Rpc;
      got.push(message);
      if (message.method === "initialize") return json(200, { jsonrpc: "2.0", id: message.id, result: { protocolVersion: message.params.protocolVersion, serverInfo: { name: "scripted", version: "1" }, capabilities: { tools: { listChanged: true }, logging: {}, resources: { subscribe: true }, ...capabilities } } }, { "mcp-session-id": "one" });
      if (message.method === undefined) waiting.get(String(message.id))?.(message);
      if (message.id === undefined || message.method === undefined) return { status: 202 };
      if (message.method !== "tools/call") return json(200, { jsonrpc: "2.0", id: message.id, result: message.method === "tools/list" ? { tools: [{ name: "do", inputSchema: { type: "object" }, ...tool }] } : (result?.(message) ?? {}) });
      return stream((response) =>
        call({
          message,
          asked,
          response,
          event: (each, id) => write(response, each, id),
          ask: (method, params) => {
            const id = `server-${String((asks += 1))}`;
            write(response, { id, method, params });
            return new Promise((resolve) => waiting.set(id, resolve));
          },
          answer: (result) => {
            write(response, { id: message.id, result });
            response.end();
          },
        }),
      );
    },
  };
}

/** A server of 2026-07-28: one answer to each request, or as many events as it likes. */
export function scriptedModernServer(call: (message: Rpc, response: ServerResponse, asked: Asked) => object | undefined, { capabilities }: Pick<ScriptedMore, "capabilities"> = {}): Omit<ScriptedServer, "tell" | "streams"> & { listeners: Set<{ readonly id: unknown; readonly response: ServerResponse }> } {
  const got: Rpc[] = [];
  const listeners = new Set<{ readonly id: unknown; readonly response: ServerResponse }>();
  const event = (response: ServerResponse, message: object): void => void response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
  return {
    got,
    listeners,
    handle: (asked) => {
      if (asked.method !== "POST") return { status: 405 };
      const message = JSON.parse(asked.body) as Rpc;
      got.push(message);
      const { id } = message;
      if (message.method === "initialize") return json(400, { jsonrpc: "2.0", id, error: { code: -32_022, message: "Unsupported", data: { supported: ["2026-07-28"] } } });
      const answer = (result: object): Reply => json(200, { jsonrpc: "2.0", id, result: { resultType: "complete", ...result } });
      if (message.method === "server/discover") return answer({ supportedVersions: ["2026-07-28"], capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, ...capabilities } });
      if (message.method === "tools/list") return answer({ tools: [{ name: "do", inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } } }, { name: "bad", inputSchema: { type: "object", properties: { list: { type: "array", "x-mcp-header": "List" } } } }], ttlMs: 0, cacheScope: "private" });
      return {
        status: 200,
        headers: { "content-type": "text/event-stream" },
        stream: (response) => {
          if (message.method === "subscriptions/listen") {
            const listener = { id, response };
            listeners.add(listener);
            response.on("close", () => listeners.delete(listener));
            return event(response, { method: "notifications/subscriptions/acknowledged", params: { notifications: message.params.notifications, _meta: { "io.modelcontextprotocol/subscriptionId": id } } });
          }
          const result = call(message, response, asked);
          if (result === undefined) return undefined;
          event(response, { id, result: { resultType: "complete", ...result } });
          response.end();
        },
      };
    },
  };
}
