import { createHash, randomBytes } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWK, type JWTPayload, type JWTVerifyResult } from "jose";
import type { Asked } from "./listener.ts";

/** off: nonces are not looked at; required: one nonce, until `retireNonce`; rotates: each is good once, the answer brings the next; endless: none is ever good, and each refusal brings another. */
export type NonceRule = "off" | "required" | "rotates" | "endless";

export interface ProofRules {
  /** What `htu` must be. */
  readonly url: string;
  /** Resource requests: `ath` must be its hash. */
  readonly accessToken?: string;
  readonly nonce: NonceRule;
  readonly skewSeconds: number;
}

export type ProofVerdict =
  | { readonly ok: true; readonly jkt: string }
  | { readonly ok: false; readonly error: "invalid_dpop_proof" | "use_dpop_nonce"; readonly description: string };

/** RFC 9449 §4.3, for one server: it remembers the proofs it saw and the nonce it wants. */
export interface ProofDesk {
  /** undefined: the request has no DPoP header. */
  check(asked: Asked, rules: ProofRules): Promise<ProofVerdict | undefined>;
  /** For the DPoP-Nonce header of an answer. */
  nonce(): string;
  /** The nonce in use is no longer good. */
  retireNonce(): void;
}

export const proofAlgorithms = ["ES256", "RS256", "PS256", "EdDSA"];

export function createProofDesk(): ProofDesk {
  const seen = new Set<string>();
  let nonce = newNonce();
  return {
    nonce: () => nonce,
    retireNonce: () => void (nonce = newNonce()),
    async check(asked, rules) {
      const proof = asked.headers["dpop"];
      if (proof === undefined) return undefined;
      if (proof.includes(",")) return refuse("there is more than one proof");
      const read = await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", algorithms: proofAlgorithms }).catch((error: unknown) => String(error));
      if (typeof read === "string") return refuse(read);
      const wrong = firstFault(asked, rules, read.payload);
      if (wrong !== undefined) return refuse(wrong);
      if (rules.nonce === "endless") nonce = newNonce();
      if (rules.nonce === "endless" || (rules.nonce !== "off" && read.payload["nonce"] !== nonce)) return { ok: false, error: "use_dpop_nonce", description: "a nonce is needed" };
      const jti = String(read.payload.jti);
      if (seen.has(jti)) return refuse("jti was used before");
      seen.add(jti);
      if (rules.nonce === "rotates") nonce = newNonce();
      return { ok: true, jkt: await calculateJwkThumbprint(keyOf(read)) };
    },
  };
}

function firstFault(asked: Asked, { url, accessToken, skewSeconds }: ProofRules, claims: JWTPayload): string | undefined {
  if (claims["htm"] !== asked.method) return `htm is ${String(claims["htm"])}, the method ${asked.method}`;
  if (claims["htu"] !== url) return `htu is ${String(claims["htu"])}, the address ${url}`;
  if (typeof claims.iat !== "number" || Math.abs(Date.now() / 1000 - claims.iat) > skewSeconds) return "iat is not now";
  if (typeof claims.jti !== "string" || claims.jti === "") return "jti is missing";
  if (accessToken === undefined) return claims["ath"] === undefined ? undefined : "ath does not belong here";
  return claims["ath"] === createHash("sha256").update(accessToken).digest("base64url") ? undefined : "ath is not the token's hash";
}

function keyOf(read: JWTVerifyResult): JWK {
  return read.protectedHeader.jwk as JWK;
}

function refuse(description: string): ProofVerdict {
  return { ok: false, error: "invalid_dpop_proof", description };
}

function newNonce(): string {
  return randomBytes(12).toString("base64url");
}
