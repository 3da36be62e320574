import { Agent, request } from "node:http";

import { timed } from "./host.ts";
import { median } from "./measure.ts";
import type { Two } from "./two.ts";

const atOnce = 64;

/** An MCP endpoint over Streamable HTTP. */
export interface Place {
  readonly url: string;
  readonly authorization?: string;
  /** What `add_numbers` is called there; that unless given. */
  readonly tool?: string;
}

export interface GatewayFigures {
  readonly callMs: number;
  /** Of each of many calls, 64 at once. */
  readonly callAtOnceMs: number;
}

/** Medians of two places in front of one server, taken in turn, so that whatever else the machine does meets both alike. `forget`: what the server has noted meanwhile. */
export async function measureGateways(places: Two<Place>, forget: () => void): Promise<Two<GatewayFigures>> {
  const clients = [await openClient(places[0]), await openClient(places[1])] as const;
  const alone: Two<number[]> = [[], []];
  const together: Two<number[]> = [[], []];
  try {
    for (const client of clients) await timed(atOnce, 300, client.call);
    for (let turn = 0; turn < 5; turn += 1) {
      for (const [index, { call }] of clients.entries()) {
        alone[index]?.push(...(await timed(1, 200, call)));
        const startedAt = performance.now();
        await timed(atOnce, 1_000, call);
        together[index]?.push((performance.now() - startedAt) / 1_000);
        forget();
      }
    }
  } finally {
    for (const client of clients) client.end();
  }
  const figures = (index: 0 | 1): GatewayFigures => ({ callMs: median(alone[index]), callAtOnceMs: median(together[index]) });
  return [figures(0), figures(1)];
}

/** A client of 2025-11-25 in a session. */
async function openClient({ url, authorization, tool = "add_numbers" }: Place): Promise<{ call(): Promise<void>; end(): void }> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const headers: Record<string, string> = { "content-type": "application/json", accept: "application/json, text/event-stream", ...(authorization === undefined ? {} : { authorization }) };
  const send = (message: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { agent, method: "POST", headers }, (answer) => {
        const session = answer.headers["mcp-session-id"];
        if (typeof session === "string") headers["mcp-session-id"] = session;
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("end", () => resolve(text)).once("error", reject);
      });
      asked.once("error", reject);
      asked.end(JSON.stringify({ jsonrpc: "2.0", ...message }));
    });
  await send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "0" } } });
  await send({ method: "notifications/initialized" });
  let id = 0;
  const call = async (): Promise<void> => {
    id += 1;
    const text = await send({ id, method: "tools/call", params: { name: tool, arguments: { a: 2, b: 3 } } });
    if (!text.includes('"5"')) throw new Error(`${url} answered ${text.slice(0, 300)}`);
  };
  return { call, end: () => agent.destroy() };
}
