import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

import { Refusal } from "./refusal.ts";
import type { FindGatewayToken } from "../../access/gateway-tokens.ts";
import { presented, type Sessions } from "./sessions.ts";

/** Who may ask for anything at all, decided before a request is read any further. Z07 */
export interface Guard {
  /** Whether it carries a credential; and whose token it shows, if it shows one. Throws `Refusal`. */
  admit(incoming: IncomingMessage): { readonly isTrusted: boolean; readonly caller: string | undefined };
}

export interface GuardOptions {
  /** Of this server as its callers write it: `http://127.0.0.1:4190`; the first is the one to name. */
  readonly origins: readonly string[];
  /** Reached by other machines without a name: any address with this port is one of ours. A name never is: it may lead anywhere tomorrow. */
  readonly anyAddressWithPort?: number | undefined;
  readonly sessions: Sessions;
  /** Programs' own tokens, which are good for the gateway and nothing else. */
  readonly findGatewayToken: FindGatewayToken;
  /** Operations without a credential. */
  readonly isPublic: (method: string, path: string) => boolean;
}

export function createGuard({ origins, anyAddressWithPort, sessions, findGatewayToken, isPublic }: GuardOptions): Guard {
  const hosts = new Set(origins.map((origin) => new URL(origin).host));
  const own = new Set(origins);
  const isOwnHost = (host: string): boolean => hosts.has(host) || (anyAddressWithPort !== undefined && isAddressWithPort(host, anyAddressWithPort));
  const isOwnOrigin = (origin: string): boolean => own.has(origin) || (origin.startsWith("http://") && anyAddressWithPort !== undefined && isAddressWithPort(origin.slice("http://".length), anyAddressWithPort));
  const callerOf = (path: string, { authorization }: IncomingMessage["headers"]): string | undefined =>
    authorization !== undefined && isGatewayPath(path) ? findGatewayToken(presented(authorization))?.hash : undefined;
  return {
    admit: (incoming) => {
      const { url = "", headers, method = "" } = incoming;
      requirePath(url);
      // Else it would be handled like a GET, which opens streams and uses up what is good once.
      if (method === "HEAD") throw new Refusal(405, "method_not_allowed", "HEAD is not served.", { headers: { allow: "GET" } });
      requireHost(incoming, isOwnHost);
      requireOrigin(headers.origin, isOwnOrigin);
      const path = pathOf(url);
      const shown = sessions.credentialOf(headers);
      const caller = shown === "token" ? "serve" : callerOf(path, headers);
      const credential = shown ?? caller;
      const open = isPublic(method, path);
      // An issuer of the same site sends the browser back with our cookie: it counts for nothing there, and does no harm.
      const foreign = credential === "cookie" ? foreignUse(incoming, path) : undefined;
      if (foreign !== undefined && !open) throw foreign;
      if (credential === undefined && (headers.authorization !== undefined || !open)) throw unauthorized(path);
      return { isTrusted: credential !== undefined && foreign === undefined, caller };
    },
  };
}

export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** Only what no reader of URLs takes for another path. */
export function isGatewayPath(path: string): boolean {
  return /^\/gateway(?:\/[\w.~!$&'()*+,;=:@%-]*)*$/.test(path);
}

/** This is no proxy (RFC 9112 §3.2.1), and what is decided here is decided of the very path that is served: none that a reader of URLs takes for another. */
function requirePath(url: string): void {
  if (!url.startsWith("/") || url.startsWith("//") || /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(pathOf(url))) throw new Refusal(400, "bad_request", "The request target must be a path, without . and .. in it.");
}

/** A page whose name was made to lead here still sends its own name. RFC 9110 §7.2 */
function requireHost({ headers, rawHeaders }: IncomingMessage, isOwn: (host: string) => boolean): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (hosts.length !== 1 || headers.host === undefined || !isOwn(headers.host.toLowerCase())) throw new Refusal(403, "host_refused", "The Host of this request is not one of this server's.", { hint: "Use the address that mcpass serve prints; for another name: --public-url" });
}

/** Also `null`, which sandboxed pages and files send. RFC 6454 §7.3 */
function requireOrigin(origin: string | undefined, isOwn: (origin: string) => boolean): void {
  if (origin !== undefined && !isOwn(origin)) throw new Refusal(403, "origin_refused", "Pages of other origins may not use this server.");
}

/** A cookie also comes along with what pages of the same host and another port, or of the same site, ask for: only our own page, or a person who opens it, counts. */
function foreignUse({ headers, method = "" }: IncomingMessage, path: string): Refusal | undefined {
  const site = headers["sec-fetch-site"];
  const looks = method === "GET";
  const opens = looks && headers["sec-fetch-mode"] === "navigate" && (path === "/" || path === "/doc/reference");
  if (site !== undefined && site !== "same-origin" && site !== "none" && !opens) return new Refusal(403, "origin_refused", "Pages of other origins may not use this server.");
  if (!looks && headers.origin === undefined) return new Refusal(403, "origin_refused", "A request with a cookie that changes something must carry its Origin.");
  return undefined;
}

export function unauthorized(path: string): Refusal {
  const hint = `Authorization: Bearer, with what mcpass serve --print-token prints${isGatewayPath(path) ? "; or mcpass install CLIENT --gateway, which makes a token of the client's own" : ""}`;
  return new Refusal(401, "unauthorized", "This needs the token of this server.", { hint, headers: { "www-authenticate": 'Bearer realm="mcpass"' } });
}

function isAddressWithPort(host: string, port: number): boolean {
  const [, six, four] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::\d+)?$/.exec(host) ?? [];
  const written = host.slice((six === undefined ? (four ?? "") : `[${six}]`).length);
  return isIP(six ?? four ?? "") !== 0 && written === (port === 80 ? "" : `:${String(port)}`);
}
