import { answer, next } from "../answers.ts";
import { proofAlgorithms } from "../dpop.ts";
import type { Reply } from "../listener.ts";
import type { ResourceServerState } from "./state.ts";

const wellKnown = "/.well-known/oauth-protected-resource";

/** The answer of a well-known place of this host, or undefined when the path is none that is set up. */
export function answerMetadata(state: ResourceServerState, path: string): Reply | undefined {
  const { toggles } = state;
  for (const [place, kind] of Object.entries(toggles.metadata)) {
    if (pathOfPlace(state, place) === path) return answer(next(kind), metadataDocument(state));
  }
  if (toggles.perToolMetadata && path.startsWith(`${wellKnown}${toggles.path}/tools/`)) return answer("document", metadataDocument(state));
  if (/\/\.well-known\/(oauth-authorization-server|openid-configuration)/.test(path)) {
    return answer(next(toggles.authorizationServerWellKnown), {});
  }
  return undefined;
}

/** RFC 9728 §2. */
export function metadataDocument(state: ResourceServerState): Record<string, unknown> {
  const { toggles } = state;
  return {
    resource: resourceValue(state),
    authorization_servers: toggles.authorizationServers ?? state.defaultAuthorizationServers(),
    scopes_supported: toggles.scopesSupported,
    bearer_methods_supported: ["header"],
    dpop_bound_access_tokens_required: toggles.dpop === "required" ? true : undefined,
    dpop_signing_alg_values_supported: toggles.dpop === "off" ? undefined : proofAlgorithms,
    ...toggles.metadataFields,
  };
}

export function resourceValue({ origin, toggles }: ResourceServerState): string | undefined {
  const { resource } = toggles;
  if (resource === "same") return origin + toggles.path;
  if (resource === "origin") return origin;
  if (resource === "origin-slash") return `${origin}/`;
  return resource?.startsWith("/") === true ? origin + resource : resource;
}

/** The URL a challenge names. */
export function metadataUrl(state: ResourceServerState, tool: string | undefined): string {
  const { origin, toggles } = state;
  if (tool !== undefined && toggles.perToolMetadata) return `${origin}${wellKnown}${toggles.path}/tools/${encodeURIComponent(tool)}`;
  if (/^\w+:/.test(toggles.challengeMetadata)) return toggles.challengeMetadata;
  return origin + pathOfPlace(state, toggles.challengeMetadata);
}

function pathOfPlace({ toggles }: ResourceServerState, place: string): string {
  if (place === "root") return wellKnown;
  return place === "inserted" ? wellKnown + toggles.path : place;
}
