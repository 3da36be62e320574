import ipaddr from "ipaddr.js";

/** How far away an address is: this machine, a private network, the public internet, or nowhere a server may point at (link-local, multicast, …). */
export type Reach = "loopback" | "private" | "public" | "special";

/** Reach of one IP literal (brackets allowed); IPv4-mapped and NAT64 forms count as the IPv4 address within. Unreadable text is `special`. */
export function reachOfAddress(address: string): Reach {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!ipaddr.isValid(bare)) return "special";
  const parsed = ipaddr.process(bare);
  const range = parsed.range();
  if (range === "rfc6052") return reachOfAddress(parsed.toByteArray().slice(12).join("."));
  if (range === "loopback") return "loopback";
  if (range === "private" || range === "uniqueLocal" || range === "carrierGradeNat") return "private";
  return range === "unicast" ? "public" : "special";
}

/** An IP address (brackets allowed), as opposed to a name. */
export function isAddressLiteral(host: string): boolean {
  return ipaddr.isValid(host.replace(/^\[|\]$/g, "").replace(/%.*$/, ""));
}

/** The nearest reach among several addresses, so that one private answer among public ones counts. */
export function nearestReach(addresses: readonly string[]): Reach {
  const found = new Set(addresses.map(reachOfAddress));
  return (["special", "loopback", "private", "public"] as const).find((reach) => found.has(reach)) ?? "special";
}

/** The farthest reach among several addresses: what a host may count as where being near gives it rights. */
export function farthestReach(addresses: readonly string[]): Reach {
  const found = new Set(addresses.map(reachOfAddress));
  return (["public", "private", "loopback", "special"] as const).find((reach) => found.has(reach)) ?? "special";
}

/** True for host names that mean this machine without asking anyone. RFC 6761 §6.3. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.toLowerCase().replace(/\.$/, "");
  return bare === "localhost" || bare.endsWith(".localhost") || reachOfAddress(bare) === "loopback";
}
