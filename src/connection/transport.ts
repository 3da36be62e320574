import type { Transport } from "@modelcontextprotocol/client";

import type { LocalEntry } from "../config/server-entry.ts";
import { createStderrTail, endProcess, environmentOf } from "./child-process.ts";
import type { WebFetch } from "./web-fetch.ts";

/** A started or startable channel to one server. The SDK is loaded when the first one is made, never before. */
export interface Channel {
  readonly transport: Transport;
  /** The last that a local server wrote to its standard error; empty for a remote one. */
  readonly stderr: () => string;
  /** Ends it for good: a session is given back where there is one and it was not lost, a child is gone when this settles. */
  close(sessionLost?: boolean): Promise<void>;
}

/** Streamable HTTP. No authentication of the SDK's: `fetch` signs. */
export async function openHttp(url: string, web: WebFetch): Promise<Channel> {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: web.fetch });
  return {
    transport,
    stderr: () => "",
    close: async (sessionLost) => {
      // The server may have gone; a session it still holds ends by itself.
      if (transport.sessionId !== undefined && sessionLost !== true) await within(1000, transport.terminateSession());
      await transport.close();
    },
  };
}

/** HTTP+SSE of 2024-11-05, for servers that speak nothing newer. */
export async function openSse(url: string, web: WebFetch): Promise<Channel> {
  const { SSEClientTransport } = await import("@modelcontextprotocol/client");
  const transport = new SSEClientTransport(new URL(url), { fetch: web.fetch });
  return { transport, stderr: () => "", close: () => transport.close() };
}

/** A child speaking on standard input and output. */
export async function openStdio(entry: LocalEntry, ours: Readonly<Record<string, string | undefined>>): Promise<Channel> {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  // The SDK probes the plain class with a second child of its own; of a class derived from it, it asks the one child there is.
  class OneChild extends StdioClientTransport {
    child: number | undefined;
    override async start(): Promise<void> {
      await super.start();
      this.child = this.pid ?? undefined;
    }
  }
  const [command, ...args] = entry.command;
  const transport = new OneChild({ command, args, env: environmentOf(entry, ours), stderr: "pipe", ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }) });
  const stderr = createStderrTail();
  transport.stderr?.on("data", (chunk: Uint8Array) => stderr.take(chunk));
  return {
    transport,
    stderr: () => stderr.text(),
    close: async () => {
      void transport.close().catch(() => {});
      if (transport.child !== undefined) await endProcess(transport.child, 500);
    },
  };
}

/** Settles with the work or after `ms`, whichever is first, and never rejects. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.then(() => {}, () => {}), late]);
  clearTimeout(timer);
}
