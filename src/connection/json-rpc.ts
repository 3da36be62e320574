/** JSON-RPC 2.0 as far as reading one answer needs it. */
export type RpcAnswer =
  | { readonly kind: "result"; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data: unknown };

export interface RpcMessage {
  readonly jsonrpc: "2.0";
  readonly id?: number;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The answer in `text`, to the request `id` when one is given (an error may have a null id); undefined when it holds none. */
export function findAnswer(text: string, id?: number): RpcAnswer | undefined {
  const parsed = parse(text);
  for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
    const answer = answerOf(message, id);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function answerOf(message: unknown, id: number | undefined): RpcAnswer | undefined {
  if (!isRecord(message) || "method" in message) return undefined;
  const error = message["error"];
  if (isRecord(error) && typeof error["code"] === "number") {
    if (id !== undefined && message["id"] !== id && message["id"] !== null && message["id"] !== undefined) return undefined;
    const text = error["message"];
    return { kind: "error", code: error["code"], message: typeof text === "string" ? text : "", data: error["data"] };
  }
  const result = message["result"];
  return isRecord(result) && (id === undefined || message["id"] === id) ? { kind: "result", result } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
