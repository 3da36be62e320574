import type { Configuration } from "../../config/configuration.ts";
import type { GrantView } from "../../connection/manager.ts";
import { canonicalServerUrl } from "../../oauth/resource.ts";

/** A stored grant with the configured names of its server; none when no entry has its URL any more (S06: the URL is what counts). */
export interface NamedGrant {
  readonly names: readonly string[];
  readonly grant: GrantView;
}

export function nameGrants(grants: readonly GrantView[], { servers }: Configuration): readonly NamedGrant[] {
  const remote = [...servers.values()].flatMap(({ name, entry }) => (entry?.type === "remote" ? [{ name, url: canonicalServerUrl(entry.url) }] : []));
  return grants.map((grant) => ({ grant, names: remote.filter(({ url }) => grant.serverUrls.includes(url)).map(({ name }) => name) }));
}
