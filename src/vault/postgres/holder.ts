import { hostname } from "node:os";

import type { VaultKey } from "../vault-key.ts";
import type { Connections } from "./connections.ts";
import { lockId } from "./lock-id.ts";

/** Who holds a key. */
export interface Holder {
  readonly pid: number;
  /** undefined: this machine. */
  readonly host: string | undefined;
  readonly since: Date;
}

/** What this process is called among the database's connections: the server keeps 63 bytes of it. */
export function applicationName(): string {
  return `mcpass ${process.pid} ${hostname()}`.slice(0, 63);
}

/** This process, for people to read. */
export function processName(): string {
  return `process ${process.pid} on ${hostname()}`;
}

const holding = `
  select a.application_name, a.xact_start from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid::bigint = $1 and l.objid::bigint = $2
  and l.database = (select oid from pg_database where datname = current_database())`;

/** undefined: nobody any more, or a connection that is not one of ours. */
export async function findHolder({ query }: Connections, key: VaultKey): Promise<Holder | undefined> {
  const id = BigInt.asUintN(64, lockId(key));
  const [row] = await query(holding, [String(id >> 32n), String(id & 0xff_ff_ff_ffn)]);
  const [, pid, host] = /^mcpass (\d+) (.+)$/.exec(String(row?.["application_name"])) ?? [];
  if (pid === undefined || !(row?.["xact_start"] instanceof Date)) return undefined;
  return { pid: Number(pid), host: applicationName() === `mcpass ${process.pid} ${host}` ? undefined : host, since: row["xact_start"] };
}
