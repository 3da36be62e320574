import { describe, expect, test } from "vitest";
import type { DiscoverySettings } from "../../src/oauth/discovery.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { json } from "../servers/listener.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import { discoverFor } from "./discover-for.ts";
import { failureOf } from "./failure-of.ts";
import { worldOf } from "./outgoing-for.ts";

const as = "/.well-known/oauth-authorization-server";

async function openTwo(): Promise<{ walk: Walk; first: AuthorizationServer; second: AuthorizationServer; url: string }> {
  const walk = await openWalk();
  const first = await walk.issuer({ party: "first" });
  const second = await walk.issuer({ party: "second" });
  const { url } = await walk.resource({ trusts: first, authorizationServers: [first.issuer, second.issuer] });
  return { walk, first, second, url };
}

describe("D-9: a server that names several issuers", () => {
  test("is signed in to at the first one, and the others are not asked", async () => {
    const { walk, first, url } = await openTwo();
    expect((await discoverFor(url)).server.issuer).toBe(first.issuer);
    expect(walk.ledger.count({ party: "second" })).toBe(0);
  });

  test("is signed in to at the next one when the first is dead, publishes nothing, or speaks for somebody else", async () => {
    const { first, second, url } = await openTwo();
    first.toggles.wellKnown.insert8414 = "absent";
    expect((await discoverFor(url)).server.issuer).toBe(second.issuer);
    first.toggles.wellKnown.insert8414 = "document";
    first.toggles.issuer = "https://other.example";
    expect((await discoverFor(url)).server.issuer).toBe(second.issuer);
    await first.refuse();
    expect((await discoverFor(url)).server.issuer).toBe(second.issuer);
  });

  test("is signed in to where we hold something already, whichever slash it was written with", async () => {
    const { walk, second, url } = await openTwo();
    expect((await discoverFor(url, { knownIssuers: [`${second.issuer}/`] })).server.issuer).toBe(second.issuer);
    expect(walk.ledger.count({ party: "first" })).toBe(0);
  });

  test("is never signed in to at an issuer that it does not name, however well we know it", async () => {
    const { walk, first, url } = await openTwo();
    const third = await walk.issuer({ party: "third" });
    expect((await discoverFor(url, { knownIssuers: [third.issuer] })).server.issuer).toBe(first.issuer);
    expect(walk.ledger.count({ party: "third" })).toBe(0);
  });

  test("has at most five of them asked", async () => {
    const { walk, first, url } = await openTwo();
    const server = await walk.resource({ party: "many", trusts: first, authorizationServers: Array.from({ length: 40 }, (_, at) => `${first.origin}/tenant-${String(at)}`) });
    expect((await failureOf(discoverFor(server.url))).code).toBe("discovery_failed");
    expect(walk.ledger.count({ party: "first" })).toBe(20);
    expect((await discoverFor(url)).server.issuer).toBe(first.issuer);
  });
});

