import { requireAllowed } from "../config/policy.ts";
import type { MachineGrantType } from "../config/server-entry.ts";
import type { RecordHead } from "../vault/record-head.ts";
import type { Vault, VaultListing } from "../vault/vault.ts";
import { firstGrantKey, grantKey, linkKey, type VaultKey } from "../vault/vault-key.ts";
import type { Grant, Link } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";

type Located = Pick<AccessContext, "vault" | "serverUrl" | "account" | "entry">;

/** Where the grant of this server URL and account is: by its link, else where schema 1 put it. undefined: there is none. Throws as `Vault.read` does. S04, S06 */
export async function findGrantKey(located: Located): Promise<VaultKey | undefined> {
  return findGrantKeyFor(machineOf(located), located);
}

/** The same of what this machine has, or a person (undefined), whatever is configured now. `key`: of the link, from those who have it already. */
export async function findGrantKeyFor(machine: MachineGrantType | undefined, { vault, serverUrl, account }: Located, key = linkKey(serverUrl, account, machine)): Promise<VaultKey | undefined> {
  const link = await vault.read(key);
  if (link?.kind === "link") return link.grant;
  const first = firstGrantKey(serverUrl, account, machine);
  return (await vault.head(first)) === undefined ? undefined : first;
}

/** The key of what leads from its URL to its grant: for those who look at it with each call. */
export function linkOf({ serverUrl, account, entry }: Omit<Located, "vault">): VaultKey {
  return linkKey(serverUrl, account, machineOf({ entry }));
}

/** The stored grant, whether it may be used or not. */
export async function recordedGrant(located: Located, link?: VaultKey): Promise<Grant | undefined> {
  const key = await findGrantKeyFor(machineOf(located), located, link);
  const record = key === undefined ? undefined : await located.vault.read(key);
  return record?.kind === "grant" ? record : undefined;
}

/** The stored grant, or a later one that could not be stored yet, if it may serve this entry. Throws `forbidden_by_policy` too. `link`: see `linkOf`. */
export async function readGrant(context: AccessContext, link?: VaultKey): Promise<Grant | undefined> {
  const stored = await recordedGrant(context, link);
  const grant = context.unsaved !== undefined && context.unsaved.replaces === stored?.tokens?.accessToken ? context.unsaved.grant : stored;
  if (grant === undefined || !serves(context, grant)) return undefined;
  requireAllowed(context.policy.forbidsIssuer(grant.issuer, true));
  return grant;
}

/** No other issuer or client was configured since, and it is bound to a key where that is wanted. S06 */
export function serves(context: AccessContext, grant: Grant): boolean {
  const { clientId, issuer, dpop } = settingsOf(context);
  if (dpop === true && grant.dpopKey === undefined) return false;
  return (clientId === undefined || clientId === grant.registration.clientId) && (issuer === undefined || issuer === grant.issuer);
}

/** The key that what was obtained is to be stored under. */
export function keyOfGrant(
  context: AccessContext,
  { issuer, resource, clientId }: { readonly issuer: string; readonly resource: string | undefined; readonly clientId: string },
): VaultKey {
  return grantKey({ issuer, client: clientId, resource, account: context.account, machine: machineOf(context), serverUrl: context.serverUrl });
}

/** Leads this server URL and account to the grant from now on. One that nothing leads to any more is forgotten, not revoked: that could end the new one. F07 */
export async function linkGrant(context: AccessContext, grant: VaultKey): Promise<void> {
  const { vault, serverUrl, account, runtime } = context;
  const before = await findGrantKey(context);
  await vault.update(linkOf(context), async (current) => {
    if (current?.kind === "link" && current.grant === grant) return "keep";
    return { kind: "link", serverUrl, account, grant, madeAt: runtime.now() };
  });
  if (before === undefined || before === grant || (await linksTo(vault, before)).length > 0) return;
  await vault.update(before, async () => "remove");
}

/** What leads to this grant. Opens nothing. */
export async function linksTo(vault: Vault, grant: VaultKey): Promise<readonly (Link & { readonly key: VaultKey })[]> {
  return (await vault.list()).flatMap((listing) =>
    "head" in listing && listing.head.kind === "link" && listing.head.grant === grant ? [{ ...listing.head, key: listing.key }] : [],
  );
}

/** The labels of other accounts that something usable is stored for at this server. Opens nothing. S07 */
export async function otherAccounts({ vault, serverUrl, account }: Pick<Located, "vault" | "serverUrl" | "account">): Promise<readonly string[]> {
  const grants = (await listGrants(vault)).filter(({ head, serverUrls }) => head.live && head.account !== account && serverUrls.includes(serverUrl));
  return [...new Set(grants.map(({ head }) => head.account))].toSorted();
}

/** A grant's head with the server URLs that are served by it. */
export interface HeldGrant {
  readonly key: VaultKey;
  readonly head: Extract<RecordHead, { kind: "grant" }>;
  readonly serverUrls: readonly string[];
}

/** Every grant of the vault. Opens nothing; records that cannot be read are left out. */
export async function listGrants(vault: Vault): Promise<readonly HeldGrant[]> {
  return grantsAmong(await vault.list());
}

export function grantsAmong(listings: readonly VaultListing[]): readonly HeldGrant[] {
  const heads = listings.flatMap((listing) => ("head" in listing ? [listing] : []));
  return heads.flatMap(({ key, head }) => {
    if (head.kind !== "grant") return [];
    const links = heads.flatMap(({ head: other }) => (other.kind === "link" && other.grant === key ? [other.serverUrl] : []));
    return [{ key, head, serverUrls: links.length === 0 ? [head.serverUrl] : [...new Set(links)] }];
  });
}
