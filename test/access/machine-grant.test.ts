import { generateKeyPairSync } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, exportJWK } from "jose";
import { describe, expect, test } from "vitest";
import type { OAuthSettings, RemoteEntry } from "../../src/config/server-entry.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { openWorld, refusal, remote, send, type World } from "./world.ts";

const hourMs = 3_600_000;
const secret = canary("machine-secret");

interface Opened {
  readonly world: World;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly entry: RemoteEntry;
}

async function open(oauth: OAuthSettings, issuerOptions: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}): Promise<Opened> {
  const world = await openWorld();
  const issuer = await world.issuer({ registration: "off", refreshTokens: "never", ...issuerOptions });
  const server = await world.resource({ trusts: issuer, ...serverOptions });
  return { world, issuer, server, entry: remote(server.url, { oauth }) };
}

const bySecret: OAuthSettings = { grant: "client_credentials", clientId: "robot", clientSecret: secret };
const robots: AuthorizationServerOptions = { grants: ["client-credentials"], clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }] };
const minting = "issuer POST /token client_credentials → 200";
const formOf = (world: World, at = 0): Record<string, string> => Object.fromEntries(new URLSearchParams(world.ledger.find({ path: "/token" })[at]?.body));

describe("H03 client_credentials", () => {
  test("the first request without a token, one discovery, one token, and then every process uses it, with no browser and nobody asked", async () => {
    const { world, server, entry } = await open({ ...bySecret, scope: "a b" }, robots);
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.sequence()).toEqual([
      "resource POST /mcp tools/list → 401",
      "resource GET /.well-known/oauth-protected-resource/mcp → 200",
      "issuer GET /.well-known/oauth-authorization-server → 200",
      minting,
      "resource POST /mcp tools/list → 200",
      "resource POST /mcp tools/list → 200",
    ]);
    expect(formOf(world)).toEqual({ grant_type: "client_credentials", scope: "a b", resource: server.url });
    expect(world.opened).toEqual([]);
  });

  test("the secret is never in the vault, and the token has no refresh token", async () => {
    const { world, server, entry } = await open(bySecret, robots);
    await send(world.access(entry), server.url);
    const files = await world.vaultFiles();
    expectNowhere([secret], { texts: files });
    expect(Object.values(files).map((text) => JSON.parse(text) as object)).toMatchObject([{ grantType: "client_credentials", generation: 1, registration: { clientId: "robot", tokenEndpointAuthMethod: "client_secret_basic" } }]);
  });

  test("about to end, or refused: one request to the recorded endpoint, with every discovery server down", async () => {
    const { world, issuer, server, entry } = await open(bySecret, robots);
    await send(world.access(entry), server.url);
    server.toggles.metadata = { inserted: "failing" };
    issuer.toggles.wellKnown.insert8414 = "failing";
    world.ledger.clear();
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.sequence()).toEqual([minting, "resource POST /mcp tools/list → 200", "resource POST /mcp tools/list → 401", minting, "resource POST /mcp tools/list → 200"]);
  });

  test("ten processes at once ask for one token", async () => {
    const { world, server, entry } = await open(bySecret, robots);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(world.access(entry), server.url)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });

  test("a secret that was replaced is used at once, and a wrong one is said with what to check, not as a sign-in that is needed", async () => {
    const { world, issuer, server, entry } = await open({ ...bySecret, clientSecret: "wrong-secret" }, robots);
    const error = await refusal(send(world.access(entry), server.url));
    expect(error).toMatchObject({ code: "token_refused", hint: "Check oauth.clientId and oauth.clientSecret (or oauth.privateKeyFile)." });
    expect(error.message).toContain("example got no token by the grant client_credentials");
    expect(await world.vaultFiles()).toEqual({});
    expect((await send(world.access({ ...entry, oauth: bySecret }), server.url)).status).toBe(200);
    expect(issuer.store.tokens.size).toBe(1);
  });

  test("an issuer that does not answer while the token is still good: the token is used; afterwards it is said, and the grant is kept", async () => {
    const { world, issuer, server, entry } = await open(bySecret, robots);
    await send(world.access(entry), server.url);
    await issuer.refuse();
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    world.clock.aheadMs = hourMs + 1_000;
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("renewal_failed");
    await issuer.accept();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  });

  test("what a person signed in for stays: a machine's grant is another one", async () => {
    const { world, server, entry } = await open({}, { ...robots, registration: "on", refreshTokens: "always", clientAuthentication: "either" });
    const person = { ...entry, oauth: undefined };
    await world.access(person).signIn(world.person());
    const before = await world.storedGrant(entry);
    expect((await send(world.access({ ...entry, oauth: bySecret }), server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toEqual(before);
    expect(Object.keys(await world.vaultFiles()).filter((name) => name.startsWith("grant-"))).toHaveLength(2);
  });

  test("auth gets a token now; --force gets another; a scope that is needed is added", async () => {
    const { world, server, entry } = await open(bySecret, robots, { toolScopes: { echo: "extra" } });
    const access = world.access(entry);
    expect((await access.signIn(world.person())).kind).toBe("signed-in");
    expect((await access.signIn(world.person())).kind).toBe("already-signed-in");
    const error = await refusal(send(access, server.url, "tools/call", { name: "echo", arguments: { text: "x" } }));
    expect(error.code).toBe("scope_insufficient");
    await access.signIn(world.person({ because: error, scopes: ["extra"] }));
    expect((await send(access, server.url, "tools/call", { name: "echo", arguments: { text: "x" } })).status).toBe(200);
    expect(formOf(world, 1)).toMatchObject({ scope: "extra" });
    expect((await access.signIn(world.person({ force: true }))).kind).toBe("signed-in");
    expect(world.ledger.count({ path: "/token" })).toBe(3);
    expect(world.opened).toEqual([]);
  });

  test("a server that refuses the token that was just issued is to blame, and no third token is asked for", async () => {
    const { world, server, entry } = await open(bySecret, robots, { acceptsTokens: false });
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("token_rejected");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });
});

describe("R-18 the secret goes to the issuer it is for", () => {
  test("a pinned issuer that the server does not name gets nothing, nor does the other", async () => {
    const { world, issuer, server, entry } = await open({ ...bySecret, issuer: "http://127.0.0.1:9/elsewhere" }, robots);
    expect((await refusal(send(world.access(entry), server.url))).code).toMatch(/^(issuer_mismatch|discovery_failed)$/);
    expect(world.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
    expectNowhere([secret], { ledger: world.ledger });
    expect(issuer.store.tokens.size).toBe(0);
  });

  test("another issuer than before is refused until the configuration or --force says so", async () => {
    const { world, issuer, server, entry } = await open(bySecret, robots);
    await send(world.access(entry), server.url);
    const other = await world.issuer({ party: "other", ...robots });
    server.toggles.authorizationServers = [other.issuer];
    server.toggles.validate = (token) => other.validate(token);
    issuer.expireTokens();
    const error = await refusal(world.access(entry).signIn(world.person({ because: await refusal(send(world.access(entry), server.url)) })));
    expect(error.code).toBe("issuer_changed");
    expect(world.ledger.count({ party: "other", path: "/token" })).toBe(0);
    expect((await send(world.access({ ...entry, oauth: { ...bySecret, issuer: other.issuer } }), server.url)).status).toBe(200);
  });
});

async function keyIn(world: World, name: string): Promise<{ readonly file: string; readonly jwks: { keys: object[] } }> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = join(world.home, name);
  await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return { file, jwks: { keys: [await exportJWK(publicKey)] } };
}

describe("H03 private_key_jwt", () => {
  test("signs who it is: iss and sub are the client, aud the issuer, two minutes, and a new jti each time; a replaced key is used at once", async () => {
    const { world, issuer, server, entry } = await open({}, { grants: ["client-credentials"], clientAssertion: "required", clientAssertionAudience: "issuer" });
    const [first, second] = [await keyIn(world, "key.pem"), await keyIn(world, "next.pem")];
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks: first.jwks }];
    const signing = { ...entry, oauth: { grant: "client_credentials", clientId: "robot", privateKeyFile: first.file } as const };
    expect((await send(world.access(signing), server.url)).status).toBe(200);
    const sent = formOf(world);
    expect(decodeProtectedHeader(sent["client_assertion"] ?? "")).toEqual({ alg: "ES256", typ: "JWT" });
    const claims = decodeJwt(sent["client_assertion"] ?? "");
    expect(claims).toMatchObject({ iss: "robot", sub: "robot", aud: issuer.issuer });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(120);
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks: second.jwks }];
    await rename(second.file, first.file);
    issuer.expireTokens();
    expect((await send(world.access(signing), server.url)).status).toBe(200);
    expect(decodeJwt(formOf(world, 1)["client_assertion"] ?? "").jti).not.toBe(claims.jti);
  });

  test("assertionAudience takes the issuer's place", async () => {
    const { world, issuer, server, entry } = await open({}, { grants: ["client-credentials"], clientAssertion: "required", clientAssertionAudience: "token-endpoint" });
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
    const { world, server, entry } = await open({}, { grants: ["client-credentials"], clientAssertion: "required" });
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
    const { world, issuer, server, entry } = await open({}, { grants: ["jwt-bearer"], clientAuthentication: "none" });
    const platform = await world.issuer({ party: "platform" });
    issuer.toggles.trustedIssuers = [{ issuer: platform.issuer, jwks: platform.jwks() }];
    const file = join(world.home, "token");
    const assertion = (): Promise<string> => platform.sign({ sub: "workload", aud: issuer.issuer });
    const [first, second] = [await assertion(), await assertion()];
    await writeFile(file, `${first}\n`);
    const workload = { ...entry, oauth: { grant: "jwt-bearer", assertionFile: file } as const };
    expect((await send(world.access(workload), server.url)).status).toBe(200);
    expect(formOf(world)).toEqual({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: first, resource: server.url });
    await writeFile(file, second);
    issuer.expireTokens();
    expect((await send(world.access(workload), server.url)).status).toBe(200);
    expect(formOf(world, 1)["assertion"]).toBe(second);
    expectNowhere([first, second], { texts: await world.vaultFiles() });
  });

  test("refused once, it is not tried again, nor any other grant", async () => {
    const { world, issuer, server, entry } = await open({}, { grants: ["jwt-bearer", "client-credentials"], clientAuthentication: "none" });
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
  async function company(): Promise<Opened & { idp: AuthorizationServer; employee: OAuthSettings; idToken: string }> {
    const opened = await open({}, { grants: ["jwt-bearer"], grantAssertionType: "id-jag", grantAssertionClient: "needed", clientAuthentication: "basic", clients: [{ client_id: "app", client_secret: secret, redirect_uris: [] }] });
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
    expect(formOf(world)).toMatchObject({ requested_token_type: "urn:ietf:params:oauth:token-type:id-jag", subject_token: idToken, subject_token_type: "urn:ietf:params:oauth:token-type:id_token", resource: server.url });
    expectNowhere([idToken, "idp-secret"], { ledger: world.ledger, except: ["idp"], texts: await world.vaultFiles() });
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
