import type { QuirkToggles } from "./quirk-toggles.ts";
import type { AuthorizationServerState } from "./state.ts";
import { words } from "./store.ts";

const openScopes = ["openid", "profile", "email", "offline_access"];

/** A01, Entra: what a scope says of the resource must be what `resource` says, on each leg of `scopeNamesResource`. */
export function scopeFault(
  { toggles }: AuthorizationServerState,
  leg: QuirkToggles["scopeNamesResource"][number],
  { scope, resource }: { readonly scope: string | undefined; readonly resource: string | undefined },
): { error: string; error_description: string } | undefined {
  if (!toggles.scopeNamesResource.includes(leg)) return undefined;
  const asked = words(scope).filter((word) => !openScopes.includes(word));
  if (resource === undefined) {
    const bare = asked.find((word) => !word.includes("://"));
    if (bare === undefined) return undefined;
    return { error: "invalid_client", error_description: `AADSTS650053: The application asked for scope '${bare}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'.` };
  }
  const other = asked.find((word) => originOf(word) !== originOf(resource));
  if (other === undefined) return undefined;
  return { error: "invalid_target", error_description: `AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes. (${resource} / ${other})` };
}

/** `api://id/scope` and `https://host/scope` are of `api://id` and `https://host`. */
function originOf(value: string): string {
  return /^[\w+.-]+:\/\/[^/]*/.exec(value)?.[0] ?? value;
}
