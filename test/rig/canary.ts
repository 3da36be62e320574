import { randomBytes } from "node:crypto";
import { holds, type Ledger } from "../servers/ledger.ts";

/** A secret that occurs nowhere by accident; the label tells which one leaked. */
export function canary(label: string): string {
  return `canary-${label}-${randomBytes(12).toString("hex")}`;
}

export interface Places {
  readonly ledger?: Ledger;
  /** Parties that are meant to see the secrets. */
  readonly except?: readonly string[];
  /** Outputs, logs, pages, argv: by name, so that a failure says where. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Throws with every place in which one of the secrets occurs: raw, url-encoded, JSON-escaped or base64. */
export function expectNowhere(secrets: readonly string[], { ledger, except = [], texts = {} }: Places): void {
  if (secrets.length === 0) throw new Error("no secrets given: nothing would be proved");
  const found = secrets.flatMap((secret) => [
    ...(ledger?.holding(secret) ?? []).filter((entry) => !except.includes(entry.party)).map((entry) => `${secret} at ${entry.party} ${entry.method} ${entry.path}`),
    ...Object.entries(texts).filter(([, text]) => holds(text, secret)).map(([name]) => `${secret} in ${name}`),
  ]);
  if (found.length > 0) throw new Error(`secrets leaked:\n${found.join("\n")}`);
}
