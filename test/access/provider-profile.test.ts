import { expect, test } from "vitest";

import type { OAuthSettings } from "../../src/config/server-entry.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { providers, tenantGuid } from "../servers/providers.ts";
import type { ResourceServerOptions } from "../servers/resource-server.ts";
import { openSigned, type Person, refusal, send, type Signed } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

type Place = { readonly issuer: AuthorizationServerOptions; readonly server?: ResourceServerOptions; readonly oauth?: OAuthSettings };

/** A client that is registered by hand, where the provider takes no others. */
async function registered(secret?: string): Promise<{ readonly clients: NonNullable<AuthorizationServerOptions["clients"]>; readonly oauth: OAuthSettings }> {
  const callbackPort = await freePort();
  const redirect_uris = [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`];
  return { clients: [{ client_id: "ours", redirect_uris, ...(secret === undefined ? {} : { client_secret: secret }) }], oauth: { clientId: "ours", callbackPort, ...(secret === undefined ? {} : { clientSecret: secret }) } };
}

async function signIn(place: Place): Promise<Signed & { readonly person: Person; readonly asked: URLSearchParams }> {
  const signed = await openSigned({ ...place, signIn: false });
  const person = signed.world.person();
  await signed.access.signIn(person);
  return { ...signed, person, asked: new URL(signed.world.opened.at(-1) ?? "").searchParams };
}

const qualified = ["api://app/tools.read", "offline_access"];

test("Entra: no resource beside scopes that name theirs, on no leg, and the notice says so; without the profile the provider refuses (A01)", async () => {
  const { clients, oauth } = await registered();
  const issuer = { ...providers.entra(), clients };
  const { world, server, access, person, asked, entry } = await signIn({ issuer, server: { scopesSupported: qualified }, oauth: { ...oauth, profile: "entra" } });
  expect(asked.has("resource")).toBe(false);
  expect(person.said).toEqual(["Using the Microsoft Entra profile: no resource parameter; S256, which it supports without saying so; any tenant's issuer, recorded at the first sign-in."]);
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.find({ path: "/common/oauth2/v2.0/token" }).map(({ body }) => body).join()).not.toContain("resource=");
  expect((await world.storedGrant(entry))?.resource).toBeUndefined();
});

test("Entra: `oauth.resource` that is set is sent all the same, and then left out once it is refused (A01)", async () => {
  const { clients, oauth } = await registered();
  const { world, person } = await signIn({ issuer: { ...providers.entra(), clients, wellKnown: { insert8414: "absent", insertOidc: "absent", appendOidc: "document", append8414: "absent" } }, server: { scopesSupported: qualified }, oauth: { ...oauth, profile: "entra", resource: "https://other.example/" } });
  expect(world.opened.map((url) => new URL(url).searchParams.get("resource"))).toEqual(["https://other.example/", null]);
  expect(person.said.join("\n")).toContain("Asking again without the resource parameter");
});

test("Entra: the template's issuer takes its tenants' answers, records the first, and says when another answers (D11)", async () => {
  const { clients, oauth } = await registered();
  const issuer = { ...providers.entra(), clients, iss: "right" as const };
  const { world, access, entry, issuer: entra } = await signIn({ issuer, server: { scopesSupported: qualified }, oauth: { ...oauth, profile: "entra" } });
  expect((await world.storedGrant(entry))?.callbackIssuer).toContain(tenantGuid);
  const other = "00000000-0000-4000-8000-000000000001";
  if (entra.toggles.tenant !== undefined) entra.toggles.tenant = { ...entra.toggles.tenant, guid: other };
  const person = world.person({ force: true });
  await access.signIn(person);
  expect(person.said.join("\n")).toMatch(new RegExp(`for another tenant than before: .*${other}.*; it was .*${tenantGuid}`));
});

test("without the profile a template is no issuer of anybody (D11)", async () => {
  const { clients, oauth } = await registered();
  const { world, access } = await openSigned({ signIn: false, issuer: { ...providers.entra(), clients }, server: { scopesSupported: qualified }, oauth });
  expect((await refusal(access.signIn(world.person()))).code).toBe("issuer_mismatch");
});

test("Google: access_type=offline and prompt=consent are asked for, so that there is a refresh token at every sign-in (A04)", async () => {
  const { clients, oauth } = await registered("s3cret");
  const { world, access, entry, asked } = await signIn({ issuer: { ...providers.google(), clients }, oauth: { ...oauth, profile: "google" } });
  expect([asked.get("access_type"), asked.get("prompt")]).toEqual(["offline", "consent"]);
  await access.signIn(world.person({ force: true }));
  expect((await world.storedGrant(entry))?.tokens?.refreshToken).toBeDefined();
});

test("Google: a parameter that the user sets stands above the profile's (A04)", async () => {
  const { clients, oauth } = await registered("s3cret");
  const { asked, person } = await signIn({ issuer: { ...providers.google(), clients }, oauth: { ...oauth, profile: "google", authorizationParams: { prompt: "select_account" } } });
  expect([asked.get("access_type"), asked.get("prompt")]).toEqual(["offline", "select_account"]);
  expect(person.said[0]).toContain("Using the Google profile: access_type=offline");
});

test("Auth0: the audience is what the resource is (A05)", async () => {
  const { asked, server } = await signIn({ issuer: providers.auth0(), oauth: { profile: "auth0" } });
  expect(asked.get("audience")).toBe(server.url);
});

test.each([
  ["okta", providers.okta(), "Okta admin console"],
  ["google", { ...providers.google(), registration: "on" }, "Google Cloud console"],
  ["github", { ...providers.github(), registration: "on" }, "Developer settings"],
  ["slack", { ...providers.slack(), registration: "on" }, "api.slack.com/apps"],
  ["cognito", { ...providers.cognito(), registration: "on" }, "Cognito console"],
  ["entra", { ...providers.entra(), registration: "on" }, "Entra admin center"],
] as const)("%s registers nobody, whatever its metadata says: where to get a client is told, and nothing is asked (R01)", async (profile, issuer, place) => {
  const { world, access } = await openSigned({ signIn: false, issuer, oauth: { profile } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "registration_unavailable", hint: expect.stringContaining(place) });
  expect([world.opened, world.ledger.count({ path: "*/register" }), world.ledger.count({ path: "/register" })]).toEqual([[], 0, 0]);
});

test("Okta: with the administrator's token it registers after all (R08)", async () => {
  const { person } = await signIn({ issuer: providers.okta(), oauth: { profile: "okta", registrationAccessToken: "an administrator's" } });
  expect(person.notices[0]?.clientKind).toBe("dynamic");
});

test.each([
  ["keycloak", providers.keycloak(), "Trusted hosts"],
  ["figma", providers.figma(), "never takes another product's name"],
] as const)("%s refuses to register: the refusal is shown as it is, with what helps there, and no browser opens (R03)", async (profile, issuer, help) => {
  const { world, access } = await openSigned({ signIn: false, issuer, oauth: { profile } });
  expect(await refusal(access.signIn(world.person()))).toMatchObject({ code: "registration_refused", hint: expect.stringContaining(help), details: { status: 403 } });
  expect([world.opened, world.ledger.count({ path: "/authorize" })]).toEqual([[], 0]);
});

test("Figma: a name that the user has the right to works, and the secret that came unasked goes where it is read (R03, T01)", async () => {
  const { world } = await signIn({ issuer: providers.figma(), oauth: { profile: "figma", clientName: "Approved Client" } });
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token authorization_code → 200"]);
});

test.each(["github", "slack"] as const)("%s: the secret goes in the body at once (T01)", async (profile) => {
  const { clients, oauth } = await registered("s3cret");
  const { world } = await signIn({ issuer: { ...providers[profile](), clients, metadata: { token_endpoint_auth_methods_supported: undefined } }, oauth: { ...oauth, profile } });
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("authorization_code"))).toHaveLength(1);
});

test("FastMCP: Basic is advertised and not read; the secret goes in the body at once (T01)", async () => {
  const { clients, oauth } = await registered("s3cret");
  const { world } = await signIn({ issuer: { ...providers.fastmcp(), clients }, oauth: { ...oauth, profile: "fastmcp" } });
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token authorization_code → 200"]);
});

test("Linear: it registers, although it advertises client metadata documents, whose tokens its server refuses (R07)", async () => {
  const { person } = await signIn({ issuer: { ...providers.linear(), fetchesClientDocuments: "off", clientMetadataDocuments: true }, server: { acceptsDocumentClients: false }, oauth: { profile: "linear", clientMetadataUrl: "https://client.example/mcpass.json" } });
  expect(person.notices[0]?.clientKind).toBe("dynamic");
});

test("Clerk: a client registered by itself does not ask for openid (R08)", async () => {
  const { asked, person } = await signIn({ issuer: providers.clerk(), server: { scopesSupported: ["openid", "notes"] }, oauth: { profile: "clerk" } });
  expect(asked.get("scope")).toBe("notes");
  expect(person.said[0]).toContain("not asking for openid");
});

test.each(["cognito", "entra", "aws-sign-in"] as const)("%s: S256 without a warning, though it is not advertised (D09)", async (profile) => {
  const { clients, oauth } = await registered();
  const { asked, person } = await signIn({ issuer: { pkce: "absent", clients }, oauth: { ...oauth, profile } });
  expect(asked.get("code_challenge_method")).toBe("S256");
  expect(person.said.join("\n")).not.toContain("all the same");
  expect(person.said.join("\n")).toContain("S256, which it supports without saying so");
});

test("with none no profile acts", async () => {
  const { clients, oauth } = await registered();
  const { asked, person } = await signIn({ issuer: { pkce: "absent", clients }, oauth: { ...oauth, profile: "none" } });
  expect(asked.has("resource")).toBe(true);
  expect(person.said.join("\n")).toContain("S256 is used all the same");
});
