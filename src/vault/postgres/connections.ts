import { setTimeout as sleep } from "node:timers/promises";

import type { Client, ClientConfig, Pool, PoolClient } from "pg";

import { McpassError } from "../../base/errors.ts";
import { type DatabaseAddress, readTlsFiles } from "./address.ts";
import { isLoss, isSilence } from "./database-error.ts";

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

/** At once, of one process and one vault. */
export const lockConnections = 8;
/** One: each statement takes a moment, and where a server has no second one to spare, nobody is refused for want of it. */
const queryConnections = 1;
const connectWithinMs = 5_000;
const answerWithinMs = 15_000;
/** A server that is there, or was, is given so long to come back: a restart is no failure. */
const comesBackWithinMs = 5_000;
/** One that this process has never seen: then it is most likely the address. */
const appearsWithinMs = 2_000;

export function openConnections(address: DatabaseAddress, applicationName: string): Connections {
  const settings = (): ClientConfig => ({
    ...address.connection,
    ...(address.tls === undefined ? { ssl: false } : { ssl: { ...readTlsFiles(address.tls), rejectUnauthorized: true } }),
    application_name: applicationName,
    connectionTimeoutMillis: connectWithinMs,
    query_timeout: answerWithinMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  let pools: Promise<{ readonly queries: Pool; readonly locks: Pool }> | undefined;
  let wasThere = false;
  const openPools = async (): Promise<{ readonly queries: Pool; readonly locks: Pool }> => {
    const { Pool } = await loadDriver(address);
    // Idle ones go soon: a server has a hundred for everybody. None of them keeps the process alive.
    const make = (max: number, idleTimeoutMillis: number): Pool => {
      const pool = new Pool({ ...settings(), max, idleTimeoutMillis, allowExitOnIdle: true });
      // An idle connection that ends is replaced by the next that is asked for.
      return pool.on("error", () => undefined);
    };
    return { queries: make(queryConnections, 10_000), locks: make(lockConnections, 2_000) };
  };
  const open = (): NonNullable<typeof pools> => {
    pools ??= openPools();
    pools.catch(() => (pools = undefined));
    return pools;
  };
  const patiently = <T>(work: () => Promise<T>, patienceMs?: number): Promise<T> => {
    const limitMs = (thrown: unknown): number => (isLoss(thrown) ? (patienceMs ?? (isSilence(thrown) && !wasThere ? appearsWithinMs : comesBackWithinMs)) : 0);
    return persist(limitMs, async () => {
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
    transact: async (work) => {
      const client = await patiently(async () => (await open()).queries.connect());
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
        client.release(!done);
      }
    },
    dedicated: () =>
      patiently(async () => {
        const driver = await loadDriver(address);
        const client = new driver.Client(settings());
        // Whoever waits for an answer is told; an error at any other time would end the process.
        client.on("error", ignore);
        await client.connect();
        return client;
      }),
    close: async () => {
      const opened = await pools?.catch(() => undefined);
      pools = undefined;
      // One that is still lent ends when it is given back.
      await Promise.race([Promise.all([opened?.queries.end(), opened?.locks.end()]), sleep(1_000, undefined, { ref: false })]);
    },
  };
}

/** Repeats `work` for as long as its failure is worth waiting for. */
async function persist<T>(limitMs: (thrown: unknown) => number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await work();
    } catch (thrown) {
      if (performance.now() - startedAt >= limitMs(thrown)) throw thrown;
    }
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

async function loadDriver({ place }: DatabaseAddress): Promise<typeof import("pg")> {
  try {
    const driver = await import("pg");
    return "default" in driver ? (driver.default as typeof driver) : driver;
  } catch (thrown) {
    throw new McpassError("vault_unreadable", `The vault is ${place}, and the package pg, which speaks to it, is not installed beside mcpass.`, { hint: "Install it where mcpass is: npm install --global pg", cause: thrown, details: { place } });
  }
}

function ignore(): void {}
