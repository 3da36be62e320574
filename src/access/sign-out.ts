import { findMcpassError, McpassError } from "../base/errors.ts";
import { revokeToken } from "../oauth/revocation.ts";
import { machineGrants } from "../config/server-entry.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { aboutGrant } from "./about-grant.ts";
import { credentialsOf } from "./client-credentials.ts";
import type { SignOutResult } from "./sign-in-types.ts";
import { findGrantKeyFor, linksTo, otherAccounts } from "./stored-grant.ts";

/**
 * Revokes at the issuer (the refresh token, then the access token), then forgets here, whatever the issuer said. What was refused is reported, not thrown. RFC 7009; U04, F07
 * Throws only the vault's errors.
 */
export async function signOut(context: AccessContext, options: { readonly keepRemote?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<SignOutResult> {
  let result: SignOutResult = { server: context.name, account: context.account, forgotten: false, otherAccounts: await otherAccounts(context), alsoFor: [], revoked: "skipped", revocationError: undefined };
  let forgotten: Grant | undefined;
  const key = await keyToForget(context);
  if (key === undefined) return result;
  await context.vault.update(key, async (current) => {
    if (current?.kind !== "grant") return "keep";
    const revocation = options.keepRemote === true ? { revoked: "skipped" as const, revocationError: undefined } : await revokeAll(context, current, options.signal);
    result = { ...result, ...revocation, forgotten: true };
    forgotten = current;
    return "remove";
  });
  if (forgotten !== undefined) context.events.emit({ type: "grant.forgotten", ...aboutGrant(context, forgotten), revoked: result.revoked });
  return { ...result, alsoFor: await forgetLinks(context, key) };
}

/** The entry's own grant; where there is none, one that a machine got by flags which are not given now. */
async function keyToForget(context: AccessContext): Promise<VaultKey | undefined> {
  for (const machine of [machineOf(context), undefined, ...machineGrants]) {
    const key = await findGrantKeyFor(machine, context);
    if (key !== undefined && (await context.vault.head(key)) !== undefined) return key;
  }
  return undefined;
}

/** The other servers that were served by it. U05 */
async function forgetLinks({ vault, serverUrl }: AccessContext, key: VaultKey): Promise<readonly string[]> {
  const links = await linksTo(vault, key);
  for (const link of links) await vault.update(link.key, async () => "remove");
  return [...new Set(links.map((link) => link.serverUrl).filter((url) => url !== serverUrl))];
}

type Revocation = Pick<SignOutResult, "revoked" | "accessTokenUntil" | "revocationError">;

async function revokeAll(context: AccessContext, grant: Grant, signal: AbortSignal | undefined): Promise<Revocation> {
  if (grant.tokens === undefined) return { revoked: "skipped", revocationError: undefined };
  if (grant.revocationEndpoint === undefined) return { revoked: "not-offered", revocationError: undefined };
  const client = await credentialsOf(context, grant.registration).catch(failureOf);
  if (client instanceof McpassError) return { revoked: "failed", revocationError: client };
  const request = { endpoint: grant.revocationEndpoint, client, headers: settingsOf(context).headers, signal };
  const { refreshToken, accessToken, expiresAt } = grant.tokens;
  let revocationError: McpassError | undefined;
  let renewalRevoked = false;
  for (const [hint, token] of [["refresh_token", refreshToken], ["access_token", accessToken]] as const) {
    if (token === undefined) continue;
    try {
      await revokeToken(context.outgoing, { ...request, token, hint });
      if (hint === "refresh_token") renewalRevoked = true;
    } catch (thrown) {
      revocationError ??= failureOf(thrown);
      // An issuer that does not answer once will not answer twice; one that refuses one kind of token may take the other.
      if (revocationError.code !== "token_refused") break;
    }
  }
  if (revocationError === undefined) return { revoked: "revoked", revocationError };
  // Issuers whose access tokens are JWTs often revoke refresh tokens only: nothing is left to end in a provider's settings then.
  return renewalRevoked ? { revoked: "refresh-token", accessTokenUntil: expiresAt, revocationError } : { revoked: "failed", revocationError };
}

function failureOf(thrown: unknown): McpassError {
  return findMcpassError(thrown) ?? new McpassError("internal", "Revoking failed.", { cause: thrown });
}
