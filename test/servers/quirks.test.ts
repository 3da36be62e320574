import * as oauth from "oauth4webapi";
import { afterEach, expect, test } from "vitest";
import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import { createLedger } from "./ledger.ts";
import { discover, insecure, redirectUri, register, registered, signIn } from "./oracle.ts";
import { providers, tenantGuid } from "./providers.ts";

const ledger = createLedger();
let server: AuthorizationServer | undefined;

afterEach(async () => {
  await server?.stop();
  ledger.clear();
});

async function start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  return (server = await startAuthorizationServer(ledger, options));
}

const fixed = { client_id: "c", client_secret: "s", redirect_uris: [redirectUri] };
const query = new URLSearchParams({ client_id: "c", redirect_uri: redirectUri, response_type: "code", code_challenge: "x".repeat(43), code_challenge_method: "S256" });

async function renew(as: oauth.AuthorizationServer, client: oauth.Client, token: string | undefined, form: Record<string, string> = {}): Promise<oauth.TokenEndpointResponse> {
  const answer = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token ?? "", { ...insecure, additionalParameters: form });
  return oauth.processRefreshTokenResponse(as, client, answer);
}

test("entra states a templated issuer where only OpenID looks, sends the tenant's, and compares scope and resource on each leg", async () => {
  const { issuer, origin, toggles } = await start({ ...providers.entra(), iss: "right", clients: [{ client_id: "c", redirect_uris: [redirectUri] }], codeAnswer: "json", refreshAnswer: "json" });
  expect(issuer).toBe(`${origin}/common/v2.0`);
  const document = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as oauth.AuthorizationServer;
  expect(document).toMatchObject({ issuer: `${origin}/{tenantid}/v2.0`, token_endpoint: `${origin}/common/oauth2/v2.0/token` });
  expect(document).not.toHaveProperty("code_challenge_methods_supported");
  const as = { ...document, issuer: `${origin}/${tenantGuid}/v2.0` };
  const client = { client_id: "c" };
  const scope = "https://api.example/user offline_access";
  const clash = { error: "invalid_target", error_description: expect.stringContaining("AADSTS9010010") };
  await expect(signIn(as, client, { query: { scope, resource: "https://mcp.example/mcp" } })).rejects.toMatchObject({ error: "invalid_target" });
  await expect(signIn(as, client, { query: { scope }, form: { resource: "https://mcp.example/mcp" } })).rejects.toMatchObject(clash);
  const tokens = await signIn(as, client, { query: { scope } });
  await expect(renew(as, client, tokens.refresh_token, { resource: "https://mcp.example/mcp" })).rejects.toMatchObject(clash);
  toggles.scopeNamesResource = ["refresh"];
  const bare = await signIn(as, client, { query: { scope: "user offline_access", resource: "https://mcp.example/mcp" }, form: { resource: "https://mcp.example/mcp" } });
  await expect(renew(as, client, bare.refresh_token)).rejects.toMatchObject({ error_description: expect.stringContaining("AADSTS650053") });
});

test("google gives a refresh token at the first consent, and again only when consent is prompted for", async () => {
  const { issuer } = await start({ ...providers.google(), clients: [{ client_id: "c", redirect_uris: [redirectUri] }] });
  const as = await discover(issuer, "oidc");
  const got: boolean[] = [];
  const offline = { access_type: "offline" };
  for (const more of [{}, offline, { ...offline, prompt: "consent" }]) {
    const tokens = await signIn(as, { client_id: "c" }, { query: more });
    got.push(tokens.refresh_token !== undefined);
  }
  expect(got).toEqual([false, false, true]);
  server?.store.consents.clear();
  expect((await signIn(as, { client_id: "c" }, { query: offline })).refresh_token).toBeDefined();
});

