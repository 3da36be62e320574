import type { McpassError } from "../base/errors.ts";
import type { GrantType } from "../config/server-entry.ts";
import type { Identity } from "../vault/vault-record.ts";
import type { Registration } from "../oauth/registration.ts";

/** How one interactive sign-in talks to the person; every surface gives its own. */
export interface SignInOptions {
  /** Replaces the configured scope; a leading `+` on a word adds it to what the server asks for. */
  readonly scope?: string | undefined;
  /** Sign in again although a usable grant is stored. */
  readonly force?: boolean | undefined;
  /** How long to wait for the person; default the entry's, else 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** With a code that the person types in at another device. RFC 8628; default: as configured. */
  readonly device?: boolean | undefined;
  /** Default true. */
  readonly openBrowser?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Before the browser opens: the facts of the consent line, and the URL to print. */
  readonly onAuthorization: (notice: AuthorizationNotice) => void | Promise<void>;
  /** Redirect URLs, queries or (where allowed) bare codes that a person pastes while the callback is awaited. */
  readonly pasted?: AsyncIterable<string> | undefined;
  /** A pasted text that was not accepted; waiting goes on. */
  readonly onPasteRefused?: ((error: McpassError) => void) | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** What a person is asked to agree to, and where: known before any browser opens. `expiresAt` is milliseconds since the epoch. */
export interface AuthorizationNotice {
  readonly server: string;
  readonly serverUrl: string;
  readonly url: string;
  readonly issuer: string;
  /** Hosts of the endpoints that are not the issuer's own. D13 */
  readonly endpointHosts: readonly string[];
  readonly account: string;
  /** Who that account was at its last sign-in, as this issuer told. */
  readonly identity: Identity | undefined;
  readonly scopes: readonly string[];
  readonly clientKind: Registration["kind"];
  readonly clientId: string;
  /** undefined: nothing comes back to this machine. */
  readonly redirectUri: string | undefined;
  /** For another device: the code, and where to type it in; `url` has both in one, where the issuer gave that. */
  readonly device?: { readonly userCode: string; readonly verificationUri: string } | undefined;
  readonly expiresAt: number;
  /** The issuer whose grant this sign-in replaces, when it is another one. */
  readonly previousIssuer: string | undefined;
  readonly storedIn: string;
  /** The process that leads this sign-in, where it is another one: this one waits for it, and opens no browser. B01 */
  readonly ledBy: number | undefined;
}

export interface GrantView {
  /** What it was signed in for. */
  readonly serverUrl: string;
  /** All that it serves. U05 */
  readonly serverUrls: readonly string[];
  readonly account: string;
  /** Who that is, as the issuer told. */
  readonly identity: Identity | undefined;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number | undefined;
  readonly renewable: boolean;
  readonly grantType: GrantType;
  /** Its tokens are bound to a key. RFC 9449 */
  readonly bound: boolean;
  readonly state: "authenticated" | "expired" | "ended" | "unreadable";
  readonly clientKind: Registration["kind"];
  readonly clientId: string;
  readonly obtainedAt: number;
  readonly error: McpassError | undefined;
}

export type SignInResult =
  | { readonly kind: "signed-in"; readonly grant: GrantView; readonly tools: number | undefined }
  | { readonly kind: "already-signed-in"; readonly grant: GrantView }
  | { readonly kind: "not-needed" };

/** What became of a sign-out; what the issuer refused is told here, not thrown. RFC 7009 */
export interface SignOutResult {
  readonly server: string;
  readonly account: string;
  readonly forgotten: boolean;
  /** What is stored for this server under other labels. S07 */
  readonly otherAccounts: readonly string[];
  /** URLs of other servers that shared the grant, and are signed out with it. U05 */
  readonly alsoFor: readonly string[];
  /** `refresh-token`: that one was revoked, the access token was not: it stays valid until it ends (`accessTokenUntil`), and is not renewed. RFC 7009 §2.2.1 */
  readonly revoked: "revoked" | "refresh-token" | "not-offered" | "skipped" | "failed";
  /** Milliseconds since the epoch. */
  readonly accessTokenUntil?: number | undefined;
  readonly revocationError: McpassError | undefined;
}
