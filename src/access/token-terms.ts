import type { TokenRequest } from "../oauth/token.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";

/** What every token request of an entry has, whatever the grant. */
export function tokenTerms(context: AccessContext): Pick<TokenRequest, "parameters" | "headers" | "tokenPath" | "timeoutMs" | "keepsIdToken" | "now"> {
  const { tokenParams, audience, headers, tokenPath, tokenTimeoutMs } = settingsOf(context);
  return { parameters: { ...tokenParams, ...(audience === undefined ? {} : { audience }) }, headers, tokenPath, timeoutMs: tokenTimeoutMs, keepsIdToken: context.keepsIdToken, now: context.runtime.now };
}
