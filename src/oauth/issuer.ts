/**
 * Issuer identifiers compare byte for byte, but for the lone slash of an empty path: Google, Auth0 and others publish both spellings.
 * Nothing else is folded: not case, not port, not any other path. RFC 8414 §3.3, D02
 */
export function sameIssuer(left: string, right: string): boolean {
  return withoutRootSlash(left) === withoutRootSlash(right);
}

function withoutRootSlash(issuer: string): string {
  return /^https?:\/\/[^/?#]+\/$/i.test(issuer) ? issuer.slice(0, -1) : issuer;
}

/** Where an issuer's metadata may be, in the order to ask. RFC 8414 §3.1, OpenID Discovery §4, MCP authorization (discovery order). D04 */
export function issuerMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  const oauth = "/.well-known/oauth-authorization-server";
  const openid = "/.well-known/openid-configuration";
  if (path === "") return [`${origin}${oauth}`, `${origin}${openid}`];
  // The last form is in no specification; some servers put their document there all the same (punkpeye/mcp-remote#207).
  return [`${origin}${oauth}${path}`, `${origin}${openid}${path}`, `${origin}${path}${openid}`, `${origin}${path}${oauth}`];
}

/** Where a server's resource metadata may be, when its challenge names no place. RFC 9728 §3.1, MCP authorization (SEP-985). */
export function resourceMetadataUrls(serverUrl: string): readonly string[] {
  const { origin, pathname, search } = new URL(serverUrl);
  const root = `${origin}/.well-known/oauth-protected-resource`;
  return pathname === "/" ? [`${root}${search}`] : [`${root}${pathname.replace(/\/+$/, "")}${search}`, root];
}
