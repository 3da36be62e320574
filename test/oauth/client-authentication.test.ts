import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { authenticateClient, chooseMethods, type ClientAuthenticationMethod, type ClientCredentials, isClientAuthenticationMethod } from "../../src/oauth/client-authentication.ts";

const basic = "client_secret_basic";
const post = "client_secret_post";
const client = (tokenEndpointAuthMethod?: ClientAuthenticationMethod, clientSecret: string | undefined = "secret"): ClientCredentials => ({ clientId: "id", clientSecret, tokenEndpointAuthMethod });
const publicClient = { ...client("client_secret_basic"), clientSecret: undefined };

describe("T01: which method, and which to try once after invalid_client", () => {
  test.each<[string, ClientCredentials, readonly string[] | undefined, readonly string[]]>([
    ["a client without a secret: none, whatever is listed", publicClient, [basic], ["none"]],
    ["told Basic, although only the body is listed", client(basic), [post], [basic, post]],
    ["told post, although only Basic is listed", client(post), [basic], [post, basic]],
    ["not told: the first that is listed", client(), ["private_key_jwt", post, basic], [post, basic]],
    ["not told: the first that is listed", client(), ["none", basic, post], [basic, post]],
    ["not told, nothing listed: Basic", client(), undefined, [basic, post]],
    ["not told, nothing of ours listed: Basic", client(), ["private_key_jwt"], [basic, post]],
    ["told none, but a secret was issued: it is needed", client("none"), ["none"], [basic, post]],
    ["told none, but a secret was issued and post is listed", client("none"), ["none", post], [post, basic]],
  ])("%s", (_, credentials, listed, methods) => {
    expect(chooseMethods(credentials, listed)).toEqual(methods);
  });

  test("only three methods are known", () => {
    expect(["none", basic, post, "private_key_jwt", "", undefined].map(isClientAuthenticationMethod)).toEqual([true, true, true, false, false, false]);
  });
});

describe("T01: what is sent", () => {
  test("none: the client id in the body", () => {
    expect(authenticateClient(publicClient, "none")).toEqual({ headers: {}, parameters: { client_id: "id" } });
  });

  test("post: both in the body", () => {
    expect(authenticateClient(client(), post)).toEqual({ headers: {}, parameters: { client_id: "id", client_secret: "secret" } });
  });

  test("Basic: both halves form-encoded before base64, by RFC 6749 §2.3.1, and nothing in the body", () => {
    const { headers, parameters } = authenticateClient({ clientId: "a b:c", clientSecret: "p:%+ é/=&", tokenEndpointAuthMethod: basic }, basic);
    const encoded = Buffer.from(headers["authorization"]?.replace("Basic ", "") ?? "", "base64").toString();
    expect(encoded).toBe("a+b%3Ac:p%3A%25%2B+%C3%A9%2F%3D%26");
    expect(parameters).toEqual({});
  });

  test.each(["plain", "s:e%c+r é", "*-._~!'()", "漢字🙂", "a\u0000b"])("Basic of %j is read back by any form decoder, as oauth4webapi's is", (secret) => {
    const ours = authenticateClient({ clientId: secret, clientSecret: secret, tokenEndpointAuthMethod: basic }, basic).headers["authorization"] ?? "";
    const headers = new Headers();
    void oauth.ClientSecretBasic(secret)({ issuer: "https://as" }, { client_id: secret }, new URLSearchParams(), headers);
    const halves = (header: string): string[] => Buffer.from(header.replace("Basic ", ""), "base64").toString().split(":").map((half) => new URLSearchParams(`v=${half}`).get("v") ?? "");
    expect(halves(ours)).toEqual([secret, secret]);
    expect(halves(headers.get("authorization") ?? "")).toEqual([secret, secret]);
  });
});