describe("D12: what is configured is not asked for", () => {
  async function openBroken(): Promise<{ walk: Walk; issuer: AuthorizationServer; url: string }> {
    const walk = await openWalk();
    const issuer = await walk.issuer();
    const { url } = await walk.resource({ trusts: issuer, metadata: { inserted: "failing", root: "html" }, authorizationServerWellKnown: "failing" });
    return { walk, issuer, url };
  }

  test("both endpoints and the resource: no request at all", async () => {
    const { walk, url } = await openBroken();
    const endpoints = { authorizationEndpoint: "http://127.0.0.1:1/a", tokenEndpoint: "http://127.0.0.1:1/t", registrationEndpoint: "http://127.0.0.1:1/r" };
    for (const resource of ["https://api", false] as const) {
      const { server } = await discoverFor(url, { settings: { ...endpoints, resource } });
      expect(server).toMatchObject({ ...endpoints, issuer: "http://127.0.0.1:1", source: "configured", issParameterSupported: false, codeChallengeMethods: ["S256"] });
      expect((await discoverFor(url, { settings: { ...endpoints, issuer: "https://login.example", resource } })).server.issuer).toBe("https://login.example");
    }
    expect(walk.ledger.entries).toEqual([]);
  });

  test("the issuer and the resource: only the issuer's metadata is asked for", async () => {
    const { walk, issuer, url } = await openBroken();
    expect((await discoverFor(url, { settings: { issuer: issuer.issuer, resource: false } })).server.issuer).toBe(issuer.issuer);
    expect(walk.ledger.sequence()).toEqual([`issuer GET ${as} → 200`]);
  });

  test("the issuer alone: broken resource metadata is no hindrance, and its host is asked for nothing else", async () => {
    const { walk, issuer, url } = await openBroken();
    expect((await discoverFor(url, { settings: { issuer: issuer.issuer } })).server.issuer).toBe(issuer.issuer);
    expect(walk.ledger.sequence("resource")).toEqual(["resource GET /.well-known/oauth-protected-resource/mcp → 500", "resource GET /.well-known/oauth-protected-resource → 200"]);
  });

  test("the issuer before the ones that the server names; theirs are asked only where its own place gives nothing, and must be its own", async () => {
    const { walk, first, second, url } = await openTwo();
    expect((await discoverFor(url, { settings: { issuer: second.issuer } })).server.issuer).toBe(second.issuer);
    expect(walk.ledger.count({ party: "first" })).toBe(0);
    first.toggles.issuer = "http://127.0.0.1:1";
    expect((await discoverFor(url, { settings: { issuer: "http://127.0.0.1:1" } })).server.tokenEndpoint).toBe(`${first.origin}/token`);
    first.toggles.issuer = undefined;
    expect((await failureOf(discoverFor(url, { settings: { issuer: "http://127.0.0.1:1" } }))).code).toBe("issuer_mismatch");
  });

  test.each<[string, (origin: string) => DiscoverySettings]>([
    ["with the issuer", (origin) => ({ issuer: origin })],
    ["alone: a person who says where the metadata is means the issuer that stands there", () => ({})],
  ])("the metadata's URL %s: no well-known place is asked for it", async (_, more) => {
    const { walk, issuer, url } = await openBroken();
    const proxy = await walk.bystander("proxy", () => json(200, { issuer: issuer.issuer, authorization_endpoint: `${issuer.origin}/authorize`, token_endpoint: `${issuer.origin}/token` }));
    const { server } = await discoverFor(url, { settings: { authServerMetadataUrl: `${proxy.origin}/meta.json`, resource: false, ...more(issuer.issuer) } });
    expect(server).toMatchObject({ issuer: issuer.issuer, tokenEndpoint: `${issuer.origin}/token` });
    expect(walk.ledger.sequence()).toEqual(["proxy GET /meta.json → 200"]);
  });

  test("the metadata's URL: a document for another issuer than the one that is named or pinned is refused", async () => {
    const { walk, first, url } = await openTwo();
    const proxy = await walk.bystander("proxy", () => json(200, { issuer: "https://other.example", authorization_endpoint: "http://127.0.0.1:1/a", token_endpoint: "http://127.0.0.1:1/t" }));
    const authServerMetadataUrl = `${proxy.origin}/meta.json`;
    for (const settings of [{ authServerMetadataUrl }, { authServerMetadataUrl, issuer: first.issuer }]) expect(await failureOf(discoverFor(url, { settings }))).toMatchObject({ code: "issuer_mismatch", details: { expected: first.issuer } });
  });

  test.each(["authorizationEndpoint", "tokenEndpoint", "registrationEndpoint"] as const)("%s alone stands above the metadata's, and the rest is the metadata's", async (name) => {
    const { first, url } = await openTwo();
    const { server } = await discoverFor(url, { settings: { [name]: "http://127.0.0.1:1/configured" } });
    const published = { authorizationEndpoint: `${first.origin}/authorize`, tokenEndpoint: `${first.origin}/token`, registrationEndpoint: `${first.origin}/register` };
    expect(server).toMatchObject({ ...published, issuer: first.issuer, [name]: "http://127.0.0.1:1/configured" });
  });
});

