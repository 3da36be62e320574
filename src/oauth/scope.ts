import { splitScopes } from "./challenge.ts";

export interface ScopeQuestion {
  /** Configured words replace what the server asks for; words with a leading `+` are added to it. */
  readonly configured: string | undefined;
  /** Scopes of the challenge: what this operation needs. Authoritative. Q-16 */
  readonly challenged: readonly string[];
  /** Requested before and granted so far, when stepping up. U-5 */
  readonly held: readonly string[];
  /** `scopes_supported` of the resource metadata. */
  readonly resourceScopes: readonly string[] | undefined;
  /** `scopes_supported` of the issuer: says only whether `offline_access` may be asked for, never what to ask. A03 */
  readonly issuerScopes: readonly string[] | undefined;
  readonly issuerGrantTypes: readonly string[] | undefined;
  readonly offline: "auto" | "always" | "never";
}

export interface ScopeChoice {
  /** Empty: leave the parameter out. */
  readonly scopes: readonly string[];
  /** `offline_access` is asked for only because it is listed, so that leaving it out is worth one try. A02 */
  readonly offlineAdded: boolean;
}

/** Configured, else challenged, else the resource's list, else none; plus what is held when stepping up; plus `offline_access` where listed., A03, A07 */
export function chooseScopes(question: ScopeQuestion): ScopeChoice {
  const words = splitScopes(question.configured);
  const replacing = words.filter((word) => !word.startsWith("+"));
  const adding = words.filter((word) => word.startsWith("+")).map((word) => word.slice(1));
  // The resource's own `offline_access` is asked for as ours is: `never` and a second try without it hold for both. A02
  const listed = (question.resourceScopes ?? []).filter((scope) => scope !== "offline_access");
  const asked = question.challenged.length > 0 ? question.challenged : question.held.length > 0 ? [] : listed;
  // Stepping up must reach what the operation needs even where a configured list lacks it. U-5
  const base = replacing.length === 0 ? asked : question.held.length > 0 ? [...replacing, ...question.challenged] : replacing;
  const scopes = [...new Set([...question.held, ...base, ...adding])].filter((scope) => scope !== "");
  const offlineAdded = !scopes.includes("offline_access") && mayAskOffline(question);
  return { scopes: offlineAdded ? [...scopes, "offline_access"] : scopes, offlineAdded };
}

function mayAskOffline({ offline, issuerScopes, resourceScopes, issuerGrantTypes }: ScopeQuestion): boolean {
  if (offline !== "auto") return offline === "always";
  const listed = [...(issuerScopes ?? []), ...(resourceScopes ?? [])].includes("offline_access");
  return listed && (issuerGrantTypes === undefined || issuerGrantTypes.includes("refresh_token"));
}
