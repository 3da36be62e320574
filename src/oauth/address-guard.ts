import { McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { Runtime } from "../base/runtime.ts";
import { farthestReach, isAddressLiteral, isLoopbackHost, nearestReach, type Reach } from "./address.ts";
import type { Leg } from "./outgoing.ts";

/**
 * Decides where a server may send us. A public server may name public hosts only; one on a private network also private ones; one on this
 * machine anything but link-local addresses. `allowPrivate` lifts that for every host that is not public; those are spoken to by https only. RFC 9728 §7.7, MCP security best practices (SSRF). Z02
 */
export interface AddressGuard {
  /**
   * The addresses to connect to (checked, to be used as they are: no second lookup), or undefined when none was needed. Throws `url_insecure`,
   * `address_private`; rejects with the resolver's own error where the host name cannot be resolved.
   */
  check(url: string, leg: Leg): Promise<readonly string[] | undefined>;
}

type Resolver = Pick<Runtime, "lookup" | "throughProxy">;

const allowedFrom: Readonly<Record<Reach, readonly Reach[]>> = {
  public: ["public"],
  private: ["public", "private"],
  loopback: ["public", "private", "loopback"],
  special: ["public"],
};

export function createAddressGuard(options: { runtime: Resolver; serverUrl: string; allowPrivate: boolean }): AddressGuard {
  const server = new URL(options.serverUrl);
  // A public server must not get a private one's rights by naming a private address beside its own.
  const serverReach = once(async () => {
    const addresses = await addressesOf(options.runtime, server).catch(() => []);
    return addresses === undefined ? "public" : farthestReach(addresses);
  });
  return {
    async check(url, leg) {
      const target = requireHttp(url, leg);
      if (target.origin === server.origin) return undefined;
      const addresses = await addressesOf(options.runtime, target).catch((unresolved: unknown) => {
        requireSecure(target, server, "public", leg);
        throw unresolved;
      });
      const reach = addresses === undefined ? "public" : nearestReach(addresses);
      const lifted = options.allowPrivate && reach !== "public";
      if (!lifted && !allowedFrom[await serverReach()].includes(reach)) throw refusal(target, server, reach, leg);
      if (!lifted) requireSecure(target, server, reach, leg);
      return reach === "loopback" ? undefined : addresses;
    },
  };
}

/** A URL that a server named, if it is http(s) and carries no user info.. Throws `url_insecure`. */
export function requireHttp(url: string, leg: Leg): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && (parsed.protocol === "https:" || parsed.protocol === "http:") && parsed.username === "" && parsed.password === "") return parsed;
  const scheme = parsed === undefined ? "is not a URL" : parsed.username + parsed.password === "" ? `has the scheme ${parsed.protocol}; only http and https URLs are used` : "carries a user name or password; it is not used";
  throw new McpassError("url_insecure", `The ${leg} URL that the server names (${showUrl(url)}) ${scheme}.`, { details: { leg, url: showUrl(url) } });
}

function requireSecure(target: URL, server: URL, reach: Reach, leg: Leg): void {
  if (target.protocol === "https:" || isLoopbackHost(target.hostname)) return;
  // An intranet server that the user wrote with http:// may keep its issuer beside it.
  if (reach === "private" && server.protocol === "http:" && target.hostname === server.hostname) return;
  throw new McpassError("url_insecure", `The ${leg} URL ${showUrl(target.href)} is plain http on a host that is not this machine; nothing was sent.`, {
    hint: "Ask the server's operator for https (a proxy that hides TLS lacks X-Forwarded-Proto), or set allowPrivate for a server on your own network.",
    details: { leg, url: showUrl(target.href) },
  });
}

function refusal(target: URL, server: URL, reach: Reach, leg: Leg): McpassError {
  const where = reach === "loopback" ? "this machine" : reach === "private" ? "a private network" : "an address no server may name";
  return new McpassError("address_private", `The server ${server.origin} names ${showUrl(target.href)} as its ${leg} URL, which is on ${where}; nothing was sent there.`, {
    hint: 'If that is meant to be so, set "allowPrivate": true on this server.',
    details: { leg, url: showUrl(target.href), reach },
  });
}

/**
 * undefined: a proxy will resolve the name, so there is nothing here to judge or to pin; it counts as public. What such a name stands for behind the proxy
 * is the proxy's to forbid; addresses written out and names of this machine are judged all the same.
 */
async function addressesOf(runtime: Resolver, { hostname, href }: URL): Promise<readonly string[] | undefined> {
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return ["127.0.0.1"];
  if (!isAddressLiteral(hostname) && (await runtime.throughProxy?.(href)) === true) return undefined;
  return runtime.lookup(hostname.replace(/^\[|\]$/g, ""));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
