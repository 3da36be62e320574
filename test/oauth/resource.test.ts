import { describe, expect, test } from "vitest";
import { canonicalServerUrl, requireSpeaksFor, speaksFor } from "../../src/oauth/resource.ts";
import { failureOf } from "./failure-of.ts";

describe("the canonical URL of a server, by RFC 8707 §2", () => {
  test.each([
    ["https://H.example/mcp", "https://h.example/mcp"],
    ["HTTPS://h:443/mcp#part", "https://h/mcp"],
    ["https://h", "https://h"],
    ["https://h/", "https://h"],
    ["https://h/mcp/", "https://h/mcp/"],
    ["https://h/?tenant=1", "https://h/?tenant=1"],
    ["https://h/Mcp?A=b", "https://h/Mcp?A=b"],
  ])("of %s is %s (A06: no slash for an empty path)", (url, canonical) => {
    expect(canonicalServerUrl(url)).toBe(canonical);
  });
});

describe("D03: metadata for a resource speaks for https://h/api/mcp", () => {
  const server = "https://h/api/mcp";

  test.each(["https://h", "https://h/", "https://h/api", "https://h/api/", "https://h/api/mcp", "https://h/api/mcp/", "https://H:443/api/mcp", "https://h/x/../api"])("when it is %s", (resource) => {
    expect(speaksFor(resource, server)).toBe(true);
  });

  test.each(["https://h/ap", "https://h/api/m", "https://h/api/mcp/deeper", "https://h/API", "https://other", "https://h:8443", "http://h", "https://h.evil.example", "https://h@evil.example", "https://user:pass@h/api", "https://evil.example/https://h/api/mcp", "https://h/api%2Fmcp", "h/api/mcp", "urn:h:api", "", "null"])("never when it is %j", (resource) => {
    expect(speaksFor(resource, server)).toBe(false);
  });

  test("a longer sibling is no prefix the other way round either", () => {
    expect(speaksFor("https://h/api", "https://h/apis/mcp")).toBe(false);
    expect(speaksFor("https://h/mcp", "https://h/mcp2")).toBe(false);
  });

  test("the refusal names both values and the way to pin it, and nothing that a terminal would obey", async () => {
    expect(requireSpeaksFor("https://h", server, `${server}/meta`)).toBeUndefined();
    const work = async (): Promise<void> => requireSpeaksFor("https://evil\u001b[2J.example/x", server, "https://h/.well-known/oauth-protected-resource");
    const error = await failureOf(work());
    expect(error.code).toBe("resource_mismatch");
    expect(error.message).toBe("The resource metadata at https://h/.well-known/oauth-protected-resource is for https://evil.example/x, not for https://h/api/mcp; it is not used.");
    expect(error.hint).toContain('"resource": "https://evil.example/x"');
  });
});
