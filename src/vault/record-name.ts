import { showUrl } from "../base/redact.ts";
import type { RecordHead } from "./record-head.ts";
import type { VaultKey } from "./vault-key.ts";

/** What a record is called in messages: "The grant of account … for …". */
export function nameOfRecord(key: VaultKey, head: RecordHead | undefined): string {
  if (head === undefined) return `The vault's ${key}`;
  if (head.kind === "registration") return `The registration at ${showUrl(head.issuer)}`;
  return `The ${head.kind === "pending" ? "sign-in" : head.kind} of account ${head.account} for ${showUrl(head.serverUrl)}`;
}
