import type { Access } from "../access/access.ts";
import { entrySecrets, grantSecrets } from "../access/known-secrets.ts";
import type { ServerMemory } from "../access/server-memory.ts";
import { McpassError } from "../base/errors.ts";
import type { Emitter } from "../base/events.ts";
import type { Runtime } from "../base/runtime.ts";
import type { ConfiguredServer } from "../config/configuration.ts";
import type { Policy } from "../config/policy.ts";
import type { RemoteEntry, ServerEntry } from "../config/server-entry.ts";
import type { Vault } from "../vault/vault.ts";
import type { Grant, Identity } from "../vault/vault-record.ts";
import type { AuthorizationBudget } from "./authorization-budget.ts";
import { troubleOf } from "./grant-view.ts";
import { nextStep } from "./next-step.ts";
import type { Place } from "./server-answers.ts";
import type { SignInDesk } from "./sign-in-desk.ts";
import { createStatusCell, type Status, type StatusCell } from "./status.ts";

/** What all servers of one manager share. */
export interface Shared {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly memory: ServerMemory;
  readonly events: Emitter;
  readonly budget: AuthorizationBudget;
  readonly policy: Policy;
  /** The account of the configuration, for entries that name none. */
  readonly account: string | undefined;
  /** See `ManagerOptions`. */
  readonly publicCallback: string | undefined;
  /** Work that may go on after its result: sessions given back, children ending. `close` waits for it, a while. */
  readonly farewell: (goodbye: Promise<unknown>) => void;
}

/** A server as it is known now, safe to show. */
export interface ServerSnapshot {
  readonly name: string;
  readonly type: "remote" | "local";
  readonly url: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly source: ConfiguredServer["source"];
  readonly status: Status;
  readonly account: string | undefined;
  /** Who that account is, as its issuer told at the sign-in. */
  readonly identity: Identity | undefined;
  readonly error: McpassError | undefined;
  /** The next command. */
  readonly hint: string | undefined;
  readonly tools: number | undefined;
  readonly protocolVersion: string | undefined;
  readonly expiresAt: number | undefined;
  /** A grant is stored that can be used. */
  readonly signedIn: boolean;
}

/** What was found out about a server beside its status. */
export interface Facts {
  tools: number | undefined;
  protocolVersion: string | undefined;
  grant: Grant | undefined;
  /** Of headers and secrets that were read or made while running, by every account's door. */
  readonly ownSecrets: (() => readonly string[])[];
}

/** How one account gets at a remote server. */
export interface Door {
  readonly access: Access;
  readonly desk: SignInDesk;
}

export interface ServerState {
  readonly configured: ConfiguredServer;
  readonly cell: StatusCell;
  readonly facts: Facts;
  /** Called after a sign-in, before anybody who waited for it goes on. */
  readonly signedInListeners: Set<(stepUp: boolean) => void>;
  /** For the entry's account unless another is named. Throws `usage` for a local server. The access floor is loaded here. */
  door(account?: string): Promise<Door>;
  /** Reads the grant again, and gives it; where it cannot be read, what is known stays. S03 */
  refreshGrant(): Promise<Grant | undefined>;
  /** Who this is, and what must not be repeated of what it says, by the grant as it was last read. */
  place(): Place;
  snapshot(): ServerSnapshot;
}

export function createServerState(shared: Shared, configured: ConfiguredServer): ServerState {
  const { name } = configured;
  const initial: Status = !configured.enabled ? "disabled" : configured.error === undefined ? "idle" : "failed";
  const cell = createStatusCell({ server: name, initial, error: configured.error, events: shared.events, now: shared.runtime.now });
  const facts: Facts = { tools: undefined, protocolVersion: undefined, grant: undefined, ownSecrets: [] };
  const signedInListeners = new Set<(stepUp: boolean) => void>();
  const doors = new Map<string, Promise<Door>>();
  const state: ServerState = {
    configured,
    cell,
    facts,
    signedInListeners,
    door: async (account) => {
      const entry = requireRemote(configured);
      const wanted = account ?? accountOf(shared, entry);
      const door = doors.get(wanted) ?? openDoor(shared, state, entry, wanted);
      doors.set(wanted, door);
      return door;
    },
    refreshGrant: async () => {
      if (configured.entry?.type === "remote") facts.grant = await (await state.door()).access.grant().catch(() => facts.grant);
      return facts.grant;
    },
    place: () => placeOf(name, configured.entry, facts),
    snapshot: () => snapshotOf(configured, cell, facts, configured.entry?.type === "remote" ? accountOf(shared, configured.entry) : undefined),
  };
  return state;
}

function accountOf(shared: Shared, entry: RemoteEntry): string {
  return entry.account ?? shared.account ?? "default";
}

/** It is meant for the entry's own account. */
function withoutLoginHint(entry: RemoteEntry): RemoteEntry {
  return typeof entry.oauth === "object" && entry.oauth.loginHint !== undefined ? { ...entry, oauth: { ...entry.oauth, loginHint: undefined } } : entry;
}

async function openDoor(shared: Shared, state: ServerState, entry: RemoteEntry, account: string): Promise<Door> {
  const [{ openAccess }, { createSignInDesk }] = await Promise.all([import("../access/access.ts"), import("./sign-in-desk.ts")]);
  const { runtime, vault, events, memory, budget, policy, publicCallback } = shared;
  const server = state.configured.name;
  const own = account === accountOf(shared, entry);
  const access = openAccess({ runtime, vault, name: server, entry: own ? entry : withoutLoginHint(entry), events, memory, policy, account, publicCallback });
  state.facts.ownSecrets.push(access.ownSecrets);
  const onSignedIn = async (stepUp: boolean): Promise<void> => {
    await state.refreshGrant();
    for (const listener of state.signedInListeners) listener(stepUp);
  };
  return { access, desk: createSignInDesk({ server, access, budget, onSignedIn }) };
}

function requireRemote({ name, entry, error }: ConfiguredServer): RemoteEntry {
  if (error !== undefined) throw error;
  if (entry?.type !== "remote") throw new McpassError("usage", `${name} is a local server: there is nothing to sign in to.`);
  return entry;
}

function placeOf(server: string, entry: ServerEntry | undefined, { grant, ownSecrets }: Facts): Place {
  if (entry?.type !== "remote") return { server, url: undefined, command: entry?.command[0], secrets: Object.values(entry?.environment ?? {}) };
  return {
    server,
    url: entry.url,
    command: undefined,
    // A program may have made new ones since the place was asked for.
    get secrets() {
      return [...ownSecrets.flatMap((secrets) => secrets()), ...entrySecrets(entry), ...grantSecrets(grant)];
    },
  };
}

function snapshotOf(configured: ConfiguredServer, cell: StatusCell, facts: Facts, account: string | undefined): ServerSnapshot {
  const { name, entry, shown, source } = configured;
  const { status } = cell;
  const error = cell.error ?? (status === "connected" && facts.grant?.trouble !== undefined ? troubleOf(facts.grant.trouble) : undefined);
  return {
    name,
    type: entry?.type ?? shown.type ?? (shown.command === undefined ? "remote" : "local"),
    url: entry?.type === "remote" ? entry.url : shown.url,
    command: entry?.type === "local" ? entry.command : shown.command,
    source,
    status,
    account,
    identity: facts.grant?.identity,
    error,
    hint: error === undefined ? undefined : nextStep(name, error),
    tools: status === "connected" ? facts.tools : undefined,
    protocolVersion: status === "connected" ? facts.protocolVersion : undefined,
    expiresAt: facts.grant?.tokens?.expiresAt,
    signedIn: facts.grant?.tokens !== undefined,
  };
}
