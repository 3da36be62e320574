import type { Walk } from "../rig/walk.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { linkKey, type VaultKey } from "../../src/vault/vault-key.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { vaultDirectory } from "./places.ts";

/** The access token that is stored was issued an hour ago and ends in `endsInMs`; negative: it has ended. Whatever kept from renewing it is long ago. */
export async function ageGrant(walk: Walk, serverUrl: string, endsInMs: number, account = "default"): Promise<void> {
  const now = Date.now();
  const vault = vaultOf(walk);
  await vault.update(await keyOf(vault, serverUrl, account), async (record) => {
    if (record?.kind !== "grant" || record.tokens === undefined) throw new Error(`no live grant for ${serverUrl}`);
    const trouble = record.trouble === undefined ? undefined : { ...record.trouble, at: now - 3_600_000, retryAt: now - 3_000_000, askedUntil: undefined };
    return { ...record, trouble, tokens: { ...record.tokens, issuedAt: now - 3_600_000, expiresAt: now + endsInMs } };
  });
}

/** What is stored for the default account. */
export async function storedGrant(walk: Walk, serverUrl: string): Promise<Grant | undefined> {
  const vault = vaultOf(walk);
  const record = await keyOf(vault, serverUrl).then(
    (key) => vault.read(key),
    () => undefined,
  );
  return record?.kind === "grant" ? record : undefined;
}

/** Every registration that is kept is one that its issuer has never heard of: what a server looks like that has lost its clients. */
export async function replaceStoredClients(walk: Walk, clientId: string): Promise<void> {
  const vault = vaultOf(walk);
  for (const { key } of await vault.list()) {
    await vault.update(key, async (record) => (record?.kind === "registration" ? { ...record, registration: { ...record.registration, clientId } } : "keep"));
  }
}

/** The vault, opened as the programs of the walk open it. */
export function vaultOf(walk: Walk): Vault {
  return openFileVault({ directory: vaultDirectory(walk), now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
}

async function keyOf(vault: Vault, serverUrl: string, account = "default"): Promise<VaultKey> {
  const link = await vault.read(linkKey(serverUrl, account));
  if (link?.kind !== "link") throw new Error(`nothing leads from ${serverUrl} to a grant`);
  return link.grant;
}
