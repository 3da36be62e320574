import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { McpassError } from "../base/errors.ts";
import { isLoopbackHost } from "../oauth/address.ts";
import { type Callback, type CallbackParty, type CallbackTable, createCallbackTable, digestOf } from "./callback-table.ts";
import { describePortHolder } from "./port-holder.ts";
import { meetingFor } from "./port-meeting.ts";
import { closeServers, openSharedPort, type SharedPort } from "./shared-port.ts";

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

export interface CallbackListener {
  /** As it was bound. */
  readonly redirectUri: string;
  /** The port is not the one that was asked for. */
  readonly moved: boolean;
  /** The redirect that carries this `state`; each is delivered once. Anything else is answered and changes nothing. C06 */
  expect(state: string, server: string, expiresAt: number): Promise<Callback>;
  close(): Promise<void>;
}

/** Where processes that want the same port meet, and how to say that it was lost to another program. */
export interface CallbackSharing {
  readonly directory: string;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/**
 * Binds first; the redirect URI follows from what was bound. Loopback only, unless `bind` says otherwise. A port that another mcpass of this user holds is
 * shared with it. Throws `callback_port_busy`, naming the holder where the system tells. C01, C03
 */
export async function openCallbackListener(place: CallbackPlace, now: () => number, sharing?: CallbackSharing): Promise<CallbackListener> {
  const wanted = new URL(place.redirectUri);
  const table = createCallbackTable(now);
  const party = { path: place.path ?? wanted.pathname, host: wanted.host };
  const shared = sharing === undefined ? undefined : await openShared({ place, wanted, table, party }, sharing);
  if (shared !== undefined) {
    return {
      redirectUri: place.redirectUri,
      moved: false,
      expect: (state, server, expiresAt) => new Promise((deliver) => shared.expect(state, { server, expiresAt, deliver })),
      close: () => shared.close(),
    };
  }
  table.admit(party);
  const servers = await bind(wanted, place, table.answer);
  if (servers === undefined) throw await portBusy(place);
  const port = portOf(servers[0]);
  const moved = port !== place.port;
  return {
    redirectUri: moved ? withPort(place.redirectUri, port) : place.redirectUri,
    moved,
    expect: (state, server, expiresAt) => new Promise((deliver) => table.expect(digestOf(state), { party, server, expiresAt, deliver })),
    close: () => closeServers(servers),
  };
}

interface Listening {
  readonly place: CallbackPlace;
  readonly wanted: URL;
  readonly table: CallbackTable;
  readonly party: CallbackParty;
}

/** undefined: not to be shared, or another program's. A listener that other machines can reach is for its own sign-in only. C04 */
async function openShared({ place, wanted, table, party }: Listening, { directory, onNotice }: CallbackSharing): Promise<SharedPort | undefined> {
  if (place.bind !== undefined && !isLoopbackHost(place.bind)) return undefined;
  const meeting = await meetingFor(directory, firstHost(wanted, place), place.port);
  if (meeting === undefined) return undefined;
  const onLost = (): void => onNotice?.(`Another program holds port ${String(place.port)} now, so the browser may show an error after signing in: paste the address of that page here.`);
  return openSharedPort({ meeting, port: place.port, table, party, bind: () => bind(wanted, { ...place, mayMove: false }, table.answer), onLost });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function firstHost(wanted: URL, place: CallbackPlace): string {
  return place.bind ?? (wanted.hostname === "[::1]" ? "::1" : "127.0.0.1");
}

/** undefined: taken. */
async function bind(wanted: URL, place: CallbackPlace, handler: Handler): Promise<readonly [Server, ...Server[]] | undefined> {
  const both = place.bind === undefined && wanted.hostname === "localhost";
  const first = firstHost(wanted, place);
  const attempts = place.mayMove ? [place.port, ...Array.from({ length: both ? 5 : 1 }, () => 0)] : [place.port];
  for (const port of attempts) {
    const server = await listen(first, port, handler, false);
    if (typeof server === "string") continue;
    const sibling = both ? await listen("::1", portOf(server), handler, true) : "absent";
    if (sibling === "absent") return [server];
    if (sibling !== "busy") return [server, sibling];
    await new Promise((done) => server.close(done));
  }
  return undefined;
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
