import type { RemoteEntry } from "../config/server-entry.ts";

// Names that carry a key or token; Cloudflare Access headers open the door in front of a server, not the server itself. X02, X03
const credentialName = /^(authorization|cookie)$|api[-_]?key|(^|[-_])(token|secret|password|credential|auth)s?$/i;
const doorName = /^cf-access-/i;

/** Header names of an entry that are credentials: with one of them OAuth never starts by itself, unless `oauth` is an object. X02 */
export function staticCredentials(entry: RemoteEntry): readonly string[] {
  if (typeof entry.oauth === "object") return [];
  return Object.keys(entry.headers).filter((name) => credentialName.test(name) && !doorName.test(name));
}

/** The configured headers as they go out: where OAuth is asked for, it owns Authorization and the rest still goes. */
export function outgoingHeaders(entry: RemoteEntry): Readonly<Record<string, string>> {
  const owned = typeof entry.oauth === "object";
  return Object.fromEntries(Object.entries(entry.headers).filter(([name]) => !(owned && name.toLowerCase() === "authorization")).map(([name, value]) => [name.toLowerCase(), value]));
}
