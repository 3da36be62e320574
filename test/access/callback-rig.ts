import { request } from "node:http";
import { onTestFinished } from "vitest";

import { type CallbackListener, openCallbackListener } from "../../src/access/callback-listener.ts";
import { freePort } from "../rig/free-port.ts";

export const callbackPath = "/mcp/oauth/callback";

/** A listener that ends with the test; on a free port, fixed, unless told otherwise. */
export async function openListener(place: { redirectUri?: string; port?: number; mayMove?: boolean; now?: () => number } = {}): Promise<CallbackListener> {
  const port = place.port ?? (await freePort());
  const listener = await openCallbackListener({ redirectUri: place.redirectUri ?? `http://127.0.0.1:${port}${callbackPath}`, port, mayMove: place.mayMove ?? false }, place.now ?? Date.now);
  onTestFinished(() => listener.close());
  return listener;
}

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request with any method and any Host. */
export function ask(url: string, options: { method?: string; host?: string } = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: options.method ?? "GET", headers: options.host === undefined ? {} : { host: options.host } }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** Any redirect that is still in time. */
export const farAway = (): number => Date.now() + 60_000;
