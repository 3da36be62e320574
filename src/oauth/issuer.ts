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

const tenantSlot = "{tenantid}";
const guid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** True for an issuer that stands for many tenants: the one template there is, Entra's. D11 */
export function isTenantTemplate(issuer: string): boolean {
  return issuer.split(tenantSlot).length === 2;
}

/** True when `issuer` is `template` with a tenant's GUID in its place; with `shared` also Entra's names for all tenants. D11 */
export function isTenantOf(issuer: string, template: string, { shared = false }: { shared?: boolean } = {}): boolean {
  if (!isTenantTemplate(template)) return false;
  const [before = "", after = ""] = withoutRootSlash(template).split(tenantSlot);
  const end = issuer.length - after.length;
  if (!issuer.startsWith(before) || !issuer.endsWith(after) || end < before.length) return false;
  return new RegExp(`^(${guid}${shared ? "|common|organizations|consumers" : ""})$`, "i").test(issuer.slice(before.length, end));
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
