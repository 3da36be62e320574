import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { StringDecoder } from "node:string_decoder";
import type { TLSSocket } from "node:tls";
import type { Ledger } from "./ledger.ts";

/** One request, read whole. */
export interface Asked {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly request: IncomingMessage;
}

/** What to answer. `stream` writes the body, `take` the whole answer; `cut` destroys the connection, before or after `body`; `hang` never answers. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
  readonly cut?: boolean;
  readonly hang?: boolean;
  readonly stream?: (response: ServerResponse) => void | Promise<void>;
  readonly take?: (response: ServerResponse) => void | Promise<void>;
}

export type Handle = (asked: Asked) => Reply | Promise<Reply>;

export interface Listening {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly origin: string;
  readonly port: number;
  /** Stops listening (connections are refused) and can be undone with `accept`, on the same port. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

/** What an https listener shows; `test/rig/tls.ts` makes one. PEM. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
  /** Given: a client certificate of this authority is asked for. */
  readonly clientCa?: string;
  /** required, unless told otherwise: the handshake fails without one. */
  readonly wants?: "required" | "optional";
}

/**
 * Listens on 127.0.0.1 and a port of the system's choice, and keeps every request in the ledger under the party's name.
 * With `tls` it is https; a handshake that fails is a ledger line of its own, "party TLS handshake → cut".
 */
export async function listen(ledger: Ledger, party: string, handle: Handle, options: { readonly tls?: ServerTls | undefined; readonly keepAliveMs?: number | undefined } = {}): Promise<Listening> {
  const { tls, keepAliveMs = 1000 } = options;
  const onRequest = (request: IncomingMessage, response: ServerResponse): undefined => void serve(ledger, party, handle, request, response);
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tlsOptions(tls), onRequest);
  server.on("tlsClientError", () => ledger.append({ party, method: "TLS", path: "handshake", headers: {}, body: "", status: 0, cut: true }));
  server.keepAliveTimeout = keepAliveMs;
  await open(server, 0);
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `${tls === undefined ? "http" : "https"}://127.0.0.1:${String(port)}`, port, refuse: close, accept: () => open(server, port), stop: close };
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

export function html(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: `<!doctype html><title>page</title><body>${body}</body>` };
}

export function redirect(location: string, status = 302): Reply {
  return { status, headers: { location } };
}

function tlsOptions({ key, cert, clientCa, wants }: ServerTls): object {
  return { key, cert, ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: wants !== "optional" }) };
}

function open(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function serve(ledger: Ledger, party: string, handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const entry = openEntry(ledger, party, request, response);
  try {
    // Whole: a character may stand about the edge of two chunks.
    const decoder = new StringDecoder("utf8");
    for await (const chunk of request) entry.body += decoder.write(chunk as Buffer);
    await send(response, await handle(asked(request, entry.body)), () => (entry.cut = true));
  } catch (error) {
    if (!response.headersSent && !response.destroyed) response.writeHead(599).end(`test server failed: ${String(error)}`);
  }
}

function openEntry(ledger: Ledger, party: string, request: IncomingMessage, response: ServerResponse): { body: string; cut: boolean } {
  const entry = {
    party,
    method: request.method ?? "",
    path: request.url ?? "",
    headers: flat(request.headers),
    body: "",
    cut: false,
    clientCertificate: subjectOf(request),
    get status(): number {
      return response.headersSent ? response.statusCode : 0;
    },
  };
  ledger.append(entry);
  return entry;
}

/** The common name in the client's certificate. */
function subjectOf({ socket }: IncomingMessage): string | undefined {
  const peer = "getPeerCertificate" in socket ? (socket as TLSSocket).getPeerCertificate() : undefined;
  const name = peer?.subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

function asked(request: IncomingMessage, body: string): Asked {
  const [path = "", rawQuery = ""] = splitOnce(request.url ?? "/", "?");
  const query = new URLSearchParams(rawQuery);
  return { method: request.method ?? "", path, rawQuery, query, headers: flat(request.headers), body, request };
}

async function send(response: ServerResponse, reply: Reply, onCut: () => void): Promise<void> {
  if (reply.delayMs !== undefined && reply.delayMs > 0) await wait(reply.delayMs, response);
  if (reply.hang === true || response.destroyed) return;
  if (reply.take !== undefined) return reply.take(response);
  if (reply.cut === true && reply.body === undefined) {
    onCut();
    response.destroy();
    return;
  }
  response.writeHead(reply.status, reply.headers);
  if (reply.stream !== undefined) await reply.stream(response);
  else if (reply.cut === true) response.write((reply.body ?? "").slice(0, 10), () => response.destroy());
  else response.end(reply.body);
}

function wait(delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    response.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function flat(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]));
}

function splitOnce(value: string, separator: string): [string, string?] {
  const at = value.indexOf(separator);
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
}
