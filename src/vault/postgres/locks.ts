import { setTimeout as sleep } from "node:timers/promises";

import type { PoolClient, QueryResult } from "pg";

import { McpassError } from "../../base/errors.ts";
import { createGate, type Gate } from "../gate.ts";
import type { VaultKey } from "../vault-key.ts";
import { type Connections, lockConnections } from "./connections.ts";
import { isAbsent, isCrowded } from "./database-error.ts";
import { findHolder, type Holder } from "./holder.ts";
import { lockId } from "./lock-id.ts";
import type { Rows, StoredRow } from "./rows.ts";
import { checkVersion, makeTables } from "./tables.ts";

/** A key that is held. */
export interface Holding {
  /** The record as it was found under the lock. */
  readonly row: StoredRow | undefined;
  /** Never fails: a connection that is lost frees what it held. */
  release(): Promise<void>;
}

export interface Locks {
  /**
   * Waits for the key: first for this process's other updates of it, then for other processes. Where the last holder has written ahead and not
   * finished, waits `graceMs` for it to come back before its key is taken over. Throws `vault_busy` after `waitMs`, `Misfit`, and what `pg` throws.
   */
  hold(key: VaultKey, subject: () => Promise<string>): Promise<Holding>;
}

export interface LocksOptions {
  readonly connections: Connections;
  readonly rows: Rows;
  readonly now: () => number;
  readonly waitMs: number;
  readonly graceMs: number;
  /** Without a sign of life for so long, a holder whose machine is gone, or that is suspended, loses its key. */
  readonly deadAfterMs: number;
}

interface Turn {
  readonly gate: Gate;
  since: number;
}

