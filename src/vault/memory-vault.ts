import { type RecordHead, headOf } from "./record-head.ts";
import { createUnderWay } from "./under-way.ts";
import type { Change, Vault } from "./vault.ts";
import type { VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";

/** A Vault of this process only, gone with it: for programs that keep grants elsewhere, and for those that keep none. */
export function openMemoryVault(): Vault {
  const records = new Map<VaultKey, VaultRecord>();
  const tails = new Map<VaultKey, Promise<unknown>>();
  const listeners = new Set<(key: VaultKey) => void>();
  const underWay = createUnderWay();
  const tell = (key: VaultKey): void => listeners.forEach((listener) => queueMicrotask(() => listeners.has(listener) && listener(key)));
  const head = (key: VaultKey): RecordHead | undefined => {
    const record = records.get(key);
    return record === undefined ? undefined : headOf(record);
  };
  const store = (key: VaultKey, record: VaultRecord): void => {
    records.set(key, structuredClone(record));
    tell(key);
  };
  const run = async (key: VaultKey, change: Change): Promise<VaultRecord | undefined> => {
    const next = await change(records.get(key), { write: async (record) => store(key, record), read: async () => records.get(key) });
    if (next === "remove" && records.delete(key)) tell(key);
    if (next !== "remove" && next !== "keep") store(key, next);
    return records.get(key);
  };
  return {
    place: "memory",
    read: async (key) => records.get(key),
    head: async (key) => head(key),
    list: async () => [...records].map(([key, record]) => ({ key, head: headOf(record) })).toSorted((one, other) => (one.key < other.key ? -1 : 1)),
    update: (key, change) => {
      const before = tails.get(key) ?? Promise.resolve();
      const result = before.then(
        () => run(key, change),
        () => run(key, change),
      );
      tails.set(key, result);
      return underWay.run(result);
    },
    watch: (onChange) => {
      const listener = (key: VaultKey): void => onChange(key);
      listeners.add(listener);
      return underWay.keep(() => void listeners.delete(listener));
    },
    close: () => underWay.settle(),
  };
}
