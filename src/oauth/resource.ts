import { McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";

/**
 * The canonical URI of a server: absolute, no fragment, scheme and host in lower case, no slash for an empty path.
 * It is the `resource` where the server names none, and what grants are keyed by. RFC 8707 §2, MCP authorization (canonical server URI).
 */
export function canonicalServerUrl(url: string): string {
  const parsed = new URL(url);
  parsed.hash = "";
  return parsed.pathname === "/" && parsed.search === "" ? parsed.origin : parsed.href;
}

/** True when metadata for `resource` speaks for `serverUrl`: same origin, and its path a prefix of the server's by whole segments. D03, RFC 9728 §3.3 */
export function speaksFor(resource: string, serverUrl: string): boolean {
  if (!URL.canParse(resource)) return false;
  const named = new URL(resource);
  const server = new URL(serverUrl);
  if (named.origin !== server.origin || named.username !== "" || named.password !== "") return false;
  const prefix = segments(named.pathname);
  const path = segments(server.pathname);
  return prefix.length <= path.length && prefix.every((segment, index) => segment === path[index]);
}

/** The URL with https, where it names this https server's own host with http: a proxy that hides TLS makes servers say so. D10 */
export function withServerScheme(url: string, serverUrl: string): string {
  if (!isOwnHostWithoutTls(url, serverUrl)) return url;
  return withHttps(url);
}

function isOwnHostWithoutTls(url: string, serverUrl: string): boolean {
  const server = new URL(serverUrl);
  return server.protocol === "https:" && URL.canParse(url) && new URL(url).protocol === "http:" && new URL(withHttps(url)).host === server.host;
}

function withHttps(url: string): string {
  return url.replace(/^http:/i, "https:");
}

/** Throws `resource_mismatch` unless the metadata speaks for the server. */
export function requireSpeaksFor(resource: string, serverUrl: string, metadataUrl: string): void {
  if (speaksFor(resource, serverUrl)) return;
  throw new McpassError("resource_mismatch", `The resource metadata at ${showUrl(metadataUrl)} is for ${plainText(resource, 200)}, not for ${showUrl(serverUrl)}; it is not used.`, {
    hint: isOwnHostWithoutTls(resource, serverUrl)
      ? `The server names itself with http://, as one does behind a proxy that hides TLS (it lacks X-Forwarded-Proto). Tell its operator, or set "oauth": { "allowSchemeUpgrade": true }.`
      : `If the server's operator says this is right, pin it: "oauth": { "resource": ${JSON.stringify(plainText(resource, 200))} }`,
    details: { leg: "resource metadata", url: showUrl(metadataUrl), resource: plainText(resource, 200), server: showUrl(serverUrl) },
  });
}

function segments(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}
