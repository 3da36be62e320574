import { join } from "node:path";

import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import type { BegunAuthorization, PendingAuthorization } from "../oauth/authorization.ts";
import type { Discovery } from "../oauth/discovery.ts";
import type { Registration } from "../oauth/registration.ts";
import { pendingKey } from "../vault/vault-key.ts";
import type { Grant, PendingRecord } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { type Asking, beginSignIn, chooseAsking, completeSignIn, type Concessions, type ScopeWish } from "./authorize.ts";
import { noticeOfBegun } from "./authorization-notice.ts";
import { awaitCallback, isLeftToOthers, untilDeadline } from "./await-callback.ts";
import { type CallbackListener, type CallbackPlace, openCallbackListener } from "./callback-listener.ts";
import { choosePlace, placeOf } from "./callback-place.ts";
import type { Callback } from "./callback-table.ts";
import { ensureRegistration } from "./ensure-registration.ts";
import { mayBeForgotten, rememberAbandoned, requireKnownClient } from "./known-client.ts";
import { type Leadership, leadershipOf } from "./leadership.ts";
import { finishedElsewhere } from "./others-sign-in.ts";
import type { PasteQueue } from "./paste-queue.ts";
import { keepPending, takePending } from "./pending-sign-ins.ts";
import { signInCommand } from "./refusals.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import type { NeededSignIn } from "./sign-in.ts";

const defaultTimeoutMs = 600_000;

/** What is to be asked for, and of whom. */
export interface Attempt {
  readonly discovery: Discovery;
  readonly wish: ScopeWish;
  readonly concessions: Concessions;
  readonly recorded: Grant | undefined;
  readonly place: { readonly redirectUri: string };
}

/** What makes it this process's: the leadership of it, and what the person pastes here. */
export interface Leading {
  readonly needed: NeededSignIn;
  readonly leadership: Leadership;
  readonly pastes: PasteQueue | undefined;
}

/** A pending authorization of a process that no longer leads. */
export interface Resumed {
  readonly record: PendingRecord;
  /** Which process that was. */
  readonly pid: number;
  /** A browser was told to open it. */
  readonly opened: boolean;
  /** The person has seen its address here. */
  readonly shown: boolean;
  readonly giveUpAt: number;
}

/** Listen → register → begin → keep → show and open → wait → complete. The listener is closed and the browser answered however it ends. */
export async function attemptSignIn(context: AccessContext, attempt: Attempt, options: SignInOptions, leading: Leading): Promise<Grant> {
  const { name, vault, runtime } = context;
  const place = choosePlace(context, attempt.discovery, attempt.place.redirectUri, attempt.concessions.withoutDocument);
  for (const warning of place.warnings) options.onNotice?.(warning);
  const listener = await openListener(context, place, options);
  try {
    const { begun, asking, reused } = await beginAttempt(context, attempt, { redirectUri: listener.redirectUri, passing: place.passing || listener.moved }, options);
    const { url, pending } = begun;
    const { offlineAdded } = asking;
    await keepPending(vault, { kind: "pending", server: name, url, pending, offlineAdded }, runtime.now());
    const underWay = { listener, url, pending, offlineAdded, reused, opened: false, shown: false, giveUpAt: pending.expiresAt };
    return await finish(context, attempt, underWay, options, leading).catch((thrown: unknown) => rememberAbandoned(context, reused ? pending.registration : undefined, thrown));
  } finally {
    await listener.close();
  }
}

/** Goes on where another process stopped: the same address, the same redirect URI; a browser page that is open still works. Throws `callback_port_busy` before anything is said. C08 */
export async function resumeSignIn(context: AccessContext, attempt: Attempt, { record, pid, opened, shown, giveUpAt }: Resumed, options: SignInOptions, leading: Leading): Promise<Grant> {
  const { url, pending, offlineAdded } = record;
  const listener = await openListener(context, placeOf(context, pending.redirectUri), options);
  try {
    const still = opened ? "; the browser page that it opened still works" : "";
    options.onNotice?.(`Process ${String(pid)}, which was signing in to ${context.name}, has ended. This one goes on in its place${still}.`);
    if (!shown) context.events.emit({ type: "authorization.begun", server: context.name, at: context.runtime.now(), url, expiresAt: pending.expiresAt });
    const underWay = { listener, url, pending, offlineAdded, reused: false, opened, shown, giveUpAt: Math.min(giveUpAt, pending.expiresAt) };
    return await finish(context, attempt, underWay, options, leading);
  } finally {
    await listener.close();
  }
}

