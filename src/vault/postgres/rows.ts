import type { VaultKey } from "../vault-key.ts";
import { keyPattern } from "../vault-key.ts";
import type { Connections, Row } from "./connections.ts";
import { isAbsent } from "./database-error.ts";
import { checkVersion } from "./tables.ts";

/** A record as it is stored. */
export interface StoredRow {
  /** Another one after every write, never the same twice. */
  readonly revision: string;
  /** Sealed but for its head. */
  readonly content: string;
  /** Who has written ahead of something and not finished it. */
  readonly unfinished: string | undefined;
}

/** The rows of `mcpass.record`. Every write names the revision that it replaces: whatever became of locks and connections, none is overwritten unseen. */
export interface Rows {
  /** Throws `Misfit` for tables of another version. */
  read(key: VaultKey): Promise<StoredRow | undefined>;
  /** In the transaction of a lock. */
  readOn(query: Query, key: VaultKey): Promise<StoredRow | undefined>;
  list(): Promise<readonly (StoredRow & { readonly key: VaultKey })[]>;
  revisions(): Promise<ReadonlyMap<VaultKey, string>>;
  /** False: what is stored is not `before` (undefined: nothing). True also where the answer was lost and the row is there. */
  replace(key: VaultKey, before: string | undefined, row: StoredRow, patienceMs?: number): Promise<boolean>;
  /** False: what is stored is neither `before` nor nothing. */
  remove(key: VaultKey, before: string, patienceMs?: number): Promise<boolean>;
  /** What was written ahead is over. The record and its revision stay. */
  finish(key: VaultKey, revision: string): Promise<void>;
}

export type Query = (statement: string, values: readonly unknown[]) => Promise<readonly Row[]>;

const ofThisVersion = "(select max(version) from mcpass.version) = 1";
const reading = "select v.version, r.revision, r.content, r.unfinished from (select max(version) as version from mcpass.version) v left join mcpass.record r on r.key = $1";
const listing = "select v.version, r.key, r.revision, r.content, r.unfinished from (select max(version) as version from mcpass.version) v left join mcpass.record r on true order by r.key";
const inserting = `insert into mcpass.record (key, revision, content, unfinished, changed_by) select $1, $2, $3, $4, $5 where ${ofThisVersion} on conflict (key) do nothing returning key`;
const updating = `update mcpass.record set revision = $2, content = $3, unfinished = $4, changed_by = $5, changed_at = now() where key = $1 and revision = $6 and ${ofThisVersion} returning key`;
const deleting = `delete from mcpass.record where key = $1 and revision = $2 and ${ofThisVersion} returning key`;

/** `by`: this process, for people to read. */
export function createRows({ query }: Pick<Connections, "query">, by: string): Rows {
  const readOn: Rows["readOn"] = async (ask, key) => {
    const [row] = await ask(reading, [key]);
    checkVersion(row?.["version"]);
    return row === undefined || row["revision"] === null ? undefined : rowOf(row);
  };
  const read: Rows["read"] = (key) => unlessAbsent(() => readOn(query, key), undefined);
  return {
    read,
    readOn,
    list: () =>
      unlessAbsent(async () => {
        const rows = await query(listing, []);
        checkVersion(rows[0]?.["version"]);
        return rows.flatMap((row) => (isKey(row["key"]) ? [{ key: row["key"], ...rowOf(row) }] : []));
      }, []),
    revisions: () =>
      unlessAbsent(async () => {
        const rows = await query("select key, revision from mcpass.record", []);
        return new Map(rows.flatMap(({ key, revision }) => (isKey(key) ? [[key, String(revision)] as const] : [])));
      }, new Map()),
    async replace(key, before, { revision, content, unfinished }, patienceMs) {
      const values = [key, revision, content, unfinished ?? null, by];
      const written = before === undefined ? await query(inserting, values, patienceMs) : await query(updating, [...values, before], patienceMs);
      // Sent twice, the second finds what the first has done.
      return written.length > 0 || (await read(key))?.revision === revision;
    },
    async remove(key, before, patienceMs) {
      const removed = await query(deleting, [key, before], patienceMs);
      return removed.length > 0 || (await read(key)) === undefined;
    },
    async finish(key, revision) {
      await query("update mcpass.record set unfinished = null where key = $1 and revision = $2", [key, revision]);
    },
  };
}

/** Looking creates nothing: where there are no tables there are no records. */
async function unlessAbsent<T>(work: () => Promise<T>, nothing: T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isAbsent(thrown)) return nothing;
    throw thrown;
  }
}

function rowOf({ revision, content, unfinished }: Row): StoredRow {
  return { revision: String(revision), content: String(content), unfinished: typeof unfinished === "string" ? unfinished : undefined };
}

function isKey(value: unknown): value is VaultKey {
  return typeof value === "string" && keyPattern.test(value);
}
