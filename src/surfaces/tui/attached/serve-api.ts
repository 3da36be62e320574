import { type ErrorCode, McpassError } from "../../../base/errors.ts";
import { asSchema } from "../../../base/form-schema.ts";

/** The HTTP API of a running `mcpass serve`. Everything throws McpassError only. */
export interface ServeApi {
  ask(method: "GET" | "POST" | "DELETE", path: readonly string[], options?: Asking): Promise<unknown>;
  /** An answer in parts, until the last one is there or `signal` aborts. */
  stream(method: "GET" | "POST", path: readonly string[], options: Asking, hear: (event: ServeEvent) => void): Promise<void>;
  /** The event stream, until it ends or `signal` aborts. */
  events(signal: AbortSignal, hear: (event: ServeEvent) => void): Promise<void>;
}

export interface Asking {
  readonly body?: object;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface ServeEvent {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export function createServeApi(base: string, token: string): ServeApi {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${base}${path}`, { ...init, redirect: "error", headers: { authorization: `Bearer ${token}`, ...(init.body === undefined || init.body === null ? {} : { "content-type": "application/json" }) } });
    } catch (cause) {
      if (init.signal?.aborted === true) throw new McpassError("cancelled", "Cancelled.", { cause });
      throw new McpassError("unreachable", `mcpass serve did not answer at ${base}.`, { hint: "mcpass serve", cause });
    }
  };
  const sendTo: Send = (method, path, { body, query = {}, signal }) => {
    const asked = new URLSearchParams(query).toString();
    return send(`/${path.map(encodeURIComponent).join("/")}${asked === "" ? "" : `?${asked}`}`, { method, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) });
  };
  const stream: ServeApi["stream"] = async (method, path, options, hear) => {
    const answer = await sendTo(method, path, options);
    if (!answer.ok || answer.body === null) throw refusal(answer.status, asJson(await answer.text().catch(() => "")), base);
    try {
      await hearAll(answer.body, hear);
    } catch (cause) {
      if (options.signal?.aborted === true) throw new McpassError("cancelled", "Cancelled.", { cause });
      throw new McpassError("unreachable", `mcpass serve at ${base} was there, and is no more.`, { hint: "mcpass serve", cause });
    }
  };
  return {
    stream,
    ask: async (method, path, options = {}) => {
      const answer = await sendTo(method, path, options);
      const content = asJson(await answer.text().catch(() => ""));
      if (!answer.ok) throw refusal(answer.status, content, base);
      return content;
    },
    // A person sits here, who answers what servers ask.
    events: (signal, hear) => stream("GET", ["event"], { query: { elicitation: "true" }, signal }, hear),
  };
}

type Send = (method: string, path: readonly string[], options: Asking) => Promise<Response>;

async function hearAll(body: ReadableStream<Uint8Array>, hear: (event: ServeEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  // Joined only when an event is whole: one may be large.
  let begun: string[] = [];
  for await (const chunk of body) {
    const pieces = decoder.decode(chunk, { stream: true }).split("\n\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      tell([...begun, piece].join(""), hear);
      begun = [];
    }
    begun.push(last);
  }
}

/** Each event is one `data` line of JSON. */
function tell(piece: string, hear: (event: ServeEvent) => void): void {
  const data = /^data: (.*)$/m.exec(piece)?.[1];
  const { type, properties } = asSchema(asJson(data ?? ""));
  if (typeof type === "string") hear({ type, properties: asSchema(properties) });
}

function asJson(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error's own words over there. */
export function errorOf(content: unknown): McpassError | undefined {
  const { error, code, hint, redirectUri } = asSchema(content);
  if (typeof error !== "string") return undefined;
  return new McpassError(typeof code === "string" ? (code as ErrorCode) : "internal", error, { hint: typeof hint === "string" ? hint : undefined, details: typeof redirectUri === "string" ? { redirectUri } : {} });
}

function refusal(status: number, content: unknown, base: string): McpassError {
  if (status === 401) return new McpassError("usage", `mcpass serve at ${base} does not take this token.`, { hint: "set MCPASS_TOKEN to what mcpass serve --print-token prints there" });
  const { message, data } = asSchema(content);
  const said = [message, asSchema(data)["message"]].find((words) => typeof words === "string");
  return errorOf(content) ?? new McpassError("answer_invalid", typeof said === "string" ? said : `mcpass serve answered with ${String(status)}.`);
}
