import { McpassError } from "../../base/errors.ts";
import { signInCommand } from "../../access/refusals.ts";
import type { GatewayRules } from "../../config/configuration.ts";
import type { Manager } from "../../connection/manager-types.ts";
import type { ServerState } from "../../connection/server-state.ts";
import type { Servers } from "../../connection/standing.ts";
import { canonicalServerUrl } from "../../oauth/resource.ts";
import { Conversation } from "../relay/conversation.ts";
import type { Host } from "../relay/host.ts";
import { matcher } from "../relay/ignored-tools.ts";
import { openRelayCache, type RelayCache } from "../relay/relay-cache.ts";
import { type RelayedServer, type RelayManners, timesOf } from "../relay/relay-options.ts";
import type { Talk } from "./endpoint.ts";
import { Refused } from "./http-answers.ts";
import { createStatusTelling, type StatusTelling } from "./status-telling.ts";

/** The servers that are reached through the gateway: remote, enabled, not disconnected, and allowed there. */
export interface GatewayServers {
  /** In the order of the configuration. */
  names(): readonly string[];
  /** Throws `Refused`, with what stands against it. */
  require(name: string): GatewayServer;
  /** Hears when there are others than before, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export interface GatewayServer {
  readonly name: string;
  isCurrent(): boolean;
  open(host: Host, manners?: Pick<RelayManners, "finishesTasks">): Talk;
}

export interface ServerParts {
  readonly manager: Manager;
  readonly servers: Servers;
  readonly rules: GatewayRules;
  readonly cacheDirectory: string;
  readonly now: () => number;
  /** The browser may be opened unasked. */
  readonly opens: boolean;
  /** Told of what a server does wrong. */
  readonly warn: (server: string, text: string) => void;
}

export function createGatewayServers(parts: ServerParts): GatewayServers {
  const { servers, rules } = parts;
  const [denied, allowed] = [matcher(rules.deny), matcher(rules.allow ?? ["*"])];
  const caches = new Map<string, RelayCache>();
  const telling = createStatusTelling(parts);
  const stands = (name: string): string | undefined => {
    const configured = servers.states.get(name)?.configured;
    if (configured === undefined) return "is not in the configuration of mcpass serve";
    if (denied(name) || !allowed(name)) return "is left out of the gateway by the configuration";
    if (!configured.enabled) return "is disabled";
    if (servers.down.has(name)) return "was disconnected from mcpass serve, and is not reached until somebody connects it there";
    if (configured.error !== undefined) return `cannot be used: ${configured.error.message}`;
    return configured.entry?.type === "remote" ? undefined : "is a local server: a client starts it itself";
  };
  const names = (): readonly string[] => [...servers.states.keys()].filter((name) => stands(name) === undefined);
  const listeners = new Set<() => void>();
  let before = JSON.stringify(names());
  parts.manager.subscribe(() => {
    const now = JSON.stringify(names());
    if (now === before) return;
    before = now;
    for (const listener of listeners) listener();
  });
  return {
    names,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    require: (name) => {
      const against = stands(name);
      const state = servers.states.get(name);
      if (against !== undefined || state === undefined) throw new Refused(404, -32_000, `${name.slice(0, 100)} ${against ?? "is unknown"}.`);
      const over = (): string | undefined => stands(name) ?? (servers.states.get(name) === state ? undefined : "is another server now");
      return { name, isCurrent: () => over() === undefined, open: (host, { finishesTasks } = {}) => openTalk({ ...parts, telling, over, finishesTasks }, state, caches, host) };
    },
  };
}

interface TalkParts extends ServerParts, Pick<RelayManners, "finishesTasks"> {
  readonly telling: StatusTelling;
  /** Why it is not reached any more, to follow its name. */
  readonly over: () => string | undefined;
}

function openTalk({ manager, rules, cacheDirectory, now, opens, warn, telling, over, finishesTasks }: TalkParts, state: ServerState, caches: Map<string, RelayCache>, host: Host): Talk {
  const server = relayedServer(manager, state, telling);
  const { serverUrl, account, entry } = server;
  const key = JSON.stringify([serverUrl, account]);
  const cache = caches.get(key) ?? openRelayCache({ directory: cacheDirectory, serverUrl, account, now });
  caches.set(key, cache);
  const end = new AbortController();
  const { allow, deny } = rules.tools[server.server] ?? {};
  // That a sign-in is wanted is in its status, and said by whoever shows that.
  const manners = { open: opens, signInTimeoutMs: undefined, ignoredTools: deny ?? [], allowedTools: allow, finishesTasks, now, say: () => {}, signal: end.signal };
  const conversation = new Conversation({ ...server, ...manners, ...timesOf(entry), host, cache, warn: (text) => warn(server.server, text) });
  return {
    take: (frame) => conversation.take(frame),
    close: async () => {
      const why = over();
      end.abort(new McpassError("cancelled", why === undefined ? "The session is over." : `${server.server} ${why}.`));
      await conversation.settled(leavingMs);
      await conversation.close();
    },
  };
}

/** How long what is under way has to be answered when it is over. */
const leavingMs = 500;

/** As one of the manager's servers: its sign-ins are the manager's, and so is what is known of it. */
function relayedServer(manager: Manager, state: ServerState, telling: StatusTelling): RelayedServer {
  const { name, entry } = state.configured;
  if (entry?.type !== "remote") throw new McpassError("usage", `${name} is a local server.`);
  const account = state.snapshot().account ?? "default";
  return {
    server: name,
    command: signInCommand({ name, account }),
    entry,
    account,
    serverUrl: canonicalServerUrl(entry.url),
    place: state.place,
    fetch: async (url, init) => {
      const answer = await manager.fetch(name, url, init);
      if (answer.status < 400) telling.answered(state);
      return answer;
    },
    signIn: (options) => manager.authenticate(name, { openBrowser: options.openBrowser, timeoutMs: options.timeoutMs, signal: options.signal, onAuthorization: options.onAuthorization }),
    // The manager of a program that stays follows other processes' sign-ins anyway.
    watch: async (onGrant) =>
      manager.subscribe((event) => {
        if ("server" in event && event.server === name && (event.type === "grant.obtained" || (event.type === "server.status" && event.status === "idle"))) onGrant();
      }),
    onRefused: (refusal) => telling.refused(state, refusal),
    onFailed: (error) => telling.failed(state, error),
  };
}
