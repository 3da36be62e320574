import type { SignOutResult } from "../access/sign-in-types.ts";
import { openServerMemory } from "../access/server-memory.ts";
import { grantsAmong } from "../access/stored-grant.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import { Emitter } from "../base/events.ts";
import type { Runtime } from "../base/runtime.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Configuration, ConfiguredServer } from "../config/configuration.ts";
import { nearestName } from "../config/nearest-name.ts";
import { readPolicy } from "../config/policy.ts";
import { underPolicy } from "../config/under-policy.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { grantHeadOf } from "../vault/record-head.ts";
import type { Vault, VaultListing } from "../vault/vault.ts";
import { type AuditLog, audited, openAuditLog } from "./audit-log.ts";
import { createAuthorizationBudget } from "./authorization-budget.ts";
import type { Elicit } from "./connection-types.ts";
import type { Connections } from "./connections.ts";
import { type GrantView, unreadableView, viewGrant } from "./grant-view.ts";
import type { Manager } from "./manager-types.ts";
import { readClients } from "./named-clients.ts";
import { createServerState, type ServerSnapshot, type ServerState, type Shared } from "./server-state.ts";
import type { CoreManager, Servers, StandingParts } from "./standing.ts";
import { arrive, statusAfter } from "./status.ts";
import { needsNoGrant, readStored } from "./stored-snapshot.ts";
import { within } from "./transport.ts";

export interface ManagerOptions {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly configuration: Configuration;
  /** More servers: an address, or a configured one with overrides, which takes its place. */
  readonly servers?: readonly ConfiguredServer[] | undefined;
  /**
   * The redirect URI of every entry that sets no `redirectUri` or `callbackPort` of its own, for a program that people reach over the network: nothing listens here
   * for those, and what comes in there is given to `completeCallback`. H05
   */
  readonly publicCallback?: string | undefined;
  /** Asks the person what a server asks over any connection that is opened without an `elicit` of its own; absent: servers may not ask. */
  readonly elicit?: ((server: string, request: unknown) => Promise<unknown>) | undefined;
}

/** What a command needs that ends: nothing that only programs that stay have. */
export function createCoreManager(options: ManagerOptions): CoreManager {
  return openCore(options).core;
}

/** The same, with what it is made of. */
export function openCore(options: ManagerOptions): StandingParts {
  const { shared, audit, farewells } = share(options);
  const all = new Map([...options.configuration.servers.values(), ...(options.servers ?? [])].map((server) => [server.name, server]));
  const states = new Map([...all].map(([name, server]) => [name, createServerState(shared, underPolicy(shared.policy, server))]));
  const watches = new Set<() => void>();
  let connections: Connections | undefined;
  const loadConnections = async (): Promise<Connections> => {
    const { createConnections } = await import("./connections.ts");
    return (connections ??= createConnections(shared));
  };
  const elicitOf = elicits(options.elicit);
  const find = (name: string): ServerState => states.get(name) ?? unknown(name, states.keys());
  const core: CoreManager = audited(audit, shared.runtime.now, {
    events: shared.events,
    names: () => [...states.keys()],
    snapshot: (name) => find(name).snapshot(),
    look: async (name, { signal } = {}) => look(shared, connections?.isOpen(name) === true, find(name), signal),
    stored: async (name, { among } = {}) => readStored(shared, find(name), among),
    connect: async (name, connectOptions = {}) => {
      const state = find(name);
      return (await loadConnections()).open(state, { elicit: elicitOf(name), ...connectOptions });
    },
    fetch: async (name, url, init, { account } = {}) => (await find(name).door(account)).access.fetch(url, init),
    ...signIns(shared, find, loadConnections),
    signOut: async (name, signOutOptions) => signOut(...allowedSignOut(shared, find(name), all.get(name), signOutOptions), connections),
    examine: async (name, examineOptions = {}) => {
      const state = find(name);
      return (await import("./examine.ts")).examine(shared, state, examineOptions);
    },
    ...storedThings(shared, find, () => [...states.values()]),
    watch: async () => {
      const stop = await (await import("./watch-grants.ts")).watchGrants(shared, () => [...states.values()]);
      watches.add(stop);
      return stop;
    },
    close: async () => {
      for (const stop of watches) stop();
      await within(4000, Promise.all([connections?.closeAll(), ...farewells]));
    },
  });
  const servers: Servers = { find, states, down: new Set(), put: (server) => put(shared, all, states, server), drop: (name) => void (all.delete(name), states.delete(name)) };
  return { shared, core, servers, closeLines: async (name) => connections?.close(name) };
}

/** The same for each server every time: connections that answer alike share one line. */
function elicits(ask: ManagerOptions["elicit"]): (name: string) => Elicit | undefined {
  const known = new Map<string, Elicit>();
  return (name) => {
    if (ask === undefined) return undefined;
    const elicit = known.get(name) ?? { mode: "ask", ask: (request: unknown) => ask(name, request) };
    known.set(name, elicit);
    return elicit;
  };
}

function put(shared: Shared, all: Map<string, ConfiguredServer>, states: Map<string, ServerState>, server: ConfiguredServer): ServerState {
  const state = createServerState(shared, underPolicy(shared.policy, server));
  all.set(server.name, server);
  states.set(server.name, state);
  return state;
}

