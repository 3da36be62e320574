import { expect, test } from "vitest";
import type { OAuthSettings, RemoteEntry } from "../../src/config/server-entry.ts";
import { canonicalServerUrl } from "../../src/oauth/resource.ts";
import { linkKey } from "../../src/vault/vault-key.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { openUnattended, secret, type Unattended } from "./unattended.ts";
import { refusal, remote, send } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

const idpSecret = canary("idp-secret");

interface Company extends Unattended {
  readonly idp: AuthorizationServer;
  readonly employee: OAuthSettings;
  readonly entry: RemoteEntry;
}

/** A server behind a company's identity provider, where a person has to sign in once. */
async function company(idpOptions: AuthorizationServerOptions = {}): Promise<Company> {
  const opened = await openUnattended({}, { grants: ["jwt-bearer"], grantAssertionType: "id-jag", grantAssertionClient: "needed", clientAuthentication: "basic", clients: [{ client_id: "app", client_secret: secret, redirect_uris: [] }], accessTokenSeconds: 60 });
  const { world, issuer, server } = opened;
  const callbackPort = await freePort();
  const clients = [{ client_id: "idp-app", client_secret: idpSecret, redirect_uris: [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`] }];
  const idp = await world.issuer({ party: "idp", grants: ["token-exchange"], idTokens: true, registration: "off", clientAuthentication: "basic", clients, exchangeClientIds: { "idp-app": "app" }, exchangeAudiences: [issuer.issuer], scopesSupported: ["openid"], accessTokenSeconds: 60, wellKnown: { insert8414: "absent", appendOidc: "document" }, ...idpOptions });
  issuer.toggles.trustedIssuers = [{ issuer: idp.issuer, jwks: idp.jwks() }];
  const employee: OAuthSettings = { grant: "id-jag", clientId: "app", clientSecret: secret, idpIssuer: idp.issuer, idpClientId: "idp-app", idpClientSecret: idpSecret, callbackPort };
  return { ...opened, idp, employee, entry: remote(server.url, { oauth: employee }) };
}

const exchanges = { party: "idp", word: "urn:ietf:params:oauth:grant-type:token-exchange" };
const renewals = { party: "idp", word: "refresh_token" };

test("E03: one sign-in at the identity provider serves every server that names it; no server's issuer sees a browser", async () => {
  const { world, issuer, idp, server, entry, employee } = await company();
  const access = world.access(entry);
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "sign_in_required", hint: "mcpass auth example", message: expect.stringContaining(`nobody has signed in at the identity provider ${idp.issuer}`) as string });
  const person = world.person();
  expect((await access.signIn(person)).kind).toBe("signed-in");
  expect(person.said.join("\n")).toContain("signing in there once serves every server");
  expect((await send(access, server.url)).status).toBe(200);
  const asked = new URL(world.opened[0] ?? "");
  expect([world.opened.length, asked.origin, asked.searchParams.get("scope"), asked.searchParams.get("resource"), asked.searchParams.get("code_challenge_method")]).toEqual([1, idp.origin, "openid offline_access", null, "S256"]);

  const second = await world.resource({ party: "second", trusts: issuer });
  expect((await send(world.access(remote(second.url, { oauth: employee }), { name: "second" }), second.url)).status).toBe(200);
  expect([world.opened.length, world.ledger.count(exchanges), world.ledger.count({ party: "issuer", path: "/authorize*" })]).toEqual([1, 2, 0]);
  expectNowhere([...idp.secrets("id-token"), ...idp.secrets("refresh-token"), idpSecret], { ledger: world.ledger, except: ["idp"], texts: { errors: JSON.stringify(world.events) } });
});

test("E03: with the ID token over, a new one comes with the refresh token, by one renewal of many processes, and nobody is asked", async () => {
  const { world, idp, server, entry } = await company({ idTokenSeconds: 31 });
  await world.access(entry).signIn(world.person());
  world.ledger.clear();
  world.clock.aheadMs = 61_000;
  const answers = await Promise.all([1, 2, 3].map(() => send(world.access(entry), server.url)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect([world.ledger.count(renewals), world.ledger.count(exchanges), world.opened.length]).toEqual([1, 1, 1]);
  expect(new Set(idp.secrets("id-token")).size).toBe(2);
});

test("E03: an ID token that the provider refuses although its time is not over is renewed once, and the exchange tried once more", async () => {
  const { world, idp, server, entry } = await company();
  await world.access(entry).signIn(world.person());
  world.ledger.clear();
  world.clock.aheadMs = 61_000;
  idp.toggles.machineAnswer = ["invalid-grant", "json"];
  expect((await send(world.access(entry), server.url)).status).toBe(200);
  expect([world.ledger.count(renewals), world.ledger.count(exchanges)]).toEqual([1, 2]);
  world.clock.aheadMs = 122_000;
  idp.toggles.machineAnswer = "invalid-grant";
  expect((await refusal(send(world.access(entry), server.url))).code).toBe("token_refused");
  expect(world.ledger.count(exchanges)).toBe(4);
});

test.each([
  ["ends the session", (idp: AuthorizationServer) => idp.revokeRefreshTokens(), "has ended (invalid_grant)"],
  ["renews without an ID token", (idp: AuthorizationServer) => void (idp.toggles.idTokensOnRenewal = false), "gives no new one without you"],
])("E03: a provider that %s leaves the token in use that is still good, and then asks for a sign-in there", async (_, change, words) => {
  const { world, idp, server, entry } = await company({ idTokenSeconds: 31 });
  await world.access(entry).signIn(world.person());
  change(idp);
  world.clock.aheadMs = 57_000;
  expect((await send(world.access(entry), server.url)).status).toBe(200);
  world.clock.aheadMs = 61_000;
  const error = await refusal(send(world.access(entry), server.url));
  expect(error).toMatchObject({ code: "sign_in_required", hint: "mcpass auth example" });
  expect(error.message).toContain(words);
  await world.access(entry).signIn(world.person());
  expect(world.opened).toHaveLength(2);
  expect((await send(world.access(entry), server.url)).status).toBe(200);
});

test("E03: the company's no is final and told as it is; nobody is sent to a browser for it", async () => {
  const { world, idp, server, entry } = await company();
  await world.access(entry).signIn(world.person());
  idp.toggles.exchangePolicy = "deny";
  world.clock.aheadMs = 61_000;
  const error = await refusal(send(world.access(entry), server.url));
  expect(error).toMatchObject({ code: "token_refused", hint: "Check oauth.idpClientId, and whether the company's policy allows this server." });
  expect(error.message).toContain("your organization's policy does not allow this application");
  expect(world.opened).toHaveLength(1);
});

test("E03: an ID token for another client goes nowhere", async () => {
  const { world, idp, server, entry } = await company();
  await world.access(entry).signIn(world.person());
  const foreign = await idp.idToken("alice", "another-client");
  const link = await world.vault.read(linkKey(canonicalServerUrl(idp.issuer), "default"));
  if (link?.kind !== "link") throw new Error("nothing is stored of the identity provider");
  await world.vault.update(link.grant, async (current) => (current?.kind === "grant" && current.tokens !== undefined ? { ...current, tokens: { ...current.tokens, idToken: foreign } } : "keep"));
  world.clock.aheadMs = 61_000;
  world.ledger.clear();
  expect((await refusal(send(world.access(entry), server.url))).message).toContain("is of another issuer or for another client; it was not sent anywhere");
  expect(world.ledger.count(exchanges)).toBe(0);
});
