import { isLoopbackHost } from "../../oauth/address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Proxy {
  /** http or https, without user info. */
  readonly origin: URL;
  /** Value of Proxy-Authorization; never shown. */
  readonly authorization: string | undefined;
  /** What the certificate of an https proxy must be for; empty for an address. Node would take it from the Host header, which is the server's. RFC 6066 §3 */
  readonly serverName: string;
}

/**
 * The proxy that a URL goes through, by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (lower case wins, as in curl); undefined: straight there.
 * This machine is always reached straight. Rejects a proxy that is not http or https. E01
 */
export function chooseProxy(environment: Environment, target: URL): Proxy | undefined {
  const value = variable(environment, target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? variable(environment, "ALL_PROXY");
  if (value === undefined || isLoopbackHost(target.hostname) || isExcepted(variable(environment, "NO_PROXY") ?? "", target)) return undefined;
  const written = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw unusable(url);
  const authorization = url.username === "" ? undefined : `Basic ${Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString("base64")}`;
  const { isIP } = process.getBuiltinModule("node:net");
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { origin: new URL(url.origin), authorization, serverName: isIP(name) === 0 ? name : "" };
}

/** As it stands, where it is not percent-encoded: `100%` is a password too. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name.toLowerCase()] ?? environment[name];
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

/** Names cover what is under them (`example.com`, `.example.com`, `*.example.com`), `host:port` one port; addresses may be ranges (`10.0.0.0/8`), `*` is everything. */
function isExcepted(list: string, target: URL): boolean {
  const { isIP } = process.getBuiltinModule("node:net");
  const host = target.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const port = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
  return list.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = entry, only] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
    const bare = name.replace(/^\[(.*)\]$/, "$1").replace(/^\*?\./, "");
    if (bare === "" || (only !== undefined && only !== port)) return false;
    return isIP(host) === 0 ? host === bare || host.endsWith(`.${bare}`) : host === bare || isWithin(host, bare);
  });
}

function isWithin(address: string, range: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const [, network = "", bits = ""] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(range) ?? [];
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(network) !== isIP(address) || Number(bits) > (family === "ipv6" ? 128 : 32)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family);
  return block.check(address, family);
}

function unusable(url: URL | undefined): Error {
  const what = url === undefined ? "the proxy variable holds no URL" : `a proxy of the kind ${url.protocol}// cannot be used`;
  return Object.assign(new Error(what), { hint: "Set HTTPS_PROXY and HTTP_PROXY to an http:// or https:// address, or the host to NO_PROXY." });
}
