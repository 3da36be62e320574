import { expect, test } from "vitest";
import type { RemoteEntry } from "../../../src/config/server-entry.ts";
import { createManager, type Examination } from "../../../src/connection/manager.ts";
import { examinationLines } from "../../../src/surfaces/cli/doctor-words.ts";
import { configured, type Harness, openHarness, remote } from "../../connection/harness.ts";
import { worldOf } from "../../oauth/outgoing-for.ts";
import { fakeTerminal } from "./fake-terminal.ts";

/** What doctor says of a server: as data, and as it is printed. Nothing that was asked may have been a sign-in or a registration. */
async function diagnose(harness: Harness, url: string, more: Partial<RemoteEntry> = {}, world: object = {}): Promise<{ readonly examination: Examination; readonly text: string }> {
  const server = configured("x", remote(url, more));
  const manager = createManager({ runtime: { ...harness.runtime, ...world }, vault: harness.vault, configuration: { servers: new Map([["x", server]]), files: [], warnings: [], account: undefined } });
  const examination = await manager.examine("x");
  await manager.close();
  for (const path of ["/token", "/authorize", "/register"]) expect(harness.ledger.find({ path })).toEqual([]);
  expect(await harness.vault.list()).toEqual([]);
  expect(examination.durationMs).toBeLessThan(10_000);
  return { examination, text: examinationLines(examination, fakeTerminal().context.terminal.out, { verbose: false, now: Date.now() }).join("\n") };
}

const verdictOf = ({ verdict }: Examination) => ({ kind: verdict.kind, fault: verdict.fault, code: verdict.error?.code });

test("D01: a server whose own host refuses issuer metadata is asked for none; the listed issuer is", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, authorizationServerWellKnown: "unauthorized" });
  const { examination, text } = await diagnose(harness, server.url);
  expect(verdictOf(examination)).toEqual({ kind: "oauth_ready", fault: undefined, code: "sign_in_required" });
  expect(text).toMatch(new RegExp(`✓ authorization server +${issuer.issuer}`));
  expect(text).toContain("remedy: mcpass auth x");
  expect(harness.ledger.count({ party: "resource", path: "/.well-known/oauth-authorization-server*" })).toBe(0);
});

test("D02: an issuer that differs by its root slash is ready; one on another port is the issuer's fault, with the pin to set", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ issuerForm: "root-slash" });
  const server = await harness.resource({ trusts: issuer, authorizationServers: [issuer.origin] });
  expect((await diagnose(harness, server.url)).examination.verdict.kind).toBe("oauth_ready");
  issuer.toggles.issuer = "http://127.0.0.1:9";
  const { examination, text } = await diagnose(harness, server.url);
  expect(verdictOf(examination)).toEqual({ kind: "broken", fault: "issuer", code: "issuer_mismatch" });
  expect(examination.remedy?.config).toEqual({ oauth: { issuer: "http://127.0.0.1:9" } });
  expect(text).toMatch(/✗ issuer metadata +200, but for the issuer http:\/\/127\.0\.0\.1:9 /);
  expect(text).toContain("verdict: broken: the fault is the authorization server's");
});

test("D03: a resource of the same origin is ready; one of another path names both, and the pin", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ trusts: await harness.issuer(), path: "/api/mcp", resource: "origin" });
  expect((await diagnose(harness, server.url)).examination.verdict.kind).toBe("oauth_ready");
  server.toggles.resource = "/ap";
  const { examination, text } = await diagnose(harness, server.url);
  expect(verdictOf(examination)).toEqual({ kind: "broken", fault: "server", code: "resource_mismatch" });
  expect(text).toContain(`is for ${server.origin}/ap, not for ${server.url}`);
  expect(text).toContain("expected: a JSON document whose resource is this server");
  expect(examination.remedy?.config).toEqual({ oauth: { resource: `${server.origin}/ap` } });
});

