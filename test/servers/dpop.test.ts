import * as oauth from "oauth4webapi";
import { afterEach, expect, test } from "vitest";
import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import { createLedger } from "./ledger.ts";
import { discover, insecure, registered, signIn } from "./oracle.ts";
import { startResourceServer, type ResourceServer, type ResourceServerOptions } from "./resource-server.ts";

const ledger = createLedger();
const started: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  ledger.clear();
});

interface Scene {
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly DPoP: oauth.DPoPHandle;
}

async function open(options: AuthorizationServerOptions = {}, more: ResourceServerOptions = {}): Promise<Scene> {
  const issuer = await startAuthorizationServer(ledger, { dpop: "required", ...options });
  const server = await startResourceServer(ledger, { trusts: issuer, dpop: "required", ...more });
  started.push(issuer, server);
  const as = await discover(issuer.issuer);
  const client = await registered(as);
  return { issuer, server, as, client, DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) };
}

const initialize = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } } });
const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** The independent client's own proof: RFC 9449 §7.1. */
async function ask({ server }: Scene, token: string, DPoP?: oauth.DPoPHandle): Promise<Response> {
  const options = { ...insecure, ...(DPoP === undefined ? {} : { DPoP }) };
  return oauth.protectedResourceRequest(token, "POST", new URL(server.url), new Headers(headers), initialize, options);
}

test("a bound token is issued for a proof, opens the resource with a proof, and as a bearer it does not", async () => {
  const scene = await open();
  const { as, client, DPoP, issuer, server } = scene;
  expect(as.dpop_signing_alg_values_supported).toContain("ES256");
  await expect(signIn(as, client)).rejects.toMatchObject({ error: "invalid_dpop_proof" });
  const tokens = await signIn(as, client, { DPoP });
  expect(tokens.token_type).toBe("dpop");
  expect(issuer.validate(tokens.access_token)).toMatchObject({ ok: true, token: { jkt: await DPoP.calculateThumbprint() } });
  expect((await ask(scene, tokens.access_token, DPoP)).status).toBe(200);

  const bearer = await fetch(server.url, { method: "POST", headers: { ...headers, authorization: `Bearer ${tokens.access_token}` }, body: initialize });
  expect([bearer.status, bearer.headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^DPoP error="invalid_token", algs=/)]);
  await expect(ask(scene, tokens.access_token, oauth.DPoP(client, await oauth.generateKeyPair("ES256")))).rejects.toThrow();
});

test("a nonce is asked for at the token endpoint and at the resource, and again when it has been retired", async () => {
  const scene = await open({ dpopNonce: "required" }, { dpopNonce: "required" });
  const { as, client, DPoP, server } = scene;
  const tokens = await signIn(as, client, { DPoP });
  const challenged = await ask(scene, tokens.access_token, DPoP).catch((error: unknown) => error);
  expect(oauth.isDPoPNonceError(challenged)).toBe(true);
  expect((await ask(scene, tokens.access_token, DPoP)).status).toBe(200);
  expect((await ask(scene, tokens.access_token, DPoP)).status).toBe(200);
  server.retireNonce();
  expect(oauth.isDPoPNonceError(await ask(scene, tokens.access_token, DPoP).catch((error: unknown) => error))).toBe(true);
  expect(ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token authorization_code → 400", "issuer POST /token authorization_code → 200"]);
});

test("with nonces that rotate, every answer brings the next", async () => {
  const scene = await open({}, { dpopNonce: "rotates" });
  const tokens = await signIn(scene.as, scene.client, { DPoP: scene.DPoP });
  await ask(scene, tokens.access_token, scene.DPoP).catch(() => undefined);
  const nonces = [await ask(scene, tokens.access_token, scene.DPoP), await ask(scene, tokens.access_token, scene.DPoP)].map((answer) => [answer.status, answer.headers.get("dpop-nonce")]);
  expect(nonces.map(([status]) => status)).toEqual([200, 200]);
  expect(nonces[0]?.[1]).not.toBe(nonces[1]?.[1]);
});

test("a proof is good once, for its address, method, token and moment", async () => {
  const scene = await open();
  const tokens = await signIn(scene.as, scene.client, { DPoP: scene.DPoP });
  await ask(scene, tokens.access_token, scene.DPoP);
  const proof = ledger.find({ party: "resource", method: "POST" }).at(-1)?.headers["dpop"] ?? "";
  const send = async (shown: string): Promise<string | null> => {
    const answer = await fetch(scene.server.url, { method: "POST", headers: { ...headers, authorization: `DPoP ${tokens.access_token}`, dpop: shown }, body: initialize });
    return answer.headers.get("www-authenticate");
  };
  expect(await send(proof)).toContain('error="invalid_dpop_proof"');
  expect(await send(ledger.find({ party: "issuer", path: "/token" }).at(-1)?.headers["dpop"] ?? "")).toContain('error="invalid_dpop_proof"');
  const late = oauth.DPoP({ ...scene.client, [oauth.clockSkew]: -120 }, await oauth.generateKeyPair("ES256"));
  await expect(signIn(scene.as, scene.client, { DPoP: late })).rejects.toMatchObject({ error: "invalid_dpop_proof", error_description: "iat is not now" });
});

test("a refresh token is bound to its key, and a server for which binding is a choice gives bearers too", async () => {
  const { as, client, DPoP, issuer } = await open({ dpop: "accepted" });
  const tokens = await signIn(as, client, { DPoP });
  const renew = async (options: { DPoP?: oauth.DPoPHandle }): Promise<oauth.TokenEndpointResponse> =>
    oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? "", { ...insecure, ...options }));
  await expect(renew({})).rejects.toMatchObject({ error: "invalid_dpop_proof" });
  expect((await renew({ DPoP })).token_type).toBe("dpop");
  expect(issuer.validate((await signIn(as, client)).access_token)).not.toHaveProperty("token.jkt");
});
