import { expect, test } from "vitest";

import type { Runtime } from "../../src/base/runtime.ts";
import type { OAuthSettings } from "../../src/config/server-entry.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { expectNowhere } from "../rig/canary.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import { json } from "../servers/listener.ts";
import { openSigned, openWorld, refusal, remote, send, type Signed } from "./world.ts";

const hostile = ["file:///etc/passwd", "javascript:alert(1)", "ms-msdt:/id", "data:text/html,x", "--flag", "", "http://user:pass@127.0.0.1:1/authorize", "http://93.184.216.34/authorize"];

test.each(hostile)("an authorization endpoint of %j is never opened, and nothing is registered (Z01)", async (authorization_endpoint) => {
  const { world, access, entry } = await openSigned({ signIn: false, issuer: { metadata: { authorization_endpoint } } });
  const error = await refusal(access.signIn(world.person()));
  expect(["url_insecure", "discovery_failed"]).toContain(error.code);
  expect([world.opened, world.ledger.count({ path: "/register" }), await world.storedGrant(entry)]).toEqual([[], 0, undefined]);
  expect(world.events).toEqual([]);
});

test("what is opened is the URL as it is written by WHATWG, whatever stands in the metadata (Z01)", async () => {
  const { world, issuer, access } = await openSigned({ signIn: false });
  issuer.toggles.metadata = { authorization_endpoint: `${issuer.origin}/autho\nrize?a=$(calc)&b="x' y#fragment` };
  const person = world.person();
  expect((await access.signIn(person)).kind).toBe("signed-in");
  expect(world.opened[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/authorize\?[\w.~%$()*&=+-]+$/);
  expect(person.notices[0]?.url).toBe(world.opened[0]);
});

test.each([
  { field: "token_endpoint", url: "http://93.184.216.34/token", code: "url_insecure" },
  { field: "token_endpoint", url: "https://169.254.169.254/token", code: "address_private" },
  { field: "registration_endpoint", url: "file:///etc/passwd", code: "url_insecure" },
])("a $field of $url is refused before a browser opens (Z01, Z02)", async ({ field, url, code }) => {
  const { world, access } = await openSigned({ signIn: false, issuer: { metadata: { [field]: url } } });
  expect(await refusal(access.signIn(world.person()))).toMatchObject({ code, details: { url } });
  expect([world.opened, world.ledger.count({ path: "/register" })]).toEqual([[], 0]);
});

test("a server with a public name that names this machine is refused, and this machine sees nothing (Z02)", async () => {
  const world = await openWorld();
  const server = await world.resource({ guard: "bearer" });
  const inside = await world.bystander("inside", () => json(200, {}));
  server.toggles.challenge = { raw: `Bearer resource_metadata="${inside.origin}/metadata"` };
  const real = createHttpFetch();
  const runtime: Partial<Runtime> = {
    lookup: async (host) => [host === "mcp.example" ? "93.184.216.34" : host],
    fetch: (url, init) => real(url.replace("http://mcp.example", server.origin), init),
  };
  server.toggles.resource = "http://mcp.example/mcp";
  server.toggles.authorizationServers = [inside.origin];
  const access = world.access(remote("http://mcp.example/mcp"), { runtime });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "address_private", hint: expect.stringContaining("allowPrivate") });
  expect([world.ledger.count({ party: "inside" }), world.opened]).toEqual([0, []]);
});

async function moveTo(signed: Signed, party: string): Promise<AuthorizationServer> {
  const other = await signed.world.issuer({ party });
  Object.assign(signed.server.toggles, { authorizationServers: [other.issuer], validate: (token: string) => other.validate(token) });
  return other;
}

test("a sign-in at a new issuer names the old one, registers anew, and nothing of the old one reaches it (Z03)", async () => {
  const signed = await openSigned({ issuer: { issueSecret: "always" } });
  const { world, issuer, server, entry, access } = signed;
  const other = await moveTo(signed, "other");
  const because = await refusal(send(access, server.url));
  expect(because.code).toBe("issuer_changed");
  const person = world.person({ because });
  await access.signIn(person);
  expect(person.notices[0]).toMatchObject({ issuer: other.issuer, previousIssuer: issuer.issuer });
  expect(world.ledger.count({ party: "other", path: "/register" })).toBe(1);
  expect((await send(access, server.url)).status).toBe(200);
  expect((await world.storedGrant(entry))?.issuer).toBe(other.issuer);
  expectNowhere(issuer.secrets(), { ledger: world.ledger, except: ["issuer", "resource"] });
  expectNowhere(other.secrets().filter((secret) => !secret.startsWith("at-")), { ledger: world.ledger, except: ["other"] });
});

