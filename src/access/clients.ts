import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { createOutgoing } from "../oauth/outgoing.ts";
import type { Registration } from "../oauth/registration.ts";
import { deleteRegistration, type DeletionResult } from "../oauth/registration-management.ts";
import type { Vault, VaultKey } from "../vault/vault.ts";

/** A client that is stored here: by itself, or only as part of a sign-in. Safe to show. Instants in ms since the epoch. */
export interface ClientView {
  /** Of its own record; undefined: it stands only in the sign-ins of `serverUrls`. */
  readonly key: VaultKey | undefined;
  readonly kind: Registration["kind"];
  readonly issuer: string;
  readonly clientId: string;
  readonly hasSecret: boolean;
  readonly redirectUri: string | undefined;
  readonly registeredAt: number;
  /** When its secret ends; undefined: never. */
  readonly expiresAt: number | undefined;
  /** The issuer gave what is needed to delete it there. RFC 7592 */
  readonly deletable: boolean;
  /** Servers with a sign-in that this client was used for. */
  readonly serverUrls: readonly string[];
}

/** Every client of the vault; records that cannot be read are left out. Reads only. */
export async function listClients(vault: Vault): Promise<readonly ClientView[]> {
  const records = (await vault.list()).flatMap((listing) => ("record" in listing ? [{ key: listing.key, record: listing.record }] : []));
  const grants = records.flatMap(({ record }) => (record.kind === "grant" ? [record] : []));
  const usersOf = ({ issuer, clientId }: Registration): readonly string[] => grants.filter(({ registration: used }) => used.issuer === issuer && used.clientId === clientId).map(({ serverUrl }) => serverUrl);
  const own = records.flatMap(({ key, record }) => (record.kind === "registration" ? [view(key, record.registration, usersOf(record.registration))] : []));
  const within = grants.map(({ registration }) => view(undefined, registration, usersOf(registration)));
  const seen = new Set<string>();
  return [...own, ...within].filter(({ issuer, clientId, key }) => {
    const name = JSON.stringify([issuer, clientId]);
    if (key === undefined && seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** Takes a stored client out of the vault; sign-ins made with it stay. */
export async function forgetClient(vault: Vault, key: VaultKey): Promise<void> {
  await vault.update(key, async (current) => (current?.kind === "registration" ? "remove" : "keep"));
}

/** Deletes a client at its issuer and, unless that failed, here. Throws network errors; nothing is forgotten then. RFC 7592 §2.3 */
export async function deleteClient({ runtime, vault }: { readonly runtime: Runtime; readonly vault: Vault }, key: VaultKey, signal: AbortSignal | undefined): Promise<DeletionResult> {
  const record = await vault.read(key);
  if (record?.kind !== "registration") throw new McpassError("usage", "There is no such client in the vault.", { hint: "mcpass clients" });
  const { registration } = record;
  const outgoing = createOutgoing({ runtime, serverUrl: registration.registrationClientUri ?? registration.issuer, allowPrivate: false });
  const result = await deleteRegistration(outgoing, registration, signal);
  if (result.kind === "deleted" || result.kind === "gone") await forgetClient(vault, key);
  return result;
}

function view(key: VaultKey | undefined, registration: Registration, serverUrls: readonly string[]): ClientView {
  const { kind, issuer, clientId, clientSecret, redirectUri, registeredAt, clientSecretExpiresAt, registrationClientUri, registrationAccessToken } = registration;
  const deletable = key !== undefined && registrationClientUri !== undefined && registrationAccessToken !== undefined;
  return { key, kind, issuer, clientId, hasSecret: clientSecret !== undefined, redirectUri, registeredAt, expiresAt: clientSecretExpiresAt, deletable, serverUrls: [...new Set(serverUrls)] };
}
