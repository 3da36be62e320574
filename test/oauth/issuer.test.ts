import { describe, expect, test } from "vitest";
import { issuerMetadataUrls, resourceMetadataUrls, sameIssuer } from "../../src/oauth/issuer.ts";

describe("D02: two spellings of one issuer", () => {
  test.each([
    ["https://as.example", "https://as.example/"],
    ["https://as.example:8443/", "https://as.example:8443"],
    ["http://127.0.0.1:1", "http://127.0.0.1:1/"],
    ["https://as.example/realms/a", "https://as.example/realms/a"],
    ["https://as.example/oauth2/", "https://as.example/oauth2/"],
    ["not a url", "not a url"],
  ])("%s and %s are the same", (left, right) => {
    expect([sameIssuer(left, right), sameIssuer(right, left)]).toEqual([true, true]);
  });

  test.each([
    ["https://as.example", "https://as.example:8443", "another port"],
    ["https://as.example", "https://as.example:443", "a default port that is written"],
    ["https://as.example", "http://as.example", "another scheme"],
    ["https://as.example", "https://AS.example", "another case"],
    ["https://as.example/oauth2", "https://as.example/oauth2/", "a slash after a path"],
    ["https://as.example/a", "https://as.example/A", "the case of a path"],
    ["https://as.example", "https://as.example//", "two slashes"],
    ["https://as.example", "https://as.example/?", "a query"],
    ["https://as.example", "https://as.example/#", "a fragment"],
    ["https://as.example/a%2Fb", "https://as.example/a%2fb", "percent-encoding"],
    ["https://as.example", "https://as.example.evil.example/", "a longer host"],
    ["https://as.example", "https://as.example@evil.example/", "user info"],
    ["as.example", "as.example/", "what is no URL"],
  ])("%s and %s are not: %s", (left, right) => {
    expect([sameIssuer(left, right), sameIssuer(right, left)]).toEqual([false, false]);
  });
});

describe("D04: where an issuer's metadata may be", () => {
  test("an issuer without a path: RFC 8414, then OpenID", () => {
    const urls = ["https://as.example/.well-known/oauth-authorization-server", "https://as.example/.well-known/openid-configuration"];
    expect(issuerMetadataUrls("https://as.example")).toEqual(urls);
    expect(issuerMetadataUrls("https://as.example/")).toEqual(urls);
  });

  test("an issuer with a path: inserted by RFC 8414, inserted and appended by OpenID, appended last; never at the root", () => {
    const urls = [
      "https://as.example:8443/.well-known/oauth-authorization-server/realms/a",
      "https://as.example:8443/.well-known/openid-configuration/realms/a",
      "https://as.example:8443/realms/a/.well-known/openid-configuration",
      "https://as.example:8443/realms/a/.well-known/oauth-authorization-server",
    ];
    expect(issuerMetadataUrls("https://as.example:8443/realms/a")).toEqual(urls);
    expect(issuerMetadataUrls("https://as.example:8443/realms/a/")).toEqual(urls);
  });
});

describe("where resource metadata may be", () => {
  test.each([
    ["https://h/example-server", ["https://h/.well-known/oauth-protected-resource/example-server", "https://h/.well-known/oauth-protected-resource"]],
    ["https://h/a/mcp/", ["https://h/.well-known/oauth-protected-resource/a/mcp", "https://h/.well-known/oauth-protected-resource"]],
    ["https://h/mcp?tenant=1#x", ["https://h/.well-known/oauth-protected-resource/mcp?tenant=1", "https://h/.well-known/oauth-protected-resource"]],
    ["https://h", ["https://h/.well-known/oauth-protected-resource"]],
    ["https://h/?tenant=1", ["https://h/.well-known/oauth-protected-resource?tenant=1"]],
  ])("of %s: beside its path, then at the root", (serverUrl, urls) => {
    expect(resourceMetadataUrls(serverUrl)).toEqual(urls);
  });
});
