import { describe, expect, test } from "vitest";

import { type ProfileName, type ProviderProfile, providerProfiles } from "../../src/oauth/provider-profile.ts";
import { configured, refusalOf, visit } from "./provider-places.ts";
import { send } from "./world.ts";

/**
 * Each thing that a profile knows, as it shows at a server with that provider's habits, under that provider's name. The table is complete by its type and by
 * the first test below; each behaviour is seen to fail without its field, and without its entry.
 */
type Knowledge = Exclude<keyof ProviderProfile, "name" | "title" | "fieldNotes" | "issuer" | "endpoint" | "server">;
type Behaviour = () => Promise<void>;

const qualified = ["api://app/tools.read", "offline_access"];

/** No client is to be had there by oneself, whatever the metadata says: where to get one is said, and nothing is sent. R01 */
const saysWhereToRegister = (name: ProfileName, place: string): Behaviour => async () => {
  const { signIn, world, opened, examined } = await visit(name, { issuer: name === "okta" ? {} : { registration: "on" } });
  expect(await refusalOf(signIn())).toMatch(new RegExp(`^registration_unavailable: .*${place}`, "s"));
  expect([opened, world.ledger.entries.filter(({ path }) => path.endsWith("/register"))]).toEqual([[], []]);
  expect(await examined("registration")).toContain(place);
};

/** Its refusal to register is shown with what helps there. R03, C03 */
const saysWhatHelps = (name: ProfileName, words: string): Behaviour => async () => {
  const { signIn, opened } = await visit(name);
  expect(await refusalOf(signIn())).toMatch(new RegExp(`^registration_refused: .*${words}`, "s"));
  expect(opened).toEqual([]);
};

/** A client that it has forgotten is replaced before the browser opens, although its page does not say what is wrong. R02 */
const replacesForgotten = (name: ProfileName): Behaviour => async () => {
  const { signIn, issuer, opened, examined, world } = await visit(name, { issuer: { unknownClientPage: "bare-403" } });
  await signIn();
  issuer.forgetClients();
  const person = await signIn();
  expect([opened.length, world.ledger.find({ path: "/register" }).length]).toEqual([2, 2]);
  expect(person.said.join("\n")).toContain("it forgets clients, so a kept one is looked after");
  expect(await examined("profile")).toContain("it forgets clients, so a kept one is looked after");
};

const remarks = (name: ProfileName, words: string): Behaviour => async () => {
  const { signIn, examined } = await visit(name);
  expect((await signIn()).said.join("\n")).toContain(words);
  expect(await examined("profile")).toContain(words);
};

/** S256 without a warning, though the metadata does not promise it. D09 */
const trustsS256 = (name: ProfileName): Behaviour => async () => {
  const { issuer, oauth } = await configured();
  const { signIn, opened, examined } = await visit(name, { issuer, oauth, server: { scopesSupported: qualified } });
  const said = (await signIn()).said.join("\n");
  expect(opened.map((url) => url.searchParams.get("code_challenge_method"))).toEqual(["S256"]);
  expect(said).toContain("S256, which it supports without saying so");
  expect(said).not.toContain("all the same");
  expect(await examined("pkce")).toBe("good: S256, not advertised");
};

/** A client's secret goes where it is read, at once. T01 */
const postsSecret = (name: ProfileName): Behaviour => async () => {
  const { issuer, oauth } = await configured("s3cret");
  const { signIn, world } = await visit(name, { issuer, oauth });
  await signIn();
  expect(world.ledger.sequence("issuer").filter((line) => line.includes("authorization_code"))).toEqual([expect.stringContaining("→ 200")]);
};

