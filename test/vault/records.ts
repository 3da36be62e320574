import type { Grant, RegistrationRecord } from "../../src/vault/vault.ts";

/** A grant with every field told. */
export function aGrant(changes: Partial<Grant> = {}): Grant {
  return {
    kind: "grant",
    schema: 1,
    serverUrl: "https://mcp.example/mcp",
    account: "default",
    issuer: "https://issuer.example/",
    tokenEndpoint: "https://issuer.example/token",
    revocationEndpoint: "https://issuer.example/revoke",
    authorizationEndpoint: undefined,
    resource: "https://mcp.example/mcp",
    registration: aRegistration().registration,
    requestedScopes: ["read", "write"],
    tokens: { accessToken: "canary-access", tokenType: "Bearer", expiresAt: 2_000_000, issuedAt: 1_000_000, refreshToken: "canary-refresh", scopes: ["read"] },
    obtainedAt: 1_000_000,
    renewedAt: undefined,
    generation: 0,
    grantType: undefined,
    dpopKey: undefined,
    trouble: undefined,
    ended: undefined,
    ...changes,
  };
}

export function aRegistration(): RegistrationRecord {
  return {
    kind: "registration",
    schema: 1,
    registration: {
      kind: "dynamic",
      issuer: "https://issuer.example/",
      clientId: "client-1",
      clientSecret: "canary-client-secret",
      clientSecretExpiresAt: undefined,
      tokenEndpointAuthMethod: "client_secret_basic",
      redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback",
      registeredAt: 1_000_000,
    },
  };
}
