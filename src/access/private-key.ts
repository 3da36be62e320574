import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";

export interface SigningKey {
  /** Private. */
  readonly key: JsonWebKey & { readonly kid?: string };
  readonly algorithm: string;
}

const byCurve: Readonly<Record<string, string>> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", Ed25519: "EdDSA", Ed448: "EdDSA" };

/** A private key as PEM (PKCS#8, PKCS#1, SEC 1) or JWK, and the algorithm to sign with. What is wrong with it is said without a word of it. */
export function parsePrivateKey(text: string, algorithm: string | undefined): SigningKey | { readonly problem: string } {
  const read = text.startsWith("{") ? readJwk(text) : readPem(text);
  if ("problem" in read) return read;
  const own = byCurve[read.key.crv ?? ""] ?? (read.key.kty === "RSA" ? "RS256" : undefined);
  if (own === undefined) return { problem: "holds a key of a kind that cannot sign here" };
  const fits = algorithm === undefined || algorithm === own || (read.key.kty === "RSA" && /^[RP]S/.test(algorithm));
  return fits ? { key: read.key, algorithm: algorithm ?? own } : { problem: `holds a key for ${own}, which cannot sign with ${algorithm}` };
}

function readJwk(text: string): { readonly key: SigningKey["key"] } | { readonly problem: string } {
  try {
    const jwk = JSON.parse(text) as JsonWebKey & { kid?: unknown };
    const key = createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "jwk" });
    return { key: { ...key, ...(typeof jwk.kid === "string" ? { kid: jwk.kid } : {}) } };
  } catch {
    return { problem: "holds no private key: a JWK with its private part is needed" };
  }
}

function readPem(text: string): { readonly key: SigningKey["key"] } | { readonly problem: string } {
  if (text.includes("ENCRYPTED")) return { problem: "holds a key behind a passphrase, which mcpass does not ask for" };
  try {
    const key: KeyObject = createPrivateKey(text);
    return { key: key.export({ format: "jwk" }) };
  } catch {
    return { problem: "holds no private key: PEM or JWK is needed" };
  }
}
