import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";

import { findMcpassError } from "../../base/errors.ts";
import { pieceLength, piecesOf } from "../../base/growing-text.ts";
import { product } from "../../base/product.ts";
import type { Fetch, FetchInit } from "../../base/runtime.ts";
import { type Connector, createConnectors } from "./connector.ts";
import { readAnswer } from "./http-answer.ts";
import type { Proxy } from "./proxy-choice.ts";
import { proxyRefused, proxyUnreachable } from "./proxy-failure.ts";
import { bare, createTargetReader, type Target } from "./target.ts";
import type { TlsMaterial } from "./tls-files.ts";

/**
 * A Fetch over node:http and node:https; both load at the first request that needs them. It follows no redirect, asks for
 * no compression, and neither an idle connection nor an answer that nobody reads keeps the process alive. Proxies are those of `environment`.
 * Rejects with the system's own error (`code` intact; about certificates and proxies in words, with a `hint`) or with the signal's reason,
 * which also ends a body half read (before anything was sent: with an error of its name, `sent: false`); with `file_reference_unreadable` for a file of `tls`.
 */
export function createHttpFetch({ environment = {} }: { readonly environment?: Readonly<Record<string, string | undefined>> } = {}): Fetch {
  const connectors = createConnectors(environment);
  const readTarget = createTargetReader();
  return async (url, init = {}) => {
    const target = readTarget(url);
    if (target.protocol !== "http:" && target.protocol !== "https:") throw new TypeError(`${target.protocol} is not a protocol of the web`);
    const connector = await connectors.find(target.url);
    const material = init.tls === undefined || target.protocol === "http:" ? undefined : await connectors.material(init.tls);
    // The connection of an answer that was read a moment ago is free again after these ticks.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    return await exchange(connector, target, init, material);
  };
}

function exchange(connector: Connector, target: Target, init: FetchInit, material: TlsMaterial | undefined): ReturnType<Fetch> {
  return new Promise((resolve, reject) => {
    init.signal?.throwIfAborted();
    const request = connector.request(requestOptions(connector, target, init, material));
    const hasLeft = watchLeaving(request);
    let message: IncomingMessage | undefined;
    const abort = (): void => void (message ?? request).destroy(asError(init.signal?.reason));
    const detach = (): void => init.signal?.removeEventListener("abort", abort);
    init.signal?.addEventListener("abort", abort, { once: true });
    // "close" comes after the body too, so an abort can end it half read.
    request.once("close", detach);
    request.on("error", (error) => {
      const failure = init.signal?.aborted === true ? asError(init.signal.reason) : explained(connector, request, target, init, plainError(error));
      reject(message !== undefined || hasLeft() ? failure : unsent(failure));
    });
    request.once("response", (received) => {
      message = received;
      // Through a plain proxy this is the proxy speaking, not the server. RFC 9110 §15.5.8
      if (connector.proxy !== undefined && connector.certificates === undefined && received.statusCode === 407) request.destroy(proxyRefused(connector.proxy, `would not pass on a request to ${target.url.host}`, 407));
      else resolve(readAnswer(received, init.method ?? "GET"));
    });
    sendBody(request, init.body);
  });
}

/** A large one piece by piece, as there is room: it is never encoded as a whole. */
function sendBody(request: ClientRequest, body: string | undefined): void {
  if (body === undefined || body.length <= pieceLength) return void request.end(body);
  request.setHeader("content-length", Buffer.byteLength(body));
  const pieces = piecesOf(body);
  const sendOn = (): void => {
    for (let next = pieces.next(); next.done !== true; next = pieces.next()) if (!request.write(next.value)) return void request.once("drain", sendOn);
    request.end();
  };
  sendOn();
}

/** Whether something of the request may have left: not before its connection, with its TLS handshake, stood. */
function watchLeaving(request: ClientRequest): () => boolean {
  let left = false;
  request.once("socket", (socket) => {
    const shaking = (socket as { readonly secureConnecting?: boolean }).secureConnecting === true;
    if (!shaking && !socket.connecting) left = true;
    else socket.once(shaking ? "secureConnect" : "connect", () => (left = true));
  });
  return () => left;
}

