import type { KeyRecordPlace } from "../key-record.ts";
import type { Connections } from "./connections.ts";
import { isAbsent, isLoss, translated } from "./database-error.ts";
import { makeTables } from "./tables.ts";

/** The key record of a vault on PostgreSQL: the one row of `mcpass.key_record`. Throws `vault_unreadable`, `vault_unwritable`. */
export function keyRecordRow(connections: Connections): KeyRecordPlace {
  const { place } = connections.address;
  let last: string | undefined;
  return {
    async read() {
      try {
        const [row] = await connections.query("select content from mcpass.key_record", [], last === undefined ? undefined : 500);
        last = row === undefined ? undefined : String(row["content"]);
        return last;
      } catch (thrown) {
        if (isAbsent(thrown)) return undefined;
        // The database is away: what is to be stored when it is back is sealed with the keys there were. They open until the next but one.
        if (isLoss(thrown) && last !== undefined) return last;
        throw translated(thrown, "vault_unreadable", place);
      }
    },
    async update(change) {
      try {
        last = await exclusively(connections, change);
        return last;
      } catch (thrown) {
        throw translated(thrown, "vault_unwritable", place);
      }
    },
  };
}

/** All in one transaction: without its end nothing has happened. */
async function exclusively(connections: Connections, change: Parameters<KeyRecordPlace["update"]>[0]): Promise<string | undefined> {
  await makeTables(connections);
  return connections.transact(async (client) => {
    await client.query("set local lock_timeout = '60s'; lock table mcpass.key_record in share row exclusive mode");
    const { rows } = await client.query<{ content: string }>("select content from mcpass.key_record");
    const current = rows[0]?.content;
    const next = await change(current);
    if (next === "keep") return current;
    await client.query("insert into mcpass.key_record (content) values ($1) on conflict (the_one) do update set content = excluded.content", [next]);
    return next;
  });
}
