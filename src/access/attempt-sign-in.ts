import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import type { BegunAuthorization, PendingAuthorization } from "../oauth/authorization.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import type { Registration } from "../oauth/registration.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { type Asking, beginSignIn, chooseAsking, completeSignIn, type Concessions, type ScopeWish } from "./authorize.ts";
import { awaitCallback } from "./await-callback.ts";
import { type Callback, type CallbackListener, openCallbackListener } from "./callback-listener.ts";
import { choosePlace } from "./callback-place.ts";
import { ensureRegistration } from "./ensure-registration.ts";
import { mayBeForgotten, rememberAbandoned, requireKnownClient } from "./known-client.ts";
import { signInCommand } from "./refusals.ts";
import type { AuthorizationNotice, SignInOptions } from "./sign-in-types.ts";

const defaultTimeoutMs = 600_000;

export interface Attempt {
  readonly discovery: Discovery;
  readonly wish: ScopeWish;
  readonly concessions: Concessions;
  readonly recorded: Grant | undefined;
  readonly place: { readonly redirectUri: string };
}

/** Listen → register → begin → show and open → wait → complete. The listener is closed and the browser answered however it ends. */
export async function attemptSignIn(context: AccessContext, attempt: Attempt, options: SignInOptions): Promise<Grant> {
  const place = choosePlace(context, attempt.discovery, attempt.place.redirectUri, attempt.concessions.withoutDocument);
  for (const warning of place.warnings) options.onNotice?.(warning);
  const listener = await openCallbackListener(place, context.runtime.now);
  try {
    const begun = await beginAttempt(context, attempt, { redirectUri: listener.redirectUri, passing: place.passing || listener.moved }, options);
    return await finish(context, attempt, { listener, ...begun }, options).catch((thrown: unknown) => rememberAbandoned(context, begun.reused ? begun.begun.pending.registration : undefined, thrown));
  } finally {
    await listener.close();
  }
}

export interface BegunAttempt {
  readonly begun: BegunAuthorization;
  readonly asking: Asking;
  /** The client was registered at an earlier sign-in. */
  readonly reused: boolean;
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
  const lifetimeMs = options.timeoutMs ?? settingsOf(context).callbackTimeoutMs ?? defaultTimeoutMs;
  const begin = (): Promise<BegunAuthorization> => beginSignIn(context, discovery, registration, place.redirectUri, asking, lifetimeMs);
  const begun = await begin();
  // Its state and challenge are thrown away: what is looked at is not what the browser opens.
  if (mayBeForgotten(context, discovery, registration, reused)) await requireKnownClient(context, await begin(), options.signal);
  for (const notice of [...(asking.profileNotice === undefined ? [] : [asking.profileNotice]), ...begun.warnings]) options.onNotice?.(notice);
  const { url, pending } = begun;
  context.events.emit({ type: "authorization.begun", server: context.name, at: context.runtime.now(), url, expiresAt: pending.expiresAt });
  return { begun, asking, reused };
}

interface Begun extends BegunAttempt {
  readonly listener: CallbackListener;
}

async function finish(context: AccessContext, attempt: Attempt, { listener, begun, asking, reused }: Begun, options: SignInOptions): Promise<Grant> {
  const callback = await waitForPerson(context, attempt, { listener, begun, asking, reused }, options).catch((thrown: unknown) => {
    throw ended(context, thrown);
  });
  try {
    const grant = await completeAttempt(context, begun.pending, callback.parameters, { offlineAdded: asking.offlineAdded, reused, signal: options.signal });
    callback.finish({});
    noticeTenant(attempt.recorded, grant, options);
    return grant;
  } catch (thrown) {
    callback.finish({ code: findMcpassError(thrown)?.code ?? "internal" });
    throw thrown;
  }
}

/** Shows, opens and waits. Whatever ends it, nothing waits on. */
async function waitForPerson(context: AccessContext, attempt: Attempt, { listener, begun }: Begun, options: SignInOptions): Promise<Callback> {
  const over = new AbortController();
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal]);
  const arrival = awaitCallback(context, listener, begun.pending, { ...options, signal });
  arrival.catch(() => undefined);
  try {
    await options.onAuthorization(noticeOfBegun(context, attempt, begun));
    // The redirect may come before it is known whether the browser opened.
    if (options.openBrowser !== false) void openBrowser(context, begun, options, arrival);
    return await arrival;
  } finally {
    over.abort();
  }
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

/** Never throws. Says nothing once the redirect has arrived or the wait is over. */
async function openBrowser(context: AccessContext, { url, pending }: BegunAuthorization, options: SignInOptions, arrival: Promise<unknown>): Promise<void> {
  let over = false;
  const end = (): void => void (over = true);
  arrival.then(end, end);
  const { opened, reason } = await context.runtime.openBrowser(url).catch((thrown: unknown) => ({ opened: false, reason: describeCause(thrown) }));
  if (opened || over) return;
  const offersDevice = pending.server.deviceAuthorizationEndpoint !== undefined;
  context.events.emit({ type: "browser.failed", server: context.name, at: context.runtime.now(), reason: reason ?? "unknown" });
  const elsewhere = offersDevice ? ` Or sign in with another device: ${signInCommand(context)} --device` : "";
  options.onNotice?.(`No browser could be opened (${reason ?? "unknown reason"}): open the address above yourself.${elsewhere}`);
}

export function noticeOfBegun(context: AccessContext, attempt: Pick<Attempt, "discovery" | "recorded">, { url, pending }: BegunAuthorization): AuthorizationNotice {
  const { registration, redirectUri, expiresAt, scopes } = pending;
  return noticeOf(context, attempt, registration, { url, redirectUri, expiresAt, scopes });
}

export type Shown = Pick<AuthorizationNotice, "url" | "redirectUri" | "expiresAt" | "scopes" | "device">;

export function noticeOf(context: AccessContext, { discovery, recorded }: Pick<Attempt, "discovery" | "recorded">, registration: Registration, shown: Shown): AuthorizationNotice {
  const { server } = discovery;
  const issuerHost = new URL(server.issuer).host;
  const hosts = [server.authorizationEndpoint, server.tokenEndpoint].flatMap((endpoint) => (endpoint === undefined ? [] : [new URL(endpoint).host]));
  return {
    server: context.name,
    serverUrl: context.entry.url,
    ...shown,
    issuer: server.issuer,
    endpointHosts: [...new Set(hosts)].filter((host) => host !== issuerHost),
    account: context.account,
    identity: recorded !== undefined && sameIssuer(recorded.issuer, server.issuer) ? recorded.identity : undefined,
    clientKind: registration.kind,
    clientId: registration.clientId,
    previousIssuer: recorded !== undefined && !sameIssuer(recorded.issuer, server.issuer) ? recorded.issuer : undefined,
    storedIn: context.vault.place,
  };
}
