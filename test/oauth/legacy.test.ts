import { describe, expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { html, json, text, type Reply } from "../servers/listener.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { challengeOf, discoverFor } from "./discover-for.ts";
import { failureOf } from "./failure-of.ts";

const prm = "/.well-known/oauth-protected-resource";
const as = "/.well-known/oauth-authorization-server";
const openid = "/.well-known/openid-configuration";
const nothingThere = [`resource GET ${prm}/mcp → 404`, `resource GET ${prm} → 404`];

/** A server of 2025-03-26: its own authorization server, and no resource metadata. */
async function openLegacy(issuerOptions: AuthorizationServerOptions = {}, resourceOptions: ResourceServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer; server: ResourceServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ party: "unused", ...issuerOptions });
  return { walk, issuer, server: await walk.resource({ hosts: issuer, metadata: {}, challenge: "bare", ...resourceOptions }) };
}

describe("D06: a server of 2025-03-26", () => {
  test("has its metadata at its origin, whatever its own path is", async () => {
    const { walk, server } = await openLegacy();
    const found = await discoverFor(server.url, { guessEndpoints: false });
    expect(found.server).toMatchObject({ issuer: server.origin, source: "legacy metadata", tokenEndpoint: `${server.origin}/token` });
    expect(found.resource).toBeUndefined();
    expect(walk.ledger.sequence()).toEqual([...nothingThere, `resource GET ${as} → 200`]);
  });

  test("whose metadata is for another issuer, or for none, is refused, naming it; no endpoint is guessed instead", async () => {
    const { walk, issuer, server } = await openLegacy();
    issuer.toggles.issuer = "https://other.example";
    expect(await failureOf(discoverFor(server.url))).toMatchObject({ code: "issuer_mismatch", details: { expected: server.origin, received: "https://other.example" } });
    Object.assign(issuer.toggles.metadata, { issuer: undefined });
    expect(await failureOf(discoverFor(server.url))).toMatchObject({ code: "issuer_mismatch", hint: expect.not.stringContaining("pin") });
    expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
  });

  test("without metadata has the default endpoints, once a person signs in and something there answers like one", async () => {
    const { walk, server } = await openLegacy({ wellKnown: { insert8414: "absent" } });
    const { server: found } = await discoverFor(server.url);
    expect(found).toMatchObject({ issuer: server.origin, source: "legacy defaults", authorizationEndpoint: `${server.origin}/authorize`, tokenEndpoint: `${server.origin}/token`, registrationEndpoint: `${server.origin}/register` });
    expect(walk.ledger.sequence()).toEqual([...nothingThere, `resource GET ${as} → 404`, `resource GET ${openid} → 404`, "resource GET /authorize → 400"]);
  });

  test("is not guessed at while nobody signs in", async () => {
    const { walk, server } = await openLegacy({ wellKnown: { insert8414: "absent" } });
    expect((await failureOf(discoverFor(server.url, { guessEndpoints: false }))).code).toBe("oauth_unsupported");
    expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
  });

  test("is not looked for while the resource metadata is in trouble: that may be a moment's", async () => {
    for (const trouble of ["busy", "failing", "reset"] as const) {
      const { walk, server } = await openLegacy({}, { metadata: { root: trouble } });
      const error = await failureOf(discoverFor(server.url));
      expect(error).toMatchObject({ code: "discovery_failed", hint: expect.stringContaining("temporary") });
      expect(walk.ledger.count({ path: `${as}*` })).toBe(0);
    }
  });

  test.each<[string, Reply]>([
    ["a page", html(200, "Welcome")],
    ["404", text(404, "404 page not found")],
    ["405", text(405, "")],
    ["501", text(501, "")],
    ["503", text(503, "")],
    ["401, as to everything", text(401, "Unauthorized")],
    ["403, as to everything", text(403, "Forbidden")],
    ["a cut connection", { status: 0, cut: true }],
  ])("%s at /authorize is no authorization endpoint", async (_, reply) => {
    const walk = await openWalk();
    const site = await walk.bystander("resource", ({ path }) => (path === "/authorize" ? reply : text(404, "")));
    expect((await failureOf(discoverFor(`${site.origin}/mcp`))).code).toBe("oauth_unsupported");
  });
});

describe("D05: a server that answers 401", () => {
  test.each(["bare", "negotiate", "basic-and-bearer", "full", "no-metadata", "invalid-token"] as const)("with the challenge %s is asked for its metadata all the same", async (challenge) => {
    const walk = await openWalk();
    const issuer = await walk.issuer();
    const server = await walk.resource({ trusts: issuer, challenge });
    expect((await discoverFor(server.url, { challenge: await challengeOf(server.url) })).server.issuer).toBe(issuer.issuer);
  });

  test("and publishes nothing wants a fixed credential: said with every place that was asked, and nothing is registered", async () => {
    const walk = await openWalk();
    const server = await walk.resource({ guard: "api-key", challenge: "invalid-token", metadata: {} });
    const error = await failureOf(discoverFor(server.url, { challenge: await challengeOf(server.url) }));
    expect(error.code).toBe("oauth_unsupported");
    expect(error.message).toContain("publishes nothing about OAuth; it probably wants an API key");
    for (const place of [`${prm}/mcp`, prm, as, openid, "/authorize"]) expect(error.message).toContain(`${server.origin}${place} → 404`);
    expect(error.details["tried"]).toHaveLength(5);
    expect(error.hint).toContain('"headers"');
    expect(walk.ledger.sequence().filter((line) => line.includes("POST"))).toEqual(["resource POST /mcp initialize → 401"]);
  });

  test("to every path wants a fixed credential too, also while a person signs in", async () => {
    const walk = await openWalk();
    const site = await walk.bystander("resource", () => json(401, { message: "No API key found in request" }));
    const error = await failureOf(discoverFor(`${site.origin}/mcp`));
    expect(error.code).toBe("oauth_unsupported");
    expect(walk.ledger.count({ method: "POST" })).toBe(0);
  });

  test("and answers every path with a page is not taken for an issuer", async () => {
    const walk = await openWalk();
    const server = await walk.resource({ guard: "api-key", catchAll: "html", metadata: {}, authorizationServerWellKnown: "html" });
    const error = await failureOf(discoverFor(server.url));
    expect(error.code).toBe("oauth_unsupported");
    expect(error.message).toContain("200, but not JSON (text/html)");
    expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
  });

  test("and whose resource metadata names no issuer is said to name none", async () => {
    const walk = await openWalk();
    const server = await walk.resource({ guard: "bearer", authorizationServers: [] });
    expect((await failureOf(discoverFor(server.url, { guessEndpoints: false }))).message).toContain("answers 401 and names no authorization server");
  });

  test("and promises metadata in its challenge that is not there is broken, not without OAuth", async () => {
    const walk = await openWalk();
    const server = await walk.resource({ guard: "bearer", metadata: {} });
    expect((await failureOf(discoverFor(server.url, { challenge: await challengeOf(server.url), guessEndpoints: false }))).code).toBe("discovery_failed");
  });
});
