import { McpassError } from "../base/errors.ts";
import type { PendingRecord } from "../vault/vault-record.ts";
import { pendingKey } from "../vault/vault-key.ts";
import type { Vault } from "../vault/vault.ts";

/*
 * Sign-ins under way: sealed in the vault like grants and apart from them, so that an abandoned one can spoil nothing. Whoever takes one out finishes it,
 * be it the process that made it or another. S05, H01, H05, C08. All throw the vault's errors.
 */

/** Keeps one more, and reads it back: nobody is asked for what could not be finished. What has expired is swept away first. U02 */
export async function keepPending(vault: Vault, record: PendingRecord, now: number): Promise<void> {
  for (const listing of await vault.list()) {
    if (!("head" in listing) || listing.head.kind !== "pending" || listing.head.expiresAt > now) continue;
    // One that cannot be read stays, and is in nobody's way.
    await vault.update(listing.key, async (current) => (current?.kind === "pending" && current.pending.expiresAt <= now ? "remove" : "keep")).catch(() => undefined);
  }
  await vault.update(pendingKey(record.pending.state), async () => record);
  if ((await findPending(vault, record.pending.state)) !== undefined) return;
  throw new McpassError("vault_unwritable", `The sign-in to ${record.server} cannot be begun: what finishing it needs is not in ${vault.place} after writing it there.`, { hint: "Check that directory, then sign in again." });
}

/** Consumes nothing; an expired one too. */
export async function findPending(vault: Vault, state: string): Promise<PendingRecord | undefined> {
  const record = await vault.read(pendingKey(state));
  return record?.kind === "pending" && record.pending.state === state ? record : undefined;
}

/** Those of one server that are in time. */
export async function listPending(vault: Vault, serverUrl: string, now: number): Promise<readonly PendingRecord[]> {
  const listings = await vault.list();
  const keys = listings.flatMap((listing) => ("head" in listing && listing.head.kind === "pending" && listing.head.serverUrl === serverUrl && listing.head.expiresAt > now ? [listing.key] : []));
  const records = await Promise.all(keys.map((key) => vault.read(key)));
  return records.filter((record) => record?.kind === "pending");
}

/** Takes it out for good: of any number of processes one gets it. undefined: not there (any more). */
export async function takePending(vault: Vault, state: string): Promise<PendingRecord | undefined> {
  if ((await findPending(vault, state)) === undefined) return undefined;
  let taken: PendingRecord | undefined;
  await vault.update(pendingKey(state), async (current) => {
    if (current?.kind !== "pending" || current.pending.state !== state) return "keep";
    taken = current;
    return "remove";
  });
  return taken;
}
