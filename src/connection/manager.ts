import type { SignInOptions as AccessSignInOptions, SignOutResult } from "../access/sign-in-types.ts";
import type { FinishRequest, StartedSignIn, StartRequest } from "../access/split-sign-in.ts";
import { openServerMemory } from "../access/server-memory.ts";
import { grantsAmong } from "../access/stored-grant.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import { Emitter } from "../base/events.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Configuration, ConfiguredServer } from "../config/configuration.ts";
import { nearestName } from "../config/nearest-name.ts";
import { readPolicy } from "../config/policy.ts";
import { underPolicy } from "../config/under-policy.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { DeletionResult } from "../oauth/registration-management.ts";
import { grantHeadOf } from "../vault/record-head.ts";
import type { Vault } from "../vault/vault.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import { type AuditLog, audited, openAuditLog } from "./audit-log.ts";
import { createAuthorizationBudget } from "./authorization-budget.ts";
import type { Connection, Elicit } from "./connection-types.ts";
import type { Connections } from "./connections.ts";
import type { Examination } from "./examination.ts";
import { type GrantView, unreadableView, viewGrant } from "./grant-view.ts";
import { type NamedClient, readClients } from "./named-clients.ts";
import { createServerState, type ServerSnapshot, type ServerState, type Shared } from "./server-state.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";
import { arrive, statusAfter } from "./status.ts";
import { needsNoGrant, readStored, type StoredSnapshot } from "./stored-snapshot.ts";
import { within } from "./transport.ts";

export type { AuthorizationNotice, SignOutResult } from "../access/sign-in-types.ts";
export type { CallToolResult, Connection, Elicit, GetPromptResult, Progress, Prompt, ReadResourceResult, Resource, Tool } from "./connection-types.ts";
export type { NamedClient } from "./named-clients.ts";
export type { DeletionResult } from "../oauth/registration-management.ts";
export type { Examination, ExaminedGrant } from "./examination.ts";
export type { GrantView } from "./grant-view.ts";
export type { ServerSnapshot } from "./server-state.ts";
export type { ManagerSignIn as SignInResult } from "./sign-in-verified.ts";
export type { Status } from "./status.ts";
export type { StoredSnapshot } from "./stored-snapshot.ts";

export interface SignInOptions extends AccessSignInOptions {
  /** Default: the entry's, else the configuration's. */
  readonly account?: string | undefined;
}

export interface StartSignInOptions extends StartRequest {
  readonly account?: string | undefined;
}

