import { type ErrorCode, McpassError } from "../../../base/errors.ts";
import { asSchema } from "../schema.ts";

/** The HTTP API of a running `mcpass serve`. Everything throws McpassError only. */
export interface ServeApi {
  ask(method: "GET" | "POST" | "DELETE", path: readonly string[], options?: { readonly body?: object; readonly signal?: AbortSignal | undefined }): Promise<unknown>;
  /** The event stream, until it ends or `signal` aborts. */
  events(signal: AbortSignal, hear: (event: ServeEvent) => void): Promise<void>;
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
  return {
    ask: async (method, path, { body, signal } = {}) => {
      const answer = await send(`/${path.map(encodeURIComponent).join("/")}`, { method, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) });
      const content = asJson(await answer.text().catch(() => ""));
      if (!answer.ok) throw refusal(answer.status, content, base);
      return content;
    },
    events: async (signal, hear) => {
      const answer = await send("/event", { signal });
      if (!answer.ok || answer.body === null) throw refusal(answer.status, undefined, base);
      let rest = "";
      const decoder = new TextDecoder();
      for await (const chunk of answer.body) {
        const pieces = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n\n");
        rest = pieces.pop() ?? "";
        for (const piece of pieces) tell(piece, hear);
      }
    },
  };
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
