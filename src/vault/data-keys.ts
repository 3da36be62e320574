import { McpassError } from "../base/errors.ts";
import { type KeyRecord, type KeyRecordPlace, type KeySourceKind, readKeyRecord, unwrapKey, type WrappedKey, wrapKey, writeKeyRecord } from "./key-record.ts";
import { newKey } from "./sealing.ts";
import { Misfit } from "./shape.ts";
import { locked } from "./vault-locked.ts";
import type { WrappingKeys } from "./wrapping-key.ts";

export interface DataKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The keys that records are sealed with. Methods throw `vault_locked`, `vault_unreadable` and what writing throws. */
export interface DataKeys {
  /** The key record, or undefined where nothing was ever sealed. Opens no key. */
  record(): Promise<KeyRecord | undefined>;
  /** The key to seal with now. Made, with the source that is written down for good, at its first use. */
  current(): Promise<DataKey>;
  /** The key that sealed what is stored. */
  find(id: string): Promise<DataKey>;
  /** Marks that what schema 1 left is sealed. */
  settle(): Promise<void>;
  /** A new key, from this source or one of the kind there was; those in `used` are kept to open what they sealed, under the new source; the old one is forgotten. */
  replace(kind: KeySourceKind | undefined, used: ReadonlySet<string>): Promise<KeyRecord>;
}

export interface DataKeysOptions {
  readonly place: KeyRecordPlace;
  readonly wrapping: WrappingKeys;
  /** Where the key record is, for messages. */
  readonly where: string;
  /** Records of schema 1 are there. Asked when the first key is made. */
  readonly hasPlain: () => Promise<boolean>;
  readonly now: () => number;
}

export function openDataKeys({ place, wrapping, where, hasPlain, now }: DataKeysOptions): DataKeys {
  const opener = createKeyOpener(wrapping, where);
  const parseOnce = createParser(where);
  const read = async (): Promise<KeyRecord | undefined> => parseOnce(await place.read());
  const change = async (next: (current: KeyRecord | undefined) => Promise<KeyRecord | "keep">): Promise<KeyRecord> => {
    const stored = await place.update(async (current) => {
      const record = await next(parse(current, where));
      return record === "keep" ? record : writeKeyRecord(record);
    });
    return parse(stored, where) ?? Promise.reject(new McpassError("internal", "The vault's key record was not stored."));
  };
  const create = async (current: KeyRecord | undefined): Promise<KeyRecord | "keep"> => {
    if (current !== undefined) return "keep";
    const { source, key } = await wrapping.create(undefined);
    return { source, keys: [wrapKey(key, newKey())], createdAt: now(), ...((await hasPlain()) ? { plain: true } : {}) };
  };
  return {
    record: read,
    current: async () => {
      const record = (await read()) ?? (await change(create));
      return opener.open(record, record.keys[0]);
    },
    find: async (id) => {
      const known = opener.opened(id);
      if (known !== undefined) return known;
      const record = await read();
      const wrapped = record?.keys.find((key) => key.id === id);
      if (record !== undefined && wrapped !== undefined) return opener.open(record, wrapped);
      throw new Misfit(record === undefined ? `the vault's key record ${where} is missing` : `it was sealed with the key ${id}, which ${where} does not hold`);
    },
    settle: async () => {
      if ((await read())?.plain === true) await change(async (record) => (record?.plain === true ? { source: record.source, keys: record.keys, createdAt: record.createdAt } : "keep"));
    },
    replace: async (kind, used) => {
      let before: KeyRecord | undefined;
      const after = await change(async (current) => {
        before = current;
        const kept = await Promise.all((current?.keys ?? []).filter(({ id }, index) => index === 0 || used.has(id)).map((key) => opener.open(current as KeyRecord, key)));
        const { source, key } = await wrapping.create(kind ?? current?.source.kind);
        return { source, keys: [wrapKey(key, newKey()), ...kept.map(({ bytes }) => wrapKey(key, bytes))], createdAt: now(), ...(current?.plain === true ? { plain: true } : {}) };
      });
      if (before !== undefined && JSON.stringify(before.source) !== JSON.stringify(after.source)) await wrapping.forget(before.source);
      return after;
    },
  };
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

/** Opens each key once. By its source: a keychain is asked once in a process, whatever it answers, for it may ask a person. */
function createKeyOpener(wrapping: WrappingKeys, where: string) {
  const opened = new Map<string, DataKey>();
  let asked: { readonly source: string; readonly key: Promise<Buffer> } | undefined;
  const openWrapping = ({ source }: KeyRecord): Promise<Buffer> => {
    const name = JSON.stringify(source);
    if (asked?.source === name) return asked.key;
    const key = wrapping.open(source);
    asked = { source: name, key };
    key.catch(() => source.kind !== "keychain" && (asked = undefined));
    return key;
  };
  return {
    opened: (id: string): DataKey | undefined => opened.get(id),
    async open(record: KeyRecord, wrapped: WrappedKey): Promise<DataKey> {
      const known = opened.get(wrapped.id);
      if (known !== undefined) return known;
      const bytes = unwrapKey(await openWrapping(record), wrapped);
      if (bytes === undefined) throw locked(`The vault was not sealed with ${wrapping.describe(record.source)}, or ${where} was changed.`, "Give it the key it was sealed with; mcpass vault status names its source.");
      const key = { id: wrapped.id, bytes };
      opened.set(wrapped.id, key);
      return key;
    },
  };
}
