import { exportJWK } from "jose";
import * as oauth from "oauth4webapi";
import { afterEach, expect, test } from "vitest";
import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import { createLedger } from "./ledger.ts";
import { discover, insecure, registered } from "./oracle.ts";
import { startIdentityProvider } from "./identity-provider.ts";

const started: AuthorizationServer[] = [];
const ledger = createLedger();

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  ledger.clear();
});

async function start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const server = await startAuthorizationServer(ledger, options);
  started.push(server);
  return server;
}

const deviceType = "urn:ietf:params:oauth:grant-type:device_code";
const assertionType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

async function askDevice(as: oauth.AuthorizationServer, client: oauth.Client): Promise<oauth.DeviceAuthorizationResponse> {
  return oauth.processDeviceAuthorizationResponse(as, client, await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope: "a" }, insecure));
}

async function poll(as: oauth.AuthorizationServer, client: oauth.Client, code: string): Promise<oauth.TokenEndpointResponse> {
  return oauth.processDeviceCodeResponse(as, client, await oauth.deviceCodeGrantRequest(as, client, oauth.None(), code, insecure));
}

test("a device waits, is told to slow down, and gets tokens when its person has come", async () => {
  const server = await start({ grants: ["device"], deviceIntervalSeconds: 1, checksGrantTypes: true });
  const as = await discover(server.issuer);
  const stranger = await registered(as);
  await expect(askDevice(as, stranger)).rejects.toMatchObject({ error: "unauthorized_client" });
  const client = await registered(as, { grant_types: [deviceType], redirect_uris: undefined });
  const device = await askDevice(as, client);
  expect(device).toMatchObject({ interval: 1, verification_uri: `${server.origin}/device`, verification_uri_complete: `${server.origin}/device?user_code=${device.user_code}` });
  await expect(poll(as, client, device.device_code)).rejects.toMatchObject({ error: "authorization_pending" });
  await expect(poll(as, client, device.device_code)).rejects.toMatchObject({ error: "slow_down" });
  await fetch(device.verification_uri_complete ?? "");
  const tokens = await poll(as, client, device.device_code);
  expect(server.validate(tokens.access_token)).toMatchObject({ ok: true, token: { scopes: ["a"], subject: "alice" } });
  await expect(poll(as, client, device.device_code)).rejects.toMatchObject({ error: "invalid_grant" });
});

test("a device's answers follow the script, the person's no and the clock", async () => {
  const server = await start({ grants: ["device"], deviceIntervalSeconds: 0.01, deviceEnforcesInterval: false, deviceAnswer: ["pending", "slow-down", "denied", "expired", "as-decided"], approval: "deny" });
  const as = await discover(server.issuer);
  const client = await registered(as, { grant_types: [deviceType] });
  const device = await askDevice(as, client);
  for (const error of ["authorization_pending", "slow_down", "access_denied", "expired_token"]) {
    await expect(poll(as, client, device.device_code)).rejects.toMatchObject({ error });
  }
  await fetch(`${server.origin}/device`, { method: "POST", body: new URLSearchParams({ user_code: device.user_code.toLowerCase().replace("-", "") }) });
  await expect(poll(as, client, device.device_code)).rejects.toMatchObject({ error: "access_denied" });
  server.toggles.deviceLifetimeSeconds = 0;
  await expect(poll(as, client, (await askDevice(as, client)).device_code)).rejects.toMatchObject({ error: "expired_token" });
});

async function clientCredentials(as: oauth.AuthorizationServer, client: oauth.Client, auth: oauth.ClientAuth): Promise<oauth.TokenEndpointResponse> {
  return oauth.processClientCredentialsResponse(as, client, await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: "a", resource: "http://127.0.0.1:9/mcp" }, insecure));
}

test("client credentials come with a secret in the header or the body, and without a refresh token", async () => {
  const server = await start({ grants: ["client-credentials"], clients: [{ client_id: "cron", client_secret: "s:%", redirect_uris: [] }] });
  const as = await discover(server.issuer);
  for (const auth of [oauth.ClientSecretBasic("s:%"), oauth.ClientSecretPost("s:%")]) {
    const tokens = await clientCredentials(as, { client_id: "cron" }, auth);
    expect(tokens.refresh_token).toBeUndefined();
    expect(server.validate(tokens.access_token)).toMatchObject({ token: { subject: "cron", resource: "http://127.0.0.1:9/mcp" } });
  }
  await expect(clientCredentials(as, { client_id: "cron" }, oauth.ClientSecretPost("x"))).rejects.toMatchObject({ error: "invalid_client", status: 401 });
});

test.each([
  ["issuer", undefined, "ok"],
  ["issuer", "/token", "refused"],
  ["token-endpoint", undefined, "refused"],
  ["token-endpoint", "/token", "ok"],
  ["either", "/token", "ok"],
] as const)("private_key_jwt for the audience %s with aud %s is %s", async (clientAssertionAudience, aud, outcome) => {
  const keys = await oauth.generateKeyPair("ES256");
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k" }] };
  const server = await start({ grants: ["client-credentials"], clientAssertion: "required", clientAssertionAudience });
  const as = await discover(server.issuer);
  expect(as.token_endpoint_auth_methods_supported).toEqual(["private_key_jwt"]);
  const client = await registered(as, { token_endpoint_auth_method: "private_key_jwt", jwks, grant_types: ["client_credentials"], redirect_uris: undefined });
  expect(client["client_secret"]).toBeUndefined();
  const auth = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: "k" }, { [oauth.modifyAssertion]: (_header, payload) => void (payload["aud"] = aud === undefined ? server.issuer : server.origin + aud) });
  const asked = clientCredentials(as, client, auth);
  if (outcome === "ok") expect((await asked).access_token).toMatch(/^at-/);
  else await expect(asked).rejects.toMatchObject({ error: "invalid_client" });
});

