import { setTimeout as sleep } from "node:timers/promises";

import type { Message } from "../stdio-host.ts";
import { callMessage, helloMessage } from "./call.ts";
import { type HostPlan, runLanes, type StormHost } from "./storm-host.ts";
import type { Tally } from "./tally.ts";
import type { SecretWatch } from "./watch-secrets.ts";

/** What a host may know of the gateway's process. */
export interface GatewayLife {
  readonly url: string;
  readonly token: string;
  /** True for what was sent at that moment and broke now: its process was killed or told to end meanwhile, and it was not to be expected that it still answered. */
  explains(sentAt: number): boolean;
}

export interface GatewayHostOptions {
  readonly plan: HostPlan;
  readonly tally: Tally;
  readonly secrets: SecretWatch;
  readonly gateway: GatewayLife;
}

const names: Readonly<Record<string, string>> = { "tools/call": "name" };

/** A host that speaks Streamable HTTP with `/gateway/NAME`. */
export function openGatewayHost({ plan, tally, secrets, gateway }: GatewayHostOptions): StormHost {
  const { name, era, timeoutMs } = plan;
  const book = tally.open(name, timeoutMs);
  const reader = secrets.reader(`the answers to ${name}`);
  let count = 0;
  let session: Promise<string | undefined> | undefined;
  let lanes: ReturnType<typeof runLanes> | undefined;

  const headersFor = (message: Message, sessionId: string | undefined): Record<string, string> => {
    const common = { "content-type": "application/json", accept: "application/json, text/event-stream", authorization: `Bearer ${gateway.token}` };
    if (era === "legacy") return { ...common, ...(sessionId === undefined ? {} : { "mcp-session-id": sessionId, "mcp-protocol-version": "2025-11-25" }) };
    const named = message.params?.[names[message.method ?? ""] ?? ""] as string | undefined;
    return { ...common, "mcp-protocol-version": "2026-07-28", "mcp-method": message.method ?? "", ...(named === undefined ? {} : { "mcp-name": named }) };
  };
  const post = (message: Message, sessionId?: string): Promise<Response> => fetch(`${gateway.url}/gateway/${plan.entry}`, { method: "POST", headers: headersFor(message, sessionId), body: JSON.stringify({ jsonrpc: "2.0", ...message }) });

  const take = (text: string): void => {
    if (text === "") return;
    try {
      book.heard(JSON.parse(text) as Message);
    } catch {
      book.noMessage(text);
    }
  };
  const read = async (response: Response, pauseMs: number): Promise<void> => {
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const decoder = new TextDecoder();
    let text = "";
    let paused = pauseMs === 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const piece = decoder.decode(chunk, { stream: true });
      reader(piece);
      text += piece;
      const events = isStream ? text.split("\n\n") : [text];
      text = events.pop() ?? "";
      for (const event of events) take(event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n"));
      if (paused) continue;
      paused = true;
      await sleep(pauseMs);
      book.didNotRead(pauseMs);
    }
    if (!isStream) take(text);
  };
  /** Sends a request and settles with its end, whatever that is. */
  const request = async (message: Message, { key, sessionId, pauseMs = 0 }: { readonly key?: string; readonly sessionId?: string | undefined; readonly pauseMs?: number } = {}): Promise<Response | undefined> => {
    const id = Number(message.id);
    const sentAt = Date.now();
    book.sent(id, key);
    try {
      const response = await post(message, sessionId);
      if (response.status >= 400) {
        // What stands against the message itself is said by HTTP, without naming it.
        const said = JSON.parse(await response.text()) as Message;
        book.refused(id, said);
        return response;
      }
      await read(response, pauseMs);
      if (book.open.has(id)) throw new Error("the answer ended without it");
      return response;
    } catch (thrown) {
      const code = (thrown as { readonly cause?: { readonly code?: unknown } }).cause?.code;
      if (code === "ECONNREFUSED") book.notTaken(id);
      else if (gateway.explains(sentAt)) book.ended(id);
      else book.lost(id, `${String(thrown)} ${String(code ?? "")}`);
      await sleep(100);
      return undefined;
    }
  };
  const open = async (): Promise<string | undefined> => {
    count += 1;
    const response = await request(helloMessage(count, era, name));
    const id = response?.headers.get("mcp-session-id") ?? undefined;
    if (era === "legacy" && id === undefined) {
      session = undefined;
      return undefined;
    }
    if (era === "legacy") await post({ method: "notifications/initialized" }, id).then((answer) => answer.text(), () => undefined);
    return id;
  };
  const call = async (pauseMs = 0): Promise<void> => {
    session ??= open();
    const mine = session;
    const sessionId = await mine;
    if (era === "legacy" && sessionId === undefined) return void (await sleep(100));
    count += 1;
    const key = `${name}/${String(count)}`;
    const response = await request(callMessage({ id: count, key, flood: pauseMs > 0 }, era, name), { key, sessionId, pauseMs });
    // The session was the old process's.
    if (response?.status === 404 && session === mine) session = undefined;
  };
  return {
    name,
    start: () => {
      lanes = runLanes(plan.lanes, () => call());
    },
    answers: book.answers,
    doNotRead: (ms) => call(ms),
    finish: async (ms) => {
      await lanes?.stop(ms);
      for (const id of [...book.open.keys()]) book.lost(id, "there was no answer when all was over");
    },
  };
}