test("D04: a path issuer is found in whichever place has it, and the places without are shown", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ issuerForm: "path", rootDecoy: true, wellKnown: { insert8414: "absent", insertOidc: "absent", appendOidc: "document", append8414: "absent" } });
  const server = await harness.resource({ trusts: issuer });
  const { examination, text } = await diagnose(harness, server.url);
  expect(examination.verdict.kind).toBe("oauth_ready");
  expect(text).toMatch(/· issuer metadata +404 nothing there .*oauth-authorization-server\/realms\/a/);
  expect(text).toMatch(/✓ issuer metadata +200 a document .*\/realms\/a\/\.well-known\/openid-configuration/);
});

test.each(["bare", "negotiate", "basic-and-bearer", "no-metadata"] as const)("D05: a 401 whose challenge is %s is OAuth where metadata is, and header auth where none is", async (challenge) => {
  const harness = await openHarness();
  const server = await harness.resource({ trusts: await harness.issuer(), challenge });
  const { examination, text } = await diagnose(harness, server.url);
  expect(examination.verdict.kind).toBe("oauth_ready");
  if (challenge !== "basic-and-bearer") expect(text).toMatch(/⚠ challenge/);
  const keyed = await harness.resource({ party: "keyed", guard: "static-bearer", staticBearer: "k", challenge: "bare", metadata: {} });
  const other = await diagnose(harness, keyed.url);
  expect(verdictOf(other.examination)).toEqual({ kind: "header_auth", fault: undefined, code: "oauth_unsupported" });
  expect(other.examination.remedy?.config).toEqual({ headers: { Authorization: "Bearer {env:API_KEY}" } });
});

test("D06: a server without resource metadata whose own host is the issuer is ready, and marked as of 2025-03-26", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ hosts: issuer, metadata: {} });
  const { examination, text } = await diagnose(harness, server.url);
  expect(examination.verdict.kind).toBe("oauth_ready");
  expect(text).toMatch(/· authorization server .*before 2025-06-18/);
});

test("D07: metadata at the place that the challenge names, in a site that answers everything with a page", async () => {
  const harness = await openHarness();
  const server = await harness.resource({ trusts: await harness.issuer(), path: "/prefix/mcp", catchAll: "html", metadata: { "/odd/place": "document" }, challengeMetadata: "/odd/place" });
  const { examination, text } = await diagnose(harness, server.url);
  expect(examination.verdict.kind).toBe("oauth_ready");
  expect(text).toMatch(/✓ resource metadata +200 a document .*\/odd\/place/);
});

test.each(["html", "failing", "empty", "broken-json", "forbidden", "busy", "reset", "huge", "hang"] as const)("D08: resource metadata that is %s is named with its place, in less than ten seconds", async (kind) => {
  const harness = await openHarness();
  const server = await harness.resource({ trusts: await harness.issuer(), metadata: { inserted: kind, root: kind } });
  const { examination, text } = await diagnose(harness, server.url);
  expect(verdictOf(examination)).toMatchObject({ kind: "broken", fault: "server" });
  expect(text).toMatch(/✗ resource metadata .*oauth-protected-resource\/mcp/);
  expect(text).toMatch(/✗ resource metadata .*oauth-protected-resource(?!\/mcp)/);
});

test("D09: an issuer silent about PKCE is ready with a warning; one with only plain is broken", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ pkce: "absent" });
  const server = await harness.resource({ trusts: issuer });
  const silent = await diagnose(harness, server.url);
  expect(silent.examination.verdict.kind).toBe("oauth_ready");
  expect(silent.text).toMatch(/⚠ pkce .*S256 is used all the same[^]*expected: code_challenge_methods_supported with S256/);
  expect(verdictOf((await diagnose(harness, server.url, { oauth: { pkce: "strict" } })).examination)).toMatchObject({ kind: "broken", code: "pkce_unsupported" });
  issuer.toggles.pkce = "plain";
  expect(verdictOf((await diagnose(harness, server.url)).examination)).toEqual({ kind: "broken", fault: "issuer", code: "pkce_unsupported" });
});

