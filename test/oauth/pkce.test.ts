import { expect, test } from "vitest";
import { codeChallenge, randomToken } from "../../src/oauth/pkce.ts";

test("the challenge is RFC 7636's own example's (appendix B)", async () => {
  expect(await codeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("a verifier is 43 characters of base64url, and never the same twice", () => {
  const made = Array.from({ length: 200 }, randomToken);
  for (const verifier of made) expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(made).size).toBe(made.length);
});