function signIns(shared: Shared, find: (name: string) => ServerState, loadConnections: () => Promise<Connections>): Pick<Manager, "signIn" | "startSignIn" | "finishSignIn" | "adopt"> {
  return {
    adopt: async (name, adoptOptions) => {
      const state = find(name);
      return (await import("./adopt.ts")).adoptAndVerify(shared, state, adoptOptions);
    },
    signIn: async (name, signInOptions) => {
      const state = find(name);
      const { signInAndVerify } = await import("./sign-in-verified.ts");
      return signInAndVerify({ shared, connections: await loadConnections(), state }, signInOptions);
    },
    startSignIn: async (name, { account, ...startOptions }) => {
      const { access } = await find(name).door(account);
      const started = await access.startSignIn(startOptions);
      return started.kind === "already-signed-in" ? { kind: started.kind, grant: viewGrant(grantHeadOf(started.grant), shared.runtime.now(), name) } : started;
    },
    finishSignIn: async (name, finishOptions) => {
      const state = find(name);
      const { finishAndVerify } = await import("./sign-in-verified.ts");
      return finishAndVerify({ shared, connections: await loadConnections(), state }, finishOptions);
    },
  };
}

/** What has to do with the vault alone. */
function storedThings(shared: Shared, find: (name: string) => ServerState, states: () => readonly ServerState[]): Pick<Manager, "clients" | "forgetClient" | "deleteClient" | "grants" | "history" | "restore"> {
  return {
    clients: () => readClients(shared, states()),
    forgetClient: async (key) => (await import("../access/clients.ts")).forgetClient(shared.vault, key),
    deleteClient: async (key, { signal } = {}) => (await import("../access/clients.ts")).deleteClient(shared, key, signal),
    grants: async ({ among } = {}) => readGrants(shared, states(), among ?? (await shared.vault.list())),
    history: async (name, account) => (await find(name).door(account)).access.history(),
    restore: async (name, account) => {
      const state = find(name);
      const restored = await (await state.door(account)).access.restore();
      await state.refreshGrant();
      return restored;
    },
  };
}

function share({ runtime, vault, configuration, publicCallback }: ManagerOptions): { readonly shared: Shared; readonly audit: AuditLog; readonly farewells: ReadonlySet<Promise<unknown>> } {
  const farewells = new Set<Promise<unknown>>();
  const policy = readPolicy(runtime.policyFiles);
  const audit = openAuditLog(policy);
  const events = new Emitter();
  events.subscribe(audit.note);
  const shared: Shared = {
    runtime,
    vault,
    policy,
    events,
    memory: openServerMemory({ directory: runtime.directories.cache }),
    budget: createAuthorizationBudget(),
    account: configuration.account,
    publicCallback,
    farewell: (goodbye) => {
      const settled: Promise<unknown> = goodbye.catch(() => {}).finally(() => farewells.delete(settled));
      farewells.add(settled);
    },
  };
  return { shared, audit, farewells };
}

async function look(shared: Shared, isOpen: boolean, state: ServerState, signal: AbortSignal | undefined): Promise<ServerSnapshot> {
  const { configured, cell, facts } = state;
  if (!configured.enabled || configured.error !== undefined || (isOpen && cell.status === "connected")) return state.snapshot();
  cell.change("connecting");
  try {
    const { lookAt } = await import("./look-server.ts");
    const sight = await lookAt(shared, state, configured.entry?.type === "remote" ? await state.door() : undefined, signal);
    Object.assign(facts, { tools: sight.tools, protocolVersion: sight.protocolVersion });
    arrive(cell, "connected");
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", `Looking at ${configured.name} failed.`, { cause: thrown });
    const status = statusAfter(error);
    arrive(cell, status, status === "idle" ? undefined : error);
  }
  return state.snapshot();
}

function readGrants({ runtime }: Shared, states: readonly ServerState[], listings: readonly VaultListing[]): readonly GrantView[] {
  const unreadable = listings.flatMap((listing) => ("error" in listing ? [unreadableView(listing.error)] : []));
  return [...unreadable, ...grantsAmong(listings).map(({ head, serverUrls }) => viewGrant(head, runtime.now(), namesOf(serverUrls, states), serverUrls))];
}

function namesOf(serverUrls: readonly string[], states: readonly ServerState[]): string | undefined {
  const names = states.filter(({ configured: { entry } }) => entry?.type === "remote" && !needsNoGrant(entry) && serverUrls.includes(canonicalServerUrl(entry.url))).map(({ configured }) => configured.name);
  return names.length === 0 ? undefined : names.join(", ");
}

type SignOutWish = Parameters<Manager["signOut"]>[1];

/** What a policy forbids may still be forgotten; nothing is asked of anybody then. */
function allowedSignOut(shared: Shared, state: ServerState, server: ConfiguredServer | undefined, options: SignOutWish): [ServerState, SignOutWish] {
  const forbidden = server !== undefined && state.configured.error !== server.error;
  return forbidden ? [createServerState(shared, server), { ...options, keepRemote: true }] : [state, options];
}

async function signOut(state: ServerState, { account, ...options }: SignOutWish, connections: Connections | undefined): Promise<SignOutResult> {
  const { name } = state.configured;
  const { access } = await state.door(account);
  const result = await access.signOut(options);
  await connections?.close(name);
  await state.refreshGrant();
  if (result.forgotten) arrive(state.cell, "needs_auth", signedOut(name));
  return result;
}

function signedOut(name: string): McpassError {
  return new McpassError("sign_in_required", `${name} was signed out.`, { hint: `mcpass auth ${shellWord(name)}`, details: { server: name } });
}

function unknown(name: string, names: Iterable<string>): never {
  const nearest = nearestName(name, names);
  throw new McpassError("server_unknown", `There is no server ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`, { hint: "mcpass list", details: { server: name } });
}
