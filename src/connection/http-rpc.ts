import { McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { Fetch, FetchAnswer } from "../base/runtime.ts";
import { findAnswer, type RpcAnswer, type RpcMessage } from "./json-rpc.ts";
import { readEvents } from "./sse.ts";

/** How a server answered one JSON-RPC message over HTTP; `foreign` is an answer that no MCP server gives. */
export type HttpRpcAnswer = (RpcAnswer | { readonly kind: "none" } | { readonly kind: "foreign" }) & {
  readonly status: number;
  readonly contentType: string;
  header(name: string): string | undefined;
};

const sizeLimit = 8 * 1024 * 1024;

/** Sends one message by POST and reads no further than its answer. Streamable HTTP, 2025-03-26 and later. Throws what `fetch` throws, and `answer_invalid` above 8 MiB. */
export async function postRpc(fetch: Fetch, url: string, message: RpcMessage, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpRpcAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify(message),
    redirect: "manual",
    signal,
  });
  const contentType = mediaType(answer);
  const found = contentType === "text/event-stream" && isOk(answer) ? await answerInStream(answer, message.id, url) : findAnswer(await readText(answer, url), message.id);
  return { ...(found ?? { kind: message.id === undefined && isOk(answer) ? "none" : "foreign" }), status: answer.status, contentType, header: (name) => answer.headers.get(name) ?? undefined };
}

/** Opens a stream by GET and gives its first event; undefined when the answer is no event stream. The stream is left at once. HTTP+SSE, 2024-11-05. */
export async function firstEvent(fetch: Fetch, url: string, signal: AbortSignal): Promise<{ status: number; event: string | undefined }> {
  const answer = await fetch(url, { method: "GET", headers: { accept: "text/event-stream" }, redirect: "manual", signal });
  if (!isOk(answer) || mediaType(answer) !== "text/event-stream" || answer.body === null) {
    await discard(answer);
    return { status: answer.status, event: undefined };
  }
  for await (const { event } of readEvents(answer.body)) return { status: answer.status, event };
  return { status: answer.status, event: undefined };
}

/** Lets the connection of an unwanted answer go: a small body is read so that the connection serves again, of a large one no more than 64 KiB. */
export async function discard(answer: FetchAnswer): Promise<void> {
  if (answer.body === null) return;
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.byteLength;
    if (size > 64 * 1024) break;
  }
}

async function answerInStream(answer: FetchAnswer, id: number | undefined, url: string): Promise<RpcAnswer | undefined> {
  if (answer.body === null) return undefined;
  for await (const { event, data } of readEvents(bounded(answer.body, url))) {
    const found = event === "message" ? findAnswer(data, id) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readText(answer: FetchAnswer, url: string): Promise<string> {
  if (answer.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bounded(answer.body, url)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function* bounded(body: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > sizeLimit) throw new McpassError("answer_invalid", `The answer of ${showUrl(url)} is larger than 8 MiB; it was not read further.`, { details: { url: showUrl(url) } });
    yield chunk;
  }
}

function isOk(answer: FetchAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function mediaType(answer: FetchAnswer): string {
  return (answer.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
