import { plainText } from "../../base/redact.ts";
import type { Identity } from "../../vault/vault-record.ts";

/** `work (ada@example.com)`: the label, and who that is where the issuer told; `how` stands before the name. */
export function accountWords(account: string, identity: Identity | undefined, how = ""): string {
  const name = identity?.email ?? identity?.name;
  return `${plainText(account)}${name === undefined || name === account ? "" : ` (${how}${plainText(name)})`}`;
}

/** Every member is there; what is not known is null. */
export function identityJson(identity: Identity | undefined): object | null {
  return identity === undefined ? null : { subject: identity.subject ?? null, name: identity.name ?? null, email: identity.email ?? null };
}
