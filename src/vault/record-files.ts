import { McpassError } from "../base/errors.ts";
import type { DataKeys } from "./data-keys.ts";
import { headOf, type RecordHead } from "./record-head.ts";
import { readText, replaceFile, unreadable } from "./record-file.ts";
import { keyIdIn, parseFields, readHead, readPlain, type Seal } from "./seal.ts";
import { Misfit } from "./shape.ts";
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
  /** The key's id; "plain": none, it is of schema 1; undefined: it cannot be told. */
  sealedWith(key: VaultKey): string | undefined;
}

interface RecordFilesOptions {
  readonly fileOf: (key: VaultKey) => string;
  readonly directory: string;
  readonly seal: Seal;
  readonly keys: DataKeys;
}

export function createRecordFiles(options: RecordFilesOptions): RecordFiles {
  const { fileOf, seal, keys } = options;
  const remembered = new Map<VaultKey, { readonly stamp: string; readonly record: VaultRecord }>();
  const heads = new Map<VaultKey, { readonly stamp: string; readonly head: RecordHead }>();
  const read: RecordFiles["read"] = async (key, { fresh = false } = {}) => {
    const file = fileOf(key);
    const known = fresh ? undefined : remembered.get(key);
    const stored = readText(file, known?.stamp);
    if (stored === undefined) return void remembered.delete(key);
    if (stored.stamp === known?.stamp) return known.record;
    const record = await saying(file, async () => {
      const fields = parseFields(stored.text);
      return (await plainIn(keys, fields)) ?? seal.unseal(key, fields);
    });
    remembered.set(key, { stamp: stored.stamp, record });
    return record;
  };
  return {
    read,
    write: (key, record) => writeRecord(options, key, record),
    head: async (key) => {
      const file = fileOf(key);
      const known = heads.get(key);
      const stored = readText(file, known?.stamp);
      if (stored === undefined) return void heads.delete(key);
      if (stored.stamp === known?.stamp) return known.head;
      return saying(file, async () => {
        const fields = parseFields(stored.text);
        const plain = await plainIn(keys, fields);
        if (plain !== undefined) return headOf(plain);
        const head = readHead(key, fields);
        heads.set(key, { stamp: stored.stamp, head });
        return head;
      });
    },
    sealedWith: (key) => sealedWith(fileOf(key)),
    reseal: async (key) => {
      const record = await read(key, { fresh: true });
      if (record !== undefined && sealedWith(fileOf(key)) !== (await keys.current()).id) await writeRecord(options, key, record);
    },
  };
}

function sealedWith(file: string): string | undefined {
  try {
    const stored = readText(file);
    const fields = stored === undefined ? undefined : parseFields(stored.text);
    return fields === undefined ? undefined : readPlain(fields) === undefined ? keyIdIn(fields) : "plain";
  } catch {
    return undefined;
  }
}

/** What schema 1 left is taken only until everything is sealed: afterwards nobody could have written it but somebody without the key. */
async function plainIn(keys: DataKeys, fields: Record<string, unknown>): Promise<VaultRecord | undefined> {
  const plain = readPlain(fields);
  if (plain === undefined) return undefined;
  const record = await keys.record();
  if (record === undefined || record.plain === true) return plain;
  throw new Misfit("it is not sealed, and everything in this vault is");
}

async function writeRecord({ fileOf, directory, seal, keys }: RecordFilesOptions, key: VaultKey, record: VaultRecord): Promise<void> {
  const file = fileOf(key);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const text = await seal.seal(key, record);
    const fields = parseFields(text);
    // What cannot be read again must not take the place of what can.
    await seal.unseal(key, fields).catch((thrown: unknown) => Promise.reject(unfit(file, thrown)));
    await replaceFile(file, directory, text);
    // Suspended for so long that the vault was sealed anew meanwhile, twice: then nobody has that key any more, but for this process.
    const known = await keys.record().catch(() => undefined);
    if (known === undefined || known.keys.some(({ id }) => id === keyIdIn(fields))) return;
  }
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