test("github answers a form unless JSON is asked for, and errors with 200", async () => {
  const { origin, store, toggles } = await start({ ...providers.github(), clients: [fixed] });
  const ask = async (accept: string): Promise<string> => {
    const code = store.issueCode({ clientId: "c", redirectUri, codeChallenge: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", scope: "a", resource: undefined, audience: undefined, subject: "alice", renewable: false });
    const body = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, client_id: "c", client_secret: "s", code_verifier: "" });
    return (await fetch(`${origin}/login/oauth/access_token`, { method: "POST", headers: { accept }, body })).text();
  };
  expect(await ask("*/*")).toMatch(/^access_token=at-/);
  expect(await ask("application/json")).toMatch(/^\{"access_token":"at-/);
  toggles.codeAnswer = "form-error";
  expect(await ask("*/*")).toMatch(/^error=bad_verification_code/);
  toggles.codeAnswer = "nested-user";
  expect(JSON.parse(await ask("*/*"))).toMatchObject({ ok: true, authed_user: { access_token: expect.stringMatching(/^at-/) as string } });
});

test.each([
  ["json-400", 400, "application/json"],
  ["json-422", 422, "application/json"],
  ["text-500", 500, "text/plain; charset=utf-8"],
  ["html-200", 200, "text/html; charset=utf-8"],
  ["redirect", 302, null],
] as const)("a forgotten client sees %s at /authorize", async (unknownClientPage, status, type) => {
  const { origin } = await start({ unknownClientPage });
  const answer = await fetch(`${origin}/authorize?${query.toString()}`, { redirect: "manual" });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
});

test.each([
  ["invalid_client-401", 401, "invalid_client"],
  ["invalid_client-400", 400, "invalid_client"],
  ["invalid_grant-400", 400, "invalid_grant"],
] as const)("a forgotten client hears %s at the token endpoint", async (unknownClientError, status, error) => {
  const { issuer, forgetClients } = await start({ unknownClientError });
  const as = await discover(issuer);
  const client = await registered(as);
  const tokens = await signIn(as, client);
  forgetClients();
  await expect(renew(as, client, tokens.refresh_token)).rejects.toMatchObject({ status, error });
});

test("registration is refused by name, token, host, grant and scope", async () => {
  const { issuer, toggles } = await start({ ...providers.figma() });
  const as = await discover(issuer);
  const answers = async (metadata: object = {}, headers = {}): Promise<[number, string]> => {
    const answer = await register(as, metadata as Record<string, unknown>, headers);
    const body = await answer.text();
    return [answer.status, body.startsWith("{") ? String((JSON.parse(body) as { error?: unknown }).error) : body];
  };
  expect(await answers()).toEqual([403, "Forbidden"]);
  expect(await answers({ client_name: "Approved Client" })).toEqual([201, "undefined"]);
  Object.assign(toggles, { registration: "on", initialAccessToken: "t", refusedRedirectHosts: ["localhost"], wantedGrantTypes: ["refresh_token"], refusedRegistrationScopes: ["openid"] });
  expect(await answers()).toEqual([401, "Unauthorized"]);
  const admitted = { authorization: "Bearer t" };
  expect(await answers({ redirect_uris: ["http://localhost:1/"] }, admitted)).toEqual([400, "invalid_redirect_uri"]);
  expect(await answers({}, admitted)).toEqual([400, "invalid_client_metadata"]);
  const grants = { grant_types: ["authorization_code", "refresh_token"] };
  expect(await answers({ ...grants, scope: "openid a" }, admitted)).toEqual([400, "invalid_client_metadata"]);
  expect(await answers({ ...grants, scope: "a" }, admitted)).toEqual([201, "undefined"]);
});

test("scopes are bound at registration, and a renewal ends what was there before", async () => {
  const { issuer, validate } = await start({ bindsScopes: true, rotationEndsAccess: true, rotationGraceSeconds: 60, rotation: "family" });
  const as = await discover(issuer);
  const client = await registered(as, { scope: "a b" });
  await expect(signIn(as, client, { query: { scope: "a offline_access" } })).rejects.toMatchObject({ error: "invalid_scope" });
  const tokens = await signIn(as, client, { query: { scope: "a" } });
  await renew(as, client, tokens.refresh_token);
  expect(validate(tokens.access_token).ok).toBe(false);
  await expect(renew(as, client, tokens.refresh_token)).resolves.toBeDefined();
  server!.toggles.rotationGraceSeconds = 0;
  await expect(renew(as, client, tokens.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
});
