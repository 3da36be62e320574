import { McpassError } from "../base/errors.ts";
import type { DataKeys } from "./data-keys.ts";
import { parseStored } from "./key-record.ts";
import { headOf, type RecordHead } from "./record-head.ts";
import { readText, replaceFile, type StoredText, unreadable } from "./record-file.ts";
import { readHead, readPlain, type Seal } from "./seal.ts";
import { fieldsOf, Misfit } from "./shape.ts";
import type { VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";

/** Records in files. Writing takes a lock that the caller holds. */
export interface RecordFiles {
  /** `fresh`: whatever was read before. Throws `vault_unreadable`, `vault_locked`; the file is left as it is. */
  read(key: VaultKey, options?: { readonly fresh?: boolean }): Promise<VaultRecord | undefined>;
  /** Opens no key. Throws `vault_unreadable`. */
  head(key: VaultKey): Promise<RecordHead | undefined>;
  /** Throws `vault_unwritable`; the old record then still stands. */
  write(key: VaultKey, record: VaultRecord): Promise<void>;
  /** Seals what is not sealed with the current key. */
  reseal(key: VaultKey): Promise<void>;
}

interface RecordFilesOptions {
  readonly fileOf: (key: VaultKey) => string;
  readonly directory: string;
  readonly seal: Seal;
  readonly keys: DataKeys;
}

interface Remembered {
  readonly stamp: string;
  readonly record: VaultRecord;
}

export function createRecordFiles({ fileOf, directory, seal, keys }: RecordFilesOptions): RecordFiles {
  const remembered = new Map<VaultKey, Remembered>();
  const plainAccepted = async (): Promise<boolean> => {
    const record = await keys.record();
    return record === undefined || record.plain === true;
  };
  const open = async (key: VaultKey, stored: string): Promise<VaultRecord> => {
    const plain = readPlain(stored);
    if (plain === undefined) return seal.unseal(key, stored);
    if (await plainAccepted()) return plain;
    throw new Misfit("it is not sealed, and everything in this vault is");
  };
  const readFile = async (key: VaultKey, options: { readonly fresh?: boolean } = {}): Promise<VaultRecord | undefined> => {
    const file = fileOf(key);
    const known = options.fresh === true ? undefined : remembered.get(key);
    const stored = readText(file, known?.stamp);
    if (stored === undefined) return void remembered.delete(key);
    if (known !== undefined && stored.stamp === known.stamp) return known.record;
    const record = await saying(file, () => open(key, stored.text));
    remember(key, stored, record);
    return record;
  };
  const remember = (key: VaultKey, { stamp }: StoredText, record: VaultRecord): void => void remembered.set(key, { stamp, record });
  const write = async (key: VaultKey, record: VaultRecord): Promise<void> => {
    const text = await seal.seal(key, record);
    // What cannot be read again must not take the place of what can.
    await seal
      .unseal(key, text)
      .then(() => readHead(key, text))
      .catch((thrown: unknown) => Promise.reject(unfit(fileOf(key), thrown)));
    await replaceFile(fileOf(key), directory, text);
  };
  return {
    read: readFile,
    write,
    head: async (key) => {
      const file = fileOf(key);
      const stored = readText(file);
      if (stored === undefined) return undefined;
      return saying(file, async () => {
        const plain = readPlain(stored.text);
        if (plain === undefined) return readHead(key, stored.text);
        if (await plainAccepted()) return headOf(plain);
        throw new Misfit("it is not sealed, and everything in this vault is");
      });
    },
    reseal: async (key) => {
      const record = await readFile(key, { fresh: true });
      const stored = readText(fileOf(key));
      if (record === undefined || stored === undefined) return;
      const sealedWith = readPlain(stored.text) === undefined ? fieldsOf(parseStored(stored.text)["sealed"], "sealed")["keyId"] : undefined;
      if (sealedWith !== (await keys.current()).id) await write(key, record);
    },
  };
}

async function saying<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw thrown;
    throw unreadable(file, thrown.message, thrown.newer ? "Upgrade mcpass." : `To sign in anew without it, move it away first: mv '${file}' '${file}.broken'`);
  }
}

function unfit(file: string, thrown: unknown): unknown {
  return thrown instanceof Misfit ? new McpassError("internal", `What was to be written to ${file} is not a record: ${thrown.message}.`) : thrown;
}
