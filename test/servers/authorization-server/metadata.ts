import { answer, next, type AnswerKind, type Scripted } from "../answers.ts";
import type { Reply } from "../listener.ts";
import { issuerOf, issuerPath, type AuthorizationServerState } from "./state.ts";

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
  const origin = toggles.endpointOrigin ?? state.origin;
  return {
    issuer: issuerOf(state),
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: toggles.registration === "off" ? undefined : `${origin}/register`,
    revocation_endpoint: toggles.revocation === "absent" ? undefined : `${origin}/revoke`,
    response_types_supported: ["code"],
    grant_types_supported: toggles.refreshTokens === "never" ? ["authorization_code"] : ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: advertisedMethods[toggles.clientAuthentication],
    scopes_supported: toggles.scopesSupported,
    code_challenge_methods_supported: toggles.pkce === "absent" ? undefined : [toggles.pkce],
    authorization_response_iss_parameter_supported: toggles.issAdvertised ? true : undefined,
    client_id_metadata_document_supported: toggles.clientMetadataDocuments ? true : undefined,
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

function placeOf({ toggles }: AuthorizationServerState, path: string): Scripted<AnswerKind> | "decoy" | undefined {
  const { wellKnown } = toggles;
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
