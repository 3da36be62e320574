import * as oauth from "oauth4webapi";
import { afterEach, expect, test } from "vitest";
import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import { createLedger } from "./ledger.ts";

/** oauth4webapi, written by others, is the oracle: what it accepts is OAuth. */
const insecure = { [oauth.allowInsecureRequests]: true };
const redirectUri = "http://127.0.0.1:1/callback";

let server: AuthorizationServer | undefined;
const ledger = createLedger();

afterEach(async () => {
  await server?.stop();
  ledger.clear();
});

async function start(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  return (server = await startAuthorizationServer(ledger, options));
}

async function discover(issuer: string, algorithm: "oauth2" | "oidc" = "oauth2"): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...insecure }));
}

async function register(as: oauth.AuthorizationServer, metadata: Partial<oauth.Client> = {}): Promise<oauth.Client> {
  const body = { redirect_uris: [redirectUri], token_endpoint_auth_method: "none", ...metadata };
  const answer = await fetch(as.registration_endpoint ?? "", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return oauth.processDynamicClientRegistrationResponse(answer);
}

interface SignIn {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly tokens: oauth.TokenEndpointResponse;
}

async function signIn(as: oauth.AuthorizationServer, client: oauth.Client, auth = oauth.None(), params: Record<string, string> = {}): Promise<SignIn> {
  const verifier = oauth.generateRandomCodeVerifier();
  const query = new URLSearchParams({ client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", state: "s", ...params });
  query.set("code_challenge", await oauth.calculatePKCECodeChallenge(verifier));
  query.set("code_challenge_method", "S256");
  const answer = await fetch(`${as.authorization_endpoint ?? ""}?${query.toString()}`, { redirect: "manual" });
  const callback = oauth.validateAuthResponse(as, client, new URL(answer.headers.get("location") ?? ""), "s");
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, redirectUri, verifier, insecure);
  return { as, client, tokens: await oauth.processAuthorizationCodeResponse(as, client, response) };
}

test("a code flow with PKCE, a renewal and a revocation are accepted by an independent client", async () => {
  const { issuer, validate } = await start();
  const as = await discover(issuer);
  const { client, tokens } = await signIn(as, await register(as));
  expect(validate(tokens.access_token).ok).toBe(true);

  const renewal = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? "", insecure);
  const renewed = await oauth.processRefreshTokenResponse(as, client, renewal);
  expect(renewed.refresh_token).not.toBe(tokens.refresh_token);

  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), renewed.refresh_token ?? "", insecure));
  expect(validate(renewed.access_token)).toEqual({ ok: false, reason: "expired" });
  expect(ledger.sequence()).toEqual([
    "issuer GET /.well-known/oauth-authorization-server → 200",
    "issuer POST /register → 201",
    "issuer GET /authorize → 302",
    "issuer POST /token authorization_code → 200",
    "issuer POST /token refresh_token → 200",
    "issuer POST /revoke → 200",
  ]);
});

test.each([
  ["root", "oauth2", "insert8414"],
  ["root", "oidc", "appendOidc"],
  ["root-slash", "oauth2", "insert8414"],
  ["path", "oauth2", "insert8414"],
  ["path", "oidc", "appendOidc"],
] as const)("an issuer of the form %s is found by the %s rule", async (issuerForm, algorithm, place) => {
  const { issuer } = await start({ issuerForm, wellKnown: { insert8414: "absent", [place]: "document" } });
  expect((await discover(issuer, algorithm)).issuer).toBe(issuer);
});

test("basic credentials are read form-decoded, and a server that lies about them reads only the body", async () => {
  const { issuer, toggles } = await start({ secretSuffix: ":%+ü", clientAuthentication: "basic" });
  const as = await discover(issuer);
  const client = await register(as, { token_endpoint_auth_method: "client_secret_basic" });
  const secret = String(client["client_secret"]);
  expect((await signIn(as, client, oauth.ClientSecretBasic(secret))).tokens.access_token).toMatch(/^at-/);

  toggles.clientAuthentication = "basic-lies";
  await expect(signIn(as, client, oauth.ClientSecretBasic(secret))).rejects.toMatchObject({ error: "invalid_client" });
  expect((await signIn(as, client, oauth.ClientSecretPost(secret))).tokens.access_token).toMatch(/^at-/);
});

test("a replayed refresh token ends its family, and a code is good once", async () => {
  const { issuer, validate, store } = await start({ rotation: "family" });
  const as = await discover(issuer);
  const { client, tokens } = await signIn(as, await register(as));
  const renew = async (): Promise<oauth.TokenEndpointResponse> =>
    oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? "", insecure));
  const renewed = await renew();
  await expect(renew()).rejects.toMatchObject({ error: "invalid_grant" });
  expect(validate(renewed.access_token).ok).toBe(false);
  expect([...store.codes.values()].map((code) => code.used)).toEqual([true]);
});

test("the resource is compared byte for byte, at the authorization and at the token leg", async () => {
  const { issuer, toggles } = await start({ resourcePolicy: "exact", expectedResource: "http://127.0.0.1:1" });
  const as = await discover(issuer);
  const client = await register(as);
  await expect(signIn(as, client, oauth.None(), { resource: "http://127.0.0.1:1/" })).rejects.toMatchObject({ error: "invalid_target" });
  await expect(signIn(as, client, oauth.None(), { resource: "http://127.0.0.1:1" })).rejects.toMatchObject({ error: "invalid_target", status: 400 });
  toggles.resourcePolicy = "ignore";
  await expect(signIn(as, client)).resolves.toBeDefined();
});

test("iss is right, wrong, absent or normalized as told", async () => {
  const { issuer, toggles } = await start();
  const as = await discover(issuer);
  const client = await register(as);
  for (const iss of ["wrong", "none", "normalized"] as const) {
    toggles.iss = iss;
    await expect(signIn(as, client)).rejects.toThrow(/iss/);
  }
});

test("scripted answers come one after the other, and the last one stays", async () => {
  const { issuer, origin } = await start({ registration: ["busy", "on"], wellKnown: { insert8414: ["failing", "html", "document"] } });
  const look = async (): Promise<number> => (await fetch(`${origin}/.well-known/oauth-authorization-server`)).status;
  expect([await look(), await look(), await look()]).toEqual([500, 200, 200]);
  const as = await discover(issuer);
  await expect(register(as)).rejects.toBeDefined();
  await expect(register(as)).resolves.toMatchObject({ redirect_uris: [redirectUri] });
});

test("a secret is found in the ledger in every spelling in which it can leak", async () => {
  const { issuer, secrets } = await start({ secretSuffix: ":%+", clientAuthentication: "basic" });
  const as = await discover(issuer);
  const client = await register(as, { token_endpoint_auth_method: "client_secret_basic" });
  await signIn(as, client, oauth.ClientSecretBasic(String(client["client_secret"])));
  const places = (kind: "client-secret" | "verifier" | "code"): string[] => secrets(kind).flatMap((secret) => ledger.holding(secret)).map((entry) => entry.path.split("?")[0] ?? "");
  expect([places("client-secret"), places("verifier"), places("code")]).toEqual([["/token"], ["/token"], ["/token"]]);
});
