import { type FSWatcher, watch } from "node:fs";

import { stampOf } from "./record-file.ts";
import type { VaultKey } from "./vault-key.ts";

interface WatchOptions {
  readonly directory: string;
  readonly names: () => Promise<readonly VaultKey[]>;
  readonly fileOf: (key: VaultKey) => string;
  readonly onChange: (key: VaultKey) => void;
}

/** Looking is what finds out; the system's notices only make it look sooner, for they are not to be had on every file system. */
const lookEveryMs = 1_000;

/** Calls with the key of every record that is another than at the last look. Keeps no process alive. */
export function watchRecords({ directory, names, fileOf, onChange }: WatchOptions): () => void {
  let known: ReadonlyMap<VaultKey, string> | undefined;
  let watcher: FSWatcher | undefined;
  let stopped = false;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const before = known;
    const after = await names().then(
      (keys) => new Map(keys.flatMap((key) => entryOf(key, fileOf(key)))),
      () => undefined,
    );
    if (after === undefined || stopped) return;
    known = after;
    if (before === undefined) return;
    for (const key of new Set([...before.keys(), ...after.keys()])) if (before.get(key) !== after.get(key)) onChange(key);
  };
  const lookSoon = (): void => void (looking ??= look().finally(() => (looking = undefined)));
  const listen = (): void => {
    if (watcher !== undefined) return;
    try {
      watcher = watch(directory, { persistent: false }, lookSoon);
      watcher.on("error", () => (watcher?.close(), (watcher = undefined)));
    } catch {
      // No such folder yet, or no notices here.
    }
  };
  listen();
  lookSoon();
  const timer = setInterval(() => (listen(), lookSoon()), lookEveryMs).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
    watcher?.close();
  };
}

function entryOf(key: VaultKey, file: string): readonly (readonly [VaultKey, string])[] {
  try {
    const stamp = stampOf(file);
    return stamp === undefined ? [] : [[key, stamp]];
  } catch {
    return [[key, "not to be read"]];
  }
}
