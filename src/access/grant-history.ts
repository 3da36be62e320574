import { McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Ended, Grant, LineageEntry, Redeeming, Trouble } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";
import { fingerprint, withEntry } from "./lineage.ts";
import { signInCommand } from "./refusals.ts";
import { findGrantKey, recordedGrant } from "./stored-grant.ts";

/** What became of a grant, safe to show: tokens appear as the first digits of their hash. Instants in ms since the epoch. */
export interface GrantHistory {
  readonly server: string;
  readonly account: string;
  readonly issuer: string;
  readonly generation: number;
  /** Of the refresh token that is stored, or set aside. */
  readonly refreshToken: string | undefined;
  readonly expiresAt: number | undefined;
  /** Oldest first; the last 100 at most. */
  readonly entries: readonly LineageEntry[];
  /** A refresh token was sent, and what came of that is not stored: somebody is at it now, or was interrupted. */
  readonly redeeming: Redeeming | undefined;
  readonly trouble: Trouble | undefined;
  readonly ended: (Omit<Ended, "quarantined"> & { readonly restorable: boolean }) | undefined;
}

/** What was put back. */
export interface RestoredGrant {
  readonly server: string;
  readonly account: string;
  readonly issuer: string;
  readonly generation: number;
  /** Why it had been set aside, and when. */
  readonly reason: string;
  readonly endedAt: number;
  readonly expiresAt: number | undefined;
  /** A refresh token is part of it. */
  readonly renewable: boolean;
}

/** Reads only. F05 */
export async function readHistory(context: AccessContext): Promise<GrantHistory | undefined> {
  const grant = await recordedGrant(context);
  if (grant === undefined) return undefined;
  const { issuer, generation, lineage = [], redeeming, trouble, ended } = grant;
  const tokens = grant.tokens ?? ended?.quarantined;
  return {
    server: context.name,
    account: context.account,
    issuer,
    generation,
    refreshToken: fingerprint(tokens?.refreshToken),
    expiresAt: grant.tokens?.expiresAt,
    entries: lineage,
    redeeming,
    trouble,
    ended: ended === undefined ? undefined : { reason: ended.reason, at: ended.at, restorable: ended.quarantined !== undefined },
  };
}

/** The token set that was set aside is in use again, as if its issuer had not refused it; if it still does, it is set aside again. Asks nobody. F04 */
export async function restoreGrant(context: AccessContext): Promise<RestoredGrant> {
  const key = await findGrantKey(context);
  let restored: RestoredGrant | undefined;
  const record =
    key === undefined
      ? undefined
      : await context.vault.update(key, async (current) => {
          if (current?.kind !== "grant" || current.tokens !== undefined || current.ended?.quarantined === undefined) return "keep";
          const { quarantined, reason, at: endedAt } = current.ended;
          const { issuer, generation } = current;
          restored = { server: context.name, account: context.account, issuer, generation, reason, endedAt, expiresAt: quarantined.expiresAt, renewable: quarantined.refreshToken !== undefined };
          const { redeeming: _, ...rest } = current;
          const at = context.runtime.now();
          return withEntry({ ...rest, tokens: quarantined, ended: undefined, trouble: undefined }, "restored", { at, by: context.runtime.processName });
        });
  if (restored !== undefined) return restored;
  throw nothingToRestore(context, record?.kind === "grant" ? record : undefined);
}

function nothingToRestore(context: AccessContext, grant: Grant | undefined): McpassError {
  const { name, account } = context;
  const details = { server: name, account };
  if (grant?.tokens !== undefined) return new McpassError("usage", `${name} (account ${account}) is signed in at ${showUrl(grant.issuer)}: nothing has to be put back.`, { hint: `mcpass vault history ${shellWord(name)}`, details });
  return new McpassError("usage", `Nothing was set aside for ${name} (account ${account}).`, { hint: signInCommand(context), details });
}
