import { type ErrorCode, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { TokenFailure } from "../oauth/token.ts";
import type { Grant, Trouble } from "../vault/vault-record.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import { endedPauseMs, jittered, livePauseMs, readRetryAfterMs } from "./back-off.ts";
import { signInRequired } from "./refusals.ts";

/** What a failure to renew means for the grant, and what is said of it. */

export function failureOf(error: McpassError): TokenFailure {
  return error.code === "token_refused" ? (error.details["failure"] as TokenFailure) : "transient";
}

/** The issuer no longer takes this refresh token, or this client. A machine's next request may go well: a secret is put right, an assertion replaced. */
export function isFinal(context: AccessContext, error: McpassError): boolean {
  const kind = failureOf(error);
  return machineOf(context) === undefined && (kind === "terminal" || kind === "client");
}

/**
 * The refresh token may have been spent although its successor did not come: the request left, and no answer that says otherwise came. An OAuth error and what is
 * answered before anything is looked at (429, 503) say otherwise; a gateway's page does not. F05
 */
export function mayBeSpent(error: McpassError): boolean {
  const { sent, oauthError, status } = error.details;
  if (error.code === "unreachable" || error.code === "timed_out") return sent !== false;
  if (error.code !== "token_refused") return error.code === "answer_invalid" || error.code === "internal";
  if (oauthError !== undefined && oauthError !== "server_error") return false;
  return typeof status !== "number" || (status >= 200 && status < 300) || (status >= 500 && status !== 503);
}

/** What was wrong before anything was sent: a person puts it right, and then it is right at once. */
const ownAffairs: ReadonlySet<ErrorCode> = new Set(["file_reference_unreadable", "secret_command_failed", "entry_invalid", "sign_in_required", "forbidden_by_policy"]);

/** The failure as it is stored, with the time before which nobody tries again. `code` is that of the error which callers get. F03 */
export function troubleOf(context: AccessContext, grant: Grant, failure: McpassError): Trouble {
  const now = context.runtime.now();
  const attempts = ownAffairs.has(failure.code) ? 1 : (grant.trouble?.attempts ?? (grant.trouble === undefined ? 0 : 1)) + 1;
  const live = grant.tokens?.expiresAt === undefined || grant.tokens.expiresAt > now;
  const pauseMs = jittered(live ? livePauseMs(attempts) : endedPauseMs(attempts));
  const wishMs = failureOf(failure) === "transient" ? readRetryAfterMs(retryAfterOf(failure), now) : undefined;
  const known = { code: codeFor(context, failure), message: failure.message, at: now, attempts };
  return wishMs === undefined ? { ...known, retryAt: now + pauseMs } : { ...known, retryAt: now + Math.max(pauseMs, wishMs), askedUntil: now + wishMs };
}

function retryAfterOf({ details: { retryAfter } }: McpassError): string | undefined {
  return typeof retryAfter === "string" ? retryAfter : undefined;
}

function codeFor(context: AccessContext, failure: McpassError): ErrorCode {
  const kind = failureOf(failure);
  if (ownAffairs.has(failure.code) || (kind !== "transient" && machineOf(context) !== undefined)) return failure.code;
  return kind === "transient" ? "renewal_failed" : "sign_in_required";
}

/** What is said to who wanted the token: after a try, with its failure; else while the next one is waited for. */
export function troubleError(context: AccessContext, grant: Grant, trouble: Trouble, failure?: McpassError): McpassError {
  const inMs = (trouble.retryAt ?? 0) - context.runtime.now();
  const details = { ...failure?.details, server: context.name, retryAt: trouble.retryAt };
  const again = inMs > 2_000 ? ` It is tried again in ${waitWords(inMs)}.` : "";
  if (trouble.code === "renewal_failed") {
    return new McpassError("renewal_failed", `The access token for ${context.name} could not be renewed; the grant is kept. ${trouble.message}${again}`, { hint: hintFor(failure, inMs), cause: failure, details });
  }
  // The issuer does not say that the refresh token is dead, only that it will not have this request.
  if (trouble.code === "sign_in_required" && failure?.code !== "sign_in_required") {
    return signInRequired(context, `the issuer ${showUrl(grant.issuer)} no longer renews it: ${trouble.message}`, failure);
  }
  return failure ?? new McpassError(trouble.code as ErrorCode, `${trouble.message}${again}`, { details });
}

/** Words that know more than that it may pass are kept. */
function hintFor(failure: McpassError | undefined, inMs: number): string {
  if (failure?.hint !== undefined && !failure.hint.startsWith("This looks temporary")) return failure.hint;
  return `This looks temporary: run the same command again in ${inMs > 2_000 ? waitWords(inMs) : "a moment"}.`;
}

/** The sign-in is over: said with what is known of an interrupted renewal before. */
export function endedError(context: AccessContext, grant: Grant, failure: McpassError): McpassError {
  const { redeeming } = grant;
  const because = redeeming === undefined ? "no longer renews it" : `has since refused the refresh token`;
  return signInRequired(context, `${redeeming === undefined ? "" : `${interruptionWords(redeeming)}; `}the issuer ${showUrl(grant.issuer)} ${because}: ${failure.message}`, failure);
}

export function interruptionWords({ by, at }: NonNullable<Grant["redeeming"]>): string {
  return `${by} began to renew the access token at ${new Date(at).toISOString()} and was interrupted before the answer was stored`;
}

function waitWords(ms: number): string {
  return ms < 60_000 ? `${Math.max(1, Math.ceil(ms / 1000))} s` : `${Math.ceil(ms / 60_000)} min`;
}
