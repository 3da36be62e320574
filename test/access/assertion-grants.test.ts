import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, exportJWK } from "jose";
import { describe, expect, test } from "vitest";
import type { OAuthSettings } from "../../src/config/server-entry.ts";
import { expectNowhere } from "../rig/canary.ts";
import { makeKeyPair } from "../rig/key-pair.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import { openUnattended, secret, tokenForm, type Unattended } from "./unattended.ts";
import { refusal, send, type World } from "./world.ts";

async function keyIn(world: World, name: string): Promise<{ readonly file: string; readonly jwks: { keys: object[] } }> {
  const { privateKey, publicKey } = makeKeyPair();
  const file = join(world.home, name);
  await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return { file, jwks: { keys: [await exportJWK(publicKey)] } };
}

describe("H03 private_key_jwt", () => {
  test("signs who it is: iss and sub are the client, aud the issuer, two minutes, and a new jti each time; a replaced key is used at once", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAssertion: "required", clientAssertionAudience: "issuer" });
    const [first, second] = [await keyIn(world, "key.pem"), await keyIn(world, "next.pem")];
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks: first.jwks }];
    const signing = { ...entry, oauth: { grant: "client_credentials", clientId: "robot", privateKeyFile: first.file } as const };
    expect((await send(world.access(signing), server.url)).status).toBe(200);
    const sent = tokenForm(world);
    expect(decodeProtectedHeader(sent["client_assertion"] ?? "")).toEqual({ alg: "ES256", typ: "JWT" });
    const claims = decodeJwt(sent["client_assertion"] ?? "");
    expect(claims).toMatchObject({ iss: "robot", sub: "robot", aud: issuer.issuer });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(120);
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks: second.jwks }];
    await rename(second.file, first.file);
    issuer.expireTokens();
    expect((await send(world.access(signing), server.url)).status).toBe(200);
    expect(decodeJwt(tokenForm(world, 1)["client_assertion"] ?? "").jti).not.toBe(claims.jti);
  });

  test("assertionAudience takes the issuer's place", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAssertion: "required", clientAssertionAudience: "token-endpoint" });
    const { file, jwks } = await keyIn(world, "key.pem");
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks }];
    const oauth = { grant: "client_credentials", clientId: "robot", privateKeyFile: file } as const;
    expect((await refusal(send(world.access({ ...entry, oauth }), server.url))).code).toBe("token_refused");
    expect((await send(world.access({ ...entry, oauth: { ...oauth, assertionAudience: `${issuer.origin}/token` } }), server.url)).status).toBe(200);
  });

  test.each([
    ["does not exist", undefined, "does not exist"],
    ["is empty", "", "cannot be used: it is empty"],
    ["holds no key", `no-key-${secret}`, "holds no private key: PEM or JWK is needed"],
    ["holds a public JWK", JSON.stringify({ kty: "EC", crv: "P-256", x: "a", y: "b", kid: secret }), "holds no private key: a JWK with its private part is needed"],
  ])("a key file that %s is named, never its content, and nothing is sent", async (_, content, words) => {
    const { world, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAssertion: "required" });
    const file = join(world.home, "key.pem");
    if (content !== undefined) await writeFile(file, content);
    const error = await refusal(send(world.access({ ...entry, oauth: { grant: "client_credentials", clientId: "robot", privateKeyFile: file } }), server.url));
    expect(error.code).toBe("file_reference_unreadable");
    expect(error.message).toBe(`The file ${file}, which oauth.privateKeyFile of example names, ${words}.`);
    expectNowhere([secret], { texts: { error: JSON.stringify(error), stack: String(error.stack) } });
    expect(world.ledger.count({ path: "/token" })).toBe(0);
  });
});