function openListener({ runtime }: AccessContext, place: CallbackPlace, { onNotice }: SignInOptions): Promise<CallbackListener> {
  return openCallbackListener(place, runtime.now, { directory: join(runtime.directories.state, "callbacks"), onNotice });
}

export interface BegunAttempt {
  readonly begun: BegunAuthorization;
  readonly asking: Asking;
  /** The client was registered at an earlier sign-in. */
  readonly reused: boolean;
}

/** How long a person is waited for. */
export function lifetimeOf(context: AccessContext, { timeoutMs }: Pick<SignInOptions, "timeoutMs">): number {
  return timeoutMs ?? settingsOf(context).callbackTimeoutMs ?? defaultTimeoutMs;
}

/** Registers where that is needed and makes the URL; nobody has been asked for anything yet. */
export async function beginAttempt(context: AccessContext, { discovery, wish, concessions }: Omit<Attempt, "place">, place: { readonly redirectUri: string; readonly passing: boolean }, options: SignInOptions): Promise<BegunAttempt> {
  const asking = chooseAsking(context, discovery, wish, concessions);
  const { registration, reused } = await ensureRegistration(context, discovery, {
    ...place,
    scopes: asking.scopes,
    afresh: concessions.withoutStoredClient === true,
    withoutDocument: concessions.withoutDocument === true,
    signal: options.signal,
    onNotice: options.onNotice,
  });
  const lifetimeMs = lifetimeOf(context, options);
  const begin = (): Promise<BegunAuthorization> => beginSignIn(context, discovery, registration, place.redirectUri, asking, lifetimeMs);
  const begun = await begin();
  // Its state and challenge are thrown away: what is looked at is not what the browser opens.
  if (mayBeForgotten(context, discovery, registration, reused)) await requireKnownClient(context, await begin(), options.signal);
  for (const notice of [...(asking.profileNotice === undefined ? [] : [asking.profileNotice]), ...begun.warnings]) options.onNotice?.(notice);
  const { url, pending } = begun;
  context.events.emit({ type: "authorization.begun", server: context.name, at: context.runtime.now(), url, expiresAt: pending.expiresAt });
  return { begun, asking, reused };
}

interface UnderWay extends Omit<Resumed, "record" | "pid"> {
  readonly listener: CallbackListener;
  readonly url: string;
  readonly pending: PendingAuthorization;
  readonly offlineAdded: boolean;
  readonly reused: boolean;
}

/** What another process makes of it meanwhile counts as much. Unless it is left to others, nothing of it stays. */
async function finish(context: AccessContext, attempt: Attempt, underWay: UnderWay, options: SignInOptions, leading: Leading): Promise<Grant> {
  const { pending, giveUpAt } = underWay;
  const done = new AbortController();
  const { issuer } = pending.server;
  const over = untilDeadline(context, { issuer, createdAt: pending.createdAt, expiresAt: pending.expiresAt, giveUpAt, cancel: options.signal, over: done.signal });
  const elsewhere = finishedElsewhere(context, leading.needed, pendingKey(pending.state), done.signal);
  const others = { elsewhere, over };
  for (const promise of [over, elsewhere]) promise.catch(() => undefined);
  try {
    const arrival = await waitForPerson(context, attempt, underWay, options, { ...leading, ...others }).catch((thrown: unknown) => {
      throw ended(context, thrown);
    });
    const grant = "grant" in arrival ? arrival.grant : await redeem(context, underWay, arrival, others, options);
    if ("grant" in arrival) context.events.emit({ type: "authorization.ended", server: context.name, at: context.runtime.now(), outcome: "completed" });
    noticeTenant(attempt.recorded, grant, options);
    return grant;
  } catch (thrown) {
    if (!isLeftToOthers(findMcpassError(thrown) ?? { code: "internal" })) await takePending(context.vault, pending.state).catch(() => undefined);
    throw thrown;
  } finally {
    done.abort();
  }
}

interface Others {
  readonly elsewhere: Promise<Grant>;
  readonly over: Promise<never>;
}

/** Whoever takes the pending authorization out of the vault exchanges its code, so that it is done once. */
async function redeem(context: AccessContext, { pending, offlineAdded, reused }: UnderWay, callback: Callback, { elsewhere, over }: Others, { signal }: SignInOptions): Promise<Grant> {
  try {
    const taken = await takePending(context.vault, pending.state);
    const grant = taken === undefined ? await Promise.race([elsewhere, over]) : await completeAttempt(context, pending, callback.parameters, { offlineAdded, reused, signal });
    callback.finish({});
    return grant;
  } catch (thrown) {
    callback.finish({ code: findMcpassError(thrown)?.code ?? "internal" });
    throw thrown;
  }
}

