import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import type { Proxy } from "./proxy-choice.ts";
import { proxyRefused, proxyUnreachable } from "./proxy-failure.ts";
import { createShownCertificates } from "./tls-failure.ts";

/** How long a proxy may take to open a tunnel where the request has no deadline of its own. */
const patienceMs = 30_000;

/** A tunnel to `host:port` through the proxy, ready for TLS. RFC 9110 §9.3.6. Rejects with an error that names the proxy and says what it answered. */
export function openTunnel(proxy: Proxy, authority: string, signal: AbortSignal | undefined): Promise<Socket> {
  const certificates = proxy.origin.protocol === "https:" ? createShownCertificates() : undefined;
  return new Promise((resolve, reject) => {
    const request = askFor(proxy, authority, signal);
    request.once("socket", (socket) => certificates?.watch(socket as TLSSocket));
    request.once("connect", (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      // What came early belongs to the tunnel.
      if (head.byteLength > 0) socket.unshift(head);
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(proxyRefused(proxy, `would not connect to ${authority}`, answer.statusCode ?? 0));
    });
    request.once("response", (answer) => {
      answer.resume();
      reject(proxyRefused(proxy, `would not connect to ${authority}`, answer.statusCode ?? 0));
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    request.once("error", (error: NodeJS.ErrnoException) => reject(proxyUnreachable(proxy, error, certificates, request.socket)));
    request.end();
  });
}

function askFor({ origin, authorization, serverName }: Proxy, authority: string, signal: AbortSignal | undefined): ClientRequest {
  const { request } = process.getBuiltinModule(origin.protocol === "https:" ? "node:https" : "node:http");
  return request({
    method: "CONNECT",
    hostname: origin.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: origin.port,
    path: authority,
    ...(origin.protocol === "https:" ? { servername: serverName } : {}),
    headers: { host: authority, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
    agent: false,
    timeout: patienceMs,
    ...(signal === undefined ? {} : { signal }),
  });
}
