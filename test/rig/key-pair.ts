import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/**
 * An EC key of P-256, made as bytes and read back: Node 20 waits for itself for ever when, in the midst of a key's export, the garbage collector takes away what that very
 * key was made by.
 */
export function makeKeyPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const made = generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding: { type: "spki", format: "der" }, privateKeyEncoding: { type: "pkcs8", format: "der" } });
  return { privateKey: createPrivateKey({ key: made.privateKey, type: "pkcs8", format: "der" }), publicKey: createPublicKey({ key: made.publicKey, type: "spki", format: "der" }) };
}
