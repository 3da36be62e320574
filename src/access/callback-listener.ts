import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { McpassError } from "../base/errors.ts";
import { sendPage } from "./callback-page.ts";
import { describePortHolder } from "./port-holder.ts";

/** Where to listen, and whether another port would do. */
export interface CallbackPlace {
  /** As it goes to the issuer; with port 0 the bound port is filled in. */
  readonly redirectUri: string;
  /** The path to answer at; another than the redirect URI's where something in between rewrites it. Default: the redirect URI's. */
  readonly path?: string | undefined;
  /** The address to listen on; undefined: loopback, in the family of the redirect URI's host (both for `localhost`). */
  readonly bind?: string | undefined;
  /** The port to bind; differs from the redirect URI's where something forwards to us. */
  readonly port: number;
  /** A busy port is replaced by an ephemeral one: only where we register the client ourselves. C01 */
  readonly mayMove: boolean;
}

/** One redirect, delivered by its `state`. The browser waits until `finish` says how it ended. C05 */
export interface Callback {
  readonly parameters: URLSearchParams;
  finish(outcome: { readonly code?: string }): void;
}

export interface CallbackListener {
  /** As it was bound. */
  readonly redirectUri: string;
  /** The port is not the one that was asked for. */
  readonly moved: boolean;
  /** The redirect that carries this `state`; each is delivered once. Anything else is answered and changes nothing. C06 */
  expect(state: string, server: string, expiresAt: number): Promise<Callback>;
  close(): Promise<void>;
}

interface Expectation {
  readonly server: string;
  readonly expiresAt: number;
  readonly deliver: (callback: Callback) => void;
}

/** Binds first; the redirect URI follows from what was bound. Loopback only, unless `bind` says otherwise. Throws `callback_port_busy`, naming the holder where the system tells. C01, C03 */
export async function openCallbackListener(place: CallbackPlace, now: () => number): Promise<CallbackListener> {
  const wanted = new URL(place.redirectUri);
  const expected = new Map<string, Expectation>();
  const hosts = new Set<string>();
  const servers = await bind(wanted, place, (request, response) => answer({ request, response, path: place.path ?? wanted.pathname, hosts, expected, now }));
  const port = portOf(servers[0]);
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) hosts.add(`${host}:${port}`);
  hosts.add(wanted.host);
  const moved = port !== place.port;
  return {
    redirectUri: moved ? withPort(place.redirectUri, port) : place.redirectUri,
    moved,
    expect: (state, server, expiresAt) => new Promise((deliver) => expected.set(state, { server, expiresAt, deliver })),
    close: async () => {
      await Promise.all(servers.map((server) => new Promise<void>((done) => {
        server.close(() => done());
        server.closeIdleConnections();
        // A page still being sent gets a moment; a browser that holds its connection open does not hold us.
        setTimeout(() => server.closeAllConnections(), 500).unref();
      })));
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly hosts: ReadonlySet<string>;
  readonly expected: Map<string, Expectation>;
  readonly now: () => number;
}

function answer({ request, response, path, hosts, expected, now }: Exchange): void {
  request.resume();
  const url = URL.canParse(request.url ?? "", "http://callback.invalid") ? new URL(request.url ?? "", "http://callback.invalid") : undefined;
  // A page elsewhere whose name was made to resolve to this machine (DNS rebinding) comes with its own Host.
  if (url?.pathname !== path || request.method !== "GET" || !hosts.has((request.headers.host ?? "").toLowerCase())) return sendPage(response, "not-found");
  const states = url.searchParams.getAll("state");
  const state = states.length === 1 ? (states[0] ?? "") : "";
  const expectation = expected.get(state);
  if (expectation === undefined) return sendPage(response, "unknown");
  const { server } = expectation;
  if (expectation.expiresAt <= now()) return sendPage(response, "expired", { server });
  expected.delete(state);
  expectation.deliver({
    parameters: url.searchParams,
    finish: ({ code }) => (code === undefined ? sendPage(response, "signed-in", { server }) : sendPage(response, "failed", { server, code })),
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function bind(wanted: URL, place: CallbackPlace, handler: Handler): Promise<readonly [Server, ...Server[]]> {
  const both = place.bind === undefined && wanted.hostname === "localhost";
  const first = place.bind ?? (wanted.hostname === "[::1]" ? "::1" : "127.0.0.1");
  const attempts = place.mayMove ? [place.port, ...Array.from({ length: both ? 5 : 1 }, () => 0)] : [place.port];
  for (const port of attempts) {
    const server = await listen(first, port, handler, false);
    if (typeof server === "string") continue;
    const sibling = both ? await listen("::1", portOf(server), handler, true) : "absent";
    if (sibling === "absent") return [server];
    if (sibling !== "busy") return [server, sibling];
    await new Promise((done) => server.close(done));
  }
  throw await portBusy(place);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** `absent`: this machine has no such address family, which is no reason to fail. C03 */
function listen(host: string, port: number, handler: Handler, optional: boolean): Promise<Server | "busy" | "absent"> {
  return new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: 1_000, headersTimeout: 10_000, requestTimeout: 15_000 }, handler);
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve("busy");
      else if (optional) resolve("absent");
      else reject(new McpassError("callback_port_busy", `The callback address ${host} cannot be listened on (port ${port}): ${error.code ?? error.message}.`, { hint: "Set oauth.callbackBind to an address of this machine, or leave it out.", cause: error }));
    });
    server.listen({ host, port }, () => resolve(server));
  });
}

async function portBusy(place: CallbackPlace): Promise<McpassError> {
  const holder = await describePortHolder(place.port);
  return new McpassError("callback_port_busy", `Port ${place.port}, which the redirect URI ${place.redirectUri} needs, is held by ${holder ?? "another program"}.`, {
    hint: "End that program, or register another redirect URI with the issuer and set oauth.redirectUri or oauth.callbackPort.",
    details: { port: place.port, redirectUri: place.redirectUri },
  });
}

function withPort(redirectUri: string, port: number): string {
  const url = new URL(redirectUri);
  url.port = String(port);
  return url.href;
}
