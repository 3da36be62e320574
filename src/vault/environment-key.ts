import { randomBytes, scrypt } from "node:crypto";

import { keyLength } from "./sealing.ts";
import { type Environment, readEnvironment } from "./vault-environment.ts";
import { locked } from "./vault-locked.ts";
import type { KeyHolder, SourceOf } from "./wrapping-key.ts";

/** The key or passphrase in `MCPASS_KEY`. */
export function environmentKey(environment: Environment): KeyHolder<SourceOf<"environment">> {
  const open = async ({ salt }: SourceOf<"environment">): Promise<Buffer> => {
    const { key: value } = readEnvironment(environment);
    if (value === undefined) throw locked("MCPASS_KEY is not set, and the vault is sealed with it.", "Set MCPASS_KEY to what it was when the vault was sealed.");
    if (salt !== undefined) return deriveKey(value, Buffer.from(salt, "base64"));
    const key = decodeKey(value);
    if (key === undefined) throw locked("MCPASS_KEY is a passphrase, and the vault is sealed with a key.", `Set MCPASS_KEY to the key: ${keyLength} bytes in hexadecimal or base64.`);
    return key;
  };
  return {
    open,
    describe: ({ salt }) => `the ${salt === undefined ? "key" : "passphrase"} in MCPASS_KEY`,
    forget: async () => undefined,
    create: async () => {
      const { key: value } = readEnvironment(environment);
      const isPassphrase = value !== undefined && decodeKey(value) === undefined;
      const source = { kind: "environment", ...(isPassphrase ? { salt: randomBytes(16).toString("base64") } : {}) } as const;
      return { source, key: await open(source) };
    },
  };
}

/** 32 bytes in hexadecimal or base64 (either alphabet); undefined: something else. */
export function decodeKey(value: string): Buffer | undefined {
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
