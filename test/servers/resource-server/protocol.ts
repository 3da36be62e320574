import type { TokenFacts } from "../authorization-server.ts";
import type { ResourceServerState } from "./state.ts";
import type { ServedTool } from "./toggles.ts";

export interface RpcMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export type RpcOutcome = { readonly result: Record<string, unknown> } | { readonly error: { code: number; message: string; data?: unknown } };

const builtIn: readonly ServedTool[] = [
  {
    name: "add_numbers",
    description: "Adds two numbers",
    inputSchema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
    run: (args) => String(Number(args["a"]) + Number(args["b"])),
  },
  {
    name: "echo",
    description: "Says the text again",
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    run: (args) => String(args["text"]),
  },
  {
    name: "whoami",
    description: "Whose token this is",
    inputSchema: { type: "object", properties: {} },
    run: (_args, who) => JSON.stringify(who === undefined ? null : { subject: who.subject, scopes: who.scopes }),
  },
];

/** The methods both wires share. Methods of the opening handshake are the wire's own. */
export async function answerMethod(state: ResourceServerState, message: RpcMessage, who: TokenFacts | undefined): Promise<RpcOutcome> {
  const params = message.params ?? {};
  const { capabilities } = state.toggles;
  if (message.method === "ping") return { result: {} };
  if (message.method?.startsWith("tools/") === true && capabilities.includes("tools")) {
    if (message.method === "tools/list") return page(state, "tools", toolsOf(state).map(withoutRun), params);
    if (message.method === "tools/call") return callTool(state, params, who);
  }
  if (message.method === "prompts/list" && capabilities.includes("prompts")) return page(state, "prompts", [{ name: "greet", description: "A greeting" }], params);
  if (message.method === "prompts/get" && capabilities.includes("prompts")) return { result: { messages: [{ role: "user", content: { type: "text", text: "Hello" } }] } };
  if (capabilities.includes("resources")) {
    if (message.method === "resources/list") return page(state, "resources", [{ uri: "test://note", name: "note", mimeType: "text/plain" }], params);
    if (message.method === "resources/templates/list") return page(state, "resourceTemplates", [], params);
    if (message.method === "resources/read") return readResource(params);
  }
  return { error: { code: -32601, message: `Method not found: ${String(message.method)}` } };
}

export function capabilitiesOf({ toggles }: ResourceServerState): Record<string, object> {
  return Object.fromEntries(toggles.capabilities.map((name) => [name, {}]));
}

function toolsOf({ toggles }: ResourceServerState): readonly ServedTool[] {
  return toggles.tools.length > 0 ? toggles.tools : builtIn;
}

function withoutRun(tool: ServedTool): object {
  const { run: _run, ...shown } = tool;
  return shown;
}

function page({ toggles }: ResourceServerState, field: string, items: readonly object[], params: Readonly<Record<string, unknown>>): RpcOutcome {
  const from = Number(params["cursor"] ?? 0);
  const to = from + (toggles.pageSize ?? items.length);
  return { result: { [field]: items.slice(from, to), ...(to < items.length ? { nextCursor: String(to) } : {}) } };
}

async function callTool(state: ResourceServerState, params: Readonly<Record<string, unknown>>, who: TokenFacts | undefined): Promise<RpcOutcome> {
  const tool = toolsOf(state).find((each) => each.name === params["name"]);
  if (tool === undefined) return { error: { code: -32602, message: `Unknown tool: ${String(params["name"])}` } };
  const outcome = (await tool.run?.((params["arguments"] ?? {}) as Record<string, unknown>, who)) ?? "ok";
  return { result: typeof outcome === "object" ? (outcome as Record<string, unknown>) : { content: [{ type: "text", text: String(outcome) }] } };
}

function readResource(params: Readonly<Record<string, unknown>>): RpcOutcome {
  if (params["uri"] !== "test://note") return { error: { code: -32602, message: "Resource not found" } };
  return { result: { contents: [{ uri: "test://note", mimeType: "text/plain", text: "a note" }] } };
}
