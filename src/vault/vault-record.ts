import type { GrantType } from "../config/server-entry.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";
import type { DpopKey } from "../oauth/dpop.ts";
import type { Registration } from "../oauth/registration.ts";
import type { TokenSet } from "../oauth/token.ts";
import type { VaultKey } from "./vault-key.ts";

/** Instants in ms since the epoch. `docs/vault-schema.md` describes every field. */
export type VaultRecord = Grant | Link | RegistrationRecord | PendingRecord;

/** What one issuer let one account have for one resource, and all that renewing it needs: no discovery is repeated. */
export interface Grant {
  readonly kind: "grant";
  /** The server URL it was signed in for, canonical (see `canonicalServerUrl`); links lead here from it and from others. */
  readonly serverUrl: string;
  readonly account: string;
  /** Who that is at the issuer, where it told. */
  readonly identity?: Identity | undefined;
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
  readonly trouble: Trouble | undefined;
  /** The grant type it came by; undefined: the authorization code. */
  readonly grantType: GrantType | undefined;
  /** The key that its tokens are bound to. RFC 9449 */
  readonly dpopKey: DpopKey | undefined;
  /** Terminal refusal by the issuer: why, when, and the token set it refused, kept out of use (quarantine). */
  readonly ended: Ended | undefined;
  /** Written before a refresh token is sent, gone with the answer: still here, it may have been spent without anybody having read the answer. F05 */
  readonly redeeming?: Redeeming | undefined;
  /** Who obtained which generation, oldest first, the last 100. F05 */
  readonly lineage?: readonly LineageEntry[] | undefined;
}

/** From the ID token or the userinfo endpoint; for people to see, never to decide by. OIDC Core §5.1 */
export interface Identity {
  readonly subject: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** The last renewal failed in passing; it is tried again. Times are milliseconds since the epoch. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  /** Failures in a row. */
  readonly attempts?: number | undefined;
  /** Not before; by the issuer's Retry-After or by back-off. */
  readonly retryAt?: number | undefined;
  /** The issuer asked not to be asked before. */
  readonly askedUntil?: number | undefined;
}

/** Why a grant is over: its issuer refused to renew it. */
export interface Ended {
  readonly reason: string;
  readonly at: number;
  readonly quarantined: TokenSet | undefined;
}

/** A refresh token was sent, and the answer is not stored yet: what whoever finds this after a crash must know. */
export interface Redeeming {
  /** The generation whose refresh token is sent. */
  readonly generation: number;
  readonly at: number;
  /** Which process: `process 123 on host`. */
  readonly by: string;
}

/** One generation of a grant: what was done, when (milliseconds since the epoch), and by which process. */
export interface LineageEntry {
  readonly generation: number;
  readonly at: number;
  readonly by: string;
  readonly event: "signed-in" | "renewed" | "interrupted" | "refused" | "restored";
  /** The first 16 hexadecimal digits of the SHA-256 of this generation's refresh token; undefined: it had none. */
  readonly refreshToken: string | undefined;
}

/** From a server's URL and an account to the grant it is served by. Two servers may share one grant; a changed URL has no link. S06, U05 */
export interface Link {
  readonly kind: "link";
  readonly serverUrl: string;
  readonly account: string;
  readonly grant: VaultKey;
  readonly madeAt: number;
}

/** A dynamic registration kept for the next sign-in at the same issuer. Keyed by issuer, redirect URI and client name. R04 */
export interface RegistrationRecord {
  readonly kind: "registration";
  readonly registration: Registration;
}

/** A sign-in under way, kept apart from every grant so that an abandoned one can spoil nothing; whoever takes it out finishes it. S05, H01, C08 */
export interface PendingRecord {
  readonly kind: "pending";
  /** The configured name, for messages. */
  readonly server: string;
  /** What the browser opens. Holds no secret but the `state`. */
  readonly url: string;
  readonly pending: PendingAuthorization;
  /** `offline_access` was added to what was asked for. */
  readonly offlineAdded: boolean;
}
