import { environmentKey } from "./environment-key.ts";
import { keyFiles } from "./key-file.ts";
import type { KeySource, KeySourceKind } from "./key-record.ts";
import { type Keychain, keychainKeys } from "./keychain.ts";
import { type Environment, readEnvironment } from "./vault-environment.ts";

export type SourceOf<K extends KeySourceKind> = Extract<KeySource, { kind: K }>;

/** One kind of place for the key that everything else is sealed under. Every method throws `vault_locked`. */
export interface KeyHolder<S extends KeySource> {
  /** The key that this source holds. */
  open(source: S): Promise<Buffer>;
  /** Makes a key and puts it there. */
  create(): Promise<{ readonly source: S; readonly key: Buffer }>;
  /** Takes it away where it is ours to take away. */
  forget(source: S): Promise<void>;
  /** In words, with the place. */
  describe(source: S): string;
}

/** All kinds. */
export interface WrappingKeys extends Omit<KeyHolder<KeySource>, "create"> {
  /** Without a kind: `MCPASS_KEY_SOURCE`, else `MCPASS_KEY` if it is set, else the keychain if there is one, else a file. */
  create(kind: KeySourceKind | undefined): Promise<{ readonly source: KeySource; readonly key: Buffer }>;
}

export interface WrappingKeyOptions {
  readonly environment: Environment;
  /** Where key files lie. */
  readonly directory: string;
  readonly keychain: () => Promise<Keychain>;
}

export function createWrappingKeys({ environment, directory, keychain }: WrappingKeyOptions): WrappingKeys {
  const holders: { readonly [K in KeySourceKind]: KeyHolder<SourceOf<K>> } = { file: keyFiles(directory), keychain: keychainKeys(keychain), environment: environmentKey(environment) };
  const holderOf = <S extends KeySource>(source: S): KeyHolder<S> => holders[source.kind] as unknown as KeyHolder<S>;
  return {
    open: (source) => holderOf(source).open(source),
    forget: (source) => holderOf(source).forget(source),
    describe: (source) => holderOf(source).describe(source),
    create: async (kind) => {
      const { source: named, key } = readEnvironment(environment);
      const wanted = kind ?? named ?? (key === undefined ? undefined : "environment");
      return wanted === undefined ? holders.keychain.create().catch(() => holders.file.create()) : holders[wanted].create();
    },
  };
}
