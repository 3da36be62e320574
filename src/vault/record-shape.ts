import type { AuthorizationServer } from "../oauth/discover-issuer.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";
import type { DpopKey } from "../oauth/dpop.ts";
import type { Registration } from "../oauth/registration.ts";
import type { TokenSet } from "../oauth/token.ts";
import { type Check, fieldsOf, list, Misfit, number, object, oneOf, optional, text, truth } from "./shape.ts";
import type { VaultKey } from "./vault-key.ts";
import type { Ended, Grant, Identity, LineageEntry, Link, PendingRecord, Redeeming, RegistrationRecord, Trouble, VaultRecord } from "./vault-record.ts";

export const registrationKind = oneOf("configured", "metadata-document", "dynamic");
export const grantType = oneOf("authorization_code", "device_code", "client_credentials", "jwt-bearer", "id-jag");
export const vaultKey: Check<VaultKey> = (value, path) => text(value, path) as VaultKey;

export const trouble: Check<Trouble> = object<Trouble>({ code: text, message: text, at: number, attempts: optional(number), retryAt: optional(number), askedUntil: optional(number) }, [
  "attempts",
  "retryAt",
  "askedUntil",
]);
export const identity: Check<Identity> = object<Identity>({ subject: optional(text), name: optional(text), email: optional(text) });

const tokens: Check<TokenSet> = object<TokenSet>({
  accessToken: text,
  tokenType: oneOf("Bearer", "DPoP"),
  expiresAt: optional(number),
  issuedAt: number,
  refreshToken: optional(text),
  scopes: list(text),
  idToken: optional(text),
}, ["idToken"]);

const registration: Check<Registration> = object<Registration>(
  {
    kind: registrationKind,
    issuer: text,
    clientId: text,
    clientSecret: optional(text),
    clientSecretExpiresAt: optional(number),
    tokenEndpointAuthMethod: optional(oneOf("none", "client_secret_basic", "client_secret_post", "private_key_jwt")),
    redirectUri: optional(text),
    registeredAt: number,
    registrationClientUri: optional(text),
    registrationAccessToken: optional(text),
  },
  ["registrationClientUri", "registrationAccessToken"],
);

const dpopKey: Check<DpopKey> = object<DpopKey>({ kty: oneOf("EC"), crv: oneOf("P-256"), x: text, y: text, d: text });
const redeeming: Check<Redeeming> = object<Redeeming>({ generation: number, at: number, by: text });
const lineageEntry: Check<LineageEntry> = object<LineageEntry>({
  generation: number,
  at: number,
  by: text,
  event: oneOf("signed-in", "renewed", "interrupted", "refused", "restored"),
  refreshToken: optional(text),
});
const ended: Check<Ended> = object<Ended>({ reason: text, at: number, quarantined: optional(tokens) });

const grant: Check<Grant> = object<Grant>(
  {
    kind: oneOf("grant"),
    serverUrl: text,
    account: text,
    identity: optional(identity),
    issuer: text,
    tokenEndpoint: text,
    revocationEndpoint: optional(text),
    authorizationEndpoint: optional(text),
    resource: optional(text),
    callbackIssuer: optional(text),
    registration,
    requestedScopes: list(text),
    tokens: optional(tokens),
    obtainedAt: number,
    renewedAt: optional(number),
    generation: number,
    grantType: optional(grantType),
    dpopKey: optional(dpopKey),
    trouble: optional(trouble),
    ended: optional(ended),
    redeeming: optional(redeeming),
    lineage: optional(list(lineageEntry)),
  },
  ["callbackIssuer", "identity", "redeeming", "lineage"],
);

export const link: Check<Link> = object<Link>({ kind: oneOf("link"), serverUrl: text, account: text, grant: vaultKey, madeAt: number });

const registrationRecord: Check<RegistrationRecord> = object<RegistrationRecord>({ kind: oneOf("registration"), registration });

const pendingRecord: Check<PendingRecord> = object<PendingRecord>({
  kind: oneOf("pending"),
  server: text,
  url: text,
  pending: pendingAuthorization,
  offlineAdded: truth,
});

/** What finishing it needs is checked; the issuer's metadata is taken as it was written, sealed, by ourselves. */
function pendingAuthorization(value: unknown, path: string): PendingAuthorization {
  const read = object<Omit<PendingAuthorization, "server">>({
    state: text,
    verifier: text,
    registration,
    redirectUri: text,
    serverUrl: text,
    account: text,
    resource: optional(text),
    scopes: list(text),
    issMayBeMissing: truth,
    dpopKey: optional(dpopKey),
    createdAt: number,
    expiresAt: number,
  });
  const server = fieldsOf(fieldsOf(value, path)["server"], `${path}.server`);
  text(server["issuer"], `${path}.server.issuer`);
  text(server["tokenEndpoint"], `${path}.server.tokenEndpoint`);
  return { ...read(value, path), server: server as unknown as AuthorizationServer };
}

const checks: Readonly<Record<string, Check<VaultRecord>>> = { grant, link, registration: registrationRecord, pending: pendingRecord };

/** Throws `Misfit`. */
export function checkRecord(value: unknown): VaultRecord {
  const { kind } = fieldsOf(value, "");
  const check = typeof kind === "string" && Object.hasOwn(checks, kind) ? checks[kind] : undefined;
  if (check === undefined) throw new Misfit("its kind is not grant, link, registration or pending");
  return check(value, "");
}
