import { McpassError, type McpassErrorOptions } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import { shellWord } from "../base/shell-word.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import { ownCredentialWords, staticCredentials } from "./static-credential.ts";

/** The refusals of the access floor, each with the next command. */

export function signInRequired(context: AccessContext, because: string | undefined, cause?: unknown, otherAccounts: readonly string[] = []): McpassError {
  return new McpassError("sign_in_required", `${context.name} needs a sign-in${because === undefined ? "" : `: ${because}`}.`, { hint: signInCommand(context), cause, details: { server: context.name, account: context.account, ...(otherAccounts.length === 0 ? {} : { otherAccounts }) } });
}

export function signInCommand(context: Pick<AccessContext, "name" | "account">): string {
  return `mcpass auth ${shellWord(context.name)}${context.account === "default" ? "" : ` --account ${shellWord(context.account)}`}`;
}

/** A configured credential that the server answered with 401; OAuth does not start. X02 */
export function headerRefused(context: AccessContext): McpassError {
  const { name, entry } = context;
  if (Object.keys(entry.headers).length === 0 && entry.headersCommand === undefined) return new McpassError("oauth_unsupported", `${name} answered 401, and "oauth": false says not to sign in.`, { hint: 'Set a header it accepts, or remove "oauth": false.', details: { server: name } });
  const hint = entry.headersCommand === undefined ? `Check its value (or the variable it comes from); to sign in instead, remove the header or set "oauth": {}.` : `Run the command by hand and see whose credential it prints; to sign in instead, remove headersCommand.`;
  return new McpassError("header_refused", `${name} answered 401: it refused ${ownCredentialWords(entry)}.`, { hint, details: { server: name, url: showUrl(entry.url), headers: staticCredentials(entry) } });
}

/** Nothing stored has gone to the new issuer, and nothing will without a sign-in that names both. Z03, D-15 */
export function issuerChanged(context: AccessContext, recorded: string, found: string, options: McpassErrorOptions = {}): McpassError {
  return new McpassError("issuer_changed", `${context.name} now names the issuer ${showUrl(found)}; you signed in at ${showUrl(recorded)}. Nothing stored was sent to the new one.`, {
    hint: `If you trust it: ${signInCommand(context)}${machineOf(context) === undefined ? "" : " --force"}`,
    ...options,
    details: { server: context.name, recordedIssuer: recorded, issuer: found },
  });
}

/** An issuer gave a token without a person, and the server wants none of it: signing in would change nothing. */
export function freshTokenRefused(context: AccessContext): McpassError {
  return new McpassError("token_rejected", `${context.name} refuses the access token that its issuer has just issued.`, {
    hint: "The server and its issuer disagree about the token's audience, scopes or client; set oauth.resource, oauth.scope or oauth.audience, or ask its operator.",
    details: { server: context.name, url: showUrl(context.entry.url) },
  });
}

/** Each was over before it was there, or renewed by another process: the next one may do, and a sign-in would give no better one. F01 */
export function tokensTooShort(context: AccessContext, count: number): McpassError {
  return new McpassError("renewal_failed", `${count} access tokens of ${context.name} ran out or were replaced one after another before it had looked at them. You are still signed in.`, {
    hint: `Try again; if this goes on, a clock may be wrong, or its issuer gives tokens that live too short: mcpass doctor ${shellWord(context.name)}`,
    details: { server: context.name, url: showUrl(context.entry.url) },
  });
}

/** The server wants a nonce in the proof, and takes none, or gives none. RFC 9449 §9 */
export function nonceRefused(context: AccessContext): McpassError {
  return new McpassError("token_rejected", `${context.name} asks for a DPoP nonce and takes none that it gave; nothing was tried again.`, {
    hint: 'Its operator can tell why; "oauth": { "dpop": false } and another sign-in do without, where the server allows that.',
    details: { server: context.name, url: showUrl(context.entry.url) },
  });
}

/** RFC 6750 §3.1 insufficient_scope. A07 */
export function scopeInsufficient(context: AccessContext, scopes: readonly string[], description: string | undefined): McpassError {
  const wanted = scopes.map((scope) => plainText(scope, 100));
  return new McpassError("scope_insufficient", `${context.name} wants more than was granted${wanted.length === 0 ? "" : `: ${wanted.join(" ")}`}${description === undefined ? "" : ` (${plainText(description, 200)})`}.`, {
    hint: `${signInCommand(context)} --force${wanted.length === 0 ? "" : ` --scope "${wanted.map((scope) => `+${scope}`).join(" ")}"`}`,
    details: { server: context.name, scopes: wanted },
  });
}
