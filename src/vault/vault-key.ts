import { createHash } from "node:crypto";

import type { MachineGrantType } from "../config/server-entry.ts";

/** The name of one record: its kind and a hash, safe as the name of a file. */
export type VaultKey = string & { readonly brand: "VaultKey" };

/** What tells one grant from another: nothing else is ever shared. `client` is the client identifier. S06, S07, U05 */
export interface GrantIdentity {
  readonly issuer: string;
  readonly client: string;
  /** The `resource` parameter as it was sent; undefined when none was sent. RFC 8707 */
  readonly resource: string | undefined;
  readonly account: string;
  /** What a machine has must not take the place of what a person signed in for. */
  readonly machine?: MachineGrantType | undefined;
  /** Where no resource parameter was sent, nothing says that two servers are one resource: then the server's URL tells. */
  readonly serverUrl: string;
}

export function grantKey({ issuer, client, resource, account, machine, serverUrl }: GrantIdentity): VaultKey {
  return keyOf("grant", "2", issuer, client, resource ?? `url ${serverUrl}`, account, machine ?? "");
}

/** Of the link from a server's URL to the grant it is served by. The display name plays no part: a changed URL has no link. S06 */
export function linkKey(serverUrl: string, account: string, machine?: MachineGrantType): VaultKey {
  return keyOf("link", serverUrl, account, machine ?? "");
}

/** The key that schema 1 gave a grant; one that was stored then is found by it until the next sign-in. S04 */
export function firstGrantKey(serverUrl: string, account: string, machine?: MachineGrantType): VaultKey {
  return keyOf("grant", serverUrl, account, ...(machine === undefined ? [] : [machine]));
}

/** `use`: what it was registered for, where that is not the authorization code alone. */
export function registrationKey(issuer: string, redirectUri: string, clientName: string, use?: "device_code"): VaultKey {
  return keyOf("registration", issuer, redirectUri, clientName, ...(use === undefined ? [] : [use]));
}

export function pendingKey(state: string): VaultKey {
  return keyOf("pending", state);
}

/** What a stored name must look like to be a key. */
export const keyPattern = /^(?:grant|link|registration|pending)-[0-9a-f]{40}$/;

function keyOf(kind: string, ...parts: readonly string[]): VaultKey {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
  return `${kind}-${digest}` as VaultKey;
}
