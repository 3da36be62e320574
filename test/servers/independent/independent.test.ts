import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as oauth from "oauth4webapi";
import { beforeAll, expect, test } from "vitest";
import { followScript } from "../../rig/browser.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";
import { discover, insecure } from "../oracle.ts";
import { startBetterAuthServer } from "./better-auth.ts";
import { trust, type IndependentServer } from "./independent.ts";
import { requireAuthorizationServers } from "./install.mjs";
import { startOAuth2Server } from "./oauth2-server.ts";
import { startWorkersServer } from "./workers.ts";

beforeAll(() => void requireAuthorizationServers(), 300_000);

interface SignIn {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth?: oauth.ClientAuth;
  readonly redirectUri: string;
  readonly resource?: string;
  readonly scope?: string;
}

/** The browser double walks the pages; oauth4webapi does the rest. */
async function signIn(walk: Walk, { as, client, auth = oauth.None(), redirectUri, resource, scope = "mcp:read offline_access" }: SignIn): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier();
  const query = new URLSearchParams({ client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", state: "state", scope });
  if (resource !== undefined) query.set("resource", resource);
  query.set("code_challenge", await oauth.calculatePKCECodeChallenge(verifier));
  query.set("code_challenge_method", "S256");
  await promisify(execFile)(process.execPath, [followScript, `${as.authorization_endpoint ?? ""}?${query.toString()}`]);
  const back = walk.ledger.find({ party: "callback" }).at(-1)?.path ?? "";
  const params = oauth.validateAuthResponse(as, client, new URL(back, redirectUri), "state");
  const more = { ...insecure, ...(resource === undefined ? {} : { additionalParameters: { resource } }) };
  return oauth.processAuthorizationCodeResponse(as, client, await oauth.authorizationCodeGrantRequest(as, client, auth, params, redirectUri, verifier, more));
}

async function renew({ as, client, resource }: Pick<SignIn, "as" | "client" | "resource">, token: string | undefined): Promise<oauth.TokenEndpointResponse> {
  const more = { ...insecure, ...(resource === undefined ? {} : { additionalParameters: { resource } }) };
  return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token ?? "", more));
}

async function registered(as: oauth.AuthorizationServer, redirectUri: string): Promise<oauth.Client> {
  const body = { client_name: "a client", application_type: "native", redirect_uris: [redirectUri], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  return oauth.processDynamicClientRegistrationResponse(await fetch(as.registration_endpoint ?? "", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));
}

const starts = {
  workers: startWorkersServer,
  "better-auth": startBetterAuthServer,
} as const;

test.each([
  ["workers", "oauth2", "previous token stays good"],
  ["better-auth", "oauth2", "replay ends the family"],
  ["better-auth", "oidc", "replay ends the family"],
] as const)("%s, discovered by %s, signs in, renews, rotates (%s) and revokes", async (name, algorithm, rotation) => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "bearer" });
  const issuer: IndependentServer = walk.keep(await starts[name](walk.ledger, { resources: [server.url] }));
  trust(server, issuer);
  const callback = await walk.bystander("callback");
  const redirectUri = `${callback.origin}/callback`;
  const as = await discover(issuer.issuer, algorithm);
  const client = await registered(as, redirectUri);
  const scene = { as, client, redirectUri, resource: server.url };
  const tokens = await signIn(walk, scene);
  expect(await issuer.validate(tokens.access_token)).toMatchObject({ ok: true, token: { resource: server.url, clientId: client.client_id } });
  const renewed = await renew(scene, tokens.refresh_token);
  expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
  if (rotation === "previous token stays good") {
    expect((await renew(scene, tokens.refresh_token)).access_token).toBeDefined();
  } else {
    await expect(renew(scene, tokens.refresh_token)).rejects.toMatchObject({ status: 400 });
    await expect(renew(scene, renewed.refresh_token)).rejects.toMatchObject({ status: 400 });
  }
  const again = await signIn(walk, scene);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), again.refresh_token ?? "", insecure));
  await expect(renew(scene, again.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
}, 60_000);

test("workers takes a client's document and enforces the resource", async () => {
  const walk = await openWalk();
  const callback = await walk.bystander("callback");
  const [url, redirectUri, resource] = ["https://client.example/client.json", `${callback.origin}/callback`, "http://127.0.0.1:9/mcp"];
  const document = { client_id: url, client_name: "a client", redirect_uris: [redirectUri], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  const issuer = walk.keep(await startWorkersServer(walk.ledger, { resources: [resource], clientDocuments: { [url]: document } }));
  const as = await discover(issuer.issuer);
  expect(as["client_id_metadata_document_supported"]).toBe(true);
  const tokens = await signIn(walk, { as, client: { client_id: url }, redirectUri, resource });
  expect(await issuer.validate(tokens.access_token)).toMatchObject({ ok: true, token: { clientId: url, subject: "alice", resource } });
  expect(walk.ledger.count({ party: "documents" })).toBeGreaterThan(0);
  await expect(signIn(walk, { as, client: { client_id: url }, redirectUri, resource: "http://127.0.0.1:9/other" })).rejects.toMatchObject({ error: "invalid_target" });
}, 60_000);

test("oauth2-server has no metadata, signs in at its default endpoints, rotates, and serves machines with a secret", async () => {
  const walk = await openWalk();
  const callback = await walk.bystander("callback");
  const redirectUri = `${callback.origin}/callback`;
  const clients = [
    { client_id: "person", redirect_uris: [redirectUri] },
    { client_id: "cron", client_secret: "s", redirect_uris: [redirectUri], grants: ["client_credentials"] },
  ];
  const issuer = walk.keep(await startOAuth2Server(walk.ledger, { clients }));
  expect((await fetch(`${issuer.origin}/.well-known/oauth-authorization-server`)).status).toBe(404);
  const as = { issuer: issuer.origin, authorization_endpoint: `${issuer.origin}/authorize`, token_endpoint: `${issuer.origin}/token` };
  const scene = { as, client: { client_id: "person" }, redirectUri, scope: "mcp:read" };
  const tokens = await signIn(walk, scene);
  expect(await issuer.validate(tokens.access_token)).toMatchObject({ ok: true, token: { subject: "alice", scopes: ["mcp:read"], clientId: "person" } });
  const renewed = await renew(scene, tokens.refresh_token);
  expect((await issuer.validate(renewed.access_token)).ok).toBe(true);
  await expect(renew(scene, tokens.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
  const machine = await oauth.clientCredentialsGrantRequest(as, { client_id: "cron" }, oauth.ClientSecretBasic("s"), { scope: "mcp:read" }, insecure);
  expect(await issuer.validate((await oauth.processClientCredentialsResponse(as, { client_id: "cron" }, machine)).access_token)).toMatchObject({ token: { subject: "cron" } });
});
