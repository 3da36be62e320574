import { describe, expect, test } from "vitest";
import type { OAuthSettings } from "../../src/config/server-entry.ts";
import { expectNowhere } from "../rig/canary.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { openUnattended, secret, tokenForm } from "./unattended.ts";
import { refusal, send } from "./world.ts";

const hourMs = 3_600_000;
const bySecret: OAuthSettings = { grant: "client_credentials", clientId: "robot", clientSecret: secret };
const robots: AuthorizationServerOptions = { grants: ["client-credentials"], clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }] };
const minting = "issuer POST /token client_credentials → 200";

describe("H03 client_credentials", () => {
  test("the first request without a token, one discovery, one token, and then every process uses it, with no browser and nobody asked", async () => {
    const { world, server, entry } = await openUnattended({ ...bySecret, scope: "a b" }, robots);
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
    expect(tokenForm(world)).toEqual({ grant_type: "client_credentials", scope: "a b", resource: server.url });
    expect(world.opened).toEqual([]);
  });

  test("the secret is never in the vault, and the token has no refresh token", async () => {
    const { world, server, entry } = await openUnattended(bySecret, robots);
    await send(world.access(entry), server.url);
    expectNowhere([secret], { texts: await world.vaultRecords() });
    expect(await world.storedGrant(entry)).toMatchObject({ grantType: "client_credentials", generation: 1, registration: { clientId: "robot", tokenEndpointAuthMethod: "client_secret_basic" } });
  });

  test("about to end, or refused: one request to the recorded endpoint, with every discovery server down", async () => {
    const { world, issuer, server, entry } = await openUnattended(bySecret, robots);
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
    const { world, server, entry } = await openUnattended(bySecret, robots);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(world.access(entry), server.url)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });

  test("a secret that was replaced is used at once, and a wrong one is said with what to check, not as a sign-in that is needed", async () => {
    const { world, issuer, server, entry } = await openUnattended({ ...bySecret, clientSecret: "wrong-secret" }, robots);
    const error = await refusal(send(world.access(entry), server.url));
    expect(error).toMatchObject({ code: "token_refused", hint: "Check oauth.clientId and oauth.clientSecret (or oauth.privateKeyFile)." });
    expect(error.message).toContain("example got no token by the grant client_credentials");
    expect(await world.vaultFiles()).toEqual({});
    expect((await send(world.access({ ...entry, oauth: bySecret }), server.url)).status).toBe(200);
    expect(issuer.store.tokens.size).toBe(1);
  });

  test("an issuer that does not answer while the token is still good: the token is used; afterwards it is said, and the grant is kept", async () => {
    const { world, issuer, server, entry } = await openUnattended(bySecret, robots);
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
    const { world, server, entry } = await openUnattended({}, { ...robots, registration: "on", refreshTokens: "always", clientAuthentication: "either" });
    const person = { ...entry, oauth: undefined };
    await world.access(person).signIn(world.person());
    const before = await world.storedGrant(entry);
    expect((await send(world.access({ ...entry, oauth: bySecret }), server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toEqual(before);
    expect(Object.keys(await world.vaultFiles()).filter((name) => name.startsWith("grant-"))).toHaveLength(2);
  });

  test("auth gets a token now; --force gets another; a scope that is needed is added", async () => {
    const { world, server, entry } = await openUnattended(bySecret, robots, { toolScopes: { echo: "extra" } });
    const access = world.access(entry);
    expect((await access.signIn(world.person())).kind).toBe("signed-in");
    expect((await access.signIn(world.person())).kind).toBe("already-signed-in");
    const error = await refusal(send(access, server.url, "tools/call", { name: "echo", arguments: { text: "x" } }));
    expect(error.code).toBe("scope_insufficient");
    await access.signIn(world.person({ because: error, scopes: ["extra"] }));
    expect((await send(access, server.url, "tools/call", { name: "echo", arguments: { text: "x" } })).status).toBe(200);
    expect(tokenForm(world, 1)).toMatchObject({ scope: "extra" });
    expect((await access.signIn(world.person({ force: true }))).kind).toBe("signed-in");
    expect(world.ledger.count({ path: "/token" })).toBe(3);
    expect(world.opened).toEqual([]);
  });

  test("a server that refuses the token that was just issued is to blame, and no third token is asked for", async () => {
    const { world, server, entry } = await openUnattended(bySecret, robots, { acceptsTokens: false });
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("token_rejected");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });
});

describe("R-18 the secret goes to the issuer it is for", () => {
  test("a pinned issuer that the server does not name gets nothing, nor does the other", async () => {
    const { world, issuer, server, entry } = await openUnattended({ ...bySecret, issuer: "http://127.0.0.1:9/elsewhere" }, robots);
    expect((await refusal(send(world.access(entry), server.url))).code).toMatch(/^(issuer_mismatch|discovery_failed)$/);
    expect(world.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
    expectNowhere([secret], { ledger: world.ledger });
    expect(issuer.store.tokens.size).toBe(0);
  });

  test("another issuer than before is refused until the configuration or --force says so", async () => {
    const { world, issuer, server, entry } = await openUnattended(bySecret, robots);
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
