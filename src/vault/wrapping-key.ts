import { randomBytes, scrypt } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, McpassError } from "../base/errors.ts";
import { readEnvironment, type Environment } from "./vault-environment.ts";
import type { Keychain } from "./keychain.ts";
import type { KeySource, KeySourceKind } from "./key-record.ts";
import { codeOf, makePrivateFolder, syncFolder } from "./record-file.ts";
import { keyIdOf, keyLength, newKey } from "./sealing.ts";

/** Where the key comes from that everything else is sealed under. Every method throws `vault_locked`. */
export interface WrappingKeys {
  /** The key that this source holds. */
  open(source: KeySource): Promise<Buffer>;
  /** Makes a key and puts it there. Without a kind: `MCPASS_KEY_SOURCE`, else `MCPASS_KEY` if it is set, else the keychain if there is one, else a file. */
  create(kind: KeySourceKind | undefined): Promise<{ readonly source: KeySource; readonly key: Buffer }>;
  /** Takes it away where it is ours to take away. */
  forget(source: KeySource): Promise<void>;
  /** In words, with the place. */
  describe(source: KeySource): string;
}

export interface WrappingKeyOptions {
  readonly environment: Environment;
  /** Where key files lie. */
  readonly directory: string;
  readonly keychain: () => Promise<Keychain>;
}

export function createWrappingKeys({ environment, directory, keychain }: WrappingKeyOptions): WrappingKeys {
  const describe = (source: KeySource): string => {
    if (source.kind === "file") return `the key file ${join(directory, source.name)}`;
    return source.kind === "keychain" ? `the item ${source.item} of the system's keychain` : `the ${source.salt === undefined ? "key" : "passphrase"} in MCPASS_KEY`;
  };
  const fromEnvironment = async (source: Extract<KeySource, { kind: "environment" }>): Promise<Buffer> => {
    const { key: value } = readEnvironment(environment);
    if (value === undefined) throw locked("MCPASS_KEY is not set, and the vault is sealed with it.", "Set MCPASS_KEY to what it was at the first sign-in.");
    if (source.salt !== undefined) return deriveKey(value, Buffer.from(source.salt, "base64"));
    const key = decodeKey(value);
    if (key === undefined)
      throw locked("MCPASS_KEY is a passphrase, and the vault is sealed with a key.", `Set MCPASS_KEY to the key: ${keyLength} bytes in hexadecimal or base64.`);
    return key;
  };
  const fromKeychain = async (item: string): Promise<Buffer> => {
    const found = await (await keychain()).get(item);
    const key = found === undefined ? undefined : decodeKey(found);
    if (key === undefined)
      throw locked(`The system's keychain has no key of the name ${item}, and the vault is sealed with it.`, "Unlock or restore that keychain. Nothing was changed.");
    return key;
  };
  const create = {
    file: async () => {
      const key = newKey();
      const name = `vault-${keyIdOf(key)}.key`;
      await writeKeyFile(directory, name, key);
      return { source: { kind: "file", name } as const, key };
    },
    keychain: async () => {
      const key = newKey();
      const item = `vault-${keyIdOf(key)}`;
      await (await keychain()).set(item, key.toString("base64"));
      if ((await fromKeychain(item)).equals(key)) return { source: { kind: "keychain", item } as const, key };
      throw locked(`The system's keychain did not keep the key ${item}.`, "Use a key file: MCPASS_KEY_SOURCE=file");
    },
    environment: async () => {
      const { key: value } = readEnvironment(environment);
      const salt = value === undefined || decodeKey(value) !== undefined ? undefined : randomBytes(16).toString("base64");
      const source = { kind: "environment", ...(salt === undefined ? {} : { salt }) } as const;
      return { source, key: await fromEnvironment(source) };
    },
  };
  return {
    describe,
    open: async (source) => {
      if (source.kind === "environment") return fromEnvironment(source);
      return source.kind === "keychain" ? fromKeychain(source.item) : readKeyFile(join(directory, source.name));
    },
    create: async (kind) => {
      const { source: named, key } = readEnvironment(environment);
      const wanted = kind ?? named ?? (key === undefined ? undefined : "environment");
      if (wanted !== undefined) return create[wanted]();
      return create.keychain().catch(() => create.file());
    },
    forget: async (source) => {
      if (source.kind === "file") await rm(join(directory, source.name), { force: true });
      if (source.kind === "keychain") await (await keychain()).remove(source.item);
    },
  };
}

/** 32 bytes in hexadecimal or base64 (either alphabet); undefined: something else. */
function decodeKey(value: string): Buffer | undefined {
  const trimmed = value.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, "hex");
  return /^[\w+/-]{43}=?$/.test(trimmed) ? Buffer.from(trimmed, "base64") : undefined;
}

/** RFC 7914; about a tenth of a second and 32 MiB. */
function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  if (passphrase.length < 12) throw locked("The passphrase in MCPASS_KEY is shorter than 12 characters.", "Use a longer one, or 32 random bytes: openssl rand -hex 32");
  return new Promise((resolve, reject) =>
    scrypt(passphrase, salt, keyLength, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 }, (error, key) => (error === null ? resolve(key) : reject(error))),
  );
}

async function writeKeyFile(directory: string, name: string, key: Buffer): Promise<void> {
  const file = join(directory, name);
  await makePrivateFolder(directory);
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(`${key.toString("base64")}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(directory);
  } catch (thrown) {
    throw new McpassError("vault_unwritable", `The vault's key file ${file} cannot be written: ${describeCause(thrown)}.`, {
      hint: `Make its folder writable for you, and room on its disk.`,
      cause: thrown,
      details: { file },
    });
  }
}

/** One that others can read is refused: whoever has read it has everything. S01 */
function readKeyFile(file: string): Buffer {
  let text: string;
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0 && process.platform !== "win32")
      throw locked(
        `The vault's key file ${file} can be read by others (mode ${(mode & 0o777).toString(8)}).`,
        `If nobody has: chmod 600 '${file}'; else afterwards also: mcpass vault rekey`,
        { file },
      );
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof McpassError) throw thrown;
    const gone = codeOf(thrown) === "ENOENT";
    throw locked(
      `The vault's key file ${file} ${gone ? "is gone" : `cannot be read: ${describeCause(thrown)}`}.`,
      gone
        ? "Put it back from a backup; without it nothing that is stored can be opened. To start anew, move the vault's folder away."
        : `Make ${file} readable for you.`,
      { file },
      thrown,
    );
  }
  const key = decodeKey(text);
  if (key === undefined) throw locked(`The vault's key file ${file} does not hold a key.`, "Put it back from a backup.", { file });
  return key;
}

export function locked(message: string, hint: string, details: Readonly<Record<string, string>> = {}, cause?: unknown): McpassError {
  return new McpassError("vault_locked", message, { hint, details, cause });
}