describe("Z02, Q-18: hostile metadata", () => {
  test.each([
    ["file:///etc/passwd", "url_insecure", "file:"],
    ["javascript:alert(1)", "url_insecure", "javascript:"],
    ["http://as.example", "url_insecure", "plain http"],
    ["https://user:canary@as.example", "url_insecure", "carries a user name"],
    ["http://169.254.169.254/latest", "address_private", "no server may name"],
  ])("an issuer %s is not asked: %s, with the reason", async (issuer, code, words) => {
    const walk = await openWalk();
    const { url } = await walk.resource({ guard: "bearer", authorizationServers: [issuer] });
    const error = await failureOf(discoverFor(url));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("canary");
  });

  test("what is not even a URL is named as such, and a good issuer beside it is used", async () => {
    const walk = await openWalk();
    const issuer = await walk.issuer();
    const server = await walk.resource({ trusts: issuer, authorizationServers: ["not a url \u001b[2J"] });
    const error = await failureOf(discoverFor(server.url));
    expect(error.code).toBe("discovery_failed");
    expect(error.message).toContain("not a url → is not a URL");
    server.toggles.authorizationServers = ["not a url", "file:///etc/passwd", issuer.issuer];
    expect((await discoverFor(server.url)).server.issuer).toBe(issuer.issuer);
  });

  test.each(["authorization_endpoint", "token_endpoint", "registration_endpoint"])("a %s that is no https or loopback URL is refused before anything is sent there or opened", async (name) => {
    const walk = await openWalk();
    const issuer = await walk.issuer();
    const { url } = await walk.resource({ trusts: issuer });
    for (const hostile of ["file:///bin/sh", "javascript:alert(1)", "ms-msdt:/id PCWDiagnostic", "--flag", "http://as.example/x", "https://u:p@as.example/x", "/relative", "data:text/html,x"]) {
      issuer.toggles.metadata = { [name]: hostile };
      const error = await failureOf(discoverFor(url));
      expect(error).toMatchObject({ code: "url_insecure", details: { leg: name.split("_")[0] } });
    }
    issuer.toggles.metadata = { [name]: "https://169.254.169.254/x" };
    expect((await failureOf(discoverFor(url))).code).toBe("address_private");
    expect(walk.ledger.count({ method: "POST" })).toBe(0);
  });

  test("an endpoint whose host name cannot be resolved here is left to the browser or to the request itself", async () => {
    const walk = await openWalk();
    const issuer = await walk.issuer({ metadata: { authorization_endpoint: "https://nowhere.invalid/authorize" } });
    const { url } = await walk.resource({ trusts: issuer });
    const world = { ...worldOf({}), lookup: async (name: string) => (name === "127.0.0.1" ? [name] : Promise.reject(new Error(`getaddrinfo ENOTFOUND ${name}`))) };
    expect((await discoverFor(url, { world })).server.authorizationEndpoint).toBe("https://nowhere.invalid/authorize");
  });

  test("a public server sends us neither to this machine nor to a private network, by challenge, issuer, endpoint or redirect: those see nothing", async () => {
    const walk = await openWalk();
    const victim = await walk.issuer({ party: "victim" });
    const server = await walk.resource({ party: "public", guard: "bearer", resource: "https://mcp.example/mcp" });
    const issuer = await walk.issuer({ party: "public", issuer: "https://as.example", endpointOrigin: "https://as.example" });
    const world = worldOf({ "mcp.example": { addresses: ["8.8.8.8"], servedBy: server.origin }, "as.example": { addresses: ["1.1.1.1"], servedBy: issuer.origin }, "intranet.example": { addresses: ["10.0.0.1"] } });
    const ask = (resourceMetadata?: string): Promise<string> =>
      failureOf(discoverFor("https://mcp.example/mcp", { world, ...(resourceMetadata === undefined ? {} : { challenge: { resourceMetadata, scopes: [], error: undefined, errorDescription: undefined } }) })).then(({ code }) => code);

    server.toggles.metadata = {};
    for (const place of [victim.origin, "https://intranet.example", "https://169.254.169.254"]) expect(await ask(`${place}/meta`)).toBe("address_private");
    server.toggles.metadata = { inserted: { redirect: `${victim.origin}/meta` } };
    expect(await ask()).toBe("address_private");
    server.toggles.metadata = { inserted: "document" };
    for (const place of [victim.issuer, "https://intranet.example", "https://169.254.169.254", "https://localhost"]) {
      server.toggles.authorizationServers = [place];
      expect(await ask()).toBe("address_private");
    }
    server.toggles.authorizationServers = ["https://as.example"];
    for (const name of ["authorization_endpoint", "token_endpoint", "registration_endpoint"]) {
      issuer.toggles.metadata = { [name]: `${victim.origin}/x` };
      expect(await ask()).toBe("address_private");
    }
    issuer.toggles.metadata = {};
    expect((await discoverFor("https://mcp.example/mcp", { world })).server.issuer).toBe("https://as.example");
    expect(walk.ledger.count({ party: "victim" })).toBe(0);
  });
});
