import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { RefusedDocument } from "./document-refused.ts";

/** What was learnt of a server, without secrets. A cache: losing it costs a request, never a sign-in. Instants in ms since the epoch. */
export interface ServerFacts {
  /** It answered without any credential. */
  readonly open?: { readonly at: number } | undefined;
  readonly era?: { readonly kind: "legacy" | "modern"; readonly at: number } | undefined;
  /** Its issuer refused to register us, so a client must be configured. R03 */
  readonly registrationRefused?: { readonly issuer: string; readonly at: number; readonly redirectUri: string; readonly message: string } | undefined;
  /** A sign-in that nobody finished, with a client registered earlier: the next one registers afresh, in case a page said that it is not known. R02 */
  readonly abandoned?: { readonly clientId: string; readonly at: number } | undefined;
  /** Its issuer takes this client metadata document, and it refuses the tokens: mcpass registers instead. R07 */
  readonly refusedDocument?: RefusedDocument | undefined;
  /** The issuer of the last sign-in attempt: whose registrations are this server's. */
  readonly issuer?: string | undefined;
  /** It answered its list without a credential and refused a call without one. X01 */
  readonly closedCalls?: { readonly at: number } | undefined;
}

export interface ServerMemory {
  /** Never fails: what cannot be read was not learnt. */
  read(serverUrl: string): Promise<ServerFacts>;
  /** Never fails. A fact given as undefined is forgotten. */
  note(serverUrl: string, facts: ServerFacts): Promise<void>;
}

export function openServerMemory(options: { directory: string }): ServerMemory {
  const folder = join(options.directory, "servers");
  const fileOf = (serverUrl: string): string => join(folder, `${createHash("sha256").update(serverUrl).digest("hex").slice(0, 40)}.json`);
  const read = async (serverUrl: string): Promise<ServerFacts> => {
    // Looked for first: making a name loads more than everything else that a first `list --offline` does.
    if (!existsSync(folder)) return {};
    const file = fileOf(serverUrl);
    try {
      const stored: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
      return typeof stored === "object" && stored !== null ? (stored as ServerFacts) : {};
    } catch {
      return {};
    }
  };
  return {
    read,
    async note(serverUrl, facts) {
      const known = await read(serverUrl);
      const next = JSON.stringify({ ...known, ...facts });
      if (next === JSON.stringify(known)) return;
      const file = fileOf(serverUrl);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const draft = `${file}.${randomUUID()}.tmp`;
        await writeFile(draft, next, { mode: 0o600 });
        await rename(draft, file);
      } catch {
        // A cache that cannot be written is a cache miss next time.
      }
    },
  };
}
