import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { createOutgoing } from "../oauth/outgoing.ts";
import type { Registration } from "../oauth/registration.ts";
import { deleteRegistration, type DeletionResult } from "../oauth/registration-management.ts";
import type { Vault } from "../vault/vault.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import { listGrants } from "./stored-grant.ts";

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

/** Every client of the vault; records that cannot be read are left out. Reads only, and opens nothing. */
export async function listClients(vault: Vault): Promise<readonly ClientView[]> {
  const grants = await listGrants(vault);
  const usersOf = ({ issuer, clientId }: Pick<ClientView, "issuer" | "clientId">): readonly string[] => [...new Set(grants.flatMap(({ head, serverUrls }) => (head.issuer === issuer && head.clientId === clientId ? serverUrls : [])))];
  const own = (await vault.list()).flatMap((listing) => ("head" in listing && listing.head.kind === "registration" ? [{ key: listing.key, head: listing.head }] : []));
  const stored = own.map(({ key, head }): ClientView => {
    const { clientKind, issuer, clientId, hasSecret, redirectUri, registeredAt, expiresAt, deletable } = head;
    return { key, kind: clientKind, issuer, clientId, hasSecret, redirectUri, registeredAt, expiresAt, deletable, serverUrls: usersOf(head) };
  });
  const within = grants.map(({ head: { clientKind, issuer, clientId, obtainedAt } }): ClientView => {
    return { key: undefined, kind: clientKind, issuer, clientId, hasSecret: false, redirectUri: undefined, registeredAt: obtainedAt, expiresAt: undefined, deletable: false, serverUrls: usersOf({ issuer, clientId }) };
  });
  const seen = new Set<string>();
  return [...stored, ...within].filter(({ issuer, clientId, key }) => {
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
