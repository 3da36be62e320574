import { plainText } from "../base/redact.ts";
import { scopeOf } from "./machine-grant.ts";
import type { Outgoing } from "./outgoing.ts";
import { refusal, requestAnswer, type TokenRequest } from "./token.ts";

const idJag = "urn:ietf:params:oauth:token-type:id-jag";

/**
 * At a company's identity provider: an ID token for an identity assertion grant (ID-JAG) that `audience`, the issuer of the resource, takes as an
 * assertion for `request.resource`. RFC 8693 §2, draft-ietf-oauth-identity-assertion-authz-grant §4.3. Throws `token_refused` or a network error. E03
 */
export async function exchangeForIdJag(outgoing: Outgoing, request: TokenRequest, { idToken, audience }: { readonly idToken: string; readonly audience: string }): Promise<string> {
  const parameters = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: idJag,
    subject_token: idToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    audience,
    ...scopeOf(request),
  };
  const { answer, read } = await requestAnswer(outgoing, "token exchange", request, parameters, [idToken]);
  if (read.issuedTokenType === idJag) return read.accessToken;
  throw refusal(answer, "token exchange", "refused", `issued ${read.issuedTokenType === undefined ? "a token without a type" : plainText(read.issuedTokenType, 100)} instead of an identity assertion (${idJag})`);
}
