import type { ClientConfig, Pool } from "pg";

import { McpassError } from "../../base/errors.ts";
import { type DatabaseAddress, readTlsFiles } from "./address.ts";

/** At once, of one process and one vault. */
export const lockConnections = 8;
/** One: each statement takes a moment, and where a server has no second one to spare, nobody is refused for want of it. */
const queryConnections = 1;
const connectWithinMs = 5_000;
const answerWithinMs = 15_000;

export interface Pools {
  readonly queries: Pool;
  readonly locks: Pool;
}

/** Idle connections go soon: a server has a hundred for everybody. None of them keeps the process alive. */
export async function openPools(address: DatabaseAddress, applicationName: string): Promise<Pools> {
  const { Pool } = await loadDriver(address);
  const settings = clientSettings(address, applicationName);
  const make = (max: number, idleTimeoutMillis: number): Pool => {
    const pool = new Pool({ ...settings, max, idleTimeoutMillis, allowExitOnIdle: true });
    // An idle connection that ends is replaced by the next that is asked for.
    return pool.on("error", () => undefined);
  };
  return { queries: make(queryConnections, 10_000), locks: make(lockConnections, 2_000) };
}

export function clientSettings(address: DatabaseAddress, applicationName: string): ClientConfig {
  return {
    ...address.connection,
    ssl: address.tls === undefined ? false : { ...readTlsFiles(address.tls), rejectUnauthorized: true },
    application_name: applicationName,
    connectionTimeoutMillis: connectWithinMs,
    query_timeout: answerWithinMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Throws `vault_unreadable`. */
export async function loadDriver({ place }: DatabaseAddress): Promise<typeof import("pg")> {
  try {
    const driver = await import("pg");
    return "default" in driver ? (driver.default as typeof driver) : driver;
  } catch (thrown) {
    throw new McpassError("vault_unreadable", `The vault is ${place}, and the package pg, which speaks to it, is not installed beside mcpass.`, { hint: "Install it where mcpass is: npm install --global pg", cause: thrown, details: { place } });
  }
}
