import { McpassError } from "../../../base/errors.ts";
import type { CallOptions, Examination, Progress } from "../../../connection/manager.ts";
import { asSchema } from "../../../base/form-schema.ts";
import { asExamination } from "./as-snapshot.ts";
import { errorOf, type ServeApi } from "./serve-api.ts";

export type Wanted = { readonly tool: string; readonly arguments: object } | { readonly prompt: string; readonly arguments: object } | { readonly resource: string };

/** A call that a `mcpass serve` makes; hanging up cancels it. Throws what it failed for over there. */
export async function callThere(api: ServeApi, name: string, wanted: Wanted, { signal, onProgress }: CallOptions = {}): Promise<unknown> {
  const { result } = await lastOf(api, "POST", ["mcp", name, "calls"], { body: wanted, signal }, "result", ({ progress, total, message }) => {
    if (typeof progress === "number") onProgress?.({ progress, total, message } as Progress);
  });
  return result;
}

/** Doctor's findings as they come, then everything. */
export async function examineThere(api: ServeApi, name: string, { signal, onFindings }: { readonly signal?: AbortSignal | undefined; readonly onFindings?: ((findings: Examination["findings"]) => void) | undefined }): Promise<Examination> {
  const last = await lastOf(api, "GET", ["mcp", name, "doctor", "events"], { signal }, "examination", ({ findings }) => onFindings?.(Array.isArray(findings) ? (findings as Examination["findings"]) : []));
  return asExamination(last);
}

type Properties = Readonly<Record<string, unknown>>;

/** What is on the way goes to `hear`; gives the event that is the end. */
async function lastOf(api: ServeApi, method: "GET" | "POST", path: readonly string[], options: Parameters<ServeApi["stream"]>[2], end: string, hear: (properties: Properties) => void): Promise<Properties> {
  let last: Properties | undefined;
  let error: McpassError | undefined;
  await api.stream(method, path, options, ({ type, properties }) => {
    if (type === end) last = asSchema(properties);
    else if (type === "error") error = errorOf(properties);
    else hear(properties);
  });
  if (last !== undefined) return last;
  throw error ?? new McpassError("unreachable", "mcpass serve ended before it answered.", { hint: "mcpass serve" });
}
