import type { GrantView as AccessGrantView } from "../access/sign-in-types.ts";
import { machineGrants } from "../config/server-entry.ts";
import { McpassError } from "../base/errors.ts";
import type { GrantHead } from "../vault/record-head.ts";
import type { Trouble } from "../vault/vault-record.ts";

/** A stored grant as it may be shown, with the configured names of its server. */
export interface GrantView extends AccessGrantView {
  /** Comma separated when several entries share it; undefined when none has this URL any more. */
  readonly server: string | undefined;
}

export function viewGrant(grant: GrantHead, now: number, server: string | undefined, serverUrls: readonly string[] = [grant.serverUrl]): GrantView {
  const { serverUrl, account, identity, issuer, scopes, expiresAt, refreshable, grantType, bound, clientKind, clientId, obtainedAt, live, ended, trouble } = grant;
  const error = ended !== undefined && !live ? new McpassError("grant_ended", `The grant has ended: ${ended.reason}.`) : trouble === undefined ? undefined : troubleOf(trouble);
  return { server, serverUrl, serverUrls, account, identity, issuer, scopes, expiresAt: live ? expiresAt : undefined, renewable: refreshable || isByMachine(grant), grantType, bound, state: stateOf(grant, now), clientKind, clientId, obtainedAt, error };
}

/** `authenticated`: usable now, or after a renewal that needs nobody. */
export function stateOf(grant: GrantHead, now: number): "authenticated" | "expired" | "ended" {
  if (!grant.live) return "ended";
  const over = grant.expiresAt !== undefined && grant.expiresAt <= now;
  return over && !grant.refreshable && !isByMachine(grant) ? "expired" : "authenticated";
}

/** Its next token needs nobody and no refresh token. */
function isByMachine({ grantType }: GrantHead): boolean {
  return machineGrants.some((machine) => machine === grantType);
}

/** The renewal that fails while the token is still good: the connection works, and somebody should know. */
export function troubleOf(trouble: Trouble): McpassError {
  return new McpassError("renewal_failed", trouble.message, { hint: "This looks temporary; the grant is kept and the renewal tried again." });
}

/** A record that cannot be read: what is known of it is that it is there. */
export function unreadableView(error: McpassError): GrantView {
  return { server: undefined, serverUrl: "", serverUrls: [], account: "", identity: undefined, issuer: "", scopes: [], expiresAt: undefined, renewable: false, grantType: "authorization_code", bound: false, state: "unreadable", clientKind: "configured", clientId: "", obtainedAt: 0, error };
}
