/** RFC 7636 with S256, the only method used. */

/** 32 random bytes as base64url: a code verifier, or a `state`. */
export function randomToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The S256 challenge of a verifier. RFC 7636 §4.2. */
export function codeChallenge(verifier: string): Promise<string> {
  return sha256(verifier);
}

/** The SHA-256 of a text, as base64url. */
export async function sha256(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