export interface FinishSignInOptions extends FinishRequest {
  /** Default: the one it was started for. */
  readonly account?: string | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

export type StartResult = StartedSignIn | Exclude<ManagerSignIn, { kind: "signed-in" }>;

export interface ConnectOptions {
  /** What to do when a sign-in is needed; absent: `sign_in_required` or `registration_unavailable` is thrown. */
  readonly signIn?: SignInOptions | undefined;
  readonly elicit?: Elicit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All servers by name: what every surface speaks to. Every method throws McpassError only; `server_unknown` for a name that is not there. */
export interface Manager {
  readonly events: Emitter;
  names(): readonly string[];
  /** As known now; asks nobody. */
  snapshot(name: string): ServerSnapshot;
  /**
   * A light look: three or four requests, no SDK, no browser, nothing registered or stored. Settles within the entry's connect deadline and
   * throws only `server_unknown`: what goes wrong is in the snapshot.
   */
  look(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ServerSnapshot>;
  /** What is stored; reads the vault only, and loads nothing that a request would need. */
  stored(name: string): Promise<StoredSnapshot>;
  /** A live connection, shared with whoever is connected already. The SDK is loaded here, and nowhere before. */
  connect(name: string, options?: ConnectOptions): Promise<Connection>;
  /** One sign-in by a person, verified: the grant is read back from the vault, and the server takes its token. U02 */
  signIn(name: string, options: SignInOptions): Promise<ManagerSignIn>;
  /** The first half alone: what to open, and the `state` that comes back. Another process finishes it, within its deadline. */
  startSignIn(name: string, options: StartSignInOptions): Promise<StartResult>;
  /** The second half, verified like a whole one. Throws `callback_invalid` (unknown, used), `authorization_expired`, and what a sign-in throws. */
  finishSignIn(name: string, options: FinishSignInOptions): Promise<ManagerSignIn>;
  signOut(name: string, options: { readonly account?: string | undefined; readonly keepRemote?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<SignOutResult>;
  /** Explains a server, leg by leg, in less than ten seconds. Signs in to nothing, registers nothing, writes nothing. */
  examine(name: string, options?: { readonly account?: string | undefined; readonly signal?: AbortSignal | undefined }): Promise<Examination>;
  /** Every stored client, with the names of the servers it is for. Reads only. */
  clients(): Promise<readonly NamedClient[]>;
  /** Takes a stored client out of the vault; sign-ins made with it stay. */
  forgetClient(key: VaultKey): Promise<void>;
  /** Deletes it at its issuer, where that is offered (RFC 7592), and then here. */
  deleteClient(key: VaultKey, options?: { readonly signal?: AbortSignal | undefined }): Promise<DeletionResult>;
  /** Every grant of the vault, with the names of the servers it serves. */
  grants(): Promise<readonly GrantView[]>;
  /** Ends everything that was started: connections, children, sessions. Settles within a few seconds, whatever they do. */
  close(): Promise<void>;
}

export interface ManagerOptions {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly configuration: Configuration;
  /** More servers: an address, or a configured one with overrides, which takes its place. */
  readonly servers?: readonly ConfiguredServer[] | undefined;
}

export function createManager(options: ManagerOptions): Manager {
  const { shared, audit, farewells } = share(options);
  const all = new Map([...options.configuration.servers.values(), ...(options.servers ?? [])].map((server) => [server.name, server]));
  const states = new Map([...all].map(([name, server]) => [name, createServerState(shared, underPolicy(shared.policy, server))]));
  let connections: Connections | undefined;
  const loadConnections = async (): Promise<Connections> => {
    const { createConnections } = await import("./connections.ts");
    return (connections ??= createConnections(shared));
  };
  const find = (name: string): ServerState => states.get(name) ?? unknown(name, states.keys());
  return audited(audit, shared.runtime.now, {
    events: shared.events,
    names: () => [...states.keys()],
    snapshot: (name) => find(name).snapshot(),
    look: async (name, { signal } = {}) => look(shared, connections?.isOpen(name) === true, find(name), signal),
    stored: async (name) => readStored(shared, find(name)),
    connect: async (name, connectOptions = {}) => {
      const state = find(name);
      return (await loadConnections()).open(state, connectOptions);
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
    signOut: async (name, signOutOptions) => signOut(...allowedSignOut(shared, find(name), all.get(name), signOutOptions), connections),
    examine: async (name, { account, signal } = {}) => {
      const state = find(name);
      return (await import("./examine.ts")).examine(shared, state, account, signal);
    },
    clients: () => readClients(shared, [...states.values()]),
    forgetClient: async (key) => (await import("../access/clients.ts")).forgetClient(shared.vault, key),
    deleteClient: async (key, { signal } = {}) => (await import("../access/clients.ts")).deleteClient(shared, key, signal),
    grants: () => readGrants(shared, [...states.values()]),
    close: async () => {
      await within(4000, Promise.all([connections?.closeAll(), ...farewells]));
    },
  });
}

function share({ runtime, vault, configuration }: ManagerOptions): { readonly shared: Shared; readonly audit: AuditLog; readonly farewells: ReadonlySet<Promise<unknown>> } {
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

async function readGrants({ vault, runtime }: Shared, states: readonly ServerState[]): Promise<readonly GrantView[]> {
  const listings = await vault.list();
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
  return new McpassError("sign_in_required", `${name} was signed out.`, { hint: `mcpass auth ${name}`, details: { server: name } });
}

function unknown(name: string, names: Iterable<string>): never {
  const nearest = nearestName(name, names);
  throw new McpassError("server_unknown", `There is no server ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`, { hint: "mcpass list", details: { server: name } });
}