/** Shows, opens and waits. Whatever ends it, nothing waits on. */
async function waitForPerson(context: AccessContext, attempt: Attempt, underWay: UnderWay, options: SignInOptions, { leadership, pastes, ...others }: Leading & Others): Promise<Callback | { readonly grant: Grant }> {
  const { pending, listener } = underWay;
  const arrival = awaitCallback(context, { listener, pending, pastes, ...others, onPasteRefused: options.onPasteRefused });
  arrival.catch(() => undefined);
  const desk = leadershipOf(context);
  const opens = !underWay.opened && options.openBrowser !== false && (await desk.claimOpening(pendingKey(pending.state)));
  // Before the browser opens: one page too few can be opened by hand, one too many confuses.
  await leadership.tell({ pending: pendingKey(pending.state), opened: underWay.opened || opens });
  if (!underWay.shown) await options.onAuthorization(noticeOfBegun(context, attempt, underWay));
  // The redirect may come before it is known whether the browser opened.
  if (opens) void openBrowser(context, underWay, options, arrival).then((opened) => (opened ? undefined : Promise.all([leadership.tell({ opened }), desk.releaseOpening(pendingKey(pending.state))])));
  return arrival;
}

/** Callback → grant in the vault, told to whoever listens. Errors carry the facts that decide whether another attempt could go better. */
export async function completeAttempt(context: AccessContext, pending: PendingAuthorization, parameters: URLSearchParams, options: { readonly offlineAdded: boolean; readonly reused: boolean; readonly signal: AbortSignal | undefined }): Promise<Grant> {
  const { events, name, runtime } = context;
  try {
    const grant = await completeSignIn(context, pending, parameters, options.signal);
    events.emit({ type: "authorization.ended", server: name, at: runtime.now(), outcome: "completed" });
    return grant;
  } catch (thrown) {
    throw annotate(ended(context, thrown), pending.registration, options);
  }
}

export function ended(context: AccessContext, thrown: unknown): McpassError {
  const error = findMcpassError(thrown) ?? new McpassError("internal", `The sign-in to ${context.name} could not be finished.`, { cause: thrown });
  const outcome = error.code === "cancelled" ? "cancelled" : error.code === "authorization_expired" ? "expired" : "refused";
  context.events.emit({ type: "authorization.ended", server: context.name, at: context.runtime.now(), outcome });
  return error;
}

/** D11: the issuer is the same template, the tenant behind it another. */
function noticeTenant(recorded: Grant | undefined, grant: Grant, { onNotice }: SignInOptions): void {
  const [before, now] = [recorded?.callbackIssuer, grant.callbackIssuer];
  if (before === undefined || now === undefined || before === now) return;
  onNotice?.(`This sign-in is for another tenant than before: ${now}; it was ${before}.`);
}

/** The facts that decide whether another attempt could go better. */
export function annotate(error: McpassError, { kind }: Registration, { offlineAdded, reused }: { readonly offlineAdded: boolean; readonly reused: boolean }): McpassError {
  if (error.details["oauthError"] === undefined) return error;
  const facts = { offlineAdded, storedClient: reused && kind === "dynamic", document: kind === "metadata-document" };
  return new McpassError(error.code, error.message, { hint: error.hint, cause: error.cause, details: { ...error.details, ...facts } });
}

/** False: no browser could be opened. Never throws. Says nothing once the redirect has arrived or the wait is over. */
async function openBrowser(context: AccessContext, { url, pending }: Pick<UnderWay, "url" | "pending">, options: SignInOptions, arrival: Promise<unknown>): Promise<boolean> {
  let over = false;
  const end = (): void => void (over = true);
  arrival.then(end, end);
  const { opened, reason } = await context.runtime.openBrowser(url).catch((thrown: unknown) => ({ opened: false, reason: describeCause(thrown) }));
  if (opened || over) return true;
  const offersDevice = pending.server.deviceAuthorizationEndpoint !== undefined;
  context.events.emit({ type: "browser.failed", server: context.name, at: context.runtime.now(), reason: reason ?? "unknown" });
  const elsewhere = offersDevice ? ` Or sign in with another device: ${signInCommand(context)} --device` : "";
  options.onNotice?.(`No browser could be opened (${reason ?? "unknown reason"}): open the address above yourself.${elsewhere}`);
  return false;
}