test("an assertion is good once, and a client with keys cannot do without", async () => {
  const keys = await oauth.generateKeyPair("ES256");
  const jwks = { keys: [await exportJWK(keys.publicKey)] };
  const server = await start({ grants: ["client-credentials"], clientAssertion: "accepted", clients: [{ client_id: "cron", jwks, redirect_uris: [] }] });
  const as = await discover(server.issuer);
  const client = { client_id: "cron" };
  const auth = oauth.PrivateKeyJwt(keys.privateKey, { [oauth.modifyAssertion]: (_header, payload) => void (payload["jti"] = "same") });
  await clientCredentials(as, client, auth);
  await expect(clientCredentials(as, client, auth)).rejects.toMatchObject({ error: "invalid_client", error_description: "jti was used before" });
  await expect(clientCredentials(as, client, oauth.None())).rejects.toMatchObject({ error: "invalid_client", error_description: "client_assertion is required" });
  const other = await oauth.generateKeyPair("ES256");
  await expect(clientCredentials(as, client, oauth.PrivateKeyJwt(other.privateKey))).rejects.toMatchObject({ error_description: expect.stringContaining("signature") });
});

async function redeem(as: oauth.AuthorizationServer, client: oauth.Client, auth: oauth.ClientAuth, assertion: string): Promise<oauth.TokenEndpointResponse> {
  const answer = await oauth.genericTokenEndpointRequest(as, client, auth, assertionType, { assertion, scope: "a" }, insecure);
  return oauth.processGenericTokenEndpointResponse(as, client, answer);
}

test("a workload's assertion is taken from a trusted issuer, for this audience, in time, once", async () => {
  const cloud = await start({ party: "cloud" });
  const server = await start({ grants: ["jwt-bearer"], trustedIssuers: [{ issuer: cloud.issuer, jwks: cloud.jwks() }] });
  const as = await discover(server.issuer);
  const take = (assertion: string): Promise<oauth.TokenEndpointResponse> => redeem(as, { client_id: "w" }, oauth.None(), assertion);
  const good = await cloud.sign({ sub: "pod", aud: server.issuer });
  expect(server.validate((await take(good)).access_token)).toMatchObject({ token: { subject: "pod", clientId: "w", scopes: ["a"] } });
  await expect(take(good)).rejects.toMatchObject({ error: "invalid_grant" });
  await expect(take(await cloud.sign({ sub: "pod", aud: "https://other.example" }))).rejects.toMatchObject({ error: "invalid_grant" });
  await expect(take(await cloud.sign({ sub: "pod", aud: server.issuer, exp: 1 }))).rejects.toMatchObject({ error: "invalid_grant" });
  await expect(take(await server.sign({ sub: "pod", aud: server.issuer }))).rejects.toMatchObject({ error_description: "the assertion's issuer is not trusted" });
});

test("an identity provider exchanges an id_token for an ID-JAG, which its audience redeems for the client it names", async () => {
  const resource = "http://127.0.0.1:9/mcp";
  const provider = await startIdentityProvider(ledger, { clients: [{ client_id: "at-idp", client_secret: "i", redirect_uris: [] }], exchangeClientIds: { "at-idp": "at-as" }, exchangeResources: [resource] });
  started.push(provider);
  const server = await start({
    grants: ["jwt-bearer"],
    grantAssertionType: "id-jag",
    trustedIssuers: [{ issuer: provider.issuer, jwks: provider.jwks() }],
    clients: [{ client_id: "at-as", client_secret: "a", redirect_uris: [] }],
    expectedResource: resource,
  });
  provider.toggles.exchangeAudiences.push(server.issuer);
  const [idp, as] = [await discover(provider.issuer, "oidc"), await discover(server.issuer)];
  const exchange = async (more: Record<string, string>): Promise<oauth.TokenEndpointResponse> => {
    const parameters = {
      requested_token_type: "urn:ietf:params:oauth:token-type:id-jag",
      subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
      subject_token: await provider.idToken("alice", "at-idp"),
      audience: server.issuer,
      resource,
      ...more,
    };
    const client = { client_id: "at-idp" };
    const answer = await oauth.genericTokenEndpointRequest(idp, client, oauth.ClientSecretPost("i"), "urn:ietf:params:oauth:grant-type:token-exchange", parameters, insecure);
    return oauth.processGenericTokenEndpointResponse(idp, client, answer, { recognizedTokenTypes: { n_a: () => undefined } });
  };
  const jag = await exchange({});
  expect(jag).toMatchObject({ issued_token_type: "urn:ietf:params:oauth:token-type:id-jag", token_type: "n_a" });
  const tokens = await redeem(as, { client_id: "at-as" }, oauth.ClientSecretBasic("a"), jag.access_token);
  expect(server.validate(tokens.access_token)).toMatchObject({ token: { subject: "alice", resource, clientId: "at-as" } });

  await expect(exchange({ audience: "https://other.example" })).rejects.toMatchObject({ error: "invalid_target" });
  await expect(exchange({ resource: "https://other.example" })).rejects.toMatchObject({ error: "invalid_target" });
  await expect(exchange({ subject_token: await provider.idToken("alice", "another") })).rejects.toMatchObject({ error: "invalid_grant" });
  provider.toggles.exchangePolicy = "deny";
  await expect(exchange({})).rejects.toMatchObject({ error: "access_denied" });
  await expect(redeem(as, { client_id: "at-as" }, oauth.ClientSecretBasic("a"), await provider.sign({ sub: "alice", aud: server.issuer }))).rejects.toMatchObject({ error_description: "the assertion is no ID-JAG" });
});
