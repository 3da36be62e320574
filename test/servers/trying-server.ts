import { once } from "node:events";
import { type Asked, type Handle, json, type Reply } from "./listener.ts";

type Loose = ReturnType<typeof JSON.parse>;
interface Rpc {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Loose;
  readonly result?: unknown;
}

export interface TryingServer {
  readonly handle: Handle;
  /** Ids of requests that the client cancelled. */
  readonly cancelled: (string | number)[];
  /** Lets a `count` that waits come to its end. */
  release(): void;
}

const requestedSchema = { type: "object", properties: { folder: { type: "string" }, all: { type: "boolean", default: false } }, required: ["folder"] };
const result = {
  content: [
    { type: "text", text: "Four notes were counted." },
    { type: "image", mimeType: "image/png", data: "A".repeat(4096) },
    { type: "resource_link", uri: "notes:///today", name: "today" },
  ],
  structuredContent: { notes: { count: 4, folders: ["home", "work"] }, done: true },
};

/**
 * Everything that a person can try, over 2025-11-25: `tidy` asks with a form, `pay` with an address, `count` tells how far it is and then waits, for its release
 * or until it is cancelled; a prompt and a resource. `words` stand in everything that a server may say of itself.
 */
export function tryingServer(words = ""): TryingServer {
  const answers = new EventTarget();
  const cancelled: (string | number)[] = [];
  const tools = ["tidy", "pay", "count"].map((name) => ({ name, description: `${name} the notes ${words}`, inputSchema: { type: "object" } }));
  const answer = ({ id }: Rpc, given: object): Reply => json(200, { jsonrpc: "2.0", id, result: given });
  const ask = async (write: (message: object) => void, params: object): Promise<object> => {
    const id = `question-${String(Math.random())}`;
    write({ id, method: "elicitation/create", params });
    const [event] = (await once(answers, id)) as [CustomEvent<unknown>];
    return { content: [{ type: "text", text: `told ${JSON.stringify(event.detail)}${words}` }] };
  };
  const run = async (message: Rpc, write: (message: object) => void): Promise<object> => {
    const { name, _meta } = message.params as { readonly name: string; readonly _meta?: { readonly progressToken?: string } };
    if (name === "tidy") return ask(write, { message: `Which folder?${words}`, requestedSchema });
    if (name === "pay") return ask(write, { mode: "url", elicitationId: "one", message: `Pay first.${words}`, url: "https://pay.example/checkout" });
    write({ method: "notifications/progress", params: { progressToken: _meta?.progressToken, progress: 1, total: 4, message: `one of four${words}` } });
    await Promise.race([once(answers, "release"), once(answers, `cancelled-${String(message.id)}`)]);
    return result;
  };
  const methods: Readonly<Record<string, (message: Rpc) => object>> = {
    initialize: () => ({ protocolVersion: "2025-11-25", capabilities: { tools: {}, prompts: {}, resources: {} }, serverInfo: { name: `trying${words}`, version: `1${words}` }, instructions: `Try it.${words}` }),
    "tools/list": () => ({ tools }),
    "prompts/list": () => ({ prompts: [{ name: "summary", description: `Sums up ${words}`, arguments: [{ name: "topic", description: `what about ${words}`, required: true }] }] }),
    "prompts/get": ({ params }) => ({ messages: [{ role: "user", content: { type: "text", text: `Sum up ${String(params.arguments?.topic)}.${words}` } }] }),
    "resources/list": () => ({ resources: [{ uri: "notes:///today", name: "today", description: `Of today ${words}` }] }),
    "resources/read": ({ params }) => ({ contents: [{ uri: params.uri, mimeType: "text/plain", text: `Milk, bread.${words}` }] }),
  };
  return {
    cancelled,
    release: () => void answers.dispatchEvent(new Event("release")),
    handle: ({ method, body }: Asked) => {
      if (method !== "POST") return { status: 405 };
      const message = JSON.parse(body) as Rpc;
      if (message.result !== undefined) answers.dispatchEvent(new CustomEvent(String(message.id), { detail: message.result }));
      if (message.method === "notifications/cancelled") {
        cancelled.push(message.params.requestId as string | number);
        answers.dispatchEvent(new Event(`cancelled-${String(message.params.requestId)}`));
      }
      if (message.method === undefined || message.id === undefined) return { status: 202 };
      const known = methods[message.method];
      if (known !== undefined) return answer(message, known(message));
      if (message.method !== "tools/call") return json(400, { jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } });
      return {
        status: 200,
        headers: { "content-type": "text/event-stream" },
        stream: async (response) => {
          const write = (each: object): void => void response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...each })}\n\n`);
          write({ id: message.id, result: await run(message, write) });
          response.end();
        },
      };
    },
  };
}
