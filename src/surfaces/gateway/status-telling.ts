import type { McpassError } from "../../base/errors.ts";
import type { Manager } from "../../connection/manager-types.ts";
import type { ServerState } from "../../connection/server-state.ts";
import type { Servers } from "../../connection/standing.ts";
import { arrive, concernsServer, statusAfter } from "../../connection/status.ts";

/** What the gateway finds out about a server stands in its status, as what the manager's own connection does. X06 */
export interface StatusTelling {
  /** It answered: where its status says otherwise, the manager's own connection tries again. */
  answered(state: ServerState): void;
  /** A sign-in is what it takes. */
  refused(state: ServerState, error: McpassError): void;
  /** A request failed of something else. */
  failed(state: ServerState, error: McpassError): void;
}

/** Tries that an answer leads to are so far apart, in ms: what the gateway gets answered may go on failing for others. */
const apartMs = 5_000;

export function createStatusTelling({ manager, servers, now }: { readonly manager: Pick<Manager, "tools">; readonly servers: Servers; readonly now: () => number }): StatusTelling {
  const triedAt = new WeakMap<ServerState, number>();
  /** What was disconnected or replaced says nothing any more. */
  const counts = (state: ServerState): boolean => servers.states.get(state.configured.name) === state && !servers.down.has(state.configured.name);
  return {
    answered: (state) => {
      const { cell, facts, configured } = state;
      const saysOtherwise = cell.status === "failed" || (cell.status === "needs_auth" && facts.grant?.tokens !== undefined);
      if (!saysOtherwise || !counts(state) || now() - (triedAt.get(state) ?? Number.NEGATIVE_INFINITY) < apartMs) return;
      triedAt.set(state, now());
      manager.tools(configured.name).catch(() => undefined);
    },
    refused: (state, error) => {
      if (counts(state)) arrive(state.cell, statusAfter(error), error);
    },
    failed: (state, error) => {
      if (counts(state) && state.cell.status === "connected" && concernsServer(error)) arrive(state.cell, statusAfter(error), error);
    },
  };
}
