import type { AuthorizationServerToggles } from "./toggles.ts";
import { words } from "./store.ts";

/** Why this registration is refused (RFC 7591 §3.2.2), or undefined. Redirect URIs are needed by who uses the code grant. */
export function registrationFault(toggles: AuthorizationServerToggles, request: Readonly<Record<string, unknown>>): { error: string; error_description: string } | undefined {
  const uris = listOf(request["redirect_uris"]);
  const grants = request["grant_types"] === undefined ? ["authorization_code"] : listOf(request["grant_types"]);
  const bad = (description: string): { error: string; error_description: string } => ({ error: "invalid_client_metadata", error_description: description });
  if (grants.includes("authorization_code") && uris.length === 0) return { error: "invalid_redirect_uri", error_description: "redirect_uris is required" };
  const host = uris.map((uri) => URL.canParse(uri) ? new URL(uri).hostname : "").find((name) => toggles.refusedRedirectHosts.includes(name));
  if (host !== undefined) return { error: "invalid_redirect_uri", error_description: `${host} is not allowed` };
  const missing = toggles.wantedGrantTypes.filter((grant) => !grants.includes(grant));
  if (missing.length > 0) return bad(`grant_types must include ${missing.join(" and ")}`);
  const scope = words(typeof request["scope"] === "string" ? request["scope"] : undefined).find((word) => toggles.refusedRegistrationScopes.includes(word));
  return scope === undefined ? undefined : bad(`scope ${scope} is not allowed`);
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
