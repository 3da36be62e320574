import { setTimeout as sleep } from "node:timers/promises";

import { findMcpassError } from "../base/errors.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Prover } from "../oauth/dpop.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import { proverFor } from "./dpop-binding.ts";
import { goodUntil } from "./ending.ts";
import { signInRequired } from "./refusals.ts";
import type { Demand } from "./renewal.ts";
import { planRenewal, type Reason } from "./renewal-plan.ts";
import { linkOf, readGrant } from "./stored-grant.ts";

/** What a request is signed with. */
export interface Credential {
  readonly accessToken: string;
  /** When its grant was obtained. */
  readonly obtainedAt: number;
  /** For a token that is bound to a key: proves the key. RFC 9449 */
  readonly prover: Prover | undefined;
  /** From then on it is about to end, or has ended; undefined: that is not known. */
  readonly goodUntil: number | undefined;
}

/** Where a request gets its access token. List, call, inspect and every other path share one. */
export interface TokenSource {
  /**
   * A token that is good for now, renewed first when it is about to end; undefined when no grant is stored.
   * Throws `sign_in_required` (it has ended and cannot be renewed), `renewal_failed` (it has ended and the issuer could not be asked, or is not to be asked yet);
   * for a grant that no person is asked for also what `mintGrant` throws.
   */
  token(): Promise<Credential | undefined>;
  /** The token after `refused` was answered with 401: another one if there is, else a renewed one, else undefined. */
  replace(refused: Credential): Promise<Credential | undefined>;
  /** A first token, after a request without one was answered with 401; undefined where a person must be asked. */
  first(challenge: BearerChallenge | undefined): Promise<Credential | undefined>;
  /** Renews ahead of time, if it may be. Throws like `token`. */
  freshen(): Promise<void>;
}

/** How long a request that has a good token waits for a better one; the renewal goes on. */
const liveWaitMs = 2_000;
/** Pauses before the next try that a request waits for instead of failing, all together. */
const shortPauseMs = 1_500;

export function createTokenSource(context: AccessContext): TokenSource {
  const byMachine = machineOf(context) !== undefined;
  const renew = createRenewals(context);
  const link = linkOf(context);
  const look = oncePerTurn(() => readGrant(context, link));
  let minting: Promise<Grant> | undefined;
  /** The grant with a token that may be used, by this reason's rules; undefined: there is none, and nothing to renew it with. */
  const usable = async (grant: Grant, accessToken: string, reason: Reason, patientUntil = context.runtime.now() + shortPauseMs): Promise<Grant | undefined> => {
    const now = context.runtime.now();
    const plan = planRenewal(grant, { reason, now, byMachine });
    if (plan.kind === "use") return grant;
    if (plan.kind === "over") return undefined;
    if (plan.kind === "renew") return plan.live ? renewWhileGood(context, renew({ stale: accessToken, reason }), grant) : renew({ stale: accessToken, reason });
    if (plan.until > patientUntil) throw (await import("./renewal-failure.ts")).troubleError(context, grant, plan.trouble);
    await sleep(plan.until - now + 1);
    const later = await readGrant(context);
    return later?.tokens?.accessToken === accessToken ? usable(later, accessToken, reason, patientUntil) : later;
  };
  const required = (grant: Grant | undefined): Grant | undefined => {
    if (grant !== undefined && grant.tokens === undefined) throw signInRequired(context, endedWords(grant));
    return grant;
  };
  return {
    async token() {
      const grant = await look();
      if (grant === undefined || (grant.tokens === undefined && byMachine)) return undefined;
      if (grant.tokens === undefined) throw signInRequired(context, endedWords(grant));
      if (context.unsaved !== undefined) await saveAgain(context);
      const found = required(await usable(grant, grant.tokens.accessToken, "ending"));
      if (found === undefined) throw signInRequired(context, "its access token has ended, and the issuer gave no refresh token");
      return credentialOf(context, found);
    },
    async replace(refused) {
      const grant = await readGrant(context);
      if (grant?.tokens === undefined) return undefined;
      const { accessToken } = grant.tokens;
      // Another one may have ended meanwhile, and fares no better.
      const found = required(await usable(grant, accessToken, accessToken === refused.accessToken ? "refused" : "ending"));
      return found?.tokens?.accessToken === refused.accessToken ? undefined : credentialOf(context, found);
    },
    async first(challenge) {
      // Another process may have signed in since.
      if (!byMachine) return (await credentialOf(context, await readGrant(context))) ?? shareFirst(context, challenge);
      minting ??= loadMinting().then(({ mintGrant }) => mintGrant(context, { challenge })).finally(() => (minting = undefined));
      return credentialOf(context, await minting);
    },
    async freshen() {
      const grant = await readGrant(context);
      if (grant?.tokens !== undefined) await usable(grant, grant.tokens.accessToken, "early");
    },
  };
}

/** Requests that begin in one turn of the event loop share one look: nothing of another process comes in between. */
function oncePerTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  return () => {
    if (shared === undefined) setImmediate(() => (shared = undefined));
    return (shared ??= work());
  };
}

function endedWords({ ended }: Grant): string {
  return `its grant has ended (${ended?.reason ?? "no token"})`;
}

/** One renewal at a time for whoever asks alike; what renews loads with the first. */
function createRenewals(context: AccessContext): (demand: Demand) => Promise<Grant | undefined> {
  const running = new Map<string, Promise<Grant | undefined>>();
  return (demand) => {
    const name = `${demand.reason} ${demand.stale}`;
    const known = running.get(name);
    if (known !== undefined) return known;
    const started = import("./renewal.ts").then(({ renewGrant }) => renewGrant(context, demand)).finally(() => running.delete(name));
    running.set(name, started);
    return started;
  };
}

/** The renewed grant, or the one that is still good when that fails or takes long. F03 */
async function renewWhileGood(context: AccessContext, renewal: Promise<Grant | undefined>, good: Grant): Promise<Grant | undefined> {
  const survived = renewal.catch(async (thrown: unknown) => {
    const now = findMcpassError(thrown) === undefined ? undefined : await readGrant(context);
    return now?.tokens?.accessToken === good.tokens?.accessToken ? good : Promise.reject(thrown);
  });
  const ending = new AbortController();
  try {
    return await Promise.race([survived, sleep(liveWaitMs, good, { signal: ending.signal })]);
  } finally {
    ending.abort();
    survived.catch(() => undefined);
  }
}

async function credentialOf(context: AccessContext, grant: Grant | undefined): Promise<Credential | undefined> {
  if (grant?.tokens === undefined) return undefined;
  return { accessToken: grant.tokens.accessToken, obtainedAt: grant.obtainedAt, prover: await proverFor(context, grant.dpopKey), goodUntil: goodUntil(grant) };
}

/** What another URL of the same server was signed in for, without asking anybody who could not have it. U05 */
async function shareFirst(context: AccessContext, challenge: BearerChallenge | undefined): Promise<Credential | undefined> {
  const { mayShare, shareGrant } = await import("./shared-grant.ts");
  if ((await mayShare(context)).length === 0) return undefined;
  const { discoverFor } = await import("./assess.ts");
  const discovery = await discoverFor(context, challenge, { guessEndpoints: false }).catch(() => undefined);
  return discovery === undefined ? undefined : credentialOf(context, await shareGrant(context, discovery));
}

/** Few servers are signed in to by a machine. */
function loadMinting(): Promise<typeof import("./machine-grant.ts")> {
  return import("./machine-grant.ts");
}

async function saveAgain(context: AccessContext): Promise<void> {
  (await import("./unsaved.ts")).saveAgain(context);
}
