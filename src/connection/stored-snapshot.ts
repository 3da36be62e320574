import { machineOf } from "../access/access-context.ts";
import type { GrantHead, RecordHead } from "../vault/record-head.ts";
import { hasOwnCredential } from "../access/static-credential.ts";
import type { ServerMemory } from "../access/server-memory.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { machineGrants, type MachineGrantType, type RemoteEntry } from "../config/server-entry.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { firstGrantKey, linkKey } from "../vault/vault-key.ts";
import type { Vault, VaultListing } from "../vault/vault.ts";
import { stateOf, viewGrant } from "./grant-view.ts";
import type { ServerSnapshot, ServerState } from "./server-state.ts";

/** What is stored of a server, without asking it anything. */
export interface StoredSnapshot extends Omit<ServerSnapshot, "status"> {
  readonly status: "authenticated" | "expired" | "not_authenticated" | "disabled" | "no_auth_needed" | "failed";
}

export interface StoredReader {
  readonly runtime: Pick<Runtime, "now">;
  readonly vault: Vault;
  readonly memory: ServerMemory;
}

/** Reads the vault, or what is `among` its heads, and what was remembered; a vault that cannot be read is this server's error, not the list's. */
export async function readStored({ runtime, vault, memory }: StoredReader, state: ServerState, among?: readonly VaultListing[]): Promise<StoredSnapshot> {
  const { configured } = state;
  const base = { ...state.snapshot(), error: undefined, hint: undefined };
  if (!configured.enabled) return { ...base, status: "disabled" };
  if (configured.error !== undefined) return failed(base, configured.error);
  if (configured.entry?.type !== "remote") return { ...base, status: "no_auth_needed" };
  if (needsNoGrant(configured.entry)) return { ...base, status: "no_auth_needed" };
  try {
    const serverUrl = canonicalServerUrl(configured.entry.url);
    const owner = [serverUrl, base.account ?? "default", machineOf({ entry: configured.entry })] as const;
    const head = among?.every((listing) => "head" in listing) === true ? headAmong(among, ...owner) : await headOf(vault, ...owner);
    if (head?.kind === "grant") return ofGrant(base, head, runtime.now());
    const { open } = await memory.read(serverUrl);
    return { ...base, status: open === undefined ? "not_authenticated" : "no_auth_needed" };
  } catch (thrown) {
    return failed(base, findMcpassError(thrown) ?? new McpassError("internal", `What is stored for ${configured.name} could not be read.`, { cause: thrown }));
  }
}

type Owner = readonly [serverUrl: string, account: string, machine: MachineGrantType | undefined];

async function headOf(vault: Vault, ...owner: Owner): Promise<RecordHead | undefined> {
  const link = await vault.head(linkKey(...owner));
  return vault.head(link?.kind === "link" ? link.grant : firstGrantKey(...owner));
}

/** The same by what the heads say, which spares making keys: where nothing is stored, nothing is hashed. */
function headAmong(among: readonly (VaultListing & { readonly head: RecordHead })[], ...owner: Owner): RecordHead | undefined {
  const [serverUrl, account, machine] = owner;
  const own = among.filter(({ head }) => "serverUrl" in head && head.serverUrl === serverUrl && head.account === account);
  if (own.length === 0) return undefined;
  const links = own.flatMap(({ head }) => (head.kind === "link" ? [head.grant] : []));
  const linked = among.find(({ key, head }) => links.includes(key) && head.kind === "grant" && machineGrants.find((kind) => kind === head.grantType) === machine);
  return linked?.head ?? own.find(({ key }) => key === firstGrantKey(...owner))?.head;
}

function ofGrant(base: Omit<ServerSnapshot, "status">, grant: GrantHead, now: number): StoredSnapshot {
  const state = stateOf(grant, now);
  const { error, expiresAt } = viewGrant(grant, now, undefined);
  return { ...base, status: state === "authenticated" ? "authenticated" : "expired", identity: grant.identity, error, hint: error?.hint, expiresAt, signedIn: state === "authenticated" };
}

function failed(base: Omit<ServerSnapshot, "status">, error: McpassError): StoredSnapshot {
  return { ...base, status: "failed", error, hint: error.hint };
}

/** A configured header, or `"oauth": false`, takes the place of a grant. */
export function needsNoGrant(entry: RemoteEntry): boolean {
  return entry.oauth === false || hasOwnCredential(entry);
}
