import { setTimeout as sleep } from "node:timers/promises";

import type { PoolClient, QueryResult } from "pg";

import type { VaultKey } from "../vault-key.ts";
import type { Connections } from "./connections.ts";
import { isAbsent } from "./database-error.ts";
import { lockId } from "./lock-id.ts";
import { checkVersion, makeTables } from "./tables.ts";

export interface LockTerms {
  readonly connections: Connections;
  /** Without a sign of life for so long, a holder whose machine is gone, or that is suspended, loses its key. */
  readonly deadAfterMs: number;
}

/** A connection in a transaction that has the lock of `key`; undefined: another connection has it. Makes the tables where there are none. Throws `Misfit`. */
export async function takeLock(terms: LockTerms, key: VaultKey): Promise<PoolClient | undefined> {
  const client = await terms.connections.lend();
  // Without one, a connection that ends while nothing is asked of it would end the process.
  client.on("error", ignore);
  try {
    const answers = (await client.query(beginning(key, terms.deadAfterMs))) as unknown as readonly QueryResult<{ held: boolean; version: number | null }>[];
    const [found] = answers.at(-1)?.rows ?? [];
    checkVersion(found?.version);
    if (found?.held === true) return client;
    await client.query("rollback");
    giveBack(client);
    return undefined;
  } catch (thrown) {
    giveBack(client, true);
    if (!isAbsent(thrown)) throw thrown;
    await makeTables(terms.connections);
    return takeLock(terms, key);
  }
}

/** The keepalives find a machine that is gone; the time-out also one behind a pooler, whose own connection lives on. */
function beginning(key: VaultKey, deadAfterMs: number): string {
  const settings = { idle_in_transaction_session_timeout: deadAfterMs, tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 };
  const set = Object.entries(settings).map(([name, value]) => `set local ${name} = ${value};`);
  return `begin; ${set.join(" ")} select pg_try_advisory_xact_lock(${lockId(key)}) as held, (select max(version) from mcpass.version) as version`;
}

/**
 * Keeps what `takeLock` took, with a sign of life now and then, and takes it again when its connection is lost: what is held is written by its
 * revision, lock or no lock, but others are better kept waiting until it is. The function that is returned lets it go; it never fails.
 */
export function keepLock(terms: LockTerms, key: VaultKey, first: PoolClient): () => Promise<void> {
  let client: PoolClient | undefined;
  const released = new AbortController();
  const adopt = (taken: PoolClient): void => {
    client = taken;
    taken.once("end", lost);
  };
  const lost = (): void => {
    if (client === undefined) return;
    giveBack(client, true);
    client = undefined;
    void reclaim();
  };
  const reclaim = async (): Promise<void> => {
    for (let pauseMs = 5; !released.signal.aborted; pauseMs = Math.min(pauseMs * 2, 200)) {
      const taken = await takeLock(terms, key).catch(() => undefined);
      if (taken !== undefined) return released.signal.aborted ? end(taken) : adopt(taken);
      await sleep(pauseMs);
    }
  };
  const end = async (taken: PoolClient): Promise<void> => {
    taken.off("end", lost);
    const ended = await taken.query("commit").then(() => true, () => false);
    giveBack(taken, !ended);
  };
  const signs = setInterval(() => void client?.query("select").catch(ignore), terms.deadAfterMs / 4).unref();
  adopt(first);
  return async () => {
    released.abort();
    clearInterval(signs);
    const taken = client;
    client = undefined;
    if (taken !== undefined) await end(taken);
  };
}

function giveBack(client: PoolClient, broken = false): void {
  // One that is broken may still say so.
  if (!broken) client.off("error", ignore);
  client.release(broken);
}

function ignore(): void {}
