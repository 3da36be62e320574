import { randomBytes } from "node:crypto";

export interface RegisteredClient {
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly secretExpiresAt: number | undefined;
  readonly redirectUris: readonly string[];
  /** The registration request, as it was sent. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 7592. */
  registrationToken?: string | undefined;
}

/** What one approval allowed. */
export interface Approval {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly audience: string | undefined;
  readonly subject: string;
  readonly renewable: boolean;
  /** The thumbprint of the DPoP key that the tokens are bound to. */
  readonly jkt?: string | undefined;
  readonly nonce?: string | undefined;
}

/** RFC 8628: one device that waits for its person. */
export interface DeviceGrant {
  readonly userCode: string;
  readonly approval: Approval;
  readonly expiresAt: number;
  state: "pending" | "approved" | "denied" | "used";
  intervalSeconds: number;
  polledAt: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly kind: "access" | "refresh";
  readonly approval: Approval;
  /** One number per authorization; rotation stays in the family. */
  readonly family: number;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  state: "live" | "used" | "revoked";
  usedAt?: number;
}

export interface Secret {
  readonly kind: "access-token" | "refresh-token" | "code" | "client-secret" | "verifier" | "device-code" | "registration-token" | "id-token" | "id-jag" | "assertion";
  readonly value: string;
}

/** What the server knows. Tests may read and change all of it. */
export interface AuthorizationServerStore {
  readonly clients: Map<string, RegisteredClient>;
  readonly codes: Map<string, { readonly approval: Approval; used: boolean }>;
  readonly tokens: Map<string, IssuedToken>;
  /** By device code. */
  readonly devices: Map<string, DeviceGrant>;
  /** "client subject" of everybody who consented once. */
  readonly consents: Set<string>;
  /** "issuer jti" of the assertions that were accepted. */
  readonly assertions: Set<string>;
  /** Every secret that was ever issued here or shown to it, oldest first. */
  readonly secrets: Secret[];
  issueCode(approval: Approval): string;
  issueToken(kind: IssuedToken["kind"], approval: Approval, family: number, lifetimeSeconds: number): IssuedToken;
  newFamily(): number;
  endFamily(family: number): void;
}

export function createStore(): AuthorizationServerStore {
  const store = {
    clients: new Map<string, RegisteredClient>(),
    codes: new Map<string, { readonly approval: Approval; used: boolean }>(),
    tokens: new Map<string, IssuedToken>(),
    devices: new Map<string, DeviceGrant>(),
    consents: new Set<string>(),
    assertions: new Set<string>(),
    secrets: [] as Secret[],
  };
  let families = 0;
  return {
    ...store,
    newFamily: () => (families += 1),
    issueCode(approval) {
      const code = randomName("code");
      store.codes.set(code, { approval, used: false });
      store.secrets.push({ kind: "code", value: code });
      return code;
    },
    issueToken(kind, approval, family, lifetimeSeconds) {
      const token = randomName(kind === "access" ? "at" : "rt");
      const expiresAt = Date.now() + lifetimeSeconds * 1000;
      const issued: IssuedToken = { token, kind, approval, family, scopes: words(approval.scope), expiresAt, state: "live" };
      store.tokens.set(token, issued);
      store.secrets.push({ kind: `${kind}-token`, value: token });
      return issued;
    },
    endFamily(family) {
      for (const issued of store.tokens.values()) if (issued.family === family) issued.state = "revoked";
    },
  };
}

export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(18).toString("base64url")}`;
}

export function words(scope: string | undefined): string[] {
  return (scope ?? "").split(" ").filter((word) => word !== "");
}