test("a configured client is not taken to a new issuer, forced or not; a pin says that it may be (Z03)", async () => {
  const oauth: OAuthSettings = { clientId: "ours", clientSecret: "canary-secret" };
  const redirect_uris = ["http://127.0.0.1:1/mcp/oauth/callback"];
  const clients = [{ client_id: "ours", client_secret: "canary-secret", redirect_uris }];
  const signed = await openSigned({ oauth, issuer: { clients } });
  const { world, issuer, entry, access } = signed;
  const other = await moveTo(signed, "other");
  other.toggles.clients = clients;
  const because = await refusal(send(access, signed.server.url));
  for (const wish of [{ because }, { force: true }]) {
    const error = await refusal(access.signIn(world.person(wish)));
    expect(error).toMatchObject({ code: "issuer_changed", details: { recordedIssuer: issuer.issuer, issuer: other.issuer }, hint: expect.stringContaining(`"issuer": "${other.issuer}"`) });
  }
  expectNowhere(["canary-secret"], { ledger: world.ledger, except: ["issuer"] });
  expect([world.ledger.count({ party: "other", path: "/token" }), world.opened.length]).toEqual([0, 1]);
  const pinned = world.access({ ...entry, oauth: { ...(typeof entry.oauth === "object" ? entry.oauth : {}), issuer: other.issuer } });
  expect((await pinned.signIn(world.person())).kind).toBe("signed-in");
  expect((await world.storedGrant(entry))?.issuer).toBe(other.issuer);
});

test("endpoints on another host than the issuer's are shown at the first sign-in, and may not move after it unless forced (D13, Z03)", async () => {
  const { world, issuer, server, access } = await openSigned({ signIn: false });
  const endpoints = await issuer.alsoListen("endpoints");
  issuer.toggles.endpointOrigin = endpoints.origin;
  const person = world.person();
  await access.signIn(person);
  expect(person.notices[0]?.endpointHosts).toEqual([new URL(endpoints.origin).host]);
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  expect((await refusal(send(access, server.url))).code).toBe("sign_in_required");
  const before = await world.vaultFiles();
  const moved = await world.bystander("moved", () => json(200, {}));
  issuer.toggles.metadata = { token_endpoint: `${moved.origin}/token` };
  world.ledger.clear();
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "issuer_changed", hint: "If you trust it: mcpass auth example --force" });
  expect(error.message).toContain(moved.origin);
  expect([world.ledger.count({ party: "moved" }), world.ledger.count({ path: "/authorize" }), await world.vaultFiles()]).toEqual([0, 0, before]);
  const forced = world.person({ force: true });
  await refusal(access.signIn(forced));
  expect(forced.notices[0]?.endpointHosts).toEqual([new URL(endpoints.origin).host, new URL(moved.origin).host]);
});

test("a renewal goes to the recorded endpoint, whatever the metadata says now (F08, Z03)", async () => {
  const { world, issuer, server, access } = await openSigned();
  const thief = await world.bystander("thief");
  issuer.toggles.metadata = { token_endpoint: `${thief.origin}/token` };
  world.clock.aheadMs = 3_601_000;
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.sequence("issuer", "thief")).toEqual(["issuer POST /token refresh_token → 200"]);
});

test.each(["code", "refresh token"])("a token endpoint that redirects gets no %s sent on (Z04)", async (what) => {
  const { world, issuer, server, access } = await openSigned({ signIn: what === "refresh token" });
  const thief = await world.bystander("thief");
  Object.assign(issuer.toggles, { foreignUrl: `${thief.origin}/token`, codeAnswer: "redirect", refreshAnswer: "redirect" });
  if (what === "code") {
    expect((await refusal(access.signIn(world.person()))).code).toBe("token_refused");
  } else {
    world.clock.aheadMs = 3_601_000;
    await refusal(send(access, server.url));
  }
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ party: "thief" })]).toEqual([1, 0]);
});
