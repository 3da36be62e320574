import { importJWK, type JWK, SignJWT } from "jose";

/** This file loads `jose`: import it only where a key signs. */

export interface ClientAssertionPlan {
  readonly clientId: string;
  /** The issuer, unless configured otherwise. */
  readonly audience: string;
  /** Private. Its `kid` is named in the header. */
  readonly key: JWK;
  readonly algorithm: string;
  readonly now: number;
}

const lifetimeSeconds = 120;

/** What proves a client by its key, once: `iss` and `sub` are the client, the `jti` is new, and it is over after two minutes. RFC 7523 §2.2 and §3 */
export async function signClientAssertion({ clientId, audience, key, algorithm, now }: ClientAssertionPlan): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ iss: clientId, sub: clientId, aud: audience, jti: crypto.randomUUID(), iat: issuedAt, exp: issuedAt + lifetimeSeconds })
    .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .sign(await importJWK(key, algorithm));
}
