import type { ProofDesk } from "../dpop.ts";
import type { ServerKey } from "./server-key.ts";
import type { EndpointName } from "./quirk-toggles.ts";
import type { AuthorizationServerStore } from "./store.ts";
import type { AuthorizationServerToggles } from "./toggles.ts";

/** What every endpoint of one authorization server works on. */
export interface AuthorizationServerState {
  /** As the world sees it. */
  readonly origin: string;
  readonly toggles: AuthorizationServerToggles;
  readonly store: AuthorizationServerStore;
  /** Signs id_tokens and ID-JAGs. */
  readonly key: ServerKey;
  readonly proofs: ProofDesk;
}

export const issuerPath = "/realms/a";

/** The address under which it is found; with a `tenant` the metadata states another. */
export function issuerOf({ origin, toggles }: AuthorizationServerState): string {
  if (toggles.issuer !== undefined) return toggles.issuer;
  if (toggles.tenant !== undefined) return `${origin}/${toggles.tenant.alias}/v2.0`;
  const forms = { root: "", "root-slash": "/", path: issuerPath, "path-slash": `${issuerPath}/` };
  return origin + forms[toggles.issuerForm];
}

/** What the metadata says. */
export function statedIssuer(state: AuthorizationServerState): string {
  return state.toggles.tenant === undefined || state.toggles.issuer !== undefined ? issuerOf(state) : `${state.origin}/{tenantid}/v2.0`;
}

/** What `iss` of an authorization response and of an id_token says. */
export function sentIssuer(state: AuthorizationServerState): string {
  const { tenant, issuer } = state.toggles;
  return tenant === undefined || issuer !== undefined ? issuerOf(state) : `${state.origin}/${tenant.guid}/v2.0`;
}

export function pathOf({ toggles }: AuthorizationServerState, endpoint: EndpointName): string {
  return toggles.endpointPaths[endpoint] ?? `/${endpoint}`;
}

/** As the metadata states it. */
export function endpointUrl(state: AuthorizationServerState, endpoint: EndpointName): string {
  return (state.toggles.endpointOrigin ?? state.origin) + pathOf(state, endpoint);
}
