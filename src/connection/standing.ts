import type { ConfiguredServer } from "../config/configuration.ts";
import { serverOfProgram } from "../config/server-of-program.ts";
import { keepConnected } from "./keep-connected.ts";
import { createKeptConnections, type KeptConnections } from "./kept-connections.ts";
import type { Manager } from "./manager-types.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { createSignInsUnderWay, type SignInsUnderWay } from "./sign-ins-under-way.ts";
import { arrive } from "./status.ts";
import { within } from "./transport.ts";

type Late = "add" | "remove" | "disconnect" | "tools" | "callTool" | "resources" | "readResource" | "prompts" | "getPrompt" | "startAuth" | "authenticate" | "finishAuth" | "cancelAuth" | "removeAuth" | "keepConnected" | "completeCallback";

/** What every command uses. */
export type CoreManager = Omit<Manager, Late | "list" | "status" | "subscribe">;

/** The servers of one manager; they come and go. */
export interface Servers {
  readonly states: ReadonlyMap<string, ServerState>;
  /** Those that somebody disconnected here: nobody gets at them until they are asked for. */
  readonly down: Set<string>;
  /** Throws `server_unknown`. */
  find(name: string): ServerState;
  put(server: ConfiguredServer): ServerState;
  drop(name: string): void;
}

export interface StandingParts {
  readonly shared: Shared;
  readonly core: CoreManager;
  readonly servers: Servers;
  /** Ends every line to a server, whoever uses it. */
  readonly closeLines: (name: string) => Promise<void>;
}

/** What programs that stay have beside the core: servers that come and go, connections that are kept, sign-ins that wait in the background. */
export interface Standing extends Pick<Manager, Late> {
  /** It may be up again after `disconnect`. */
  expect(name: string): void;
  end(): Promise<void>;
}

export function createStanding(parts: StandingParts): Standing {
  const { core, servers, closeLines } = parts;
  const kept = createKeptConnections(parts);
  const signIns = createSignInsUnderWay(parts, kept);
  const stops = new Set<() => void>();
  return {
    ...comingAndGoing(parts, kept, signIns),
    disconnect: async (name) => {
      const { cell, configured } = servers.find(name);
      await kept.disconnect(name);
      if (configured.error === undefined && cell.status !== "idle") arrive(cell, "idle");
    },
    ...operationsOver(kept),
    startAuth: signIns.start,
    authenticate: signIns.authenticate,
    finishAuth: signIns.finish,
    completeCallback: signIns.completeCallback,
    cancelAuth: async (name, options = {}) => signIns.cancel(name, options.account ?? servers.find(name).snapshot().account),
    removeAuth: async (name, options = {}) => {
      const { account } = servers.find(name).snapshot();
      await signIns.cancel(name, options.account ?? account);
      return core.signOut(name, options);
    },
    keepConnected: async () => {
      const { tried, stop } = keepConnected(parts, kept);
      stops.add(stop);
      await tried;
      return () => void (stops.delete(stop), stop());
    },
    expect: kept.expect,
    end: async () => {
      for (const stop of stops) stop();
      await within(3000, signIns.end());
      for (const name of servers.states.keys()) void closeLines(name).catch(() => undefined);
    },
  };
}

function comingAndGoing({ shared, servers }: StandingParts, kept: KeptConnections, signIns: SignInsUnderWay): Pick<Manager, "add" | "remove"> {
  const tell = (name: string, { cell: { status, error } }: ServerState): void => shared.events.emit({ type: "server.status", server: name, at: shared.runtime.now(), status, ...(error === undefined ? {} : { error }) });
  const remove = async (name: string): Promise<void> => {
    const state = servers.find(name);
    await Promise.all([signIns.cancel(name), kept.drop(name)]);
    servers.drop(name);
    if (state.cell.status !== "idle" && state.cell.status !== "disabled") arrive(state.cell, "idle");
    else tell(name, state);
  };
  return {
    remove,
    add: async (name, config) => {
      const server = await serverOfProgram(shared.runtime, name, config);
      if (servers.states.has(name)) await remove(name);
      const state = servers.put(server);
      await state.refreshGrant();
      tell(name, state);
      return state.snapshot();
    },
  };
}

function operationsOver({ use }: KeptConnections): Pick<Manager, "tools" | "callTool" | "resources" | "readResource" | "prompts" | "getPrompt"> {
  return {
    tools: (name, options) => use(name, options, (connection) => connection.listTools(options)),
    callTool: (name, tool, args, options) => use(name, options, (connection) => connection.callTool(tool, args, options)),
    resources: (name, options) => use(name, options, (connection) => connection.listResources(options)),
    readResource: (name, uri, options) => use(name, options, (connection) => connection.readResource(uri, options)),
    prompts: (name, options) => use(name, options, (connection) => connection.listPrompts(options)),
    getPrompt: (name, prompt, args, options) => use(name, options, (connection) => connection.getPrompt(prompt, args, options)),
  };
}
