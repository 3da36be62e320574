import { grantKey, type VaultKey } from "../../src/vault/vault-key.ts";
import type { Grant, PendingRecord, RegistrationRecord } from "../../src/vault/vault-record.ts";

/** The key of a grant that differs from others in its server and its account. */
export function keyFor(serverUrl: string, account = "default"): VaultKey {
  return grantKey({ issuer: "https://issuer.example/", client: "client-1", resource: serverUrl, account, serverUrl });
}

/** A grant with every field told. */
export function aGrant(changes: Partial<Grant> = {}): Grant {
  return {
    kind: "grant",
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

export function aPending(): PendingRecord {
  const { registration } = aRegistration();
  return {
    kind: "pending",
    server: "example",
    url: "https://issuer.example/authorize?state=canary-state",
    offlineAdded: false,
    pending: {
      state: "canary-state",
      verifier: "canary-verifier",
      server: { issuer: "https://issuer.example/", tokenEndpoint: "https://issuer.example/token", source: "metadata" } as PendingRecord["pending"]["server"],
      registration,
      redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback",
      serverUrl: "https://mcp.example/mcp",
      account: "default",
      resource: undefined,
      scopes: ["read"],
      issMayBeMissing: false,
      dpopKey: undefined,
      createdAt: 1_000_000,
      expiresAt: 1_300_000,
    },
  };
}
