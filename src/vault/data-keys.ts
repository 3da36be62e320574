import { McpassError } from "../base/errors.ts";
import { type KeyRecord, type KeyRecordPlace, type KeySourceKind, readKeyRecord, unwrapKey, wrapKey, writeKeyRecord } from "./key-record.ts";
import { newKey } from "./sealing.ts";
import { Misfit } from "./shape.ts";
import { locked, type WrappingKeys } from "./wrapping-key.ts";

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
  const opened = new Map<string, Buffer>();
  // By the source: a keychain is asked once in a process, whatever it answers.
  let wrappingKey: { readonly source: string; readonly key: Promise<Buffer> } | undefined;
  const parse = (stored: string | undefined): KeyRecord | undefined => {
    try {
      return stored === undefined ? undefined : readKeyRecord(stored);
    } catch (thrown) {
      if (!(thrown instanceof Misfit)) throw thrown;
      throw new McpassError("vault_unreadable", `The vault's key record ${where} cannot be read: ${thrown.message}. It is left as it is.`, {
        hint: thrown.newer ? "Upgrade mcpass." : `Put it back from a backup.`,
        details: { file: where, reason: thrown.message },
      });
    }
  };
  const openWrapping = ({ source }: KeyRecord): Promise<Buffer> => {
    const name = JSON.stringify(source);
    if (wrappingKey?.source !== name) {
      const key = wrapping.open(source);
      wrappingKey = { source: name, key };
      // A file may be put right, a variable never changes; only the keychain may prompt.
      key.catch(() => source.kind !== "keychain" && (wrappingKey = undefined));
    }
    return wrappingKey.key;
  };
  const openKey = async (record: KeyRecord, id: string): Promise<Buffer | undefined> => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const wrapped = record.keys.find((key) => key.id === id);
    if (wrapped === undefined) return undefined;
    const key = unwrapKey(await openWrapping(record), wrapped);
    if (key === undefined)
      throw locked(
        `The vault was not sealed with ${wrapping.describe(record.source)}, or ${where} was changed.`,
        "Give it the key it was sealed with; mcpass vault status names its source.",
      );
    opened.set(id, key);
    return key;
  };
  const create = async (): Promise<KeyRecord> => {
    const stored = await place.update(async (current) => {
      if (current !== undefined) return "keep";
      const { source, key } = await wrapping.create(undefined);
      return writeKeyRecord({ source, keys: [wrapKey(key, newKey())], createdAt: now(), ...((await hasPlain()) ? { plain: true } : {}) });
    });
    return parse(stored) ?? Promise.reject(new McpassError("internal", "The vault's key record was not stored."));
  };
  return {
    record: async () => parse(await place.read()),
    current: async () => {
      const record = parse(await place.read()) ?? (await create());
      const id = record.keys[0]!.id;
      return { id, bytes: (await openKey(record, id))! };
    },
    find: async (id) => {
      const known = opened.get(id);
      if (known !== undefined) return { id, bytes: known };
      const record = parse(await place.read());
      const key = record === undefined ? undefined : await openKey(record, id);
      if (key !== undefined) return { id, bytes: key };
      throw new Misfit(record === undefined ? `the vault's key record ${where} is missing` : `it was sealed with the key ${id}, which ${where} does not hold`);
    },
    settle: async () => {
      await place.update(async (current) => {
        const record = parse(current);
        if (record?.plain !== true) return "keep";
        const { plain, ...rest } = record;
        return writeKeyRecord(rest);
      });
    },
    replace: async (kind, used) => {
      let before: KeyRecord | undefined;
      const stored = await place.update(async (current) => {
        before = parse(current);
        const retired = before?.keys.filter(({ id }, index) => index === 0 || used.has(id)) ?? [];
        const kept = await Promise.all(retired.map(async ({ id }) => (await openKey(before!, id))!));
        const { source, key } = await wrapping.create(kind ?? before?.source.kind);
        return writeKeyRecord({
          source,
          keys: [newKey(), ...kept].map((each) => wrapKey(key, each)),
          createdAt: now(),
          ...(before?.plain === true ? { plain: true } : {}),
        });
      });
      const after = parse(stored)!;
      if (before !== undefined && JSON.stringify(before.source) !== JSON.stringify(after.source)) await wrapping.forget(before.source);
      return after;
    },
  };
}
