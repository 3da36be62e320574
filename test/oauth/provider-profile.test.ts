import { expect, test } from "vitest";

import { profileNames } from "../../src/config/entry-schema.ts";
import { isTenantOf } from "../../src/oauth/issuer.ts";
import { areQualified, findProfile, type ProfileName, providerProfiles } from "../../src/oauth/provider-profile.ts";

/** Addresses as the providers publish them; each must lead to its profile. */
const issuers: Readonly<Record<ProfileName, readonly string[]>> = {
  entra: ["https://login.microsoftonline.com/common/v2.0", "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0", "https://login.microsoftonline.us/organizations/v2.0", "https://sts.windows.net/x/"],
  google: ["https://accounts.google.com", "https://accounts.google.com/"],
  auth0: ["https://tenant.eu.auth0.com/"],
  okta: ["https://dev-1.okta.com/oauth2/default", "https://x.oktapreview.com"],
  keycloak: [],
  cognito: ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"],
  "aws-sign-in": ["https://us-east-1.signin.aws.amazon.com", "https://signin.aws"],
  github: ["https://github.com/login/oauth"],
  slack: ["https://slack.com", "https://mcp.slack.com"],
  atlassian: ["https://auth.atlassian.com", "https://cf.mcp.atlassian.com"],
  notion: ["https://mcp.notion.com"],
  linear: ["https://mcp.linear.app"],
  figma: ["https://www.figma.com", "https://api.figma.com"],
  datadog: ["https://mcp.datadoghq.com", "https://mcp.us5.datadoghq.com/api"],
  sentry: ["https://mcp.sentry.dev"],
  supabase: ["https://api.supabase.com"],
  clerk: ["https://happy-fox-1.clerk.accounts.dev", "https://clerk.example.com"],
  "better-auth": [],
  fastmcp: ["https://mine.fastmcp.app"],
  "cloudflare-workers": ["https://mine.someone.workers.dev"],
};

const endpoints: Readonly<Partial<Record<ProfileName, string>>> = {
  keycloak: "https://sso.example.com/realms/a/protocol/openid-connect/token",
  cognito: "https://mine.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
  github: "https://github.com/login/oauth/access_token",
  slack: "https://slack.com/oauth/v2_user/authorize",
  "better-auth": "https://app.example.com/api/auth/mcp/authorize",
};

/** What a server's own address says, before anything is known of its issuer. */
const servers: Readonly<Partial<Record<ProfileName, string>>> = {
  atlassian: "https://mcp.atlassian.com/v1/mcp",
  notion: "https://mcp.notion.com/mcp",
  linear: "https://mcp.linear.app/mcp",
  datadog: "https://mcp.us5.datadoghq.com/api/mcp",
  sentry: "https://mcp.sentry.dev/mcp",
  supabase: "https://mcp.supabase.com/mcp",
};

test.each(providerProfiles.map((profile) => [profile.name, profile] as const))("%s is found by its addresses, by its name, and cites its field notes", (name, profile) => {
  for (const issuer of issuers[name]) expect(findProfile({ issuer })?.name).toBe(name);
  const endpoint = endpoints[name];
  if (endpoint !== undefined) expect(findProfile({ issuer: "https://own.example", endpoints: [endpoint] })?.name).toBe(name);
  expect([profile.endpoint === undefined, profile.server === undefined, profile.issuer === undefined]).toEqual([endpoint === undefined, servers[name] === undefined, issuers[name].length === 0]);
  if (servers[name] !== undefined) expect(findProfile({ issuer: "https://own.example", serverUrl: servers[name] })?.name).toBe(name);
  expect(issuers[name].length + (endpoint === undefined ? 0 : 1)).toBeGreaterThan(0);
  expect(findProfile({ chosen: name })).toBe(profile);
  expect(profile.fieldNotes.length).toBeGreaterThan(0);
  for (const note of profile.fieldNotes) expect(note).toMatch(/^[A-Z]\d\d$/);
});

test("the configuration knows every profile, and no other", () => {
  expect([...profileNames].toSorted()).toEqual(["none", ...providerProfiles.map(({ name }) => name)].toSorted());
});

test.each(["https://accounts.google.com.evil.example", "https://evil.example/https://accounts.google.com", "https://github.com.evil.example/login/oauth", "https://xauth0.com/", "http://accounts.google.com", "https://login.microsoftonline.com.evil.example/common/v2.0"])("%s is nobody's", (issuer) => {
  expect(findProfile({ issuer })).toBeUndefined();
});

test("none switches every profile off", () => {
  expect(findProfile({ chosen: "none", issuer: "https://accounts.google.com" })).toBeUndefined();
});

test("scopes are qualified when each that is not a standard one says whose it is (A01)", () => {
  expect(areQualified(["api://x/read", "offline_access"])).toBe(true);
  expect(areQualified(["https://graph.microsoft.com/User.Read", "499b84ac-1321-427f-aa17-267ca6975798/user_impersonation"])).toBe(true);
  for (const scopes of [[], ["openid"], ["read"], ["api://x/read", "read"]]) expect(areQualified(scopes)).toBe(false);
});

test("a tenant's GUID fits the template's place, and nothing else does (D11)", () => {
  const [template, guid] = ["https://login.example/{tenantid}/v2.0", "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"];
  expect(isTenantOf(`https://login.example/${guid}/v2.0`, template)).toBe(true);
  expect(isTenantOf("https://login.example/common/v2.0", template, { shared: true })).toBe(true);
  for (const issuer of ["https://login.example/common/v2.0", `https://evil.example/${guid}/v2.0`, `https://login.example/${guid}/v1.0`, `https://login.example/${guid}/x/v2.0`, template]) expect(isTenantOf(issuer, template)).toBe(false);
  expect(isTenantOf(`https://login.example/${guid}/v2.0`, "https://login.example/v2.0")).toBe(false);
});
