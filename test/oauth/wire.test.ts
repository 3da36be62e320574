import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readIssuerMetadata,
  readJsonObject,
  readOAuthFailure,
  readRegistrationAnswer,
  readResourceMetadata,
  readTokenAnswer,
  readTokenBody,
  type WireObject,
} from "../../src/oauth/wire.ts";

describe("a JSON object", () => {
  test("is read whatever white space or byte order mark is around it", () => {
    expect(readJsonObject('\uFEFF \n{"a":1}\n')).toEqual({ a: 1 });
  });

  test("null members are absent (Ory Hydra; typescript-sdk#754)", () => {
    expect(readJsonObject('{"a":null,"b":{"c":null}}')).toEqual({ b: { c: null } });
  });

  test.each(["", "null", "[]", "[{}]", "1", '"text"', "{", "<!doctype html>", '{"a":1} trailing'])("is not %j", (body) => {
    expect(readJsonObject(body)).toBeUndefined();
  });

  test("a member called __proto__ is data and nothing else", () => {
    const read = readJsonObject('{"__proto__":{"access_token":"x"},"a":1}') ?? {};
    expect(readTokenAnswer(read)).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe("the body of a token endpoint's answer", () => {
  const form = "access_token=a%2Bb&scope=x+y&expires_in=60&token_type=bearer";
  const read = { access_token: "a+b", scope: "x y", expires_in: "60", token_type: "bearer" };

  test.each([
    ["T02: JSON, whatever its label says", '{"access_token":"a"}', "text/html", { access_token: "a" }],
    ["T02: a form with its label", form, "application/x-www-form-urlencoded; charset=utf-8", read],
    ["T02: a form that is labelled as something else (GitHub without Accept; vercel/ai#10899)", form, "text/plain", read],
    ["a form with a line break at its end", `${form}\n`, "", read],
    ["JSON labelled as a form", '{"access_token":"a"}', "application/x-www-form-urlencoded", { access_token: "a" }],
  ])("is read as %s", (_, body, contentType, expected) => {
    expect(readTokenBody(body, contentType)).toEqual(expected);
  });

  test.each(["", "<html><a href=x?a=b>", "Too Many Requests", "a = b", "[]", '{"access_token":'])("is nothing that can be read: %j", (body) => {
    expect(readTokenBody(body, "text/html")).toBeUndefined();
  });
});

describe("an OAuth failure, by RFC 6749 §5.2", () => {
  test.each<[string, WireObject | undefined, unknown]>([
    ["with its description", { error: "invalid_grant", error_description: "gone" }, { error: "invalid_grant", description: "gone" }],
    ["T02: although a token stands beside it", { error: "x", access_token: "a" }, { error: "x", description: undefined }],
    ["described by `message`", { error: "x", message: "words" }, { error: "x", description: "words" }],
    ["as ok:false with a code (Slack)", { ok: false, error: "bad_redirect_uri" }, { error: "bad_redirect_uri", description: undefined }],
    ["as ok:false without one", { ok: false }, { error: "refused", description: undefined }],
    ["as an object with a code", { error: { code: "invalid_grant", message: "x" } }, { error: "invalid_grant", description: undefined }],
    ["not where there is none", { access_token: "a" }, undefined],
    ["not where error is empty", { error: "" }, undefined],
    ["not where error is null or a number", { error: null }, undefined],
    ["not where error is a number", { error: 4 }, undefined],
    ["not of a body that could not be read", undefined, undefined],
  ])("is seen %s", (_, body, expected) => {
    expect(readOAuthFailure(body)).toEqual(expected);
  });
});

describe("T03: a token answer, by RFC 6749 §5.1", () => {
  const bare = { accessToken: "a", tokenType: "Bearer", expiresInSeconds: undefined, refreshToken: undefined, scope: undefined };

  test.each<[string, WireObject, unknown]>([
    ["with everything", { access_token: "a", token_type: "bearer", expires_in: 60, refresh_token: "r", scope: "x y" }, { accessToken: "a", tokenType: "bearer", expiresInSeconds: 60, refreshToken: "r", scope: "x y" }],
    ["without a token type", { access_token: "a" }, bare],
    ["with empty strings, which are absent", { access_token: "a", token_type: "", refresh_token: "", scope: "", expires_in: "" }, bare],
    ["with a lifetime as text (Entra v1)", { access_token: "a", expires_in: "3600" }, { ...bare, expiresInSeconds: 3600 }],
    ["with a lifetime of zero", { access_token: "a", expires_in: 0 }, bare],
    ["with a negative lifetime", { access_token: "a", expires_in: -1 }, bare],
    ["with a lifetime that is no number", { access_token: "a", expires_in: "soon" }, bare],
    ["with a lifetime beyond any date, which no clock could hold", { access_token: "a", expires_in: 1e300 }, bare],
    ["with a lifetime of null", readJsonObject('{"access_token":"a","expires_in":null,"refresh_token":null,"scope":null}') ?? {}, bare],
    ["with scopes as a list", { access_token: "a", scope: ["x", 1, "y"] }, { ...bare, scope: "x y" }],
  ])("is read %s", (_, body, expected) => {
    expect(readTokenAnswer(body)).toEqual(expected);
  });

  test.each<WireObject>([{}, { access_token: "" }, { access_token: 1 }, { access_token: { value: "a" } }, { authed_user: { access_token: "a" } }])("is none: %j", (body) => {
    expect(readTokenAnswer(body)).toBeUndefined();
  });
});

describe("a registration answer, by RFC 7591 §3.2.1", () => {
  const bare = { clientId: "c", clientSecret: undefined, clientSecretExpiresAt: undefined, tokenEndpointAuthMethod: undefined };

  test.each<[string, WireObject, unknown]>([
    ["with everything; seconds become milliseconds", { client_id: "c", client_secret: "s", client_secret_expires_at: 1_900_000_000, token_endpoint_auth_method: "client_secret_post" }, { clientId: "c", clientSecret: "s", clientSecretExpiresAt: 1_900_000_000_000, tokenEndpointAuthMethod: "client_secret_post" }],
    ["R05: with 0, which means never", { client_id: "c", client_secret: "s", client_secret_expires_at: 0 }, { ...bare, clientSecret: "s" }],
    ["with the expiry as text", { client_id: "c", client_secret_expires_at: "1900000000" }, { ...bare, clientSecretExpiresAt: 1_900_000_000_000 }],
    ["with a secret and no expiry, and without what was sent", { client_id: "c", client_secret: "s" }, { ...bare, clientSecret: "s" }],
    ["with nulls", readJsonObject('{"client_id":"c","client_secret":null,"client_uri":null,"client_secret_expires_at":null}') ?? {}, bare],
  ])("is read %s", (_, body, expected) => {
    expect(readRegistrationAnswer(body)).toEqual(expected);
  });

  test.each<WireObject>([{}, { client_id: "" }, { client_id: 7 }])("R03: is none without a client id: %j", (body) => {
    expect(readRegistrationAnswer(body)).toBeUndefined();
  });
});

describe("resource metadata, by RFC 9728 §2", () => {
  test.each<[string, WireObject, unknown]>([
    ["whole", { resource: "https://h/mcp", authorization_servers: ["https://as"], scopes_supported: ["a"] }, { resource: "https://h/mcp", authorizationServers: ["https://as"], scopes: ["a"] }],
    ["with a single server as text, and without a resource", { authorization_servers: "https://as" }, { resource: undefined, authorizationServers: ["https://as"], scopes: undefined }],
    ["with what is no text among its lists left out", { resource: "r", authorization_servers: [1, null, "https://as", ""], scopes_supported: [{}] }, { resource: "r", authorizationServers: ["https://as"], scopes: [] }],
  ])("is read %s", (_, body, expected) => {
    expect(readResourceMetadata(body)).toEqual(expected);
  });

  test.each<WireObject>([{}, { message: "ok" }, { resource: 1, authorization_servers: {} }, { authorization_servers: [] }])("D08: is none where a catch-all answers %j", (body) => {
    expect(readResourceMetadata(body)).toBeUndefined();
  });
});

describe("issuer metadata, by RFC 8414 §2", () => {
  const endpoints = { authorization_endpoint: "https://as/a", token_endpoint: "https://as/t" };

  test("has what a client needs, and undefined for what is not said", () => {
    expect(readIssuerMetadata(endpoints)).toEqual({
      issuer: undefined, authorizationEndpoint: "https://as/a", tokenEndpoint: "https://as/t", registrationEndpoint: undefined, revocationEndpoint: undefined, scopes: undefined,
      codeChallengeMethods: undefined, tokenEndpointAuthMethods: undefined, grantTypes: undefined, issParameterSupported: false, clientIdMetadataDocumentSupported: false,
    });
    expect(readIssuerMetadata({ ...endpoints, issuer: "https://as/", code_challenge_methods_supported: "S256", authorization_response_iss_parameter_supported: true })).toMatchObject({ issuer: "https://as/", codeChallengeMethods: ["S256"], issParameterSupported: true });
  });

  test("a flag is on only when it is true, not when it is text", () => {
    expect(readIssuerMetadata({ ...endpoints, authorization_response_iss_parameter_supported: "true", client_id_metadata_document_supported: 1 })).toMatchObject({ issParameterSupported: false, clientIdMetadataDocumentSupported: false });
  });

  test.each<WireObject>([{}, { issuer: "https://as" }, { ...endpoints, token_endpoint: "" }, { ...endpoints, authorization_endpoint: ["x"] }])("is none without both endpoints of a code flow: %j", (body) => {
    expect(readIssuerMetadata(body)).toBeUndefined();
  });
});

describe("whatever comes", () => {
  const readers = [readOAuthFailure, readTokenAnswer, readRegistrationAnswer, readResourceMetadata, readIssuerMetadata] as const;
  const names = "error error_description message ok access_token token_type expires_in refresh_token scope client_id client_secret client_secret_expires_at resource authorization_servers scopes_supported issuer authorization_endpoint token_endpoint grant_types_supported".split(" ");
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(null, "", "a", 0, -1, 1e308, true, [], {}, [null]));
  const body = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 12 });

  test("T03: no reader throws at any JSON, and no time it reads is beyond a date", () => {
    fc.assert(
      fc.property(body, (given) => {
        for (const wire of [given, readJsonObject(JSON.stringify(given)) ?? {}]) for (const read of readers) read(wire);
        const seconds = readTokenAnswer(given)?.expiresInSeconds;
        if (seconds !== undefined) expect(Number.isNaN(new Date(Date.now() + seconds * 1000).getTime())).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("no bytes make a reader throw", () => {
    const text = fc.oneof(fc.uint8Array({ maxLength: 200 }).map((bytes) => new TextDecoder().decode(bytes)), fc.string({ unit: "binary" }), fc.json(), fc.webQueryParameters());
    fc.assert(
      fc.property(text, fc.constantFrom("application/json", "application/x-www-form-urlencoded", ""), (given, contentType) => {
        for (const wire of [readJsonObject(given), readTokenBody(given, contentType)]) for (const read of readers) read(wire ?? {});
      }),
      { numRuns: 1_000 },
    );
  });
});
