import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { sha256 } from "./pkce.ts";

/** This file loads `jose`: import it only where tokens are bound to a key. RFC 9449 */

/** A private ES256 key as JWK; made for one grant and kept with it. */
export interface DpopKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** Proves possession of one key, for requests to any number of servers. */
export interface Prover {
  /** The value of the `DPoP` header of one request, good once; with the token on its way to a resource. RFC 9449 §4.2 */
  prove(request: { readonly method: string; readonly url: string; readonly accessToken?: string | undefined }): Promise<string>;
  /** Takes the `DPoP-Nonce` of an answer for the next proof to its origin; false when there is none. RFC 9449 §8.2, §9 */
  note(url: string, nonce: string | null | undefined): boolean;
}

export async function generateDpopKey(): Promise<DpopKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x = "", y = "", d = "" } = await exportJWK(privateKey);
  return { kty: "EC", crv: "P-256", x, y, d };
}

/** What an issuer binds the code and the tokens to: `dpop_jkt`, `cnf.jkt`. RFC 7638, RFC 9449 §10 */
export function dpopThumbprint(key: DpopKey): Promise<string> {
  return calculateJwkThumbprint(publicPart(key));
}

export function createProver(key: DpopKey, now: () => number): Prover {
  const nonces = new Map<string, string>();
  const signingKey = importJWK({ ...key }, "ES256");
  return {
    async prove({ method, url, accessToken }) {
      const { origin, pathname } = new URL(url);
      const nonce = nonces.get(origin);
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor(now() / 1000),
        ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
        ...(nonce === undefined ? {} : { nonce }),
      };
      return new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: publicPart(key) }).sign(await signingKey);
    },
    note(url, nonce) {
      if (nonce === null || nonce === undefined || nonce === "") return false;
      nonces.set(new URL(url).origin, nonce);
      return true;
    },
  };
}

function publicPart({ kty, crv, x, y }: DpopKey): { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string } {
  return { kty, crv, x, y };
}
