import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChallenges, readBearerChallenge, splitScopes } from "../../src/oauth/challenge.ts";

const metadata = "https://h/.well-known/oauth-protected-resource";
const schemes = (field: string): string[] => parseChallenges(field).map(({ scheme }) => scheme);
const parameters = (field: string, at = 0): Record<string, string> => ({ ...parseChallenges(field)[at]?.parameters });

describe("a WWW-Authenticate field, by RFC 9110 §11.6.1", () => {
  test.each([
    ["one challenge", `Bearer realm="mcp", scope="a b"`, { realm: "mcp", scope: "a b" }],
    ["values that are tokens", "Bearer realm=mcp, error=invalid_token", { realm: "mcp", error: "invalid_token" }],
    ["names in any case", `BEARER Scope="a", RESOURCE_METADATA="${metadata}"`, { scope: "a", resource_metadata: metadata }],
    ["space around the equals sign", `Bearer realm = "mcp" , scope\t=\t"a"`, { realm: "mcp", scope: "a" }],
    ["double spaces and leading commas", `  ,, Bearer   realm="mcp",,   scope="a" , `, { realm: "mcp", scope: "a" }],
    ["missing commas", `Bearer realm="mcp" scope="a" error="x"`, { realm: "mcp", scope: "a", error: "x" }],
    ["escapes in quoted strings", String.raw`Bearer error_description="say \"hi\" \\ bye", scope="a"`, { error_description: String.raw`say "hi" \ bye`, scope: "a" }],
    ["commas and equals signs in quoted strings", `Bearer error_description="a, scope=admin, Basic realm=x", scope="a"`, { error_description: "a, scope=admin, Basic realm=x", scope: "a" }],
    ["an empty quoted string", `Bearer scope="", realm=""`, { scope: "", realm: "" }],
    ["a quoted string that never ends", `Bearer scope="a b`, { scope: "a b" }],
    ["an escape at the very end", `Bearer scope="a\\`, { scope: "a" }],
    ["a name given twice: the first wins", `Bearer scope="a", scope="b"`, { scope: "a" }],
    ["names of Object.prototype", `Bearer constructor="a", __proto__="b", toString="c"`, { constructor: "a", ["__proto__"]: "b", tostring: "c" }],
  ])("reads %s", (_, field, expected) => {
    expect(schemes(field)).toEqual(["bearer"]);
    expect(Object.entries(parameters(field))).toEqual(Object.entries(expected));
  });

  test("D05: reads several challenges in one list, in order", () => {
    const field = `Basic realm="x", Bearer resource_metadata="${metadata}", scope="a", DPoP algs="ES256", Negotiate`;
    expect(schemes(field)).toEqual(["basic", "bearer", "dpop", "negotiate"]);
    expect([0, 1, 2, 3].map((at) => parameters(field, at))).toEqual([{ realm: "x" }, { resource_metadata: metadata, scope: "a" }, { algs: "ES256" }, {}]);
  });

  test("reads challenges without a comma between them", () => {
    expect(schemes(`Basic realm="x" Bearer scope="a"`)).toEqual(["basic", "bearer"]);
  });

  test("takes a token68 as a credential, never as a parameter or a scheme", () => {
    expect(parseChallenges(`Negotiate YWJj+/==, Bearer scope="a"`).map(({ scheme, parameters: own }) => [scheme, { ...own }])).toEqual([["negotiate", {}], ["bearer", { scope: "a" }]]);
    expect(schemes("NTLM TlRMTVNTUAAC=")).toEqual(["ntlm"]);
  });

  test("a parameter before any scheme belongs to nobody", () => {
    expect(readBearerChallenge(`resource_metadata="${metadata}", scope="a"`)).toBeUndefined();
  });

  test("keeps what can be read when there is rubbish between", () => {
    expect(parameters(`Bearer realm="a"; @@ scope="b"`)).toEqual({ realm: "a", scope: "b" });
  });
});

