import { McpassError } from "../base/errors.ts";
import type { SignInOptions } from "../access/sign-in-types.ts";
import { openConnection } from "./connection.ts";
import type { Connection, Elicit } from "./connection-types.ts";
import type { Clock } from "./deadline.ts";
import { createFreshness } from "./freshness.ts";
import { Line, type LineOptions } from "./line.ts";
import type { LiveClient } from "./live-client.ts";
import type { ServerState, Shared } from "./server-state.ts";

/** The lines of one manager, shared by whoever connects to a server and answers its questions alike. */
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
  const lines = new Map<string, Set<OpenLine>>();
  const linesOf = (name: string): Set<OpenLine> => lines.get(name) ?? new Set();
  const close = async (name: string, which: OpenLine): Promise<void> => {
    linesOf(name).delete(which);
    which.stop();
    await which.line.close();
  };
  const closeName = async (name: string): Promise<void> => {
    await Promise.all([...linesOf(name)].map((line) => close(name, line)));
  };
  const lineOf = (state: ServerState, elicit: Elicit | undefined): OpenLine => {
    const { name } = state.configured;
    const fitting = [...linesOf(name)].find((open) => elicit === undefined || answersAlike(open.elicit, elicit));
    if (fitting !== undefined) return fitting;
    const made = openLine(shared, state, elicit);
    lines.set(name, linesOf(name).add(made));
    return made;
  };
  return {
    open: async (state, { signIn, elicit, signal }) => {
      requireUsable(state);
      const { name } = state.configured;
      const open = lineOf(state, elicit);
      open.users += 1;
      let left = false;
      const leave = async (): Promise<void> => {
        if (left) return;
        left = true;
        open.users -= 1;
        if (open.users === 0) await close(name, open);
      };
      try {
        return await openConnection({ state, line: open.line, signIn, clocks: open.clocks, close: leave }, { signal });
      } catch (thrown) {
        await leave();
        throw thrown;
      }
    },
    isOpen: (name) => linesOf(name).size > 0,
    close: closeName,
    closeAll: async () => {
      await Promise.all([...lines.keys()].map(closeName));
    },
  };
}

/** What a server may ask is agreed when a line opens: who answers otherwise needs a line of their own. */
function answersAlike(one: Elicit | undefined, other: Elicit): boolean {
  return one?.mode === other.mode && (one.mode !== "ask" || other.mode !== "ask" || one.ask === other.ask);
}

function openLine(shared: Shared, state: ServerState, elicit: Elicit | undefined): OpenLine {
  const { cell, facts } = state;
  const clocks = new Set<Clock>();
  const freshness = createFreshness(shared, state);
  const onOpened = async (live: LiveClient): Promise<void> => {
    facts.protocolVersion = live.protocolVersion;
    await state.refreshGrant();
    await freshness.begin();
  };
  const line = new Line({ cell, onOpened, signedIn: () => facts.grant?.tokens !== undefined, request: () => connectRequest(shared, state, elicit, clocks) });
  // X07: who signed in may see other tools; a session begun without the grant may be bound to nobody.
  const onSignedIn = (stepUp: boolean): void => (stepUp ? line.forgetCatalog() : line.drop());
  state.signedInListeners.add(onSignedIn);
  const stop = (): void => {
    state.signedInListeners.delete(onSignedIn);
    freshness.end();
  };
  return { line, elicit, clocks, users: 0, stop };
}

async function connectRequest(shared: Shared, state: ServerState, elicit: Elicit | undefined, clocks: ReadonlySet<Clock>): ReturnType<LineOptions["request"]> {
  const { runtime, memory, events } = shared;
  const { name, entry } = state.configured;
  if (entry === undefined) throw state.configured.error ?? new McpassError("internal", `${name} has no entry.`);
  await state.refreshGrant();
  return {
    place: state.place(),
    target: entry.type === "remote" ? { entry, access: (await state.door()).access } : { entry },
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
    warn: (message) => events.emit({ type: "warning", server: name, at: runtime.now(), message }),
    onChanged: () => events.emit({ type: "catalog.changed", server: name, at: runtime.now() }),
  };
}

function requireUsable({ configured: { name, enabled, error } }: ServerState): void {
  if (!enabled) throw new McpassError("server_disabled", `${name} is disabled.`, { hint: `Set "enabled": true in its entry.`, details: { server: name } });
  if (error !== undefined) throw error;
}
