import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { isLoopbackHost } from "../../oauth/address.ts";
import type { FindGatewayToken } from "../../access/gateway-tokens.ts";
import { describePortHolder } from "../../access/port-holder.ts";
import { describeCause, McpassError } from "../../base/errors.ts";
import type { Api } from "./api.ts";
import type { Manager } from "../../connection/manager.ts";
import { createApplication } from "./application.ts";
import type { Elicitations } from "./elicitations.ts";
import { createEventHub } from "./event-hub.ts";
import { createGuard, type GuardOptions } from "./guard.ts";
import { publishEvents } from "./publish-events.ts";
import type { Route } from "./route.ts";
import { createRoutes } from "./routes.ts";
import { answerWith, close, listen, portOf, type ToGateway } from "./server.ts";
import { createSessions, makeTicket } from "./sessions.ts";

export { publicCallbackOf, readPublicUrl, requireReachable } from "./public-url.ts";
export { gatewayTokenFinder } from "../../access/gateway-tokens.ts";
export { createElicitations } from "./elicitations.ts";
export { requireServeToken } from "./serve-token.ts";

export interface ServeOptions {
  readonly manager: Manager;
  readonly token: string;
  readonly findGatewayToken: FindGatewayToken;
  /** An IP address or a name of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** An origin, by which others reach this server. */
  readonly publicUrl: string | undefined;
  readonly webDirectory: string;
  readonly now: () => number;
  readonly onInternal: (thrown: unknown) => void;
  readonly heartbeatMs?: number | undefined;
  /** What the manager asks through. */
  readonly elicitations: Elicitations;
  /** Made when somebody asks for it first. */
  readonly gateway: () => Promise<MountedGateway>;
}

/** What answers under `/gateway`. */
export interface MountedGateway {
  handle: ToGateway;
  close(): Promise<void>;
}

export interface Serving {
  /** Where it is reached, without a slash at the end. */
  readonly url: string;
  /** The same from this machine, where others reach it by another name. */
  readonly localUrl: string;
  /** Opens the web page, once. */
  readonly link: string;
  /** Answers what is under way, a few seconds long. */
  close(): Promise<void>;
}

const firstTriesMs = 10_000;
const patienceMs = 3_000;

/** The HTTP API over a manager. Throws `port_busy`, which says who is there. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { manager, token, host, publicUrl, now } = options;
  const server = await listen(host, options.port).catch(async (thrown: NodeJS.ErrnoException) => {
    throw await notBound(thrown, options);
  });
  const port = portOf(server);
  const local = localUrl(host, port);
  const url = publicUrl ?? local;
  const events = createEventHub({ run: randomBytes(6).toString("hex"), ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }) });
  const sessions = createSessions({ token, cookieName: `mcpass_${String(port)}`, secure: url.startsWith("https:"), now });
  const ending = new AbortController();
  const trusted = new WeakSet<IncomingMessage>();
  const isTrusted = (incoming: IncomingMessage): boolean => trusted.has(incoming);
  const stopEvents = publishEvents(manager, events);
  options.elicitations.onChange((what, { server: asking, id }) => events.publish(`mcp.elicitation.${what}`, { server: asking, id }));
  const keeping = keepAll(manager, options.onInternal);
  const api: Api = { ...options, events, sessions, ending: ending.signal, processId: process.pid, origin: () => url, publicCallback: publicUrl === undefined ? undefined : `${publicUrl}/mcp/oauth/callback`, firstTries: within(firstTriesMs, keeping.first) };
  const routes = createRoutes(api);
  const gateway = mount(options);
  const guard = createGuard({ ...addresses(options, port), sessions, findGatewayToken: options.findGatewayToken, isPublic: publicRoutes(routes) });
  answerWith(server, guard, createApplication({ routes, isTrusted, onInternal: options.onInternal }).fetch as Parameters<typeof answerWith>[2], trusted, gateway.handle);
  return {
    url,
    localUrl: local,
    link: linkTo(url, token, now()),
    close: async () => {
      ending.abort();
      stopEvents();
      events.close();
      keeping.stop();
      await Promise.all([gateway.close(), close(server, patienceMs)]);
    },
  };
}

function mount({ gateway: load, onInternal }: ServeOptions): MountedGateway {
  let gateway: MountedGateway | undefined;
  let loading: Promise<MountedGateway> | undefined;
  return {
    handle: (incoming, outgoing, caller) => {
      if (gateway !== undefined) return gateway.handle(incoming, outgoing, caller);
      const first = async (): Promise<void> => {
        gateway = await (loading ??= load());
        gateway.handle(incoming, outgoing, caller);
      };
      first().catch((thrown: unknown) => {
        onInternal(thrown);
        outgoing.destroy();
      });
    },
    close: async () => (await loading)?.close(),
  };
}

/** Where a server on this host is reached from this machine. */
export function localUrl(host: string, port: number): string {
  return new URL(`http://${hostOf(host)}:${String(port)}`).origin;
}

