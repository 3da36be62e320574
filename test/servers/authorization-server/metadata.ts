import { answer, next, type AnswerKind, type Scripted } from "../answers.ts";
import type { Reply } from "../listener.ts";
import { proofAlgorithms } from "../dpop.ts";
import { endpointUrl, issuerPath, statedIssuer, type AuthorizationServerState } from "./state.ts";
import { grantTypes, idJagType } from "./grant-types.ts";

const insert8414 = "/.well-known/oauth-authorization-server";
const insertOidc = "/.well-known/openid-configuration";

/** The answer of a well-known place, or undefined when the path is none. */
export function answerMetadata(state: AuthorizationServerState, path: string): Reply | undefined {
  const place = placeOf(state, path);
  if (place === undefined) return undefined;
  if (place === "decoy") return answer("document", decoy(state));
  return answer(next(place), metadataDocument(state));
}

/** RFC 8414 §2, with the toggles' changes. */
export function metadataDocument(state: AuthorizationServerState): Record<string, unknown> {
  const { toggles } = state;
  const renewing = toggles.refreshTokens === "never" ? [] : ["refresh_token"];
  return {
    issuer: statedIssuer(state),
    authorization_endpoint: endpointUrl(state, "authorize"),
    token_endpoint: endpointUrl(state, "token"),
    registration_endpoint: toggles.registration === "off" ? undefined : endpointUrl(state, "register"),
    revocation_endpoint: toggles.revocation === "absent" ? undefined : endpointUrl(state, "revoke"),
    userinfo_endpoint: toggles.userinfo === "off" ? undefined : `${state.origin}/userinfo`,
    device_authorization_endpoint: toggles.grants.includes("device") ? endpointUrl(state, "device_authorization") : undefined,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", ...renewing, ...toggles.grants.map((grant) => grantTypes[grant])],
    token_endpoint_auth_methods_supported: methodsOf(toggles),
    token_endpoint_auth_signing_alg_values_supported: toggles.clientAssertion === "off" ? undefined : ["ES256", "RS256", "PS256", "EdDSA"],
    dpop_signing_alg_values_supported: toggles.dpop === "off" ? undefined : proofAlgorithms,
    ...keysAndProfiles(state),
    scopes_supported: toggles.scopesSupported,
    code_challenge_methods_supported: toggles.pkce === "absent" ? undefined : [toggles.pkce],
    authorization_response_iss_parameter_supported: toggles.issAdvertised ? true : undefined,
    client_id_metadata_document_supported: toggles.clientMetadataDocuments || toggles.fetchesClientDocuments !== "off" ? true : undefined,
    ...toggles.metadata,
  };
}

const advertisedMethods: Record<AuthorizationServerState["toggles"]["clientAuthentication"], readonly string[]> = {
  none: ["none"],
  basic: ["client_secret_basic"],
  post: ["client_secret_post"],
  either: ["none", "client_secret_basic", "client_secret_post"],
  "basic-lies": ["client_secret_basic"],
  "post-lies": ["client_secret_post"],
  "none-lies": ["none"],
};

function methodsOf({ clientAuthentication, clientAssertion }: AuthorizationServerState["toggles"]): readonly string[] {
  if (clientAssertion === "required") return ["private_key_jwt"];
  return clientAssertion === "off" ? advertisedMethods[clientAuthentication] : [...advertisedMethods[clientAuthentication], "private_key_jwt"];
}

/** The identity provider's side, and the side that redeems its assertions. */
function keysAndProfiles({ origin, toggles }: AuthorizationServerState): Record<string, unknown> {
  const exchanges = toggles.grants.includes("token-exchange");
  const redeems = toggles.grants.includes("jwt-bearer") && toggles.grantAssertionType === "id-jag";
  return {
    jwks_uri: toggles.idTokens !== false || exchanges ? `${origin}/jwks` : undefined,
    identity_chaining_requested_token_types_supported: exchanges ? [idJagType] : undefined,
    authorization_grant_profiles_supported: redeems ? ["urn:ietf:params:oauth:grant-profile:id-jag"] : undefined,
  };
}

function placeOf({ toggles }: AuthorizationServerState, path: string): Scripted<AnswerKind> | "decoy" | undefined {
  const { wellKnown } = toggles;
  if (toggles.tenant !== undefined) return path === `/${toggles.tenant.alias}/v2.0${insertOidc}` ? wellKnown.appendOidc : undefined;
  if (!toggles.issuerForm.startsWith("path")) {
    if (path === insert8414) return wellKnown.insert8414;
    return path === insertOidc ? wellKnown.insertOidc === "absent" ? wellKnown.appendOidc : wellKnown.insertOidc : undefined;
  }
  if (path === insert8414 || path === insertOidc) return toggles.rootDecoy ? "decoy" : "absent";
  const places: Record<string, Scripted<AnswerKind>> = {
    [insert8414 + issuerPath]: wellKnown.insert8414,
    [insertOidc + issuerPath]: wellKnown.insertOidc,
    [issuerPath + insertOidc]: wellKnown.appendOidc,
    [issuerPath + insert8414]: wellKnown.append8414,
  };
  return places[path.replace(/\/$/, "")];
}

/** A complete document of somebody else, where only a careless client looks. */
function decoy(state: AuthorizationServerState): Record<string, unknown> {
  const { origin } = state;
  const document = { ...metadataDocument(state), issuer: origin };
  for (const leg of ["authorize", "token", "register", "revoke"]) {
    const field = { authorize: "authorization", token: "token", register: "registration", revoke: "revocation" }[leg] ?? leg;
    Object.assign(document, { [`${field}_endpoint`]: `${origin}/decoy/${leg}` });
  }
  return document;
}
