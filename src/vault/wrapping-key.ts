import type { McpassError } from "../base/errors.ts";
import { environmentKey } from "./environment-key.ts";
import { keyFiles } from "./key-file.ts";
import type { KeySource, KeySourceKind } from "./key-record.ts";
import { type Keychain, type KeychainPatience, keychainKeys } from "./keychain.ts";
import { openSystemKeychain } from "./system-keychain.ts";
import { type Environment, type KeyWishes, readEnvironment } from "./vault-environment.ts";

export type SourceOf<K extends KeySourceKind> = Extract<KeySource, { kind: K }>;

/** One kind of place for the key that everything else is sealed under. Every method throws `vault_locked`. */
export interface KeyHolder<S extends KeySource> {
  /** The key that this source holds. */
  open(source: S): Promise<Uint8Array>;
  /** Makes a key and puts it there. `replacing`: there is one already. */
  create(options: { readonly replacing: boolean }): Promise<{ readonly source: S; readonly key: Uint8Array }>;
  /** Takes it away where it is ours to take away. */
  forget(source: S): Promise<void>;
  /** In words, with the place. */
  describe(source: S): string;
}

/** All kinds. */
export interface WrappingKeys extends Omit<KeyHolder<KeySource>, "create"> {
  /** Of `kind`; undefined: what a new vault is to have. Throws `usage` where the environment is to have a key and has none. */
  create(kind: KeySourceKind | undefined, options: { readonly replacing: boolean }): Promise<{ readonly source: KeySource; readonly key: Uint8Array }>;
  /** What the environment asks for. */
  wishes(): KeyWishes;
  /** The folder that key files lie in. */
  readonly directory: string;
}

export interface WrappingKeyOptions {
  readonly environment: Environment;
  /** Where key files lie. */
  readonly directory: string;
  /** Default: the system's. */
  readonly keychain?: (() => Promise<Keychain>) | undefined;
  /** Default 2.5 s: long enough for all but a person. */
  readonly keychainPatience?: KeychainPatience | undefined;
  /** Why no key may be put there; undefined: it may. E04 */
  readonly forbids?: ((kind: KeySourceKind) => McpassError | undefined) | undefined;
}

export function createWrappingKeys({ environment, directory, keychain = openSystemKeychain, keychainPatience, forbids = () => undefined }: WrappingKeyOptions): WrappingKeys {
  const holders: { readonly [K in KeySourceKind]: KeyHolder<SourceOf<K>> } = {
    file: keyFiles(directory),
    keychain: keychainKeys(keychain, keychainPatience),
    environment: environmentKey(environment),
  };
  const holderOf = <S extends KeySource>(source: S): KeyHolder<S> => holders[source.kind] as unknown as KeyHolder<S>;
  return {
    directory,
    wishes: () => readEnvironment(environment),
    open: (source) => holderOf(source).open(source),
    forget: (source) => holderOf(source).forget(source),
    describe: (source) => holderOf(source).describe(source),
    create: async (kind, options) => {
      const wanted = kind ?? wantedKind(readEnvironment(environment));
      const make = async (at: KeySourceKind) => {
        const refusal = forbids(at);
        if (refusal !== undefined) throw refusal;
        return holders[at].create(options);
      };
      if (wanted !== undefined) return make(wanted);
      // Where only the keychain is allowed, why there is none is what counts.
      return make("keychain").catch((thrown: unknown) => (forbids("file") === undefined ? make("file") : Promise.reject(thrown)));
    },
  };
}

/** Which source a new vault gets; undefined: the keychain if there is one, else a file. */
export function wantedKind({ source, key }: KeyWishes): KeySourceKind | undefined {
  return source ?? (key === undefined ? undefined : "environment");
}