/** A new error: the one that is known may also be that of another request. */
function unsent(failure: unknown): unknown {
  if (!(failure instanceof Error) || findMcpassError(failure) !== undefined) return failure;
  return Object.assign(new Error(failure.message, { cause: failure }), { ...failure, name: failure.name, sent: false });
}

/** For one request, and for a connection like it. */
export function requestOptions(connector: Connector, target: Target, init: FetchInit, material: TlsMaterial | undefined): RequestOptions {
  const { protocol, hostname, port, path } = target;
  const literal = connector.isIP(hostname) !== 0;
  if (literal && init.addresses?.includes(hostname) === false) throw notAllowed(hostname);
  const headers = withDefaults(init.headers);
  // A reset on a connection used before leaves unknown whether a refresh token was redeemed: a form has its own.
  const agent = connector.agent(isForm(headers));
  const method = init.method ?? "GET";
  if (connector.proxy !== undefined && protocol === "http:") {
    const { serverName } = connector.proxy;
    return { method, agent, ...throughPlainProxy(connector.proxy, target.url, headers), ...(connector.proxyCertificates === undefined ? {} : { servername: serverName }) } as RequestOptions;
  }
  // A proxy resolves names itself: there is nothing to choose among.
  const chosen = init.addresses !== undefined && connector.proxy === undefined;
  // Written out: where options are put together of parts, Node 20 makes a shape of its own for each request, which outlives it until all memory is looked through.
  return {
    method,
    agent,
    protocol,
    hostname,
    port,
    path,
    headers,
    servername: protocol !== "https:" ? undefined : literal ? "" : hostname,
    material,
    secureContext: material?.context,
    cancel: init.signal,
    addresses: chosen ? init.addresses : undefined,
    lookup: chosen ? lookupAmong(init.addresses, connector.isIP) : undefined,
  } as RequestOptions;
}

/** In absolute form. RFC 9112 §3.2.2 */
function throughPlainProxy({ origin, authorization }: Proxy, target: URL, headers: Readonly<Record<string, string>>): RequestOptions {
  return {
    protocol: origin.protocol,
    hostname: bare(origin.hostname),
    port: origin.port,
    path: `${target.origin}${target.pathname}${target.search}`,
    headers: { ...headers, host: target.host, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
  };
}

/** In lower case. */
function withDefaults(headers: FetchInit["headers"] = {}): Record<string, string> {
  const all: Record<string, string> = { accept: "*/*", "accept-encoding": "identity", "user-agent": product.userAgent };
  for (const name of Object.keys(headers)) all[name.toLowerCase()] = headers[name] ?? "";
  return all;
}

function isForm({ "content-type": type = "" }: Readonly<Record<string, string>>): boolean {
  return type.toLowerCase().startsWith("application/x-www-form-urlencoded");
}

function lookupAmong(addresses: readonly string[], isIP: Connector["isIP"]): LookupFunction {
  return (hostname, options, callback) => {
    const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
    const usable = addresses.map((address) => ({ address, family: isIP(address) })).filter(({ family }) => family === (wanted ?? family));
    const first = usable[0];
    if (first === undefined) callback(notAllowed(hostname), []);
    else if (options.all === true) callback(null, usable);
    else callback(null, first.address, first.family);
  };
}

function notAllowed(hostname: string): Error {
  return Object.assign(new Error(`connect EACCES ${hostname}: none of its addresses is allowed`), { code: "EACCES" });
}

/** When every address of a host fails, the system's errors come wrapped without words of their own. */
function plainError(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error;
}

/** Certificates and proxies in words that say what to change. */
export function explained({ certificates, proxy, proxyCertificates }: Connector, request: ClientRequest, target: Target, init: FetchInit, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith("HPE_") === true) return Object.assign(new Error(`what answers at ${target.url.host} does not speak HTTP (${code})`, { cause: error }), { code, hint: "Check the port of the address." });
  if (certificates !== undefined) return certificates.explain(error, { socket: request.socket, host: target.url.host, withCertificate: init.tls?.cert !== undefined });
  const ofProxy = proxyCertificates !== undefined || (error as NodeJS.ErrnoException).syscall !== undefined;
  return proxy !== undefined && ofProxy ? proxyUnreachable(proxy, error as NodeJS.ErrnoException, proxyCertificates, request.socket) : error;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : Object.assign(new Error("The request was aborted"), { name: "AbortError", cause: reason });
}
