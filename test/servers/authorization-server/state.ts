import type { AuthorizationServerStore } from "./store.ts";
import type { AuthorizationServerToggles } from "./toggles.ts";

/** What every endpoint of one authorization server works on. */
export interface AuthorizationServerState {
  readonly origin: string;
  readonly toggles: AuthorizationServerToggles;
  readonly store: AuthorizationServerStore;
}

export const issuerPath = "/realms/a";

export function issuerOf({ origin, toggles }: AuthorizationServerState): string {
  if (toggles.issuer !== undefined) return toggles.issuer;
  const forms = { root: "", "root-slash": "/", path: issuerPath, "path-slash": `${issuerPath}/` };
  return origin + forms[toggles.issuerForm];
}
