import { isTenantOf, sameIssuer } from "./issuer.ts";

/** What an issuer says of a person. For people to see, never to decide by. OpenID Connect Core §5.1 */
export interface PersonClaims {
  readonly subject: string | undefined;
  readonly name: string | undefined;
  /** Also a user name in the form of an address: what `login_hint` takes. Never one that the issuer calls unverified. */
  readonly email: string | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

/** The claims of a JWT whose signature nobody looked at; empty when it is none. */
export function jwtClaims(jwt: string): Claims {
  try {
    const base64 = (jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims) ? (claims as Claims) : {};
  } catch {
    return {};
  }
}

/** It is this issuer's, and for this client. OpenID Connect Core §3.1.3.7 (2–5) */
export function isMeantFor({ iss, aud, azp }: Claims, { issuer, clientId }: { readonly issuer: string; readonly clientId: string }): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const ours = audiences.includes(clientId) && (azp === undefined || azp === clientId);
  return ours && typeof iss === "string" && (sameIssuer(iss, issuer) || isTenantOf(iss, issuer));
}

const skewMs = 300_000;

/**
 * Who an ID token is about; undefined where it is another issuer's, for another client, or over. Only for one that came from the token endpoint itself: TLS
 * then stands in for its signature (OpenID Connect Core §3.1.3.7, 6). No `nonce` was sent that could be compared.
 */
export function readIdToken(jwt: string, expected: { readonly issuer: string; readonly clientId: string; readonly now: number }): PersonClaims | undefined {
  const claims = jwtClaims(jwt);
  const { exp } = claims;
  const over = typeof exp !== "number" || exp * 1000 + skewMs <= expected.now;
  return over || !isMeantFor(claims, expected) ? undefined : personOf(claims);
}

/** undefined without a subject: then it says nothing of anybody. */
export function personOf(claims: Claims): PersonClaims | undefined {
  const subject = words(claims["sub"]);
  if (subject === undefined) return undefined;
  const userName = words(claims["preferred_username"]);
  const address = claims["email_verified"] === false ? undefined : words(claims["email"]);
  return { subject, name: words(claims["name"]) ?? userName, email: [address, userName].find((each) => each !== undefined && looksLikeEmail(each)) };
}

/** Close enough for a hint. */
export function looksLikeEmail(value: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(value);
}

/** One line of at most 256 characters: more is no name of anybody. */
function words(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" && value.length <= 256 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? value.trim() : undefined;
}
