import type { Outgoing } from "./outgoing.ts";
import { requestTokens, type TokenRequest, type TokenResult } from "./token.ts";

/** Tokens that no person is asked for. No refresh token is expected: the same request gives the next one. Each throws `token_refused` or a network error. */

/** The client in its own name. RFC 6749 §4.4 */
export function requestClientCredentials(outgoing: Outgoing, request: TokenRequest): Promise<TokenResult> {
  return requestTokens(outgoing, "token", request, { grant_type: "client_credentials", ...scopeOf(request) }, []);
}

/** An assertion of whom another issuer knows: a workload, or (as ID-JAG) an employee. RFC 7523 §2.1 */
export function redeemAssertion(outgoing: Outgoing, request: TokenRequest, assertion: string): Promise<TokenResult> {
  const parameters = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion, ...scopeOf(request) };
  return requestTokens(outgoing, "token", request, parameters, [assertion]);
}

export function scopeOf({ scopes }: Pick<TokenRequest, "scopes">): { readonly scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(" ") };
}
