import { expect, test } from "vitest";
import { isMeantFor, jwtClaims, looksLikeEmail, personOf, readIdToken } from "../../src/oauth/person-claims.ts";

const now = Date.UTC(2026, 0, 1);
const jwt = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
const good = { iss: "https://login.example", aud: "client", sub: "u1", exp: now / 1000 + 60, name: "Ada", email: "ada@example.com" };
const read = (changes: Record<string, unknown> = {}) => readIdToken(jwt({ ...good, ...changes }), { issuer: "https://login.example", clientId: "client", now });

test("S07: an ID token tells who it is about: subject, name, address", () => {
  expect(read()).toEqual({ subject: "u1", name: "Ada", email: "ada@example.com" });
  expect(read({ name: "Zoë 名前" })?.name).toBe("Zoë 名前");
  expect(read({ name: undefined, preferred_username: "ada" })).toEqual({ subject: "u1", name: "ada", email: "ada@example.com" });
  expect(read({ email: undefined, preferred_username: "ada@corp.example" })?.email).toBe("ada@corp.example");
});

test("an address that the issuer calls unverified is nobody's", () => {
  expect(read({ email_verified: false })?.email).toBeUndefined();
  expect(read({ email_verified: true })?.email).toBe("ada@example.com");
});

test("another issuer's ID token, another client's, one that is over and one without a subject say nothing (OpenID Connect Core §3.1.3.7)", () => {
  const others = [{ iss: "https://other.example" }, { iss: undefined }, { aud: "another" }, { aud: ["a", "b"] }, { aud: undefined }, { aud: ["client", "another"], azp: "another" }, { exp: now / 1000 - 400 }, { exp: undefined }, { sub: undefined }, { sub: "" }, { sub: 7 }];
  for (const changes of others) expect(read(changes), JSON.stringify(changes)).toBeUndefined();
  for (const changes of [{ aud: ["client"] }, { aud: ["another", "client"], azp: "client" }, { exp: now / 1000 - 200 }, { iss: "https://login.example/" }]) expect(read(changes), JSON.stringify(changes)).toBeDefined();
});

test("D11: of a template for many tenants, the issuer of one tenant is its own", () => {
  const issuer = "https://login.example/{tenantid}/v2.0";
  const tenant = "https://login.example/01234567-89ab-cdef-0123-456789abcdef/v2.0";
  expect([isMeantFor({ iss: tenant, aud: "c" }, { issuer, clientId: "c" }), isMeantFor({ iss: "https://login.example/evil/v2.0", aud: "c" }, { issuer, clientId: "c" })]).toEqual([true, false]);
});

test("what is no JWT, or has other things than texts in it, is read as nothing", () => {
  for (const text of ["", "a", "a.b", "a.!!!.c", `a.${Buffer.from("[1]").toString("base64url")}.c`, `a.${Buffer.from("null").toString("base64url")}.c`, `a.${Buffer.from([0xff, 0xfe]).toString("base64url")}.c`]) expect(jwtClaims(text)).toEqual({});
  expect(personOf({ sub: "u1", name: { first: "Ada" }, email: ["ada@example.com"], preferred_username: 7 })).toEqual({ subject: "u1", name: undefined, email: undefined });
});

test("names that would break a line, or are none at all, are left out", () => {
  for (const name of ["a\nb", "a\u001b[31mb", "a\u202eb", " ", "x".repeat(257)]) expect(personOf({ sub: "u1", name, email: `${name}@example.com` })).toEqual({ subject: "u1", name: undefined, email: undefined });
});

test("what goes as a login_hint for an account is a label in the form of an address", () => {
  expect(["work", "ada@example.com", "a b@example.com", "@x", "ada@", "ada@corp", "a@b@c"].filter(looksLikeEmail)).toEqual(["ada@example.com", "ada@corp"]);
});
