import type { AuthorizationServer as IssuerMetadata } from "../../src/oauth/discover-issuer.ts";
import type { DpopKey } from "../../src/oauth/dpop.ts";
import type { Registration } from "../../src/oauth/registration.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";

/** What discovery would say of an issuer whose endpoints are at `origin`. */
export function issuerAt(origin: string, more: Partial<IssuerMetadata> = {}): IssuerMetadata {
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    deviceAuthorizationEndpoint: undefined,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    revocationEndpoint: `${origin}/revoke`,
    scopes: undefined,
    codeChallengeMethods: ["S256"],
    tokenEndpointAuthMethods: undefined,
    grantTypes: undefined,
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: false,
    source: "metadata",
    ...more,
  };
}

export function registrationAt(issuer: string, more: Partial<Registration> = {}): Registration {
  return { kind: "configured", issuer, clientId: "client", clientSecret: undefined, clientSecretExpiresAt: undefined, tokenEndpointAuthMethod: undefined, redirectUri: undefined, registeredAt: 0, ...more };
}

/** A code as a browser would have brought it back; its verifier's challenge is RFC 7636's example. */
export const exampleVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const exampleRedirectUri = "http://127.0.0.1:19876/mcp/oauth/callback";

export function issueCode(server: AuthorizationServer, clientId: string, scope = "a b"): string {
  return server.store.issueCode({
    clientId,
    redirectUri: exampleRedirectUri,
    codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    scope,
    resource: undefined,
    audience: undefined,
    subject: "alice",
    renewable: true,
  });
}

/** A key of ours for WebCrypto, and so for what others wrote. */
export async function pairOf(key: DpopKey): Promise<CryptoKeyPair> {
  const { d: _private, ...open } = key;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { privateKey: await crypto.subtle.importKey("jwk", { ...key }, algorithm, false, ["sign"]), publicKey: await crypto.subtle.importKey("jwk", { ...open }, algorithm, true, ["verify"]) };
}