const behaviours: Readonly<Record<ProfileName, Readonly<Partial<Record<Knowledge, Behaviour>>>>> = {
  entra: {
    omitResourceWhenScopesQualified: async () => {
      const { issuer, oauth } = await configured();
      const { signIn, opened } = await visit("entra", { issuer, oauth, server: { scopesSupported: qualified } });
      expect((await signIn()).said.join("\n")).toContain("no resource parameter");
      expect(opened.map((url) => url.searchParams.get("resource"))).toEqual([null]);
    },
    tenantTemplateIssuer: async () => {
      const { issuer, oauth } = await configured();
      const { signIn, world, entry } = await visit("entra", { issuer, oauth, server: { scopesSupported: qualified } });
      await signIn();
      expect((await world.storedGrant(entry))?.issuer).toBe("https://login.microsoftonline.com/{tenantid}/v2.0");
    },
    pkceSilent: trustsS256("entra"),
    clientHowTo: saysWhereToRegister("entra", "Entra admin center"),
  },
  google: {
    authorizationParams: async () => {
      const { issuer, oauth } = await configured("s3cret");
      const { signIn, world, entry } = await visit("google", { issuer, oauth });
      await signIn();
      await signIn();
      expect((await world.storedGrant(entry))?.tokens?.refreshToken).toBeDefined();
    },
    clientHowTo: saysWhereToRegister("google", "Google Cloud console"),
  },
  auth0: {
    audienceFromResource: async () => {
      const { signIn, access, server } = await visit("auth0", { server: { audience: "https://mcp.example.org/mcp" } });
      expect((await signIn()).said.join("\n")).toContain("audience=https://mcp.example.org/mcp");
      expect((await send(access(), server.url)).status).toBe(200);
    },
  },
  okta: { clientHowTo: saysWhereToRegister("okta", "Okta admin console") },
  keycloak: { registrationHowTo: saysWhatHelps("keycloak", "Trusted hosts") },
  cognito: { pkceSilent: trustsS256("cognito"), clientHowTo: saysWhereToRegister("cognito", "Cognito console") },
  "aws-sign-in": { pkceSilent: trustsS256("aws-sign-in"), forgetsClients: replacesForgotten("aws-sign-in") },
  github: { tokenEndpointAuthMethod: postsSecret("github"), clientHowTo: saysWhereToRegister("github", "Developer settings") },
  slack: { tokenEndpointAuthMethod: postsSecret("slack"), clientHowTo: saysWhereToRegister("slack", "api.slack.com/apps") },
  atlassian: { forgetsClients: replacesForgotten("atlassian"), remark: remarks("atlassian", "one sign-in is for one site") },
  notion: { remark: remarks("notion", "a refresh token used twice ends the sign-in") },
  linear: {
    registration: async () => {
      const { signIn, access, server } = await visit("linear", { server: { acceptsDocumentClients: false }, oauth: { clientMetadataUrl: "https://client.example/mcpass.json" } });
      expect((await signIn()).notices.map(({ clientKind }) => clientKind)).toEqual(["dynamic"]);
      expect((await send(access(), server.url)).status).toBe(200);
    },
  },
  figma: {
    tokenEndpointAuthMethod: async () => {
      const { signIn, world } = await visit("figma", { oauth: { clientName: "Approved Client" } });
      await signIn();
      expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(["issuer POST /token authorization_code → 200"]);
    },
    registrationHowTo: saysWhatHelps("figma", "never takes another product's name"),
  },
  datadog: {
    refusesLocalhost: async () => {
      const { signIn, opened, examined } = await visit("datadog", { oauth: { callbackHost: "localhost" } });
      expect(await refusalOf(signIn())).toMatch(/^registration_refused: .*oauth\.callbackHost must be 127\.0\.0\.1/s);
      expect(opened).toEqual([]);
      expect(await examined("redirect")).toMatch(/^bad: http:\/\/localhost:\d+\/.*: Datadog refuses localhost; use 127\.0\.0\.1/);
      expect(await examined("profile")).toContain("it refuses localhost");
    },
  },
  sentry: { remark: remarks("sentry", "it names itself in the answer (iss) without promising to") },
  supabase: { forgetsClients: replacesForgotten("supabase") },
  clerk: {
    withheldScopes: async () => {
      const { signIn, opened } = await visit("clerk", { server: { scopesSupported: ["openid", "notes"] } });
      expect((await signIn()).said.join("\n")).toContain("not asking for openid");
      expect(opened.map((url) => url.searchParams.get("scope"))).toEqual(["notes"]);
    },
  },
  "better-auth": { forgetsClients: replacesForgotten("better-auth"), remark: remarks("better-auth", "a client is bound to the scopes it registered with") },
  fastmcp: { tokenEndpointAuthMethod: postsSecret("fastmcp"), forgetsClients: replacesForgotten("fastmcp") },
  "cloudflare-workers": { forgetsClients: replacesForgotten("cloudflare-workers"), remark: remarks("cloudflare-workers", "older ones publish no resource metadata") },
};

const apart: ReadonlySet<string> = new Set(["name", "title", "fieldNotes", "issuer", "endpoint", "server"]);
const knowledgeOf = (profile: ProviderProfile): readonly Knowledge[] => (Object.keys(profile) as (keyof ProviderProfile)[]).filter((key): key is Knowledge => !apart.has(key));

test("the table has every entry of the profile list, and every thing that each knows", () => {
  const table = Object.entries(behaviours).map(([name, known]) => [name, Object.keys(known).toSorted()]);
  expect(table).toEqual(providerProfiles.map((profile) => [profile.name, [...knowledgeOf(profile)].toSorted()]));
});

describe.each(providerProfiles.map((profile) => [profile.name, profile] as const))("%s", (name, profile) => {
  test.each(knowledgeOf(profile))("%s: holds; fails without it, and without the entry", async (known) => {
    const behaviour = behaviours[name][known] ?? (() => Promise.reject(new Error("no behaviour")));
    await behaviour();
    const { [known]: _left, ...rest } = profile;
    const [withoutField, withoutEntry] = [await failureWith(profile, [rest as ProviderProfile], behaviour), await failureWith(profile, [], behaviour)];
    expect([withoutField, withoutEntry]).not.toContain("it held");
  });
});

/** The list is changed for as long as the behaviour runs; this file has a module of its own, and runs one test at a time. */
async function failureWith(profile: ProviderProfile, instead: readonly ProviderProfile[], behaviour: Behaviour): Promise<string> {
  const list = providerProfiles as ProviderProfile[];
  const at = list.indexOf(profile);
  list.splice(at, 1, ...instead);
  try {
    return await behaviour().then(() => "it held", (thrown: unknown) => (thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown)));
  } finally {
    list.splice(at, instead.length, profile);
  }
}
