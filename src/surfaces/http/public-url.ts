import { McpassError } from "../../base/errors.ts";
import { isLoopbackHost } from "../../oauth/address.ts";

/** An address that others reach this server by, as an origin. Throws `usage`. */
export function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname))) && url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (!fits) throw new McpassError("usage", "--public-url needs an https:// address without a path, like https://mcp.example.com");
  return url.origin;
}

export function publicCallbackOf(publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl}/mcp/oauth/callback`;
}

/** Beyond this machine only where somebody said how it is protected. Throws `usage`. */
export function requireReachable(host: string, { publicUrl, insecureNetwork }: { readonly publicUrl: string | undefined; readonly insecureNetwork: boolean }): void {
  if (isLoopbackHost(host.includes(":") ? `[${host}]` : host) || publicUrl !== undefined || insecureNetwork) return;
  throw new McpassError("usage", `--host ${host} lets other machines reach this server, over plain HTTP: its token could be read on the way`, {
    hint: "put a proxy with https before it and give its address with --public-url, or say --insecure-network",
  });
}
