import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import type { BegunAuthorization } from "../oauth/authorization.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import type { Registration } from "../oauth/registration.ts";
import type { Grant } from "../vault/vault.ts";
import { type AccessContext, defaultCallback, settingsOf } from "./access-context.ts";
import { type Asking, beginSignIn, chooseAsking, completeSignIn, type Concessions, type ScopeWish } from "./authorize.ts";
import { awaitCallback } from "./await-callback.ts";
import { type Callback, type CallbackListener, openCallbackListener } from "./callback-listener.ts";
import { ensureRegistration, registersItself } from "./ensure-registration.ts";
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
  const listener = await listen(context, attempt);
  try {
    const asking = chooseAsking(context, attempt.discovery, attempt.wish, attempt.concessions);
    const registration = await ensureRegistration(context, attempt.discovery, {
      redirectUri: listener.redirectUri,
      passing: listener.moved,
      scopes: asking.scopes,
      afresh: attempt.concessions.withoutStoredClient === true,
      signal: options.signal,
      onNotice: options.onNotice,
    });
    const lifetimeMs = options.timeoutMs ?? settingsOf(context).callbackTimeoutMs ?? defaultTimeoutMs;
    const begun = await beginSignIn(context, attempt.discovery, registration, listener.redirectUri, asking, lifetimeMs);
    return await finish(context, attempt, { listener, begun, asking }, options);
  } finally {
    await listener.close();
  }
}

async function listen(context: AccessContext, { discovery, place }: Attempt): Promise<CallbackListener> {
  const settings = settingsOf(context);
  const url = new URL(place.redirectUri);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const port = loopback ? Number(url.port || 80) : (settings.callbackPort ?? defaultCallback.port);
  const fixed = settings.redirectUri !== undefined || settings.callbackPort !== undefined;
  const ours = registersItself(context, discovery, place.redirectUri);
  return openCallbackListener({ redirectUri: place.redirectUri, port, mayMove: !fixed && ours }, context.runtime.now);
}

interface Begun {
  readonly listener: CallbackListener;
  readonly begun: BegunAuthorization;
  readonly asking: Asking;
}

async function finish(context: AccessContext, attempt: Attempt, { listener, begun, asking }: Begun, options: SignInOptions): Promise<Grant> {
  const { pending, url, warnings } = begun;
  const { events, name, runtime } = context;
  for (const warning of warnings) options.onNotice?.(warning);
  events.emit({ type: "authorization.begun", server: name, at: runtime.now(), url, expiresAt: pending.expiresAt });
  const callback = await waitForPerson(context, attempt, { listener, begun, asking }, options).catch((thrown: unknown) => {
    throw ended(context, thrown);
  });
  try {
    const grant = await completeSignIn(context, pending, callback.parameters, options.signal);
    callback.finish({});
    events.emit({ type: "authorization.ended", server: name, at: runtime.now(), outcome: "completed" });
    return grant;
  } catch (thrown) {
    const error = ended(context, thrown);
    callback.finish({ code: error.code });
    throw annotate(error, asking, pending.registration.kind === "dynamic");
  }
}

/** Shows, opens and waits. Whatever ends it, nothing waits on. */
async function waitForPerson(context: AccessContext, attempt: Attempt, { listener, begun }: Begun, options: SignInOptions): Promise<Callback> {
  const over = new AbortController();
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal]);
  const arrival = awaitCallback(context, listener, begun.pending, { ...options, signal });
  arrival.catch(() => undefined);
  try {
    await options.onAuthorization(shown(context, attempt, begun));
    // The redirect may come before it is known whether the browser opened.
    if (options.openBrowser !== false) void openBrowser(context, begun, options, arrival);
    return await arrival;
  } finally {
    over.abort();
  }
}

export function ended(context: AccessContext, thrown: unknown): McpassError {
  const error = findMcpassError(thrown) ?? new McpassError("internal", `The sign-in to ${context.name} could not be finished.`, { cause: thrown });
  const outcome = error.code === "cancelled" ? "cancelled" : error.code === "authorization_expired" ? "expired" : "refused";
  context.events.emit({ type: "authorization.ended", server: context.name, at: context.runtime.now(), outcome });
  return error;
}

/** The facts that decide whether another attempt could go better. */
export function annotate(error: McpassError, asking: Asking, storedClient: boolean): McpassError {
  if (error.details["oauthError"] === undefined) return error;
  return new McpassError(error.code, error.message, { hint: error.hint, cause: error.cause, details: { ...error.details, offlineAdded: asking.offlineAdded, storedClient } });
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

function shown(context: AccessContext, attempt: Attempt, { url, pending }: BegunAuthorization): AuthorizationNotice {
  const { registration, redirectUri, expiresAt, scopes } = pending;
  return noticeOf(context, attempt, registration, { url, redirectUri, expiresAt, scopes });
}

export type Shown = Pick<AuthorizationNotice, "url" | "redirectUri" | "expiresAt" | "scopes" | "device">;

export function noticeOf(context: AccessContext, { discovery, recorded }: Attempt, registration: Registration, shown: Shown): AuthorizationNotice {
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
    clientKind: registration.kind,
    clientId: registration.clientId,
    previousIssuer: recorded !== undefined && !sameIssuer(recorded.issuer, server.issuer) ? recorded.issuer : undefined,
    storedIn: context.vault.place,
  };
}
