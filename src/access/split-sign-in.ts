import { McpassError } from "../base/errors.ts";
import { pendingKey } from "../vault/vault-key.ts";
import type { Grant, PendingRecord } from "../vault/vault-record.ts";
import { type AccessContext, redirectUriOf, settingsOf } from "./access-context.ts";
import { beginAttempt, completeAttempt } from "./attempt-sign-in.ts";
import { noticeOfBegun } from "./authorization-notice.ts";
import { leadershipOf } from "./leadership.ts";
import { pastedParameters, readPasted } from "./pasted-redirect.ts";
import { findPending, keepPending, listPending, takePending } from "./pending-sign-ins.ts";
import { signInCommand } from "./refusals.ts";
import type { AuthorizationNotice, SignInOptions } from "./sign-in-types.ts";
import { identityContext, prepareIdentity } from "./identity.ts";
import { type NeededSignIn, prepareSignIn, type SignInOutcome } from "./sign-in.ts";
import type { TokenSource } from "./token-source.ts";

/** What the second half needs to be told: its redirect URL carries this `state`. */
export interface StartedSignIn {
  readonly kind: "started";
  readonly notice: AuthorizationNotice;
  readonly state: string;
}

export type StartRequest = Omit<SignInOptions, "onAuthorization" | "onPasteRefused" | "openBrowser" | "pasted">;
export type StartOutcome = StartedSignIn | Exclude<SignInOutcome, { kind: "signed-in" }>;

export interface FinishRequest {
  /** The redirect URL, its query, or (where one sign-in is under way and its issuer does not promise `iss`) the bare code. */
  readonly redirect: string;
  readonly signal?: AbortSignal | undefined;
}

/** The first half of a sign-in that another process finishes: nothing listens, nothing is opened. The verifier stays on this machine. H01, H05 */
export async function startSignIn(context: AccessContext, source: TokenSource, request: StartRequest): Promise<StartOutcome> {
  const options: SignInOptions = { ...request, onAuthorization: () => undefined };
  const prepared = await prepareSignIn(context, source, options);
  const idp = prepared.kind === "by-machine" ? identityContext(context) : undefined;
  const needed = idp === undefined ? undefined : await prepareIdentity(idp, options);
  if (idp !== undefined && needed !== undefined) return begin(idp, needed, options);
  if (prepared.kind === "by-machine") throw new McpassError("usage", `${context.name} needs no person to sign in, so there are no two halves.`, { hint: signInCommand(context) });
  return prepared.kind === "needed" ? begin(context, prepared, options) : prepared;
}

async function begin(context: AccessContext, prepared: NeededSignIn, options: SignInOptions): Promise<StartedSignIn> {
  const { begun, asking } = await beginAttempt(context, prepared, { redirectUri: redirectUriOf(settingsOf(context), context), passing: false }, options);
  const { url, pending } = begun;
  await keepPending(context.vault, { kind: "pending", server: context.name, url, pending, offlineAdded: asking.offlineAdded }, context.runtime.now());
  context.lastRefusal = undefined;
  return { kind: "started", notice: noticeOfBegun(context, prepared, begun), state: pending.state };
}

/** The sign-in that this redirect finishes, whichever account's it is; also one that a process is waiting for. Consumes nothing. Throws `callback_invalid`. */
export async function findStarted(asked: AccessContext, redirect: string): Promise<PendingRecord> {
  const context = identityContext(asked) ?? asked;
  const state = pastedParameters(redirect)?.get("state") ?? undefined;
  if (state === undefined) return findByCode(context, redirect);
  const found = await findPending(context.vault, state);
  if (found === undefined) throw notWaiting(context, "its state is unknown: it was used already, is over, or belongs to another machine");
  if (found.pending.serverUrl === context.serverUrl) return found;
  throw new McpassError("callback_invalid", `That address belongs to a sign-in to ${found.server}, not to ${context.name}; nothing was changed.`, { hint: `${signInCommand({ name: found.server, account: "default" })} --finish -`, details: { server: context.name } });
}

async function findByCode(context: AccessContext, redirect: string): Promise<PendingRecord> {
  const [only, ...others] = await listPending(context.vault, context.serverUrl, context.runtime.now());
  if (only === undefined) throw notWaiting(context, "no sign-in to it is under way");
  readPasted(redirect, only.pending, { onlyOne: others.length === 0 });
  return only;
}

/**
 * The second half: used up first, then judged and exchanged, so that no answer is tried twice. Throws `callback_invalid`, `authorization_expired`,
 * and everything a sign-in throws after its callback.
 */
export async function finishSignIn(asked: AccessContext, { redirect, signal }: FinishRequest): Promise<Grant> {
  const context = identityContext(asked) ?? asked;
  const { name, runtime } = context;
  const { pending: known } = await findStarted(context, redirect);
  if (known.account !== context.account) throw new McpassError("callback_invalid", `That address belongs to a sign-in of the account ${known.account}, not of ${context.account}; nothing was changed.`, { hint: "Leave --account out: the sign-in that was started says whose it is." });
  const parameters = readPasted(redirect, known, { onlyOne: true });
  const taken = await takePending(context.vault, known.state);
  if (taken === undefined) throw notWaiting(context, "another process has used it in this moment");
  const { pending, offlineAdded } = taken;
  if (pending.expiresAt <= runtime.now()) {
    throw new McpassError("authorization_expired", `The sign-in to ${name} was to be finished by ${new Date(pending.expiresAt).toISOString()}; nothing was changed.`, { hint: `${signInCommand(context)} --start (--timeout SECONDS gives more time)` });
  }
  return completeAttempt(context, pending, parameters, { offlineAdded, reused: false, signal }).catch(async (thrown: unknown) => {
    // A process that waits for it need not wait any longer.
    await leadershipOf(context).refuse(pendingKey(pending.state), thrown);
    throw thrown;
  });
}

function notWaiting(context: Pick<AccessContext, "name" | "account">, reason: string): McpassError {
  return new McpassError("callback_invalid", `That address cannot finish a sign-in to ${context.name}: ${reason}. Nothing was changed.`, { hint: `${signInCommand(context)} --start`, details: { server: context.name } });
}