test("D10: a server behind a proxy that hides TLS is told, and allowSchemeUpgrade reads its own host with https", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, resource: "verbatim", metadataFields: { resource: "http://mcp.test/mcp" }, challenge: "bare" });
  const world = worldOf({ "mcp.test": { addresses: ["127.0.0.1"], servedBy: server.origin } });
  const { examination, text } = await diagnose(harness, "https://mcp.test/mcp", {}, world);
  expect(verdictOf(examination)).toEqual({ kind: "broken", fault: "server", code: "resource_mismatch" });
  expect(text).toContain("X-Forwarded-Proto");
  expect(examination.remedy?.config).toEqual({ oauth: { allowSchemeUpgrade: true } });
  const upgraded = await diagnose(harness, "https://mcp.test/mcp", { oauth: { allowSchemeUpgrade: true } }, world);
  expect(upgraded.examination.verdict.kind).toBe("oauth_ready");
  expect(upgraded.text).toContain("overridden: oauth.allowSchemeUpgrade");
  expect(upgraded.text).toContain("resource https://mcp.test/mcp");
});

test("D11: an issuer for many tenants is ready with the profile that knows it, and a mismatch without", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  issuer.toggles.issuer = `${issuer.origin}/{tenantid}/v2.0`;
  const server = await harness.resource({ trusts: issuer, authorizationServers: [`${issuer.origin}/common/v2.0`] });
  const oauth = { authServerMetadataUrl: `${issuer.origin}/.well-known/oauth-authorization-server` };
  expect(verdictOf((await diagnose(harness, server.url, { oauth })).examination)).toEqual({ kind: "broken", fault: "issuer", code: "issuer_mismatch" });
  const { examination, text } = await diagnose(harness, server.url, { oauth: { ...oauth, profile: "entra", clientId: "mine" } });
  expect(examination.verdict.kind).toBe("oauth_ready");
  expect(text).toContain("Using the Microsoft Entra profile: any tenant's issuer, recorded at the first sign-in.");
});

test("D12: what is overridden is said to be, and is not asked for", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ wellKnown: { insert8414: "absent", insertOidc: "absent", appendOidc: "absent", append8414: "absent" } });
  const server = await harness.resource({ trusts: issuer, metadata: { inserted: "broken-json", root: "broken-json" } });
  const { examination, text } = await diagnose(harness, server.url, { oauth: { issuer: issuer.issuer, authorizationEndpoint: `${issuer.origin}/authorize`, tokenEndpoint: `${issuer.origin}/token`, resource: server.url, clientId: "mine" } });
  expect(examination.verdict.kind).toBe("oauth_ready");
  expect(text).toContain("overridden: oauth.issuer, oauth.authorizationEndpoint, oauth.tokenEndpoint, oauth.resource");
  expect(harness.ledger.count({ path: "/.well-known/*" })).toBe(0);
});

test("D13: endpoints on another host are shown; an issuer on another host is refused with the pin to set", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const elsewhere = await issuer.alsoListen("elsewhere");
  issuer.toggles.endpointOrigin = elsewhere.origin;
  const server = await harness.resource({ trusts: issuer });
  const split = await diagnose(harness, server.url);
  expect(split.examination.verdict.kind).toBe("oauth_ready");
  expect(split.text).toContain(`with endpoints at ${new URL(elsewhere.origin).host}`);
  server.toggles.authorizationServers = [issuer.origin];
  issuer.toggles.issuer = "https://slack.example";
  const { examination, text } = await diagnose(harness, server.url);
  expect(verdictOf(examination)).toEqual({ kind: "broken", fault: "issuer", code: "issuer_mismatch" });
  expect(text).toContain('"issuer": "https://slack.example"');
});

test("every listed authorization server is looked at, not only the first that works", async () => {
  const harness = await openHarness();
  const first = await harness.issuer();
  const dead = await harness.issuer({ party: "dead", wellKnown: { insert8414: "failing", insertOidc: "absent", appendOidc: "absent", append8414: "absent" } });
  const server = await harness.resource({ trusts: first, authorizationServers: [first.issuer, dead.issuer, "nonsense"] });
  const { text } = await diagnose(harness, server.url);
  expect(text).toMatch(new RegExp(`⚠ authorization server +${dead.issuer} is listed too, and cannot be used`));
  expect(text).toMatch(/⚠ authorization server +nonsense is listed too, and is not a URL/);
});
