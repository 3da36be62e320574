import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";
import type { AccessContext } from "./access-context.ts";
import type { CallbackListener } from "./callback-listener.ts";
import type { Callback } from "./callback-table.ts";
import { readPasted } from "./pasted-redirect.ts";
import { signInCommand } from "./refusals.ts";
import type { SignInOptions } from "./sign-in-types.ts";

/**
 * The redirect, from the listener or from the person, whichever is first. Network deadlines are no part of it: only the person's own applies.
 * Throws `authorization_expired` at `pending.expiresAt`, `cancelled`. H01, A09
 */
export async function awaitCallback(context: AccessContext, listener: CallbackListener, pending: PendingAuthorization, options: SignInOptions): Promise<Callback> {
  const ended = new AbortController();
  const arrivals = [listener.expect(pending.state, context.name, pending.expiresAt), untilDeadline(context, pending, options.signal, ended.signal)];
  if (options.pasted !== undefined) arrivals.push(firstAcceptable(options.pasted, pending, options, ended.signal));
  try {
    return await Promise.race(arrivals);
  } finally {
    ended.abort();
  }
}

function untilDeadline(context: AccessContext, pending: PendingAuthorization, cancel: AbortSignal | undefined, ended: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const expired = (): McpassError => new McpassError("authorization_expired", `The sign-in to ${context.name} at ${showUrl(pending.server.issuer)} was not finished within ${waitWords(pending.expiresAt - pending.createdAt)}; nothing was changed.`, { hint: `${signInCommand(context)} (--timeout SECONDS waits longer)` });
    const cancelled = (): void => reject(new McpassError("cancelled", `The sign-in to ${context.name} was cancelled; nothing was changed.`));
    const timer = setTimeout(() => reject(expired()), Math.max(0, pending.expiresAt - context.runtime.now()));
    if (cancel?.aborted === true) cancelled();
    cancel?.addEventListener("abort", cancelled, { once: true });
    ended.addEventListener("abort", () => (clearTimeout(timer), cancel?.removeEventListener("abort", cancelled)), { once: true });
  });
}

function waitWords(waitMs: number): string {
  if (waitMs < 60_000) return `${Math.round(waitMs / 1000)} s`;
  const minutes = Math.round(waitMs / 6_000) / 10;
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** Never settles when the person pastes nothing usable: the listener and the deadline are still there. */
async function firstAcceptable(pasted: AsyncIterable<string>, pending: PendingAuthorization, options: SignInOptions, ended: AbortSignal): Promise<Callback> {
  for await (const text of pasted) {
    if (ended.aborted) break;
    if (text.trim() === "") continue;
    try {
      return { parameters: readPasted(text, pending, { onlyOne: true }), finish: () => undefined };
    } catch (thrown) {
      const error = findMcpassError(thrown);
      if (error !== undefined) options.onPasteRefused?.(error);
    }
  }
  return new Promise(() => undefined);
}
