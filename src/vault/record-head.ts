import type { GrantType } from "../config/server-entry.ts";
import type { Registration } from "../oauth/registration.ts";
import type { Grant, Identity, Link, Trouble, VaultRecord } from "./vault-record.ts";

/** What may be read of a record without the vault's key: nothing that would let anybody in. Authenticated with the sealed part. */
export type RecordHead = GrantHead | LinkHead | RegistrationHead | PendingHead;

/** A grant without its secrets. */
export interface GrantHead {
  readonly kind: "grant";
  readonly serverUrl: string;
  readonly account: string;
  readonly identity: Identity | undefined;
  readonly issuer: string;
  readonly resource: string | undefined;
  readonly clientKind: Registration["kind"];
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly grantType: GrantType;
  /** A token set is stored that may be used. */
  readonly live: boolean;
  readonly expiresAt: number | undefined;
  /** A refresh token is stored. */
  readonly refreshable: boolean;
  /** Its tokens are bound to a key. RFC 9449 */
  readonly bound: boolean;
  readonly obtainedAt: number;
  readonly renewedAt: number | undefined;
  readonly generation: number;
  readonly trouble: Trouble | undefined;
  readonly ended: { readonly reason: string; readonly at: number; readonly quarantined: boolean } | undefined;
}

/** Which grant serves a server; it has no secrets. */
export type LinkHead = Link;

/** A client registration without its secrets. */
export interface RegistrationHead {
  readonly kind: "registration";
  readonly issuer: string;
  readonly clientKind: Registration["kind"];
  readonly clientId: string;
  readonly hasSecret: boolean;
  readonly redirectUri: string | undefined;
  readonly registeredAt: number;
  /** When its secret ends; undefined: never. */
  readonly expiresAt: number | undefined;
  /** The issuer gave what is needed to delete it there. RFC 7592 */
  readonly deletable: boolean;
}

/** A sign-in under way, without its secrets. */
export interface PendingHead {
  readonly kind: "pending";
  readonly server: string;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export function headOf(record: VaultRecord): RecordHead {
  switch (record.kind) {
    case "grant":
      return grantHeadOf(record);
    case "link":
      return record;
    case "registration":
      return registrationHeadOf(record.registration);
    case "pending": {
      const { server, serverUrl, account, createdAt, expiresAt } = record.pending;
      return { kind: "pending", server: record.server, serverUrl, account, issuer: server.issuer, createdAt, expiresAt };
    }
  }
}

export function grantHeadOf(grant: Grant): GrantHead {
  const { serverUrl, account, identity, issuer, resource, registration, requestedScopes, tokens, obtainedAt, renewedAt, generation, trouble, ended } = grant;
  return {
    kind: "grant",
    serverUrl,
    account,
    identity,
    issuer,
    resource,
    clientKind: registration.kind,
    clientId: registration.clientId,
    scopes: tokens?.scopes ?? ended?.quarantined?.scopes ?? requestedScopes,
    grantType: grant.grantType ?? "authorization_code",
    live: tokens !== undefined,
    expiresAt: tokens?.expiresAt,
    refreshable: tokens?.refreshToken !== undefined,
    bound: grant.dpopKey !== undefined,
    obtainedAt,
    renewedAt,
    generation,
    trouble,
    ended: ended === undefined ? undefined : { reason: ended.reason, at: ended.at, quarantined: ended.quarantined !== undefined },
  };
}

function registrationHeadOf(registration: Registration): RegistrationHead {
  const { kind, issuer, clientId, clientSecret, redirectUri, registeredAt, clientSecretExpiresAt, registrationClientUri, registrationAccessToken } = registration;
  const deletable = registrationClientUri !== undefined && registrationAccessToken !== undefined;
  return { kind: "registration", issuer, clientKind: kind, clientId, hasSecret: clientSecret !== undefined, redirectUri, registeredAt, expiresAt: clientSecretExpiresAt, deletable };
}

