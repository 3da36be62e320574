import { McpassError } from "../base/errors.ts";
import type { SignInOptions } from "../access/sign-in-types.ts";
import { type Connection, type ConnectionParts, createConnection, perform } from "./connection.ts";
import type { Clock } from "./deadline.ts";
import type { Elicit } from "./elicitation.ts";
import { createLine, type Line } from "./line.ts";
import type { LiveClient } from "./live-client.ts";
import type { ServerState, Shared } from "./server-state.ts";

/** The lines of one manager: one for each server, shared by whoever connects to it. */
export interface Connections {
  /** Throws McpassError only; `server_disabled` and what is wrong with the entry without asking anybody. */
  open(state: ServerState, options: { readonly signIn?: SignInOptions | undefined; readonly elicit?: Elicit | undefined; readonly signal?: AbortSignal | undefined }): Promise<Connection>;
  isOpen(name: string): boolean;
  close(name: string): Promise<void>;
  closeAll(): Promise<void>;
}

interface OpenLine {
  readonly line: Line;
  readonly elicit: Elicit | undefined;
  readonly clocks: Set<Clock>;
  readonly stop: () => void;
  users: number;
}

export function createConnections(shared: Shared): Connections {
  const lines = new Map<string, OpenLine>();
  const close = async (name: string, which = lines.get(name)): Promise<void> => {
    if (which === undefined) return;
    if (lines.get(name) === which) lines.delete(name);
    which.stop();
    await which.line.close();
  };
  const lineOf = async (state: ServerState, elicit: Elicit | undefined): Promise<OpenLine> => {
    const { name } = state.configured;
    const open = lines.get(name);
    // What a server may ask is agreed when a connection opens.
    if (open !== undefined && elicit !== undefined && open.elicit !== elicit) await close(name, open);
    else if (open !== undefined) return open;
    const made = openLine(shared, state, elicit);
    lines.set(name, made);
    return made;
  };
  return {
    open: async (state, { signIn, elicit, signal }) => {
      requireUsable(state);
      const { name } = state.configured;
      const open = await lineOf(state, elicit);
      open.users += 1;
      let left = false;
      const leave = async (): Promise<void> => {
        if (left) return;
        left = true;
        open.users -= 1;
        if (open.users === 0) await close(name, open);
      };
      const parts: ConnectionParts = { state, line: open.line, signIn, clocks: open.clocks, close: leave };
      try {
        const connection = createConnection(parts);
        await perform(parts, { signal }, () => Promise.resolve());
        return connection;
      } catch (thrown) {
        await leave();
        throw thrown;
      }
    },
    isOpen: (name) => lines.has(name),
    close: (name) => close(name),
    closeAll: async () => {
      await Promise.all([...lines.keys()].map((name) => close(name)));
    },
  };
}

function openLine(shared: Shared, state: ServerState, elicit: Elicit | undefined): OpenLine {
  const { cell, facts } = state;
  const clocks = new Set<Clock>();
  const onOpened = async (live: LiveClient): Promise<void> => {
    facts.protocolVersion = live.protocolVersion;
    await state.refreshGrant();
  };
  const line = createLine({ cell, onOpened, signedIn: () => facts.grant?.tokens !== undefined, request: () => connectRequest(shared, state, elicit, clocks) });
  // X07: who signed in may see other tools; a session begun without the grant may be bound to nobody.
  const onSignedIn = (stepUp: boolean): void => (stepUp ? line.forgetCatalog() : line.drop());
  state.signedInListeners.add(onSignedIn);
  return { line, elicit, clocks, users: 0, stop: () => void state.signedInListeners.delete(onSignedIn) };
}

async function connectRequest(shared: Shared, state: ServerState, elicit: Elicit | undefined, clocks: ReadonlySet<Clock>): ReturnType<Parameters<typeof createLine>[0]["request"]> {
  const { runtime, memory, events } = shared;
  const { name, entry } = state.configured;
  if (entry === undefined) throw state.configured.error ?? new McpassError("internal", `${name} has no entry.`);
  return {
    place: await state.place(),
    target: entry.type === "remote" ? { entry, access: state.door().access } : { entry },
    runtime,
    memory,
    elicit,
    whileAsking: async (work) => {
      for (const clock of clocks) clock.pause();
      try {
        return await work();
      } finally {
        for (const clock of clocks) clock.restart();
      }
    },
    onChanged: () => events.emit({ type: "catalog.changed", server: name, at: runtime.now() }),
  };
}

function requireUsable({ configured: { name, enabled, error } }: ServerState): void {
  if (!enabled) throw new McpassError("server_disabled", `${name} is disabled.`, { hint: `Set "enabled": true in its entry.`, details: { server: name } });
  if (error !== undefined) throw error;
}
