import type { Walk } from "../rig/walk.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { type Grant, grantKey } from "../../src/vault/vault.ts";
import { vaultDirectory } from "./places.ts";

/** The stored access token was issued an hour ago and ends in `endsInMs`; negative: it has ended. */
export async function ageGrant(walk: Walk, serverUrl: string, endsInMs: number): Promise<void> {
  const now = Date.now();
  await openFileVault({ directory: vaultDirectory(walk), now: Date.now }).update(grantKey(serverUrl, "default"), async (record) => {
    if (record?.kind !== "grant" || record.tokens === undefined) throw new Error(`no live grant for ${serverUrl}`);
    return { ...record, tokens: { ...record.tokens, issuedAt: now - 3_600_000, expiresAt: now + endsInMs } };
  });
}

/** What is stored for the default account. */
export async function storedGrant(walk: Walk, serverUrl: string): Promise<Grant | undefined> {
  const record = await openFileVault({ directory: vaultDirectory(walk), now: Date.now }).read(grantKey(serverUrl, "default"));
  return record?.kind === "grant" ? record : undefined;
}

/** Every registration that is kept is one that its issuer has never heard of: what a server looks like that has lost its clients. */
export async function replaceStoredClients(walk: Walk, clientId: string): Promise<void> {
  const vault = openFileVault({ directory: vaultDirectory(walk), now: Date.now });
  for (const { key } of await vault.list()) {
    await vault.update(key, async (record) => (record?.kind === "registration" ? { ...record, registration: { ...record.registration, clientId } } : "keep"));
  }
}
