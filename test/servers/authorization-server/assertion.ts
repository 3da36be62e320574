import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import type { AudienceRule } from "./grant-toggles.ts";
import { endpointUrl, issuerOf, type AuthorizationServerState } from "./state.ts";

export interface AssertionRules {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  readonly audiences: readonly string[];
}

export interface ReadAssertion {
  readonly claims: JWTPayload;
  readonly typ: string | undefined;
}

/** RFC 7523 §3: signature, `iss`, `aud`, `exp`, and with `refusesReplays` a `jti` that is new. A string says what is wrong. */
export async function readAssertion(state: AuthorizationServerState, assertion: string, rules: AssertionRules): Promise<ReadAssertion | string> {
  const { store, toggles } = state;
  store.secrets.push({ kind: "assertion", value: assertion });
  try {
    const options = { issuer: rules.issuer, audience: [...rules.audiences], requiredClaims: ["exp", "sub"] };
    const { payload, protectedHeader } = await jwtVerify(assertion, createLocalJWKSet(rules.jwks), options);
    if (toggles.refusesReplays) {
      if (payload.jti === undefined) return "jti is missing";
      const use = `${rules.issuer} ${payload.jti}`;
      if (store.assertions.has(use)) return "jti was used before";
      store.assertions.add(use);
    }
    return { claims: payload, typ: protectedHeader.typ };
  } catch (error) {
    return `the assertion is refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function audiencesOf(state: AuthorizationServerState, rule: AudienceRule): string[] {
  const [issuer, tokenEndpoint] = [issuerOf(state), endpointUrl(state, "token")];
  return { issuer: [issuer], "token-endpoint": [tokenEndpoint], either: [issuer, tokenEndpoint] }[rule];
}
