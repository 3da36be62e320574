import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { beginAuthorization, readCallback } from "../../src/oauth/authorization.ts";
import { discover } from "../../src/oauth/discovery.ts";
import { sameIssuer } from "../../src/oauth/issuer.ts";
import { codeChallenge, randomToken } from "../../src/oauth/pkce.ts";
import { registerDynamically } from "../../src/oauth/registration.ts";
import { revokeToken } from "../../src/oauth/revocation.ts";
import { chooseScopes } from "../../src/oauth/scope.ts";
import { exchangeCode, renewTokens } from "../../src/oauth/token.ts";
import type { BrowserDouble } from "../rig/browser.ts";
import { openWalk } from "../rig/walk.ts";
import { challengeOf } from "./discover-for.ts";
import { failureOf } from "./failure-of.ts";
import { outgoingFor } from "./outgoing-for.ts";
import { exampleRedirectUri } from "./samples.ts";

/** The parameters with which a person's browser would come back. */
async function redirectOf(browser: BrowserDouble, url: string): Promise<URLSearchParams> {
  const [program = "", ...words] = browser.command;
  await promisify(execFile)(program, [...words, url], { env: { ...browser.environment }, timeout: 20_000 });
  return new URL(await browser.heldUrl()).searchParams;
}

describe("against oidc-provider, written by others", () => {
  test("every step is accepted: discovery, registration, authorization, exchange, renewal, revocation; each in one request", async () => {
    const walk = await openWalk();
    const issuer = await walk.oidc();
    const resource = await walk.resource({ trusts: issuer, scopesSupported: ["mcp:read", "mcp:write", "offline_access"] });
    const outgoing = outgoingFor(resource.url);
    const now = Date.now;

    const found = await discover(outgoing, { serverUrl: resource.url, challenge: await challengeOf(resource.url), serverHeaders: {}, settings: {}, knownIssuers: [], guessEndpoints: true });
    const { server } = found;
    const { scopes } = chooseScopes({ configured: undefined, challenged: [], held: [], resourceScopes: found.resource?.scopes, issuerScopes: server.scopes, issuerGrantTypes: server.grantTypes, offline: "auto" });
    expect(scopes).toEqual(["mcp:read", "mcp:write", "offline_access"]);

    const registration = await registerDynamically(outgoing, { endpoint: server.registrationEndpoint ?? "", issuer: server.issuer, redirectUri: exampleRedirectUri, clientName: "mcpass", clientUri: undefined, scopes, tokenEndpointAuthMethods: server.tokenEndpointAuthMethods, now: now() });
    const begun = await beginAuthorization({ server, registration, redirectUri: exampleRedirectUri, serverUrl: resource.url, account: "default", resource: resource.url, scopes, audience: undefined, parameters: {}, pkce: "strict", issMayBeMissing: false, now: now(), lifetimeMs: 60_000 });
    expect(begun.warnings).toEqual([]);

    const callback = await redirectOf(walk.browser({ hold: true }), begun.url);
    const code = readCallback(begun.pending, callback);
    expect(oauth.validateAuthResponse({ issuer: server.issuer, authorization_response_iss_parameter_supported: true }, { client_id: registration.clientId }, callback, begun.pending.state).get("code")).toBe(code);

    const request = { tokenEndpoint: server.tokenEndpoint, client: registration, methods: server.tokenEndpointAuthMethods, resource: resource.url, scopes, parameters: {}, now };
    const first = await exchangeCode(outgoing, { ...request, code, verifier: begun.pending.verifier, redirectUri: exampleRedirectUri });
    expect(await issuer.validate(first.tokens.accessToken)).toMatchObject({ ok: true, token: { resource: resource.url, scopes: ["mcp:read", "mcp:write"] } });
    const renewed = await renewTokens(outgoing, { ...request, refreshToken: first.tokens.refreshToken ?? "", scopeParameter: undefined });
    expect(renewed.tokens.refreshToken).not.toBe(first.tokens.refreshToken);
    await revokeToken(outgoing, { endpoint: server.revocationEndpoint ?? "", client: registration, token: renewed.tokens.refreshToken ?? "", hint: "refresh_token" });
    expect((await failureOf(renewTokens(outgoing, { ...request, refreshToken: renewed.tokens.refreshToken ?? "", scopeParameter: undefined }))).details).toMatchObject({ failure: "terminal", oauthError: "invalid_grant" });
    expect(walk.ledger.sequence().filter((line) => !/ \/(auth|interaction)\b/.test(line))).toEqual([
      "resource POST /mcp initialize → 401",
      "resource GET /.well-known/oauth-protected-resource/mcp → 200",
      "issuer GET /.well-known/oauth-authorization-server → 200",
      "issuer POST /reg → 201",
      "issuer POST /token authorization_code → 200",
      "issuer POST /token refresh_token → 200",
      "issuer POST /token/revocation → 200",
      "issuer POST /token refresh_token → 400",
    ]);
  });
});

describe("against oauth4webapi", () => {
  test("D02: an issuer that we take for the same is the same to it; host, path and scheme are never folded by us", async () => {
    const spellings = ["https://as.example", "https://as.example/", "https://AS.example", "https://as.example:443", "https://as.example:8443", "https://as.example/a", "https://as.example/a/", "https://as.example/A", "http://as.example", "https://other.example"];
    const pairs = spellings.flatMap((expected) => spellings.map((received) => [expected, received] as const));
    const accepted = await Promise.all(
      pairs.map(async ([expected, received]) => {
        const answer = new Response(JSON.stringify({ issuer: received }), { headers: { "content-type": "application/json" } });
        return oauth.processDiscoveryResponse(new URL(expected), answer).then(() => true, () => false);
      }),
    );
    const ours = pairs.map(([expected, received]) => sameIssuer(expected, received));
    expect(pairs.filter((_, at) => ours[at] === true && accepted[at] === false)).toEqual([]);
    expect(ours.filter(Boolean)).toHaveLength(spellings.length + 2);
  });

  test("the challenge of a verifier is the same, and its own verifiers are as long as ours", async () => {
    for (const verifier of [randomToken(), oauth.generateRandomCodeVerifier()]) {
      expect(verifier).toHaveLength(43);
      expect(await codeChallenge(verifier)).toBe(await oauth.calculatePKCECodeChallenge(verifier));
    }
  });
});
