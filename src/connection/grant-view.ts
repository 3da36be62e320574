import type { GrantView as AccessGrantView } from "../access/sign-in-types.ts";
import { machineGrants } from "../config/server-entry.ts";
import { McpassError } from "../base/errors.ts";
import type { Grant } from "../vault/vault.ts";

/** A stored grant as it may be shown, with the configured names of its server. */
export interface GrantView extends AccessGrantView {
  /** Comma separated when several entries share it; undefined when none has this URL any more. */
  readonly server: string | undefined;
}

export function viewGrant(grant: Grant, now: number, server: string | undefined): GrantView {
  const { tokens, registration, ended, trouble } = grant;
  return {
    server,
    serverUrl: grant.serverUrl,
    account: grant.account,
    issuer: grant.issuer,
    scopes: tokens?.scopes ?? ended?.quarantined?.scopes ?? grant.requestedScopes,
    expiresAt: tokens?.expiresAt,
    renewable: tokens?.refreshToken !== undefined || isByMachine(grant),
    grantType: grant.grantType ?? "authorization_code",
    bound: grant.dpopKey !== undefined,
    state: stateOf(grant, now),
    clientKind: registration.kind,
    clientId: registration.clientId,
    obtainedAt: grant.obtainedAt,
    error: ended !== undefined && tokens === undefined ? new McpassError("grant_ended", `The grant has ended: ${ended.reason}.`) : trouble === undefined ? undefined : troubleOf(grant),
  };
}

/** `authenticated`: usable now, or after a renewal that needs nobody. */
export function stateOf(grant: Grant, now: number): "authenticated" | "expired" | "ended" {
  const { tokens } = grant;
  if (tokens === undefined) return "ended";
  const over = tokens.expiresAt !== undefined && tokens.expiresAt <= now;
  return over && tokens.refreshToken === undefined && !isByMachine(grant) ? "expired" : "authenticated";
}

/** Its next token needs nobody and no refresh token. */
function isByMachine({ grantType }: Grant): boolean {
  return machineGrants.some((machine) => machine === grantType);
}

/** The renewal that fails while the token is still good: the connection works, and somebody should know. */
export function troubleOf({ trouble }: Grant): McpassError | undefined {
  return trouble === undefined ? undefined : new McpassError("renewal_failed", trouble.message, { hint: "This looks temporary; the grant is kept and the renewal tried again." });
}

/** A record that cannot be read: what is known of it is that it is there. */
export function unreadableView(error: McpassError): GrantView {
  return { server: undefined, serverUrl: "", account: "", issuer: "", scopes: [], expiresAt: undefined, renewable: false, grantType: "authorization_code", bound: false, state: "unreadable", clientKind: "configured", clientId: "", obtainedAt: 0, error };
}
