import { machineOf } from "../access/access-context.ts";
import type { GrantHead } from "../vault/record-head.ts";
import { hasOwnCredential } from "../access/static-credential.ts";
import type { ServerMemory } from "../access/server-memory.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { firstGrantKey, linkKey } from "../vault/vault-key.ts";
import type { Vault } from "../vault/vault.ts";
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

/** Reads the vault and what was remembered; a vault that cannot be read is this server's error, not the list's. */
export async function readStored({ runtime, vault, memory }: StoredReader, state: ServerState): Promise<StoredSnapshot> {
  const { configured } = state;
  const base = { ...state.snapshot(), error: undefined, hint: undefined };
  if (!configured.enabled) return { ...base, status: "disabled" };
  if (configured.error !== undefined) return failed(base, configured.error);
  if (configured.entry?.type !== "remote") return { ...base, status: "no_auth_needed" };
  if (needsNoGrant(configured.entry)) return { ...base, status: "no_auth_needed" };
  try {
    const serverUrl = canonicalServerUrl(configured.entry.url);
    const owner = [serverUrl, base.account ?? "default", machineOf({ entry: configured.entry })] as const;
    const link = await vault.head(linkKey(...owner));
    const head = await vault.head(link?.kind === "link" ? link.grant : firstGrantKey(...owner));
    if (head?.kind === "grant") return ofGrant(base, head, runtime.now());
    const { open } = await memory.read(serverUrl);
    return { ...base, status: open === undefined ? "not_authenticated" : "no_auth_needed" };
  } catch (thrown) {
    return failed(base, findMcpassError(thrown) ?? new McpassError("internal", `What is stored for ${configured.name} could not be read.`, { cause: thrown }));
  }
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
