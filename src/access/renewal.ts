import { findMcpassError, McpassError } from "../base/errors.ts";
import { renewTokens } from "../oauth/token.ts";
import type { Change, Held } from "../vault/vault.ts";
import type { Grant, VaultRecord } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { aboutGrant } from "./about-grant.ts";
import { credentialsOf } from "./client-credentials.ts";
import { proverFor } from "./dpop-binding.ts";
import { isEnding } from "./ending.ts";
import { withEntry, withInterruption } from "./lineage.ts";
import { endedError, failureOf, interruptionWords, isFinal, mayBeSpent, troubleError, troubleOf } from "./renewal-failure.ts";
import { isExposed, planRenewal, type Reason } from "./renewal-plan.ts";
import { findGrantKey, serves } from "./stored-grant.ts";
import { tokenTerms } from "./token-terms.ts";
import { newest, storeObtained } from "./unsaved.ts";

export interface Demand {
  /** The access token that is to be replaced. */
  readonly stale: string;
  readonly reason: Reason;
}

/**
 * One renewal inside the vault's exclusion: whoever finds that the stored token is no longer the stale one uses it and asks nobody. A note is stored before a
 * refresh token is sent to the recorded endpoint, the new generation as soon as it is there. No caller cancels it. The grant survives every failure: the
 * transient ones as `trouble`, the terminal ones as `ended`. F02, F03, F04, F05
 */
export function renewGrant(context: AccessContext, demand: Demand): Promise<Grant | undefined> {
  return new Promise((resolve, reject) => void exclusively(context, demand, resolve).then(resolve, reject));
}

/** `inUse` is called when the new token is there and storing it takes long. */
async function exclusively(context: AccessContext, { stale, reason }: Demand, inUse: (grant: Grant) => void): Promise<Grant | undefined> {
  const key = await findGrantKey(context);
  if (key === undefined) return undefined;
  let failure: McpassError | undefined;
  /** What is to be renewed; undefined: nothing, any more or yet. */
  const wanting = (stored: VaultRecord | undefined): Grant | undefined => {
    const current = newest(context.unsaved, stored);
    if (current === undefined || !serves(context, current) || current.tokens?.accessToken !== stale) return undefined;
    const plan = planRenewal(current, { reason, now: context.runtime.now(), byMachine: machineOf(context) !== undefined });
    if (plan.kind === "wait") failure = troubleError(context, current, plan.trouble);
    return plan.kind === "renew" ? current : undefined;
  };
  const change: Change = async (stored, held) => {
    const current = wanting(stored);
    if (current === undefined) return "keep";
    const outcome = await redeem(context, current, held);
    failure = outcome.failure;
    if (!outcome.renewed) return outcome.grant;
    return storeObtained(context, held, { grant: outcome.grant, key, replaces: stored?.kind === "grant" ? (stored.tokens?.accessToken ?? "") : "" }, inUse);
  };
  const record = await context.vault.update(key, change, { enough: (stored) => wanting(stored) === undefined }).catch((thrown: unknown) => Promise.reject(failure ?? thrown));
  if (failure !== undefined) throw failure;
  return newest(context.unsaved, record);
}

type Outcome =
  | { readonly renewed: true; readonly grant: Grant; readonly failure: undefined }
  /** What is to be stored, and what is said; neither: somebody else's newer token set is stored already. */
  | { readonly renewed: false; readonly grant: Grant | "keep"; readonly failure: McpassError | undefined };

/** Sends the refresh token, or a machine's request. Throws the vault's errors, before anything is sent. */
async function redeem(context: AccessContext, grant: Grant, held: Held, again = true): Promise<Outcome> {
  const noted = withNote(context, grant);
  if (noted !== grant) await held.write(noted);
  try {
    return { renewed: true, grant: await renewed(context, noted), failure: undefined };
  } catch (thrown) {
    const failure = findMcpassError(thrown) ?? new McpassError("internal", "The renewal failed.", { cause: thrown });
    if (!isFinal(context, failure)) return kept(context, { before: grant, noted }, failure);
    const newer = again ? newerThan(noted, newest(undefined, await held.read())) : undefined;
    if (newer === undefined) return ended(context, noted, failure);
    const spent = isEnding(newer, context.runtime.now()) && newer.tokens?.refreshToken !== undefined;
    return spent ? redeem(context, newer, held, false) : { renewed: false, grant: "keep", failure: undefined };
  }
}

