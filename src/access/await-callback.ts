import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";
import type { CallbackListener } from "./callback-listener.ts";
import type { Callback } from "./callback-table.ts";
import type { PasteQueue } from "./paste-queue.ts";
import { readPasted } from "./pasted-redirect.ts";
import { signInCommand } from "./refusals.ts";
import type { SignInOptions } from "./sign-in-types.ts";

export interface CallbackWait {
  readonly listener: CallbackListener;
  readonly pending: PendingAuthorization;
  readonly pastes: PasteQueue | undefined;
  /** Another process may be the one that finishes it. */
  readonly elsewhere: Promise<Grant>;
  /** Rejects when this process waits no longer. */
  readonly over: Promise<never>;
  readonly onPasteRefused: SignInOptions["onPasteRefused"];
}

/** The redirect, from the listener or from the person, or what another process made of it, whichever is first. H01 */
export async function awaitCallback(context: AccessContext, { listener, pending, pastes, elsewhere, over, onPasteRefused }: CallbackWait): Promise<Callback | { readonly grant: Grant }> {
  const ended = new AbortController();
  const arrivals: Promise<Callback | { readonly grant: Grant }>[] = [listener.expect(pending.state, context.name, pending.expiresAt), over, elsewhere.then((grant) => ({ grant }))];
  if (pastes !== undefined) arrivals.push(firstAcceptable(pastes, pending, onPasteRefused, ended.signal));
  try {
    return await Promise.race(arrivals);
  } finally {
    ended.abort();
  }
}

export interface Deadline {
  readonly issuer: string;
  readonly createdAt: number;
  /** When this process waits no longer. */
  readonly giveUpAt: number;
  /** When nobody can finish it any more, where that is later. */
  readonly expiresAt: number;
  readonly cancel: AbortSignal | undefined;
  /** Nobody asks any more; then it never settles. */
  readonly over: AbortSignal;
}

/** Network deadlines are no part of it: only the person's own applies. Rejects with `authorization_expired` or `cancelled`. A09 */
export function untilDeadline(context: AccessContext, { cancel, over, ...deadline }: Deadline): Promise<never> {
  return new Promise((_, reject) => {
    const cancelled = (): void => reject(signInCancelled(context));
    const timer = setTimeout(() => reject(notFinished(context, deadline)), Math.max(0, deadline.giveUpAt - context.runtime.now()));
    if (cancel?.aborted === true) cancelled();
    cancel?.addEventListener("abort", cancelled, { once: true });
    over.addEventListener("abort", () => (clearTimeout(timer), cancel?.removeEventListener("abort", cancelled)), { once: true });
  });
}

export function signInCancelled(context: AccessContext): McpassError {
  return new McpassError("cancelled", `The sign-in to ${context.name} was cancelled; nothing was changed.`);
}

export function notFinished(context: AccessContext, { issuer, createdAt, giveUpAt, expiresAt }: Omit<Deadline, "cancel" | "over">): McpassError {
  return new McpassError("authorization_expired", `The sign-in to ${context.name} at ${showUrl(issuer)} was not finished within ${waitWords(giveUpAt - createdAt)}; nothing was changed.`, {
    hint: `${signInCommand(context)} (--timeout SECONDS waits longer)`,
    details: giveUpAt < expiresAt ? { openUntil: new Date(expiresAt).toISOString() } : {},
  });
}

/** This process waits no longer, and others may: the authorization stays as it is. */
export function isLeftToOthers({ code, details }: Pick<McpassError, "code"> & { readonly details?: McpassError["details"] | undefined }): boolean {
  return code === "cancelled" || (code === "authorization_expired" && details?.["openUntil"] !== undefined);
}

function waitWords(waitMs: number): string {
  if (waitMs < 60_000) return `${Math.round(waitMs / 1000)} s`;
  const minutes = Math.round(waitMs / 6_000) / 10;
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** Never settles when the person pastes nothing usable: the listener and the deadline are still there. */
async function firstAcceptable(pastes: PasteQueue, pending: PendingAuthorization, onPasteRefused: SignInOptions["onPasteRefused"], ended: AbortSignal): Promise<Callback> {
  for (let text = await pastes.next(ended); text !== undefined; text = await pastes.next(ended)) {
    const parameters = acceptPasted(text, pending, onPasteRefused);
    if (parameters !== undefined) return { parameters, finish: () => undefined };
  }
  return new Promise(() => undefined);
}

/** undefined: it was refused, and whoever pasted it was told. */
export function acceptPasted(text: string, pending: PendingAuthorization, onPasteRefused: SignInOptions["onPasteRefused"]): URLSearchParams | undefined {
  try {
    return readPasted(text, pending, { onlyOne: true });
  } catch (thrown) {
    const error = findMcpassError(thrown);
    if (error !== undefined) onPasteRefused?.(error);
    return undefined;
  }
}