/** Opens the page of whichever server of this user runs there, once and within five minutes. It is not asked. */
export function linkTo(url: string, token: string, now: number): string {
  return `${url}/session?ticket=${makeTicket(token, now).ticket}`;
}

/** Connected, and followed, in the background from the start to the end. */
function keepAll(manager: Manager, onInternal: (thrown: unknown) => void): { readonly first: Promise<void>; readonly stop: () => void } {
  let stopped = false;
  let stopKeeping: (() => void) | undefined;
  const first = manager.keepConnected().then((stop) => {
    stopKeeping = stop;
    if (stopped) stop();
  }, onInternal);
  return {
    first,
    stop: () => {
      stopped = true;
      stopKeeping?.();
    },
  };
}

function within(ms: number, first: Promise<void>): () => Promise<void> {
  let over = false;
  const bounded = Promise.race([first, sleep(ms, undefined, { ref: false })]).then(() => void (over = true));
  return async () => (over ? undefined : bounded);
}

function hostOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host.toLowerCase();
}

/** What this server is called by those who may call it. */
function addresses({ host, publicUrl }: ServeOptions, port: number): Pick<GuardOptions, "origins" | "anyAddressWithPort"> {
  const names = [hostOf(host), ...(isLoopbackHost(hostOf(host)) || host === "0.0.0.0" || host === "::" ? ["127.0.0.1", "localhost", "[::1]"] : [])];
  const own = names.map((name) => new URL(`http://${name}:${String(port)}`).origin);
  return { origins: [...new Set([...(publicUrl === undefined ? [] : [publicUrl]), ...own])], ...(publicUrl === undefined && (host === "0.0.0.0" || host === "::") ? { anyAddressWithPort: port } : {}) };
}

function publicRoutes(routes: readonly Route[]): GuardOptions["isPublic"] {
  const open = new Set(routes.flatMap(({ isPublic, method, path }) => (isPublic === true ? [`${method.toUpperCase()} ${path}`] : [])));
  return (method, path) => open.has(`${method} ${path}`);
}

async function notBound(thrown: NodeJS.ErrnoException, { host, port }: ServeOptions): Promise<McpassError> {
  if (thrown.code !== "EADDRINUSE") return new McpassError("usage", `mcpass serve cannot listen on ${host}, port ${String(port)}: ${describeCause(thrown)}`, { hint: "mcpass serve --host 127.0.0.1", cause: thrown });
  const who = await whoServes(hostOf(host), port);
  const holder = await describePortHolder(port);
  const holderWords = who === undefined ? (holder ?? "another program") : `${who}${holder === undefined ? "" : `, ${holder},`}`;
  return new McpassError("port_busy", `Port ${String(port)} is taken: ${holderWords} ${who === undefined ? "listens" : "serves"} there.`, {
    hint: who === undefined ? `mcpass serve --port ${String(port === 65_535 ? 4190 : port + 1)}` : `Use that one: mcpass serve --link${port === 4190 ? "" : ` --port ${String(port)}`} prints a link to its page`,
    details: { port },
  });
}

/** Asked without the token: it may be anybody. */
async function whoServes(host: string, port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${host}:${String(port)}/health`, { signal: AbortSignal.timeout(2_000), redirect: "error" });
    const { name, version } = (await answer.json()) as { readonly name?: unknown; readonly version?: unknown };
    return name === "mcpass" && typeof version === "string" && /^[\w.+-]{1,40}$/.test(version) ? `mcpass ${version}` : undefined;
  } catch {
    return undefined;
  }
}
