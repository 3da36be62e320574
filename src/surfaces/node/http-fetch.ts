import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";

import { product } from "../../base/product.ts";
import type { Fetch, FetchInit } from "../../base/runtime.ts";
import { readAnswer } from "./http-answer.ts";

/** How long an idle connection may be used again: below the 5 s after which common servers close theirs. */
const idleMs = 3_000;

interface Connector {
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly agent: Agent;
  readonly isIP: (text: string) => number;
}

/**
 * A Fetch over node:http and node:https; both load at the first request that needs them. It follows no redirect, asks for
 * no compression, and neither an idle connection nor an answer that nobody reads keeps the process alive.
 * Rejects with the system's own error (`code` intact) or with the signal's reason, which also ends a body half read.
 */
export function createHttpFetch(): Fetch {
  const connectors = new Map<string, Promise<Connector>>();
  return async (url, init = {}) => {
    const target = new URL(url);
    if (target.protocol !== "http:" && target.protocol !== "https:") throw new TypeError(`${target.protocol} is not a protocol of the web`);
    const connector = connectors.get(target.protocol) ?? loadConnector(target.protocol);
    connectors.set(target.protocol, connector);
    return await exchange(await connector, target, init);
  };
}

async function loadConnector(protocol: "http:" | "https:"): Promise<Connector> {
  const { isIP } = await import("node:net");
  const { request, Agent } = protocol === "http:" ? await import("node:http") : await import("node:https");
  return { request, isIP, agent: poolByAddress(new Agent({ keepAlive: true, timeout: idleMs })) };
}

/** A connection that was made to some addresses must not serve a request that was allowed others. */
function poolByAddress(agent: Agent): Agent {
  const nameOf = agent.getName.bind(agent);
  agent.getName = (options) => `${nameOf(options)}|${(options as { addresses?: readonly string[] }).addresses?.join() ?? ""}`;
  return agent;
}

function exchange(connector: Connector, target: URL, init: FetchInit): ReturnType<Fetch> {
  return new Promise((resolve, reject) => {
    init.signal?.throwIfAborted();
    const request = connector.request(requestOptions(connector, target, init));
    let message: IncomingMessage | undefined;
    const abort = (): void => void (message ?? request).destroy(asError(init.signal?.reason));
    const detach = (): void => init.signal?.removeEventListener("abort", abort);
    init.signal?.addEventListener("abort", abort, { once: true });
    // "close" comes after the body too, so an abort can end it half read.
    request.once("close", detach);
    request.on("error", (error) => reject(plainError(error)));
    request.once("response", (received) => {
      message = received;
      resolve(readAnswer(received, init.method ?? "GET"));
    });
    request.end(init.body);
  });
}

function requestOptions(connector: Connector, target: URL, init: FetchInit): RequestOptions {
  const hostname = target.hostname.replace(/^\[(.*)\]$/, "$1");
  const literal = connector.isIP(hostname) !== 0;
  if (literal && init.addresses?.includes(hostname) === false) throw notAllowed(hostname);
  return {
    protocol: target.protocol,
    hostname,
    port: target.port,
    path: target.pathname + target.search,
    method: init.method ?? "GET",
    headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": product.userAgent, ...lowerCased(init.headers) },
    // A reset on a connection used before leaves unknown whether a refresh token was redeemed: a form has its own.
    agent: isForm(init) ? false : connector.agent,
    ...(target.protocol === "https:" ? { servername: literal ? "" : hostname } : {}),
    ...(init.addresses === undefined ? {} : { addresses: init.addresses, lookup: lookupAmong(init.addresses, connector.isIP) }),
  } as RequestOptions;
}

function lowerCased(headers: FetchInit["headers"] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isForm(init: FetchInit): boolean {
  return lowerCased(init.headers)["content-type"]?.toLowerCase().startsWith("application/x-www-form-urlencoded") ?? false;
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

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : Object.assign(new Error("The request was aborted"), { name: "AbortError", cause: reason });
}
