import { setTimeout as sleep } from "node:timers/promises";

import { sameIssuer } from "../oauth/issuer.ts";
import type { PendingRecord } from "../vault/vault-record.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { chooseAsking } from "./authorize.ts";
import { errorOf, leadershipOf } from "./leadership.ts";
import type { NeededSignIn } from "./sign-in.ts";
import { readGrant } from "./stored-grant.ts";

/** How soon it is noticed what another process has done. */
const lookMs = 500;

/** A grant that was obtained since it was found that a sign-in is needed, and that is as good as the one that would be asked for. F06, B01 */
export async function newerGrant(context: AccessContext, needed: NeededSignIn): Promise<Grant | undefined> {
  const grant = await readGrant(context);
  if (grant?.tokens === undefined || grant.obtainedAt === needed.obtainedAt) return undefined;
  return covers(context, needed, [...grant.requestedScopes, ...grant.tokens.scopes]) ? grant : undefined;
}

/** An authorization that another process has begun is for what this one would ask for. */
export function isForTheSame(context: AccessContext, needed: NeededSignIn, { pending }: PendingRecord): boolean {
  const { clientId, dpop } = settingsOf(context);
  if (pending.serverUrl !== context.serverUrl || pending.account !== context.account || !sameIssuer(pending.server.issuer, needed.discovery.server.issuer)) return false;
  if ((clientId !== undefined && clientId !== pending.registration.clientId) || (dpop === true && pending.dpopKey === undefined)) return false;
  return covers(context, needed, pending.scopes);
}

/** Offline access is asked for where it can be had, and never what a sign-in is for. */
function covers(context: AccessContext, { discovery, wish, concessions }: NeededSignIn, scopes: readonly string[]): boolean {
  return chooseAsking(context, discovery, wish, concessions).scopes.every((scope) => scope === "offline_access" || scopes.includes(scope));
}

/** The grant, when another process has finished this authorization, from a text that was pasted there. Rejects with what it was refused for. Never settles after `over`. */
export async function finishedElsewhere(context: AccessContext, needed: NeededSignIn, pending: VaultKey, over: AbortSignal): Promise<Grant> {
  const desk = leadershipOf(context);
  while (!over.aborted) {
    await sleep(lookMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    const refused = (await desk.note())?.refused;
    if (refused?.pending === pending) throw errorOf(refused.error);
    const grant = await newerGrant(context, needed);
    if (grant !== undefined) return grant;
  }
  return new Promise(() => undefined);
}
