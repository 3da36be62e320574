import type { AboutGrant } from "../base/events.ts";
import type { AccessContext } from "./access-context.ts";

/** What every event about a grant says of it. */
export function aboutGrant({ name, serverUrl, account, runtime }: AccessContext, { issuer }: { readonly issuer: string }): AboutGrant {
  return { server: name, at: runtime.now(), serverUrl, account, issuer };
}
