import type { KeepingFresh } from "../access/keep-fresh.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { needsNoGrant } from "./stored-snapshot.ts";
import { tellTrouble } from "./tell-trouble.ts";
import { watchGrants } from "./watch-grants.ts";

/** What an open connection does for its grant: renews it ahead of time, and follows what other processes do to it. */
export interface Freshness {
  /** Does nothing where it has begun. */
  begin(): Promise<void>;
  end(): void;
}

export function createFreshness(shared: Shared, state: ServerState): Freshness {
  const { entry } = state.configured;
  const stops: (() => void)[] = [];
  let [begun, ended] = [false, false];
  const end = (): void => {
    ended = true;
    for (const stop of stops.splice(0)) stop();
  };
  return {
    begin: async () => {
      if (begun || ended || entry?.type !== "remote" || needsNoGrant(entry)) return;
      begun = true;
      const { access } = await state.door();
      const keeping: KeepingFresh = await access.keepFresh(() => void state.refreshGrant().then(() => ended || tellTrouble(state)));
      stops.push(keeping.stop, await watchGrants(shared, () => [state], keeping.look));
      if (ended) end();
    },
    end,
  };
}
