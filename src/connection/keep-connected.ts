import pLimit from "p-limit";

import { jittered } from "../access/back-off.ts";
import type { McpassEvent } from "../base/events.ts";
import type { KeptConnections } from "./kept-connections.ts";
import type { StandingParts } from "./standing.ts";

/** How many connect at a time. */
const atOnce = 6;
/** What comes together is tried once. */
const gatherMs = 50;

/** What may be otherwise in a while, without anybody doing anything here. */
const passing: ReadonlySet<string> = new Set(["unreachable", "timed_out", "server_failed", "process_failed", "protocol_failed", "answer_invalid", "discovery_failed", "renewal_failed", "token_refused", "vault_busy", "vault_locked", "vault_unreadable", "vault_unwritable", "internal"]);

export interface KeepingConnected {
  /** Each was tried once. */
  readonly tried: Promise<void>;
  stop(): void;
}

/** See `Manager.keepConnected`. A server that waits for a person is left alone until its grant is there. */
export function keepConnected({ shared, core, servers }: StandingParts, kept: KeptConnections): KeepingConnected {
  const limit = pLimit(atOnce);
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopped = false;
  const settle = (name: string): void => {
    clearTimeout(timers.get(name));
    timers.delete(name);
  };
  const attempt = async (name: string): Promise<void> => {
    const state = servers.states.get(name);
    if (stopped || state === undefined || !state.configured.enabled || state.configured.error !== undefined || kept.isDown(name)) return;
    // The status says why not; events say when to try again.
    await kept.use(name, undefined, (connection) => connection.listTools()).catch(() => undefined);
  };
  const after = (name: string, ms: number): void => {
    settle(name);
    timers.set(name, setTimeout(() => (timers.delete(name), void limit(attempt, name)), ms).unref());
  };
  const hear = (event: McpassEvent): void => {
    if (event.type === "grant.obtained") return after(event.server, gatherMs);
    if (event.type !== "server.status") return;
    const { server, status, error } = event;
    if (status === "connected") {
      settle(server);
      failures.delete(server);
    } else if (status === "idle") after(server, gatherMs);
    else if (status === "failed" && error !== undefined && passing.has(error.code)) {
      const count = (failures.get(server) ?? 0) + 1;
      failures.set(server, count);
      after(server, jittered(pauseMs(count)));
    }
  };
  const stopHearing = shared.events.subscribe(hear);
  const watching = core.watch();
  const tryAll = async (): Promise<void> => {
    await watching;
    await Promise.all([...servers.states.keys()].map((name) => limit(attempt, name)));
  };
  return {
    tried: tryAll(),
    stop: () => {
      stopped = true;
      stopHearing();
      void watching.then((stop) => stop(), () => undefined);
      for (const name of [...timers.keys()]) settle(name);
    },
  };
}

/** 2 s, doubling to 5 min. */
function pauseMs(failures: number): number {
  return Math.min(300_000, 2_000 * 2 ** Math.min(failures - 1, 20));
}