export function createLocks(options: LocksOptions): Locks {
  const { connections, now, waitMs } = options;
  const turns = new Map<VaultKey, Turn>();
  const slots = createGate(lockConnections);
  return {
    async hold(key, subject) {
      const deadlineAt = performance.now() + waitMs;
      const turn = turns.get(key) ?? { gate: createGate(1), since: now() };
      turns.set(key, turn);
      const leave = await turn.gate.enter(waitMs);
      if (leave === undefined) throw busy(await subject(), options, { pid: process.pid, host: undefined, since: new Date(turn.since) });
      turn.since = now();
      const done = (): void => {
        leave();
        if (turn.gate.isIdle()) turns.delete(key);
      };
      try {
        const holding = await acquire(key, subject, deadlineAt);
        return { row: holding.row, release: () => holding.release().finally(done) };
      } catch (thrown) {
        done();
        throw thrown;
      }
    },
  };

  async function acquire(key: VaultKey, subject: () => Promise<string>, deadlineAt: number): Promise<Holding> {
    let left: { readonly revision: string; readonly at: number } | undefined;
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 50)) {
      const found = await connections.patiently(() => tryHold(key, deadlineAt)).catch((thrown: unknown) => {
        if (!isCrowded(thrown) || performance.now() >= deadlineAt) throw thrown;
        return undefined;
      });
      if (found === undefined) left = undefined;
      else if (found.row?.unfinished === undefined) return found;
      else {
        // Its holder is dead, or only its connection: then it is back in a moment, and must find the key free.
        if (left?.revision !== found.row.revision) left = { revision: found.row.revision, at: performance.now() };
        if (performance.now() - left.at >= options.graceMs) return found;
        await found.release();
      }
      if (performance.now() >= deadlineAt) throw busy(await subject(), options, await findHolder(connections, key).catch(() => undefined));
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }

  /** undefined: another connection has it. */
  async function tryHold(key: VaultKey, deadlineAt: number): Promise<Holding | undefined> {
    const leave = await slots.enter(Math.max(deadlineAt - performance.now(), 0));
    if (leave === undefined) return undefined;
    try {
      const client = await lockOn(key);
      if (client !== undefined) return await keepHeld(key, client, leave);
      leave();
      return undefined;
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }

  /** A connection in a transaction that has the lock; undefined: another connection has it. Makes the tables where there are none. */
  async function lockOn(key: VaultKey): Promise<PoolClient | undefined> {
    const client = await connections.lend();
    // Without one, a connection that ends while nothing is asked of it would end the process.
    client.on("error", ignore);
    try {
      const answers = (await client.query(beginning(key, options.deadAfterMs))) as unknown as readonly QueryResult<{ held: boolean; version: number | null }>[];
      const [found] = answers.at(-1)?.rows ?? [];
      checkVersion(found?.version);
      if (found?.held === true) return client;
      await client.query("rollback");
      giveBack(client);
      return undefined;
    } catch (thrown) {
      giveBack(client, true);
      if (!isAbsent(thrown)) throw thrown;
      await makeTables(connections);
      return lockOn(key);
    }
  }

  async function keepHeld(key: VaultKey, first: PoolClient, leave: () => void): Promise<Holding> {
    let client: PoolClient | undefined;
    let released = false;
    const adopt = (held: PoolClient): void => {
      client = held;
      held.once("end", lost);
    };
    const lost = (): void => {
      if (client === undefined) return;
      giveBack(client, true);
      client = undefined;
      void reclaim();
    };
    /** What is held is written by its revision, lock or no lock; but others are better kept waiting until it is. */
    const reclaim = async (): Promise<void> => {
      for (let pauseMs = 5; !released; pauseMs = Math.min(pauseMs * 2, 200)) {
        const found = await lockOn(key).catch(() => undefined);
        if (found !== undefined && released) return end(found);
        if (found !== undefined) return adopt(found);
        await sleep(pauseMs);
      }
    };
    const end = async (held: PoolClient): Promise<void> => {
      held.off("end", lost);
      const ended = await held.query("commit").then(() => true, () => false);
      giveBack(held, !ended);
    };
    const signs = setInterval(() => void client?.query("select").catch(ignore), options.deadAfterMs / 4).unref();
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      clearInterval(signs);
      const held = client;
      client = undefined;
      if (held !== undefined) await end(held);
      leave();
    };
    adopt(first);
    try {
      const row = await options.rows.readOn(async (statement, values) => (await first.query<Record<string, unknown>>(statement, [...values])).rows, key);
      return { row, release };
    } catch (thrown) {
      released = true;
      clearInterval(signs);
      if (client !== undefined) giveBack(client, true);
      throw thrown;
    }
  }
}

/** The keepalives find a machine that is gone; the time-out also one behind a pooler, whose own connection lives on. */
function beginning(key: VaultKey, deadAfterMs: number): string {
  const settings = { idle_in_transaction_session_timeout: deadAfterMs, tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 };
  const set = Object.entries(settings).map(([name, value]) => `set local ${name} = ${value};`);
  return `begin; ${set.join(" ")} select pg_try_advisory_xact_lock(${lockId(key)}) as held, (select max(version) from mcpass.version) as version`;
}

function giveBack(client: PoolClient, broken = false): void {
  // One that is broken may still say so.
  if (!broken) client.off("error", ignore);
  client.release(broken);
}

function ignore(): void {}

function busy(subject: string, { connections, waitMs }: LocksOptions, holder: Holder | undefined): McpassError {
  const own = holder?.pid === process.pid && holder.host === undefined;
  const name = own ? "this very process" : holder === undefined ? "another process" : `process ${holder.pid}${holder.host === undefined ? "" : ` on ${holder.host}`}`;
  const since = holder === undefined ? undefined : holder.since.toISOString();
  const { place } = connections.address;
  return new McpassError("vault_busy", `${subject} is in use by ${name}${since === undefined ? "" : ` since ${since}`} (waited ${waitMs / 1_000} s for its lock in ${place}).`, {
    hint: own || holder === undefined ? "Try again in a moment." : `Try again when ${name} has ended.`,
    details: { place, pid: holder?.pid, host: holder?.host, since },
  });
}
