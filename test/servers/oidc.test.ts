import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import * as oauth from "oauth4webapi";
import { expect, test } from "vitest";
import { followScript } from "../rig/browser.ts";
import { createLedger } from "./ledger.ts";
import { startOidcServer } from "./oidc.ts";

const insecure = { [oauth.allowInsecureRequests]: true };

test("the browser double signs in at oidc-provider, and the token it leads to validates with its resource and scopes", async () => {
  const ledger = createLedger();
  const server = await startOidcServer(ledger);
  const callbacks: string[] = [];
  const listener = createServer((request, response) => {
    callbacks.push(request.url ?? "");
    response.end("done");
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  try {
    const redirectUri = `http://127.0.0.1:${String((listener.address() as AddressInfo).port)}/mcp/oauth/callback`;
    const issuer = new URL(server.issuer);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...insecure }));
    const metadata = { redirect_uris: [redirectUri], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], application_type: "native" };
    const registration = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(metadata) };
    const client = await oauth.processDynamicClientRegistrationResponse(await fetch(as.registration_endpoint ?? "", registration));
    const verifier = oauth.generateRandomCodeVerifier();
    const resource = "http://127.0.0.1:9/mcp";
    const query = new URLSearchParams({ client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", state: "s", resource, scope: "mcp:read" });
    query.set("code_challenge", await oauth.calculatePKCECodeChallenge(verifier));
    query.set("code_challenge_method", "S256");
    await promisify(execFile)(process.execPath, [followScript, `${as.authorization_endpoint ?? ""}?${query.toString()}`]);

    const params = oauth.validateAuthResponse(as, client, new URL(callbacks[0] ?? "", redirectUri), "s");
    const more = { ...insecure, additionalParameters: { resource } };
    const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), params, redirectUri, verifier, more);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer);
    expect(await server.validate(tokens.access_token)).toMatchObject({ ok: true, token: { subject: "alice", scopes: ["mcp:read"], resource } });

    const renewal = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? "", more);
    const renewed = await oauth.processRefreshTokenResponse(as, client, renewal);
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), renewed.refresh_token ?? "", insecure));
    expect(await server.validate(renewed.access_token)).toMatchObject({ ok: false });
    expect(ledger.sequence().filter((line) => line.includes("/token"))).toEqual([
      "issuer POST /token authorization_code → 200",
      "issuer POST /token refresh_token → 200",
      "issuer POST /token/revocation → 200",
    ]);
  } finally {
    await server.stop();
    listener.close();
  }
});
