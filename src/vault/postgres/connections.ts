import { setTimeout as sleep } from "node:timers/promises";

import type { Client, PoolClient } from "pg";

import type { DatabaseAddress } from "./address.ts";
import { isLoss, isSilence } from "./database-error.ts";
import { clientSettings, loadDriver, openPools, type Pools } from "./pools.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The ways to the database. Errors are those of `pg` (see `database-error.ts` for their words), but for `vault_unreadable` when `pg` is not installed. */
export interface Connections {
  readonly address: DatabaseAddress;
  /**
   * One statement, on its own and durable when it returns. Sent again, for `patienceMs`, while no connection can be had or one is lost: the statement
   * must be one that may come twice.
   */
  query(statement: string, values: readonly unknown[], patienceMs?: number): Promise<readonly Row[]>;
  /** Repeats `work` for a few seconds where a connection is lost or none can be had. */
  patiently<T>(work: () => Promise<T>): Promise<T>;
  /** A connection for one lock: there are `lockConnections`, and who asks for more waits. */
  lend(): Promise<PoolClient>;
  /** A transaction on the connection that `query` uses, which waits meanwhile. When `work` throws, nothing of it has happened. */
  transact<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** A connection outside all limits, for one who ends it. */
  dedicated(): Promise<Client>;
  /** Ends what is idle, within a second; what is asked for afterwards connects anew. */
  close(): Promise<void>;
}

/** A server that is there, or was, is given so long to come back, from the moment it is first missed: a restart is no failure, and neither is a crowd at its door. */
const comesBackWithinMs = 5_000;
/** One that this process has never seen, from the first try: then it is most likely the address. */
const appearsWithinMs = 2_000;

export function openConnections(address: DatabaseAddress, applicationName: string): Connections {
  let pools: Promise<Pools> | undefined;
  let wasThere = false;
  const open = (): Promise<Pools> => {
    pools ??= openPools(address, applicationName);
    pools.catch(() => (pools = undefined));
    return pools;
  };
  const patiently = <T>(work: () => Promise<T>, patienceMs?: number): Promise<T> => {
    const startedAt = performance.now();
    let missedAt: number | undefined;
    const isWorthATry = (thrown: unknown): boolean => {
      const now = performance.now();
      missedAt ??= now;
      if (!isLoss(thrown)) return false;
      if (patienceMs !== undefined) return now - startedAt < patienceMs;
      return isSilence(thrown) && !wasThere ? now - startedAt < appearsWithinMs : now - missedAt < comesBackWithinMs;
    };
    return persist(isWorthATry, async () => {
      const result = await work();
      wasThere = true;
      return result;
    });
  };
  return {
    address,
    patiently,
    query: (statement, values, patienceMs) => patiently(async () => (await (await open()).queries.query<Row>(statement, [...values])).rows, patienceMs),
    lend: async () => {
      const { queries, locks } = await open();
      // Had before anything is held: with nothing but holders, a server without connections to spare would let none of them finish.
      if (queries.totalCount === 0) await queries.query("select");
      return locks.connect();
    },
    transact: async (work) => transacted(await patiently(async () => (await open()).queries.connect()), work),
    dedicated: () => patiently(() => connectAlone(address, applicationName)),
    close: async () => {
      const opened = await pools?.catch(() => undefined);
      pools = undefined;
      // One that is still lent ends when it is given back.
      await Promise.race([Promise.all([opened?.queries.end(), opened?.locks.end()]), sleep(1_000, undefined, { ref: false })]);
    },
  };
}

/** Repeats `work` for as long as its failure is worth another try. */
async function persist<T>(isWorthATry: (thrown: unknown) => boolean, work: () => Promise<T>): Promise<T> {
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await work();
    } catch (thrown) {
      if (!isWorthATry(thrown)) throw thrown;
    }
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

async function transacted<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  client.on("error", ignore);
  let done = false;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.off("error", ignore);
    done = true;
    return result;
  } finally {
    // One that is in the middle of something is not for others.
    client.release(!done);
  }
}

async function connectAlone(address: DatabaseAddress, applicationName: string): Promise<Client> {
  const { Client } = await loadDriver(address);
  const client = new Client(clientSettings(address, applicationName));
  // Whoever waits for an answer is told; an error at any other time would end the process.
  client.on("error", ignore);
  await client.connect();
  return client;
}

function ignore(): void {}
