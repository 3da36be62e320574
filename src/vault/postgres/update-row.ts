import { randomUUID } from "node:crypto";

import { McpassError } from "../../base/errors.ts";
import { headOf } from "../record-head.ts";
import { settleOvertaken } from "../overtaken.ts";
import { nameOfRecord } from "../record-name.ts";
import type { VaultKey } from "../vault-key.ts";
import type { VaultRecord } from "../vault-record.ts";
import type { Change, UpdateOptions } from "../vault.ts";
import { whenChanged } from "../when-changed.ts";
import type { Locks } from "./locks.ts";
import type { Rows } from "./rows.ts";
import { asking, type OpenedRow, type SealedRows } from "./sealed-rows.ts";

export interface UpdateTools {
  readonly rows: Rows;
  readonly sealed: SealedRows;
  readonly locks: Locks;
  readonly place: string;
  /** This process. */
  readonly by: string;
  /** How long what `change` gives is tried to be stored while the database is away. */
  readonly persistMs: number;
  /** A record has been stored (undefined: removed). */
  readonly stored: (key: VaultKey, revision: string | undefined) => void;
}

/** More than this many others that write in between are no coincidence. */
const attempts = 5;

/**
 * `Vault.update`. The lock keeps others waiting; that nothing is overwritten unseen is the revision's doing, which every write names. So a connection
 * lost in the middle loses nothing: the write goes over another one, and where somebody has come in between `settleOvertaken` says what stays. F05
 */
export async function updateRow(tools: UpdateTools, key: VaultKey, change: Change, enough: UpdateOptions["enough"] = () => false): Promise<VaultRecord | undefined> {
  const { rows, sealed, locks, place } = tools;
  const subject = async (): Promise<string> => nameOfRecord(key, await sealed.head(key).catch(() => undefined));
  // What cannot be read is for the one who holds it to say.
  const look = (): Promise<VaultRecord | undefined> => sealed.read(key).then((opened) => opened?.record, () => undefined);
  const holding = await asking(place, () => locks.hold(key, { subject, enough: whenChanged(look, enough) }), "vault_unwritable");
  if (holding === undefined) return (await sealed.read(key))?.record;
  let current: OpenedRow | undefined;
  let finished = false;
  try {
    current = await sealed.open(key, holding.row);
    const next = await change(current?.record, {
      async write(record) {
        // Known from here on to be under way: whoever finds it without its holder waits before taking over.
        current = await store(tools, key, current, record, { ahead: true });
      },
      async read() {
        current = await sealed.read(key);
        return current?.record;
      },
    });
    if (next === "keep") return current?.record;
    if (next === "remove") {
      await remove(tools, key, current);
      finished = true;
      return undefined;
    }
    current = await store(tools, key, current, next, { ahead: false });
    return current.record;
  } finally {
    const row = current?.row;
    if (!finished && row?.unfinished !== undefined) await rows.finish(key, row.revision).catch(() => undefined);
    await holding.release();
  }
}

/** Writes in place of `before`. `ahead`: more is to come, so only in its place, and nobody is overruled. */
async function store(tools: UpdateTools, key: VaultKey, before: OpenedRow | undefined, record: VaultRecord, { ahead }: { readonly ahead: boolean }): Promise<OpenedRow> {
  const { rows, sealed, place, by, persistMs } = tools;
  const content = await sealed.seal(key, record);
  const row = { revision: randomUUID(), content, unfinished: ahead ? by : undefined };
  let replaced = before;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const written = await asking(place, () => rows.replace(key, replaced?.row.revision, row, ahead ? undefined : persistMs), "vault_unwritable");
    if (written) {
      tools.stored(key, row.revision);
      return { row, record };
    }
    const found = await sealed.read(key);
    const outcome = ahead ? "refuse" : settleOvertaken(record, found?.record);
    if (outcome === "keep" && found !== undefined) return found;
    if (outcome === "refuse") break;
    replaced = found;
  }
  throw overtaken(key, record, place);
}

async function remove({ rows, place, persistMs, stored }: UpdateTools, key: VaultKey, before: OpenedRow | undefined): Promise<void> {
  if (before === undefined) return;
  if (!(await asking(place, () => rows.remove(key, before.row.revision, persistMs), "vault_unwritable"))) throw overtaken(key, before.record, place);
  stored(key, undefined);
}

function overtaken(key: VaultKey, record: VaultRecord, place: string): McpassError {
  const name = nameOfRecord(key, headOf(record));
  return new McpassError("vault_busy", `${name} was changed by another process after the connection to ${place} was lost. What that process has stored was left as it is.`, { hint: "Try again.", details: { place, key } });
}
