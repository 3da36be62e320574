import type { AuthorizationServer } from "../oauth/discover-issuer.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import { looksLikeEmail, readIdToken } from "../oauth/person-claims.ts";
import { askUserinfo } from "../oauth/userinfo.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { Grant, Identity } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { proverFor } from "./dpop-binding.ts";

/** Who signed in, for people to see: nothing is ever decided by it, and not knowing fails nothing. S07 */

/** As the ID token of the token answer says, where one was asked for. */
export function whoByIdToken(context: AccessContext, { issuer, clientId, idToken, scopes }: { readonly issuer: string; readonly clientId: string; readonly idToken: string | undefined; readonly scopes: readonly string[] }): Identity | undefined {
  if (idToken === undefined) return undefined;
  context.readSecrets.add(idToken);
  return scopes.includes("openid") ? readIdToken(idToken, { issuer, clientId, now: context.runtime.now() }) : undefined;
}

/** The stored grant with what its issuer's userinfo endpoint adds, where the ID token has no name for a person. Asked once, at the sign-in. Never throws. */
export async function withUserinfo(context: AccessContext, { userinfoEndpoint }: AuthorizationServer, key: VaultKey, grant: Grant, signal: AbortSignal | undefined): Promise<Grant> {
  const { tokens, identity } = grant;
  const named = identity?.email !== undefined || identity?.name !== undefined;
  if (named || userinfoEndpoint === undefined || tokens?.scopes.includes("openid") !== true) return grant;
  try {
    const prover = await proverFor(context, grant.dpopKey);
    const person = await askUserinfo(context.outgoing, { endpoint: userinfoEndpoint, accessToken: tokens.accessToken, prover, headers: settingsOf(context).headers, subject: identity?.subject, signal });
    if (person === undefined) return grant;
    const record = await context.vault.update(key, async (current) => (current?.kind === "grant" && current.tokens?.accessToken === tokens.accessToken ? { ...current, identity: person } : "keep"));
    return record?.kind === "grant" ? record : grant;
  } catch {
    return grant;
  }
}

/** Says it when the same account is another person's now: the sign-in stands, since that person has just signed in, but it must not go unseen. S07 */
export function noticeOtherPerson(context: AccessContext, before: Grant | undefined, { identity, issuer, account }: Grant): void {
  const [was, is] = [before?.identity, identity];
  if (before === undefined || was?.subject === undefined || is?.subject === undefined || was.subject === is.subject || !sameIssuer(before.issuer, issuer)) return;
  const distinct = nameOf(was) !== nameOf(is);
  const [wasWords, isWords] = distinct ? [nameOf(was), nameOf(is)] : [was.subject, is.subject];
  context.events.emit({ type: "identity.changed", server: context.name, at: context.runtime.now(), account, before: wasWords, now: isWords });
}

/** What a person recognises. */
function nameOf({ email, name, subject }: Identity): string {
  return email ?? name ?? subject ?? "";
}

/** Whom the issuer should suggest: the configured one, the account's label where it is an address, else who it was before, at that issuer. OpenID Connect Core §3.1.2.1 */
export function loginHintFor(context: AccessContext, issuer: string, before: Grant | undefined): string | undefined {
  const known = before !== undefined && sameIssuer(before.issuer, issuer) ? before.identity?.email : undefined;
  return settingsOf(context).loginHint ?? (looksLikeEmail(context.account) ? context.account : known);
}
