import { createHash } from "node:crypto";

import type { McpassError } from "../base/errors.ts";
import type { GrantType, MachineGrantType } from "../config/server-entry.ts";
import type { DpopKey } from "../oauth/dpop.ts";
import type { Registration } from "../oauth/registration.ts";
import type { TokenSet } from "../oauth/token.ts";

/**
 * Where grants and registrations live. One record per key; a record is replaced whole.
 * Errors of every method: `vault_unreadable` (a record exists but cannot be read: it is never moved, overwritten or deleted),
 * `vault_unwritable`, `vault_busy` (another process held the key's lock longer than the deadline; the message names it).
 */
export interface Vault {
  /** The record as it is now, or undefined when there is none. Never waits for a lock. */
  read(key: VaultKey): Promise<VaultRecord | undefined>;
  /**
   * Exclusive across processes for this key: lock → read → `change` → write → unlock. What `change` returns is stored and returned;
   * `"keep"` leaves the record as it is, `"remove"` forgets it. When `change` throws, nothing is written and the error passes through.
   */
  update(key: VaultKey, change: (current: VaultRecord | undefined) => Promise<VaultRecord | "keep" | "remove">): Promise<VaultRecord | undefined>;
  /** Every readable record, and the error for each that is not. */
  list(): Promise<readonly VaultListing[]>;
  /** Where a person finds this vault: a path or a redacted connection string. */
  readonly place: string;
}

export type VaultKey = string & { readonly brand: "VaultKey" };
export type VaultListing = { readonly key: VaultKey; readonly record: VaultRecord } | { readonly key: VaultKey; readonly error: McpassError };
export type VaultRecord = Grant | RegistrationRecord;

/** What one issuer let one account have for one resource, and all that renewing it needs: no discovery is repeated. */
export interface Grant {
  readonly kind: "grant";
  readonly schema: 1;
  /** The server URL this grant is for, canonical (see `canonicalServerUrl`). */
  readonly serverUrl: string;
  readonly account: string;
  /** The exact string of the metadata that named it. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | undefined;
  readonly authorizationEndpoint: string | undefined;
  /** The `resource` parameter as it was sent, byte for byte; undefined when none was sent. RFC 8707. */
  readonly resource: string | undefined;
  /** The `iss` of the callback, where the issuer is a template for many tenants. D11 */
  readonly callbackIssuer?: string | undefined;
  readonly registration: Registration;
  readonly requestedScopes: readonly string[];
  /** undefined: this grant has ended (see `ended`); the record is kept for the next sign-in. */
  readonly tokens: TokenSet | undefined;
  readonly obtainedAt: number;
  readonly renewedAt: number | undefined;
  /** Counts the token sets this grant has had. */
  readonly generation: number;
  /** The last renewal failure that is over only when a renewal succeeds: a grant with this and live tokens is degraded. */
  readonly trouble: { readonly code: string; readonly message: string; readonly at: number } | undefined;
  /** The grant type it came by; undefined: the authorization code. */
  readonly grantType: GrantType | undefined;
  /** The key that its tokens are bound to. RFC 9449 */
  readonly dpopKey: DpopKey | undefined;
  /** Terminal refusal by the issuer: why, when, and the token set it refused, kept out of use (quarantine). */
  readonly ended: { readonly reason: string; readonly at: number; readonly quarantined: TokenSet | undefined } | undefined;
}

/** A dynamic registration kept for the next sign-in at the same issuer. Keyed by issuer, redirect URI and client name. R04 */
export interface RegistrationRecord {
  readonly kind: "registration";
  readonly schema: 1;
  readonly registration: Registration;
}

/** Key of the grant of one account at one server. The display name plays no part: editing a URL orphans its grant. S06 */
export function grantKey(serverUrl: string, account: string, machine?: MachineGrantType): VaultKey {
  // What a machine has must not take the place of what a person signed in for.
  return keyOf("grant", serverUrl, account, ...(machine === undefined ? [] : [machine]));
}

/** `use`: what it was registered for, where that is not the authorization code alone. */
export function registrationKey(issuer: string, redirectUri: string, clientName: string, use?: "device_code"): VaultKey {
  return keyOf("registration", issuer, redirectUri, clientName, ...(use === undefined ? [] : [use]));
}

function keyOf(kind: string, ...parts: readonly string[]): VaultKey {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
  return `${kind}-${digest}` as VaultKey;
}
