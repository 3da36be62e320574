import { plainText } from "../base/redact.ts";
import type { RemoteEntry } from "../config/server-entry.ts";

// Names that carry a key or token; Cloudflare Access headers open the door in front of a server, not the server itself. X02, X03
const credentialName = /^(authorization|cookie)$|api[-_]?key|(^|[-_])(token|secret|password|credential|auth)s?$/i;
const doorName = /^cf-access-/i;

/** Header names of an entry that are credentials: with one of them OAuth never starts by itself, unless `oauth` is an object. X02 */
export function staticCredentials(entry: RemoteEntry): readonly string[] {
  if (typeof entry.oauth === "object") return [];
  return Object.keys(entry.headers).filter((name) => credentialName.test(name) && !doorName.test(name));
}

/** With a credential of its own, from its headers or from a program, OAuth never starts by itself. X02, H07 */
export function hasOwnCredential(entry: RemoteEntry): boolean {
  return staticCredentials(entry).length > 0 || (entry.headersCommand !== undefined && typeof entry.oauth !== "object");
}

/** For a message: what is the credential, as a person finds it in the configuration. */
export function ownCredentialWords(entry: RemoteEntry): string {
  const names = staticCredentials(entry);
  if (entry.headersCommand !== undefined) return `the headers that ${plainText(entry.headersCommand.words[0])} gives (headersCommand)`;
  const shown = names.length === 0 ? Object.keys(entry.headers) : names;
  return `the configured header ${shown.map((name) => plainText(name)).join(", ")}`;
}
