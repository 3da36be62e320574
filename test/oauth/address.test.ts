import { describe, expect, test } from "vitest";
import { farthestReach, isLoopbackHost, nearestReach, reachOfAddress } from "../../src/oauth/address.ts";

describe("Z02: how far away an address is", () => {
  test.each([
    ["loopback", ["127.0.0.1", "127.255.255.254", "::1", "[::1]", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "64:ff9b::127.0.0.1"]],
    ["private", ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "fc00::1", "fdff::1", "::ffff:10.0.0.1", "::ffff:192.168.0.1", "64:ff9b::a00:1"]],
    ["public", ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.0", "11.0.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]],
    ["special", ["0.0.0.0", "::", "169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::ffff:0.0.0.0", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.5", "2001:db8::1", "2002:7f00:1::", "2001:0:7f00:1::", "fec0::1", "100::1"]],
    ["special", ["", "localhost", "not an address", "1.2.3.4.5", "[", "300.1.1.1"]],
  ])("%s: %j", (reach, addresses) => {
    expect(addresses.map((address) => [address, reachOfAddress(address)])).toEqual(addresses.map((address) => [address, reach]));
  });

  test.each([
    ["http://2130706433/", "loopback"],
    ["http://0x7f000001/", "loopback"],
    ["http://0x7f.1/", "loopback"],
    ["http://0177.0.0.1/", "loopback"],
    ["http://127.1/", "loopback"],
    ["http://017700000001/", "loopback"],
    ["http://127.0.0.1./", "loopback"],
    ["http://①②⑦.0.0.1/", "loopback"],
    ["http://[::ffff:127.0.0.1]/", "loopback"],
    ["http://[0:0:0:0:0:0:0:1]/", "loopback"],
    ["http://167772161/", "private"],
    ["http://0xa9fea9fe/", "special"],
    ["http://0/", "special"],
    ["http://[::ffff:a9fe:a9fe]/", "special"],
    ["http://[::]/", "special"],
  ])("%s is %s however its host is written", (url, reach) => {
    expect(reachOfAddress(new URL(url).hostname)).toBe(reach);
  });
});

describe("a host with several addresses", () => {
  test.each([
    [["8.8.8.8", "10.0.0.1"], "private", "public"],
    [["8.8.8.8", "127.0.0.1"], "loopback", "public"],
    [["10.0.0.1", "127.0.0.1"], "loopback", "private"],
    [["127.0.0.1", "169.254.169.254"], "special", "loopback"],
    [["127.0.0.1", "::1"], "loopback", "loopback"],
    [["8.8.8.8"], "public", "public"],
    [["169.254.169.254"], "special", "special"],
    [[], "special", "special"],
  ])("%j counts as %s where it is a target, as %s where it decides what a server may name", (addresses, nearest, farthest) => {
    expect([nearestReach(addresses), farthestReach(addresses)]).toEqual([nearest, farthest]);
    expect([nearestReach(addresses.toReversed()), farthestReach(addresses.toReversed())]).toEqual([nearest, farthest]);
  });
});

test("host names that mean this machine without asking anyone, by RFC 6761 §6.3", () => {
  for (const host of ["localhost", "LocalHost", "localhost.", "app.localhost", "127.0.0.1", "[::1]", "127.8.8.8"]) expect([host, isLoopbackHost(host)]).toEqual([host, true]);
  for (const host of ["localhost.evil.example", "notlocalhost", "10.0.0.1", "0.0.0.0", "[::]", "example.com", ""]) expect([host, isLoopbackHost(host)]).toEqual([host, false]);
});
