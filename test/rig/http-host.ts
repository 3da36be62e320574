import { onTestFinished } from "vitest";

import type { Message, StdioHost } from "./stdio-host.ts";
import { waitUntil } from "./wait.ts";

/** A scripted MCP client that speaks Streamable HTTP. Its messages are those of all its streams, in the order in which they came. */
export interface HttpHost extends Omit<StdioHost, "program"> {
  readonly url: string;
  /** What every request carries beside what its message asks for. */
  readonly headers: Record<string, string>;
  /** Sends a message and gives the HTTP answer, unread. */
  post(message: Message, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Opens the stream by which the server speaks first, or takes one up again; settles when it is open. */
  listen(lastEventId?: string): Promise<Stream>;
  /** Breaks the connection of what was asked with this id. */
  drop(id: string | number): void;
  /** The last event id that was seen, of any stream. */
  lastEventId(): string | undefined;
  /** In order: json or the stream's event ids. */
  readonly kinds: string[];
}

export interface Stream {
  readonly status: number;
  close(): void;
  /** The server ended it. */
  readonly over: Promise<void>;
}

const modern = "io.modelcontextprotocol/protocolVersion";
const names: Readonly<Record<string, string>> = { "tools/call": "name", "prompts/get": "name", "resources/read": "uri", "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId" };

/** The body as it comes. */
export async function* textOf({ body }: Response): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) yield decoder.decode(chunk, { stream: true });
}

export function httpHost(url: string, token: string): HttpHost {
  const messages: Message[] = [];
  const open = new Map<unknown, AbortController>();
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  const kinds: string[] = [];
  let count = 0;
  let last: string | undefined;
  onTestFinished(() => open.forEach((controller) => controller.abort()));
  const take = (text: string): void => {
    if (text !== "") messages.push(...[JSON.parse(text) as Message | readonly Message[]].flat());
  };
  const read = async (response: Response): Promise<void> => {
    if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      kinds.push("json");
      return take(await response.text());
    }
    kinds.push("stream");
    let text = "";
    for await (const chunk of textOf(response)) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        last = lines.find((line) => line.startsWith("id: "))?.slice(4) ?? last;
        take(lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n"));
      }
    }
  };
  const headersFor = ({ method, params }: Message): Record<string, string> => {
    const version = params?._meta?.[modern];
    const name = params?.[names[method ?? ""] ?? ""];
    return version === undefined ? {} : { "mcp-protocol-version": version, "mcp-method": method ?? "", ...(name === undefined ? {} : { "mcp-name": name }) };
  };
  const post = (message: Message, more: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const controller = new AbortController();
    open.set(message.id ?? controller, controller);
    const sent = { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers, ...headersFor(message), ...more };
    return fetch(url, { method: "POST", headers: sent, body: JSON.stringify({ jsonrpc: "2.0", ...message }), signal: controller.signal });
  };
  const send = (message: Message): void => void post(message).then(read).catch(() => undefined);
  const host: HttpHost = {
    url,
    headers,
    post,
    send,
    kinds,
    messages: () => messages,
    lastEventId: () => last,
    drop: (id) => open.get(id)?.abort(),
    notify: (method, params) => {
      if (method === "notifications/cancelled" && headers["mcp-session-id"] === undefined) host.drop((params as { readonly requestId: string }).requestId);
      else send({ method, ...(params === undefined ? {} : { params }) });
    },
    request: async (method, params, { id = `host-${String((count += 1))}`, timeoutMs } = {}) => {
      const asked = post({ id, method, ...(params === undefined ? {} : { params }) }).then(read);
      const answered = waitUntil(() => messages.find((message) => message.id === id && message.method === undefined), `the answer to ${method}; came: ${JSON.stringify(messages.slice(-5))}`, timeoutMs);
      await Promise.race([answered, asked.then(() => answered)]);
      return answered;
    },
    heard: (method, after = 0) => waitUntil(() => messages.slice(after).find((message) => message.method === method), `${method} from the gateway`),
    listen: async (lastEventId) => {
      const controller = new AbortController();
      open.set(controller, controller);
      const response = await fetch(url, { headers: { accept: "text/event-stream", ...headers, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) }, signal: controller.signal });
      const over = response.ok ? read(response).catch(() => undefined) : response.text().then(() => undefined, () => undefined);
      return { status: response.status, close: () => controller.abort(), over };
    },
    open: async (revision = "2025-11-25", capabilities = {}) => {
      const response = await post({ id: "open", method: "initialize", params: { protocolVersion: revision, capabilities, clientInfo: { name: "host", version: "1" } } });
      const session = response.headers.get("mcp-session-id");
      await read(response);
      const answer = messages.find(({ id }) => id === "open");
      if (session === null || answer === undefined) throw new Error(`no session: ${String(response.status)} ${JSON.stringify(messages)}`);
      headers["mcp-session-id"] = session;
      if (answer.result !== undefined && revision >= "2025-06-18") headers["mcp-protocol-version"] = answer.result.protocolVersion;
      await (await post({ method: "notifications/initialized" })).text();
      await host.listen();
      return answer;
    },
  };
  return host;
}
