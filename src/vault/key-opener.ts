import { type KeyRecord, unwrapKey, type WrappedKey } from "./key-record.ts";
import { keyIdOf } from "./sealing.ts";
import { locked } from "./vault-locked.ts";
import type { WrappingKeys } from "./wrapping-key.ts";

export interface DataKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Data keys as this process has them, each opened once. */
export interface KeyOpener {
  /** Asks its source once in a process; a keychain whatever it answers, for it may ask a person. Throws `vault_locked`. */
  open(record: KeyRecord, wrapped: WrappedKey): Promise<DataKey>;
  /** If it was opened or made here. */
  known(id: string): DataKey | undefined;
  /** The latest of this record's that was opened or made here. */
  knownOf(record: KeyRecord): DataKey | undefined;
  /** One that was made here. */
  learn(bytes: Uint8Array): DataKey;
}

export function createKeyOpener(wrapping: WrappingKeys, where: string): KeyOpener {
  const opened = new Map<string, DataKey>();
  let asked: { readonly source: string; readonly key: Promise<Uint8Array> } | undefined;
  const openWrapping = ({ source }: KeyRecord): Promise<Uint8Array> => {
    const name = JSON.stringify(source);
    if (asked?.source === name) return asked.key;
    const key = wrapping.open(source);
    asked = { source: name, key };
    key.catch(() => source.kind !== "keychain" && (asked = undefined));
    return key;
  };
  const learn = (bytes: Uint8Array): DataKey => {
    const key = { id: keyIdOf(bytes), bytes };
    opened.set(key.id, key);
    return key;
  };
  const known = (id: string): DataKey | undefined => opened.get(id);
  return {
    known,
    learn,
    knownOf: ({ keys }) => keys.map(({ id }) => known(id)).find((key) => key !== undefined),
    open: async (record, wrapped) => {
      const before = known(wrapped.id);
      if (before !== undefined) return before;
      const bytes = unwrapKey(await openWrapping(record), wrapped);
      if (bytes === undefined) throw locked(`The vault was not sealed with ${wrapping.describe(record.source)}, or ${where} was changed.`, "Give it the key it was sealed with; mcpass vault status names its source.");
      return learn(bytes);
    },
  };
}
