import { randomBytes, scrypt } from "node:crypto";

import { McpassError } from "../base/errors.ts";
import { keyLength } from "./sealing.ts";
import { type Environment, readEnvironment } from "./vault-environment.ts";
import { locked } from "./vault-locked.ts";
import type { KeyHolder, SourceOf } from "./wrapping-key.ts";

const leastPassphrase = 12;

/** The key or passphrase in `MCPASS_KEY`; what replaces one may be in `MCPASS_NEW_KEY`. */
export function environmentKey(environment: Environment): KeyHolder<SourceOf<"environment">> {
  return {
    describe: ({ salt }) => `the ${salt === undefined ? "key" : "passphrase"} in MCPASS_KEY`,
    forget: async () => undefined,
    open: async ({ salt }) => {
      const { key: value } = readEnvironment(environment);
      if (value === undefined) throw locked("MCPASS_KEY is not set, and the vault is sealed with it.", "Set MCPASS_KEY to what it was when the vault was sealed.");
      if (salt !== undefined) return deriveKey(value, Buffer.from(salt, "base64"));
      const key = decodeKey(value);
      if (key === undefined) throw locked("MCPASS_KEY is a passphrase, and the vault is sealed with a key.", `Set MCPASS_KEY to the key: ${keyLength} bytes in hexadecimal or base64.`);
      return key;
    },
    create: async ({ replacing }) => {
      const { key: present, newKey: successor } = readEnvironment(environment);
      const [name, value] = replacing && successor !== undefined ? ["MCPASS_NEW_KEY", successor] : ["MCPASS_KEY", present];
      if (value === undefined) throw new McpassError("usage", "MCPASS_KEY is not set, and the vault is to be sealed with it.", { hint: "Set MCPASS_KEY to 32 random bytes in hexadecimal (openssl rand -hex 32), or to a passphrase of 12 characters or more." });
      const key = decodeKey(value);
      if (key !== undefined) return { source: { kind: "environment" }, key };
      if (value.length < leastPassphrase) throw new McpassError("usage", `The passphrase in ${name} is shorter than ${leastPassphrase} characters.`, { hint: "Use a longer one, or 32 random bytes: openssl rand -hex 32" });
      const salt = randomBytes(16);
      return { source: { kind: "environment", salt: salt.toString("base64") }, key: await deriveKey(value, salt) };
    },
  };
}

/** 32 bytes in hexadecimal or base64 (either alphabet); undefined: something else. */
export function decodeKey(value: string): Uint8Array | undefined {
  const trimmed = value.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, "hex");
  return /^[\w+/-]{43}=?$/.test(trimmed) ? Buffer.from(trimmed, "base64") : undefined;
}

export function encodeKey(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}

/** RFC 7914; about a tenth of a second and 32 MiB. */
function deriveKey(passphrase: string, salt: Buffer): Promise<Uint8Array> {
  return new Promise((resolve, reject) =>
    scrypt(passphrase, salt, keyLength, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 }, (error, key) => (error === null ? resolve(key) : reject(error))),
  );
}
