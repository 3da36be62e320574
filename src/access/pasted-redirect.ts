import { McpassError } from "../base/errors.ts";
import type { PendingAuthorization } from "../oauth/authorization.ts";

/**
 * What a person pasted, as the parameters of a callback: the whole redirect URL, its query, or a bare code. A bare code says nothing of where it comes from, so it
 * counts only while one authorization is pending and its issuer does not promise `iss`. Throws `callback_invalid` saying what to paste instead. H01, RFC 9207
 */
export function readPasted(text: string, pending: PendingAuthorization, options: { readonly onlyOne: boolean }): URLSearchParams {
  const parameters = pastedParameters(text);
  if (parameters === undefined) return bareCode(trimmed(text), pending, options.onlyOne);
  if (!parameters.has("state")) throw refused("it has no state parameter");
  if (parameters.get("state") !== pending.state) throw refused("it belongs to another sign-in");
  if (!parameters.has("code") && !parameters.has("error")) throw refused("it carries neither a code nor an error");
  return parameters;
}

/** The parameters of a URL or a query; undefined for anything else. Nothing of them has been judged. */
export function pastedParameters(pasted: string): URLSearchParams | undefined {
  const text = trimmed(pasted);
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).searchParams;
  const query = /^[/\w.-]*\?(.*)$/.exec(text)?.[1] ?? (/(^|&)(code|state|error)=/.test(text) ? text : undefined);
  return query === undefined ? undefined : new URLSearchParams(query);
}

function trimmed(text: string): string {
  return text.trim().replace(/^["'<]+|["'>]+$/g, "");
}

function bareCode(code: string, pending: PendingAuthorization, onlyOne: boolean): URLSearchParams {
  if (!/^[\x21-\x7e]{4,4096}$/.test(code)) throw refused("it is not an address");
  if (!onlyOne) throw refused("a code alone is not enough while several sign-ins are waiting");
  if (pending.server.issParameterSupported && !pending.issMayBeMissing) throw refused("a code alone is not enough for this issuer");
  return new URLSearchParams({ code, state: pending.state });
}

function refused(reason: string): McpassError {
  return new McpassError("callback_invalid", `What was pasted cannot be used: ${reason}.`, { hint: "Paste the whole address from the browser's address bar after signing in; it may show an error page there." });
}
