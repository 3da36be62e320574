import { getRequestListener } from "@hono/node-server";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerTo } from "./error-answers.ts";
import { type Guard, isGatewayPath, pathOf, unauthorized } from "./guard.ts";
import { jsonHeaders } from "./response-headers.ts";

/** Bytes, milliseconds, connections: what one caller may take up. */
const limits = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 2_000 } as const;
const mostConnections = 4_000;

export type Listener = ReturnType<typeof getRequestListener>;

/** Binds before anything is answered. Rejects with the system's error. */
export async function listen(host: string, port: number): Promise<Server> {
  const server = createServer(limits);
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Takes the requests for `/gateway` that show a token; see `Guard`. */
export type ToGateway = (incoming: IncomingMessage, outgoing: ServerResponse, caller: string) => void;

/** From here on requests are answered: by the guard where it refuses, else by the gateway or by `fetch`. */
export function answerWith(server: Server, guard: Guard, fetch: Parameters<typeof getRequestListener>[0], trusted: WeakSet<IncomingMessage>, toGateway: ToGateway): void {
  const listener: Listener = getRequestListener(fetch);
  server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    try {
      const { isTrusted, caller } = guard.admit(incoming);
      if (isGatewayPath(pathOf(incoming.url ?? ""))) {
        // A page that a person has open is no MCP client.
        if (caller === undefined) throw unauthorized("/gateway");
        toGateway(incoming, outgoing, caller);
        return;
      }
      if (isTrusted) trusted.add(incoming);
    } catch (thrown) {
      refuse(outgoing, thrown);
      return;
    }
    void listener(incoming, outgoing);
  });
}

/** What was sent along is not read. */
function refuse(outgoing: ServerResponse, thrown: unknown): void {
  const { status, body, headers = {} } = answerTo(thrown, { name: "" }, () => {});
  outgoing.writeHead(status, { ...jsonHeaders, ...headers, connection: "close" });
  outgoing.end(JSON.stringify(body));
}

/** No new requests; those under way get `patienceMs` to be answered. */
export async function close(server: Server, patienceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), patienceMs);
  // Each that has been answered is one that could ask again.
  const letGo = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((done) => {
    server.close(() => done());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
  clearInterval(letGo);
}