/** Before a refresh token is sent; what a machine sends is not spent. A note that is there already stays: it says when it began. */
function withNote(context: AccessContext, grant: Grant): Grant {
  if (grant.tokens?.refreshToken === undefined || machineOf(context) !== undefined) return grant;
  if (isExposed(grant)) return withInterruption(grant);
  const { now, processName } = context.runtime;
  return { ...grant, redeeming: { generation: grant.generation, at: now(), by: processName } };
}

async function renewed(context: AccessContext, grant: Grant): Promise<Grant> {
  const next = await nextGrant(context, grant);
  const at = context.runtime.now();
  context.events.emit({ type: "grant.renewed", ...aboutGrant(context, grant), expiresAt: next.tokens?.expiresAt });
  return withEntry({ ...next, renewedAt: at, redeeming: undefined, trouble: undefined, ended: undefined }, "renewed", { at, by: context.runtime.processName });
}

async function nextGrant(context: AccessContext, grant: Grant): Promise<Grant> {
  if (machineOf(context) !== undefined) return (await import("./machine-grant.ts")).minted(context, grant);
  const settings = settingsOf(context);
  const { tokens, method } = await renewTokens(context.outgoing, {
    ...tokenTerms(context),
    tokenEndpoint: grant.tokenEndpoint,
    client: await credentialsOf(context, grant.registration),
    methods: undefined,
    resource: grant.resource,
    scopes: grant.tokens?.scopes ?? grant.requestedScopes,
    scopeParameter: settings.scope === undefined ? undefined : grant.requestedScopes.join(" "),
    parameters: settings.tokenParams ?? {},
    refreshToken: grant.tokens?.refreshToken ?? "",
    prover: await proverFor(context, grant.dpopKey),
  });
  return { ...grant, tokens, registration: { ...grant.registration, tokenEndpointAuthMethod: method }, generation: grant.generation + 1 };
}

/** Only what somebody stored in between; it is the rule that nobody does while the key is held, and this is for when it was broken. */
function newerThan(sent: Grant, stored: Grant | undefined): Grant | undefined {
  return stored?.tokens !== undefined && stored.generation > sent.generation && stored.tokens.refreshToken !== sent.tokens?.refreshToken ? stored : undefined;
}

/** The grant stays as it was, but for its trouble; with the note where the refresh token may have been spent. */
function kept(context: AccessContext, { before, noted }: { readonly before: Grant; readonly noted: Grant }, failure: McpassError): Outcome {
  const trouble = troubleOf(context, before, failure);
  const exposed = mayBeSpent(failure) ? withInterruption(noted) : { ...noted, redeeming: before.redeeming };
  return { renewed: false, grant: { ...exposed, trouble }, failure: troubleError(context, before, trouble, failure) };
}

/** Set aside, never sent again and never deleted: `restoreGrant` puts it back. F04 */
function ended(context: AccessContext, grant: Grant, failure: McpassError): Outcome {
  const { now, processName: by } = context.runtime;
  const at = now();
  const interrupted = grant.redeeming !== undefined && isInterrupted(grant) && failureOf(failure) === "terminal" ? grant.redeeming : undefined;
  const reason = `${String(failure.details["oauthError"] ?? failureOf(failure))}${interrupted === undefined ? "" : `: ${interruptionWords(interrupted)}`}`;
  context.events.emit({ type: "grant.ended", ...aboutGrant(context, grant), reason });
  const { redeeming: _, ...rest } = withEntry(grant, "refused", { at, by });
  return {
    renewed: false,
    grant: { ...rest, tokens: undefined, trouble: undefined, ended: { reason, at, quarantined: grant.tokens } },
    failure: endedError(context, { ...grant, redeeming: interrupted }, failure),
  };
}

/** The note is another try's, not this one's. */
function isInterrupted({ lineage = [], redeeming }: Grant): boolean {
  return lineage.some(({ event, at, by }) => event === "interrupted" && at === redeeming?.at && by === redeeming.by);
}
