import { setTimeout as sleep } from "node:timers/promises";

import { McpassError } from "../../base/errors.ts";
import { createGate, type Gate } from "../gate.ts";
import type { VaultKey } from "../vault-key.ts";
import { isCrowded } from "./database-error.ts";
import { findHolder, type Holder } from "./holder.ts";
import { keepLock, type LockTerms, takeLock } from "./kept-lock.ts";
import { lockConnections } from "./pools.ts";
import type { Rows, StoredRow } from "./rows.ts";

/** A key that is held. */
export interface Holding {
  /** The record as it was found under the lock. */
  readonly row: StoredRow | undefined;
  /** To be called once. Never fails: a connection that is lost frees what it held. */
  release(): Promise<void>;
}

export interface Locks {
  /**
   * Waits for the key: first for this process's other updates of it, then for other processes. Where the last holder has written ahead and not
   * finished, waits `graceMs` for it to come back before its key is taken over. Gives up waiting, and gives undefined, when `enough`, asked before each
   * further try, says true. Throws `vault_busy` after `waitMs`, `Misfit`, and what `pg` and `enough` throw.
   */
  hold(key: VaultKey, terms: HoldTerms): Promise<Holding | undefined>;
}

export interface HoldTerms {
  /** What is held, for messages. */
  readonly subject: () => Promise<string>;
  readonly enough: () => Promise<boolean>;
}

export interface LocksOptions extends LockTerms {
  readonly rows: Rows;
  readonly now: () => number;
  readonly waitMs: number;
  readonly graceMs: number;
}

interface Turn {
  readonly gate: Gate;
  since: number;
}

export function createLocks(options: LocksOptions): Locks {
  const { now, waitMs } = options;
  const turns = new Map<VaultKey, Turn>();
  const slots = createGate(lockConnections);
  return {
    async hold(key, terms) {
      const deadlineAt = performance.now() + waitMs;
      const turn = turns.get(key) ?? { gate: createGate(1), since: now() };
      turns.set(key, turn);
      const leave = await turn.gate.enter(waitMs);
      if (leave === undefined) throw busy(await terms.subject(), options, { pid: process.pid, host: undefined, since: new Date(turn.since) });
      turn.since = now();
      const done = (): void => {
        leave();
        if (turn.gate.isIdle()) turns.delete(key);
      };
      try {
        const held = await waitForOthers({ ...options, slots }, key, terms, deadlineAt);
        if (held === undefined) done();
        return held === undefined ? undefined : { row: held.row, release: () => held.release().finally(done) };
      } catch (thrown) {
        done();
        throw thrown;
      }
    },
  };
}

type Waiting = LocksOptions & { readonly slots: Gate };

/** Asks again and again: waiting inside the database would take a connection for each who waits. */
async function waitForOthers(options: Waiting, key: VaultKey, { subject, enough }: HoldTerms, deadlineAt: number): Promise<Holding | undefined> {
  const { connections, graceMs } = options;
  let left: { readonly revision: string; readonly at: number } | undefined;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 50)) {
    const found = await connections.patiently(() => tryHold(options, key, deadlineAt)).catch((thrown: unknown) => {
      if (!isCrowded(thrown) || performance.now() >= deadlineAt) throw thrown;
      return undefined;
    });
    if (found === undefined) left = undefined;
    else if (found.row?.unfinished === undefined) return found;
    else {
      // Its holder is dead, or only its connection: then it is back in a moment, and must find the key free.
      if (left?.revision !== found.row.revision) left = { revision: found.row.revision, at: performance.now() };
      if (performance.now() - left.at >= graceMs) return found;
      await found.release();
    }
    if (performance.now() >= deadlineAt) throw busy(await subject(), options, await findHolder(connections, key).catch(() => undefined));
    await sleep(pauseMs * (0.5 + Math.random()));
    if (await enough()) return undefined;
  }
}

/** undefined: another connection has it, or this process holds as many keys as it may. */
async function tryHold(options: Waiting, key: VaultKey, deadlineAt: number): Promise<Holding | undefined> {
  const leave = await options.slots.enter(Math.max(deadlineAt - performance.now(), 0));
  if (leave === undefined) return undefined;
  let release = async (): Promise<void> => leave();
  try {
    const client = await takeLock(options, key);
    if (client !== undefined) {
      const letGo = keepLock(options, key, client);
      release = () => letGo().finally(leave);
      const row = await options.rows.readOn(async (statement, values) => (await client.query<Record<string, unknown>>(statement, [...values])).rows, key);
      return { row, release };
    }
  } catch (thrown) {
    await release();
    throw thrown;
  }
  await release();
  return undefined;
}

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
