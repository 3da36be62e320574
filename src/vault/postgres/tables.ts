import { Misfit } from "../shape.ts";
import type { Connections } from "./connections.ts";
import { lockId } from "./lock-id.ts";
import { migration, schemaCreation, tablesVersion } from "./schema.ts";

/** Throws `Misfit`: the tables are another version's. */
export function checkVersion(version: unknown): void {
  if (typeof version === "number" && version > tablesVersion) throw new Misfit(`a newer mcpass made its tables (version ${version}; this one knows ${tablesVersion})`, true);
  if (version !== tablesVersion) throw new Misfit(`its tables are of no version that this mcpass knows (${JSON.stringify(version)})`);
}

/** Makes the tables unless they are there by now; of many processes that try at once, one does. */
export async function makeTables(connections: Connections): Promise<void> {
  await connections.transact(async (client) => {
    await client.query(`set local lock_timeout = '20s'; select pg_advisory_xact_lock(${lockId("tables")})`);
    const { rows } = await client.query<{ schema: string | null; tables: string | null }>("select to_regnamespace('mcpass') as schema, to_regclass('mcpass.version') as tables");
    const [found] = rows;
    if (found?.schema === null) await client.query(schemaCreation);
    if (found?.tables === null) await client.query(migration);
  });
}