describe("H03 jwt-bearer: a workload's assertion", () => {
  test("is read anew for every token, and may come without a client", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["jwt-bearer"], clientAuthentication: "none" });
    const platform = await world.issuer({ party: "platform" });
    issuer.toggles.trustedIssuers = [{ issuer: platform.issuer, jwks: platform.jwks() }];
    const file = join(world.home, "token");
    const assertion = (): Promise<string> => platform.sign({ sub: "workload", aud: issuer.issuer });
    const [first, second] = [await assertion(), await assertion()];
    await writeFile(file, `${first}\n`);
    const workload = { ...entry, oauth: { grant: "jwt-bearer", assertionFile: file } as const };
    expect((await send(world.access(workload), server.url)).status).toBe(200);
    expect(tokenForm(world)).toEqual({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: first, resource: server.url });
    await writeFile(file, second);
    issuer.expireTokens();
    expect((await send(world.access(workload), server.url)).status).toBe(200);
    expect(tokenForm(world, 1)["assertion"]).toBe(second);
    expectNowhere([first, second], { texts: await world.vaultRecords() });
  });

  test("R-18: without a client too, an assertion goes to another issuer only by --force", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["jwt-bearer"], clientAuthentication: "none" });
    const file = join(world.home, "token");
    const platform = await world.issuer({ party: "platform" });
    const trusted = { grants: ["jwt-bearer" as const], clientAuthentication: "none" as const, refusesReplays: false, grantAssertionAudience: "either" as const, trustedIssuers: [{ issuer: platform.issuer, jwks: platform.jwks() }] };
    const other = await world.issuer({ party: "other", ...trusted });
    Object.assign(issuer.toggles, trusted);
    await writeFile(file, await platform.sign({ sub: "workload", aud: [issuer.issuer, other.issuer] }));
    const workload = { ...entry, oauth: { grant: "jwt-bearer", assertionFile: file } as const };
    expect((await send(world.access(workload), server.url)).status).toBe(200);
    server.toggles.authorizationServers = [other.issuer];
    server.toggles.validate = (token) => other.validate(token);
    const access = world.access(workload);
    const error = await refusal(send(access, server.url));
    expect(error).toMatchObject({ code: "issuer_changed", hint: "If you trust it: mcpass auth example --force" });
    expect((await refusal(access.signIn(world.person({ because: error })))).code).toBe("issuer_changed");
    expect(world.ledger.count({ party: "other", path: "/token" })).toBe(0);
    await access.signIn(world.person({ force: true }));
    expect((await send(access, server.url)).status).toBe(200);
  });

  test("refused once, it is not tried again, nor any other grant", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["jwt-bearer", "client-credentials"], clientAuthentication: "none" });
    const stranger = await world.issuer({ party: "stranger" });
    const assertion = await stranger.sign({ sub: "workload", aud: issuer.issuer });
    const file = join(world.home, "token");
    await writeFile(file, assertion);
    const error = await refusal(send(world.access({ ...entry, oauth: { grant: "jwt-bearer", clientId: "w", assertionFile: file } }), server.url));
    expect(error).toMatchObject({ code: "token_refused", details: { oauthError: "invalid_grant" } });
    expect(error.hint).toContain("oauth.assertionFile");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
    expectNowhere([assertion], { texts: { error: JSON.stringify(error) } });
  });
});

describe("E03 id-jag: the company's identity provider", () => {
  async function company(): Promise<Unattended & { idp: AuthorizationServer; employee: OAuthSettings; idToken: string }> {
    const opened = await openUnattended({}, { grants: ["jwt-bearer"], grantAssertionType: "id-jag", grantAssertionClient: "needed", clientAuthentication: "basic", clients: [{ client_id: "app", client_secret: secret, redirect_uris: [] }] });
    const { world, issuer, server } = opened;
    const idp = await world.issuer({ party: "idp", grants: ["token-exchange"], clientAuthentication: "basic", clients: [{ client_id: "idp-app", client_secret: "idp-secret", redirect_uris: [] }], exchangeClientIds: { "idp-app": "app" }, exchangeAudiences: [issuer.issuer], exchangeResources: [server.url] });
    Object.assign(issuer.toggles, { trustedIssuers: [{ issuer: idp.issuer, jwks: idp.jwks() }], expectedResource: server.url });
    const idTokenFile = join(world.home, "id-token");
    const idToken = await idp.idToken("alice", "idp-app");
    await writeFile(idTokenFile, idToken);
    const employee: OAuthSettings = { grant: "id-jag", clientId: "app", clientSecret: secret, idpTokenEndpoint: `${idp.origin}/token`, idpClientId: "idp-app", idpClientSecret: "idp-secret", idTokenFile };
    return { ...opened, idp, employee, idToken };
  }

  test("the ID token goes to the provider alone, its assertion to the issuer alone, and the token is for this server", async () => {
    const { world, idp, server, entry, employee, idToken } = await company();
    expect((await send(world.access({ ...entry, oauth: employee }), server.url)).status).toBe(200);
    expect(world.ledger.sequence("idp", "issuer").slice(-2)).toEqual(["idp POST /token urn:ietf:params:oauth:grant-type:token-exchange → 200", "issuer POST /token urn:ietf:params:oauth:grant-type:jwt-bearer → 200"]);
    expect(tokenForm(world)).toMatchObject({ requested_token_type: "urn:ietf:params:oauth:token-type:id-jag", subject_token: idToken, subject_token_type: "urn:ietf:params:oauth:token-type:id_token", resource: server.url });
    expectNowhere([idToken, "idp-secret"], { ledger: world.ledger, except: ["idp"], texts: await world.vaultRecords() });
    expectNowhere(idp.secrets("id-jag"), { ledger: world.ledger, except: ["issuer"] });
  });

  test("the company's no is told as it is, and nothing goes to the server's issuer", async () => {
    const { world, idp, server, entry, employee } = await company();
    idp.toggles.exchangePolicy = "deny";
    const error = await refusal(send(world.access({ ...entry, oauth: employee }), server.url));
    expect(error.message).toContain("your organization's policy does not allow this application");
    expect(error.hint).toContain("policy");
    expect(world.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
  });

  test("an access token in place of an identity assertion is not passed on", async () => {
    const { world, server, entry, employee } = await company();
    const careless = await world.bystander("careless", () => ({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ access_token: "t", token_type: "Bearer", issued_token_type: "urn:ietf:params:oauth:token-type:access_token" }) }));
    const error = await refusal(send(world.access({ ...entry, oauth: { ...employee, idpTokenEndpoint: `${careless.origin}/token` } }), server.url));
    expect(error.message).toContain("instead of an identity assertion");
    expect(world.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
  });
});
