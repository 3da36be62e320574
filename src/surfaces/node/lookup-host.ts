/**
 * Every address `hostname` stands for, in the system's order. IP literals (IPv6 with or without brackets) are returned as they are,
 * and `localhost` is both loopback addresses without asking anyone. RFC 6761 §6.3. Rejects with the resolver's error (ENOTFOUND, …).
 */
export async function lookupHost(hostname: string): Promise<readonly string[]> {
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const { isIP } = await import("node:net");
  if (isIP(name) !== 0) return [name];
  if (/^localhost\.?$/i.test(name)) return ["127.0.0.1", "::1"];
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}
