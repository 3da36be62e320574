import { exportJWK, SignJWT, type JSONWebKeySet, type JWTPayload } from "jose";
import { makeKeyPair } from "../../rig/key-pair.ts";

/** One ES256 key. */
export interface ServerKey {
  jwks(): JSONWebKeySet;
  /** `iat`, `exp` (five minutes) and `jti` are added unless given; undefined leaves a claim out. */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
}

export async function createServerKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = makeKeyPair();
  const kid = crypto.randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  return {
    jwks: () => ({ keys: [jwk] }),
    sign(claims, typ = "JWT") {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iat: now, exp: now + 300, jti: crypto.randomUUID(), ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid, typ }).sign(privateKey);
    },
  };
}