describe("what a bearer challenge says, by RFC 6750 §3 and RFC 9728 §5.1", () => {
  test("is undefined without a field, and for schemes that are not ours", () => {
    for (const field of [undefined, null, "", "   ", "Negotiate", `Basic realm="x"`, `Digest nonce="a", scope="b"`]) expect(readBearerChallenge(field)).toBeUndefined();
  });

  test("D05: is found behind Basic, with its metadata URL and scopes", () => {
    expect(readBearerChallenge(`Basic realm="x", Bearer resource_metadata="${metadata}", scope="a b", error="invalid_token", error_description="gone"`)).toEqual({ resourceMetadata: metadata, scopes: ["a", "b"], error: "invalid_token", errorDescription: "gone" });
  });

  test("two fields joined into one are one list", () => {
    expect(readBearerChallenge(["Negotiate", `Bearer scope="a"`].join(", "))?.scopes).toEqual(["a"]);
  });

  test("text in error_description is never a scope (the official SDK reads `admin\"` from it)", () => {
    expect(readBearerChallenge(`Bearer error="insufficient_scope", error_description="needs scope=admin"`)?.scopes).toEqual([]);
    expect(readBearerChallenge(`Bearer error_description="needs scope=admin resource_metadata=https://evil", scope="mcp:read"`)).toMatchObject({ scopes: ["mcp:read"], resourceMetadata: undefined });
  });

  test("an empty scope is no scope", () => {
    expect(readBearerChallenge(`Bearer scope=""`)?.scopes).toEqual([]);
    expect(readBearerChallenge(`Bearer scope="  "`)?.scopes).toEqual([]);
  });

  test("the metadata URL is taken from whichever challenge carries it, the bearer's own first, and only if it is a URL", () => {
    expect(readBearerChallenge(`Custom resource_metadata="${metadata}"`)).toMatchObject({ resourceMetadata: metadata, scopes: [] });
    expect(readBearerChallenge(`Custom resource_metadata="https://other", Bearer resource_metadata="${metadata}"`)?.resourceMetadata).toBe(metadata);
    expect(readBearerChallenge(`Bearer resource_metadata="/relative"`)?.resourceMetadata).toBeUndefined();
    expect(readBearerChallenge(`Bearer resource_metadata=${metadata}`)?.resourceMetadata).toBe(metadata);
  });

  test("D07: the metadata URL is kept byte for byte", () => {
    const odd = "HTTPS://H:443/a/../b?x=%7e#f";
    expect(readBearerChallenge(`Bearer resource_metadata="${odd}"`)?.resourceMetadata).toBe(odd);
  });

  test("a DPoP challenge counts as one", () => {
    expect(readBearerChallenge(`DPoP algs="ES256", scope="a"`)?.scopes).toEqual(["a"]);
  });
});

test("scopes are split at any white space, without repetition, in order", () => {
  expect(splitScopes(" b  a\tb\nc ")).toEqual(["b", "a", "c"]);
  expect(splitScopes(undefined)).toEqual([]);
});

describe("whatever bytes come", () => {
  const piece = fc.oneof(fc.constantFrom("Bearer", "Basic", " ", ",", "=", '"', "\\", "scope", "resource_metadata", "a=b", "\t", "\r\n", "==", metadata), fc.string({ unit: "binary" }));

  test("nothing throws, and every scheme and name is a lower-case token", () => {
    const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")), (field) => {
        for (const challenge of parseChallenges(field)) for (const word of [challenge.scheme, ...Object.keys(challenge.parameters)]) expect(word).toMatch(token);
        readBearerChallenge(field);
      }),
      { numRuns: 500 },
    );
  });

  test("what was written by the rules is read as it was written", () => {
    const text = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), text), (written) => {
        const list = Object.entries(written).map(([name, value]) => `${name}="${value.replace(/["\\]/g, String.raw`\$&`)}"`);
        expect(Object.entries(parameters(`Bearer ${list.join(", ")}`))).toEqual(Object.entries(written));
      }),
    );
  });

  test("a field of a megabyte ends in good time", () => {
    const hostile = ["Bearer ".repeat(150_000), `Bearer ${"a".repeat(1_000_000)}`, `Bearer ${"a ".repeat(500_000)}`, `Bearer a${" ".repeat(1_000_000)}x`, `Bearer "${"\\".repeat(1_000_000)}`];
    const started = performance.now();
    for (const field of hostile) parseChallenges(field);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
