import { findMcpassError, McpassError } from "../base/errors.ts";
import { createKeyOpener, type DataKey, type KeyOpener } from "./key-opener.ts";
import { type KeyRecord, type KeyRecordPlace, type KeySource, type KeySourceKind, readKeyRecord, type WrappedKey, wrapKey, writeKeyRecord } from "./key-record.ts";
import { newKey } from "./sealing.ts";
import { Misfit } from "./shape.ts";
import type { WrappingKeys } from "./wrapping-key.ts";

/** The keys that records are sealed with. Methods throw `vault_locked`, `vault_unreadable` and what writing throws. */
export interface DataKeys {
  /** The key record, or undefined where nothing was ever sealed. Opens no key. */
  record(): Promise<KeyRecord | undefined>;
  /**
   * The key to seal with now. Made, with the source that is written down for good, at its first use. Where it cannot be had any more, because the vault was
   * sealed anew from a source that this process does not have: one that this process has and the vault still knows, so that nothing obtained is lost.
   */
  current(): Promise<DataKey>;
  /** The key that sealed what is stored. */
  find(id: string): Promise<DataKey>;
  /** Marks that what schema 1 left is sealed. */
  settle(): Promise<void>;
  /**
   * A new key, under a new one from a source of this kind or of the kind there was. The one before, and those in `used`, are kept to open what they sealed.
   * All in one write: before it nothing has changed, after it nothing needs the old source any more. That is given back, for `WrappingKeys.forget`.
   */
  replace(kind: KeySourceKind | undefined, used: KeysInUse): Promise<{ readonly before: KeySource | undefined; readonly after: KeyRecord }>;
}

/** "all": it cannot be told. */
export type KeysInUse = ReadonlySet<string> | "all";

/** What is stored, of schema 1 and sealed. */
interface Contents {
  readonly plain: boolean;
  readonly sealed: boolean;
}

export interface DataKeysOptions {
  readonly place: KeyRecordPlace;
  readonly wrapping: WrappingKeys;
  /** Where the key record is, for messages. */
  readonly where: string;
  /** What is stored. Asked before the first key is made. */
  readonly contents: () => Promise<Contents>;
  readonly now: () => number;
}

export function openDataKeys(options: DataKeysOptions): DataKeys {
  const { wrapping, where } = options;
  const opener = createKeyOpener(wrapping, where);
  const { read, change } = keyRecords(options);
  const make = async (kind: KeySourceKind | undefined, current: KeyRecord | undefined, plain: boolean, kept: readonly DataKey[] = []): Promise<KeyRecord> => {
    const { source, key } = await wrapping.create(kind, { replacing: current !== undefined });
    const fresh = opener.learn(newKey());
    return { source, keys: [wrapKey(key, fresh.bytes), ...kept.map(({ bytes }) => wrapKey(key, bytes))], createdAt: options.now(), ...(plain ? { plain } : {}) };
  };
  /** What another process has meanwhile sealed anew opens by what it has written down, and not by what was read before. */
  const openNow = async (choose: (record: KeyRecord) => Promise<DataKey>, record: KeyRecord): Promise<DataKey> => {
    try {
      return await choose(record);
    } catch (thrown) {
      const now = findMcpassError(thrown)?.code === "vault_locked" ? await read() : undefined;
      if (now === undefined || JSON.stringify(now) === JSON.stringify(record)) throw thrown;
      return openNow(choose, now);
    }
  };
  /** What is stored is looked at before: while the key record is being changed, a vault may have no way to look. */
  const begin = async (): Promise<KeyRecord> => {
    const contents = await options.contents();
    return change(async (current) => (current === undefined ? make(undefined, current, isPlain(contents, where)) : "keep"));
  };
  return {
    record: read,
    current: async () => {
      const record = (await read()) ?? (await begin());
      return openNow((latest) => opener.open(latest, latest.keys[0]).catch((thrown: unknown) => opener.knownOf(latest) ?? Promise.reject(thrown)), record);
    },
    find: async (id) => {
      const record = opener.known(id) === undefined ? await read() : undefined;
      return opener.known(id) ?? openNow((latest) => opener.open(latest, requireWrapped(latest, id, where)), record ?? missing(where));
    },
    settle: async () => {
      if ((await read())?.plain === true) await change(async (record) => (record?.plain === true ? { source: record.source, keys: record.keys, createdAt: record.createdAt } : "keep"));
    },
    replace: async (kind, used) => {
      let before: KeySource | undefined;
      const contents = (await read()) === undefined ? await options.contents() : undefined;
      const after = await change(async (current) => {
        before = current?.source;
        if (current === undefined) return make(kind, current, isPlain(contents, where));
        return make(kind ?? current.source.kind, current, current.plain === true, await openKept(opener, current, used));
      });
      return { before, after };
    },
  };
}

/** The key record, parsed. `change` is exclusive across processes. */
function keyRecords({ place, where }: DataKeysOptions): {
  readonly read: () => Promise<KeyRecord | undefined>;
  readonly change: (next: (current: KeyRecord | undefined) => Promise<KeyRecord | "keep">) => Promise<KeyRecord>;
} {
  const parseOnce = createParser(where);
  return {
    read: async () => parseOnce(await place.read()),
    change: async (next) => {
      const stored = await place.update(async (current) => {
        const record = await next(parse(current, where));
        return record === "keep" ? record : writeKeyRecord(record);
      });
      return parse(stored, where) ?? Promise.reject(new McpassError("internal", "The vault's key record was not stored."));
    },
  };
}

function missing(where: string): never {
  throw new Misfit(`the vault's key record ${where} is missing`);
}

function requireWrapped({ keys }: KeyRecord, id: string, where: string): WrappedKey {
  const wrapped = keys.find((key) => key.id === id);
  if (wrapped === undefined) throw new Misfit(`it was sealed with the key ${id}, which ${where} does not hold`);
  return wrapped;
}

function openKept(opener: KeyOpener, record: KeyRecord, used: KeysInUse): Promise<readonly DataKey[]> {
  const kept = record.keys.filter(({ id }, index) => index === 0 || used === "all" || used.has(id));
  return Promise.all(kept.map((key) => opener.open(record, key)));
}

/** A vault whose key record is lost is not a new one: another in its place would make sure that nothing is ever opened again. */
function isPlain(contents: Contents | undefined, where: string): boolean {
  if (contents?.sealed === false) return contents.plain;
  throw new McpassError("vault_unreadable", `The vault's key record ${where} is missing, and sealed records are there. They are left as they are.`, {
    hint: "Put it back from a backup. To start anew, move the vault away.",
    details: { file: where },
  });
}

/** It changes once in years, and every update asks for it. */
function createParser(where: string): (stored: string | undefined) => KeyRecord | undefined {
  let last: { readonly stored: string | undefined; readonly record: KeyRecord | undefined } | undefined;
  return (stored) => {
    if (last === undefined || last.stored !== stored) last = { stored, record: parse(stored, where) };
    return last.record;
  };
}

function parse(stored: string | undefined, where: string): KeyRecord | undefined {
  try {
    return stored === undefined ? undefined : readKeyRecord(stored);
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw thrown;
    throw new McpassError("vault_unreadable", `The vault's key record ${where} cannot be read: ${thrown.message}. It is left as it is.`, { hint: thrown.newer ? "Upgrade mcpass." : `Put it back from a backup.`, details: { file: where, reason: thrown.message } });
  }
}
