import { segment } from "./address.ts";
import type { Examination, PublicStatus, ServerDetail, Tool, ToolResult } from "./api-types.ts";

/** What the API refused or could not do, in its words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, { status = 0, code, hint }: { status?: number; code?: string | undefined; hint?: string | undefined } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** The HTTP API of the `mcpass serve` that this page came from; every call throws ApiError only. */
export interface Api {
  servers(): Promise<Readonly<Record<string, PublicStatus>>>;
  server(name: string): Promise<ServerDetail>;
  add(name: string, url: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** The address at which a person signs in; "" when there is nothing to do. */
  startAuth(name: string, account?: string): Promise<string>;
  /** The address that the browser came back to, where it could not come back by itself. */
  finishAuth(name: string, url: string): Promise<void>;
  removeAuth(name: string, account?: string): Promise<void>;
  connect(name: string): Promise<boolean>;
  disconnect(name: string): Promise<void>;
  tools(name: string): Promise<readonly Tool[]>;
  callTool(name: string, tool: string, args: unknown, signal: AbortSignal): Promise<ToolResult>;
  doctor(name: string, signal: AbortSignal): Promise<Examination>;
}

interface Asked {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export function createApi(onSessionEnd: () => void): Api {
  const ask = async (method: string, path: readonly string[], { query, body, signal }: Asked = {}): Promise<unknown> => {
    const headers = { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await send(addressOf(path, query), { method, headers, cache: "no-store", ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal === undefined ? {} : { signal }) });
    const content = await read(answer);
    if (answer.status === 401) onSessionEnd();
    if (!answer.ok) throw refusal(answer.status, content);
    return content;
  };
  return {
    servers: async () => (await ask("GET", ["mcp"])) as Readonly<Record<string, PublicStatus>>,
    server: async (name) => (await ask("GET", ["mcp", name])) as ServerDetail,
    add: async (name, url) => void (await ask("POST", ["mcp"], { body: { name, config: { type: "remote", url } } })),
    remove: async (name) => void (await ask("DELETE", ["mcp", name])),
    startAuth: async (name, account) => {
      const { authorizationUrl } = (await ask("POST", ["mcp", name, "auth"], { body: account === undefined ? {} : { account } })) as { authorizationUrl?: string };
      return authorizationUrl ?? "";
    },
    finishAuth: async (name, url) => void (await ask("POST", ["mcp", name, "auth", "callback"], { body: { url } })),
    removeAuth: async (name, account) => void (await ask("DELETE", ["mcp", name, "auth"], account === undefined ? {} : { query: { account } })),
    connect: async (name) => (await ask("POST", ["mcp", name, "connect"])) === true,
    disconnect: async (name) => void (await ask("POST", ["mcp", name, "disconnect"])),
    tools: async (name) => ((await ask("GET", ["mcp", name, "tools"])) as { readonly tools: readonly Tool[] }).tools,
    callTool: async (name, tool, args, signal) => (await ask("POST", ["mcp", name, "tools", tool], { body: { arguments: args }, signal })) as ToolResult,
    doctor: async (name, signal) => (await ask("GET", ["mcp", name, "doctor"], { signal })) as Examination,
  };
}

function addressOf(path: readonly string[], query?: Readonly<Record<string, string>>): string {
  try {
    return `/${path.map(segment).join("/")}${query === undefined ? "" : `?${new URLSearchParams(query).toString()}`}`;
  } catch (error) {
    throw new ApiError((error as Error).message);
  }
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw new ApiError("Cancelled.", { code: "cancelled" });
    throw new ApiError("mcpass serve did not answer.", { code: "unreachable", hint: `Is it still running? (${String(error)})` });
  }
}

async function read(answer: Response): Promise<unknown> {
  const text = await answer.text().catch(() => "");
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Three shapes: ours, and OpenCode's two. */
function refusal(status: number, content: unknown): ApiError {
  const { error, message, code, hint, data } = (typeof content === "object" && content !== null ? content : {}) as Record<string, unknown>;
  const inData = typeof data === "object" && data !== null ? (data as { message?: unknown }).message : undefined;
  const said = [error, message, inData].find((words) => typeof words === "string" && words !== "") ?? `mcpass serve answered with ${String(status)}.`;
  return new ApiError(String(said), { status, code: typeof code === "string" ? code : undefined, hint: typeof hint === "string" ? hint : undefined });
}

/** What went wrong, whatever was thrown. */
export function asApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError(`This page failed: ${String(thrown)}`);
}
