import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** A text encrypted and authenticated, with what else was authenticated left readable. AES-256-GCM, NIST SP 800-38D: 96-bit nonce, 128-bit tag. */
export interface Sealed {
  /** Base64. Random: with one key, far fewer than 2^32 texts are ever sealed. */
  readonly nonce: string;
  /** Base64: the ciphertext, then the tag. */
  readonly data: string;
}

export const keyLength = 32;
const tagLength = 16;

export function seal(key: Uint8Array, plain: string | Uint8Array, associated: string): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(associated));
  const data = Buffer.concat([cipher.update(plain as Uint8Array), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString("base64"), data: data.toString("base64") };
}

/** undefined: another key, or something was changed. Which of the two cannot be told. */
export function unseal(key: Uint8Array, { nonce, data }: Sealed, associated: string): Uint8Array | undefined {
  const [start, bytes] = [Buffer.from(nonce, "base64"), Buffer.from(data, "base64")];
  if (start.length !== 12 || bytes.length < tagLength) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, start, { authTagLength: tagLength }).setAAD(Buffer.from(associated)).setAuthTag(bytes.subarray(-tagLength));
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Tells keys apart without telling anything of them. */
export function keyIdOf(key: Uint8Array): string {
  return createHash("sha256").update("mcpass key id").update(key).digest("hex").slice(0, 16);
}

export function newKey(): Uint8Array {
  return randomBytes(keyLength);
}
