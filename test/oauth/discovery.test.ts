import { describe, expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { challengeOf, discoverFor } from "./discover-for.ts";
import { failureOf } from "./failure-of.ts";

const prm = "/.well-known/oauth-protected-resource";
const as = "/.well-known/oauth-authorization-server";
const openid = "/.well-known/openid-configuration";

interface Opened {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly resource: ResourceServer;
}

async function open(issuerOptions: AuthorizationServerOptions = {}, resourceOptions: ResourceServerOptions = {}): Promise<Opened> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  return { walk, issuer, resource: await walk.resource({ trusts: issuer, ...resourceOptions }) };
}

describe("D01: resource metadata that names an issuer on another host is followed in two hops", () => {
  const forms = { root: [as, openid], "root-slash": [as, openid], path: [`${as}/realms/a`, `${openid}/realms/a`, `/realms/a${openid}`], "path-slash": [`${as}/realms/a`, `${openid}/realms/a`, `/realms/a${openid}`] } as const;
  const cases = (Object.keys(forms) as (keyof typeof forms)[]).flatMap((issuerForm) => (["unauthorized", "absent"] as const).flatMap((wrong) => (["full", "bare"] as const).map((challenge) => [issuerForm, wrong, challenge] as const)));

  test.each(cases)("issuer %s, every wrong well-known %s, challenge %s: the resource host is never asked for issuer metadata", async (issuerForm, wrong, challenge) => {
    const { walk, issuer, resource } = await open(
      { issuerForm, wellKnown: { insert8414: wrong, insertOidc: wrong, append8414: wrong, ...(issuerForm.startsWith("path") ? { appendOidc: "document" } : { insertOidc: "document" }) } },
      { path: "/example-server", challenge, authorizationServerWellKnown: wrong, metadata: { inserted: "document", root: wrong } },
    );
    const { server, resource: described } = await discoverFor(resource.url, { challenge: await challengeOf(resource.url) });
    const status = wrong === "absent" ? 404 : 401;
    const places = forms[issuerForm];
    expect(walk.ledger.sequence()).toEqual([
      "resource POST /example-server initialize → 401",
      `resource GET ${prm}/example-server → 200`,
      ...places.map((place, at) => `issuer GET ${place} → ${String(at === places.length - 1 ? 200 : status)}`),
    ]);
    expect(server).toMatchObject({ issuer: issuer.issuer, source: "metadata", authorizationEndpoint: `${issuer.origin}/authorize` });
    expect(described).toMatchObject({ resource: resource.url, authorizationServers: [issuer.issuer], metadataUrl: `${resource.origin}${prm}/example-server` });
  });

  test("at the first place asked each: one request per hop", async () => {
    const { walk, resource } = await open();
    await discoverFor(resource.url);
    expect(walk.ledger.sequence()).toEqual([`resource GET ${prm}/mcp → 200`, `issuer GET ${as} → 200`]);
  });

  test("metadata at the root counts too, when there is none beside the path", async () => {
    const { walk, resource } = await open({}, { metadata: { root: "document" }, resource: "origin" });
    expect((await discoverFor(resource.url)).resource?.resource).toBe(resource.origin);
    expect(walk.ledger.sequence("resource")).toEqual([`resource GET ${prm}/mcp → 404`, `resource GET ${prm} → 200`]);
  });

  test("X03: the server's own headers go to its origin only, never to the issuer; the issuer's own go there only", async () => {
    const { walk, resource } = await open();
    await discoverFor(resource.url, { serverHeaders: { "x-server": "canary-server" }, settings: { headers: { "x-issuer": "canary-issuer" } } });
    expect(walk.ledger.holding("canary-server").map(({ party }) => party)).toEqual(["resource"]);
    expect(walk.ledger.holding("canary-issuer").map(({ party }) => party)).toEqual(["issuer"]);
  });

  test("X03: a challenge that names metadata elsewhere does not get the server's headers there", async () => {
    const { walk, resource } = await open();
    const elsewhere = await walk.bystander("elsewhere");
    const challenge = { resourceMetadata: `${elsewhere.origin}/meta`, scopes: [], error: undefined, errorDescription: undefined };
    await discoverFor(resource.url, { challenge, serverHeaders: { authorization: "Bearer canary-server" } });
    expect(walk.ledger.count({ party: "elsewhere" })).toBe(1);
    expect(walk.ledger.holding("canary-server").map(({ party }) => party)).toEqual(["resource"]);
  });
});

describe("D02: the issuer of the metadata", () => {
  test.each([["", "/"], ["/", ""], ["", ""], ["/", "/"], ["/realms/a", "/realms/a"]])("named as %j, calling itself %j, is the same one, and its own spelling is kept", async (named, own) => {
    const { issuer, resource } = await open({ issuerForm: named.startsWith("/realms") ? "path" : "root" });
    issuer.toggles.issuer = issuer.origin + own;
    resource.toggles.authorizationServers = [issuer.origin + named];
    expect((await discoverFor(resource.url)).server.issuer).toBe(issuer.origin + own);
  });

  test.each([["", "/other"], ["/realms/a", "/realms/a/"], ["/realms/a", "/realms/b"], ["/realms/a", ""]])("named as %j, calling itself %j, is another one: refused, naming both and the pin", async (named, own) => {
    const { issuer, resource } = await open({ issuerForm: named === "" ? "root" : "path" });
    issuer.toggles.issuer = issuer.origin + own;
    resource.toggles.authorizationServers = [issuer.origin + named];
    const error = await failureOf(discoverFor(resource.url));
    expect(error).toMatchObject({ code: "issuer_mismatch", details: { expected: issuer.origin + named, received: issuer.origin + own } });
    expect(error.message).toContain(`${issuer.origin}${named}`);
    expect(error.hint).toContain(`"issuer": "${issuer.origin}${own}"`);
  });

  test("on another port, or not said at all, is refused", async () => {
    for (const issuerOfMetadata of ["http://127.0.0.1:1", undefined]) {
      const { resource } = await open({ metadata: { issuer: issuerOfMetadata } });
      expect((await failureOf(discoverFor(resource.url))).code).toBe("issuer_mismatch");
    }
  });

  test("that differs is accepted when it is pinned, and only then", async () => {
    const { issuer, resource } = await open();
    issuer.toggles.issuer = "https://login.example/tenant";
    resource.toggles.authorizationServers = [issuer.origin];
    expect((await failureOf(discoverFor(resource.url))).code).toBe("issuer_mismatch");
    const settings = { issuer: "https://login.example/tenant", authServerMetadataUrl: `${issuer.origin}${as}` };
    expect((await discoverFor(resource.url, { settings })).server.issuer).toBe("https://login.example/tenant");
  });
});

describe("D03: the resource of the metadata", () => {
  const place = { path: "/api/mcp" };

  test.each(["same", "origin", "origin-slash", "/api", "/api/", "/api/mcp/"])("is good as %s, and kept byte for byte (A06)", async (resource) => {
    const { resource: server } = await open({}, { ...place, resource });
    const written = { same: server.url, origin: server.origin, "origin-slash": `${server.origin}/` }[resource] ?? server.origin + resource;
    expect((await discoverFor(server.url)).resource?.resource).toBe(written);
  });

  test.each(["/ap", "/api/m", "/api/mcp/x", "https://other.example/api/mcp", "not a url"])("is refused as %s, naming both values, and no issuer is asked", async (resource) => {
    const { walk, resource: server } = await open({}, { ...place, resource });
    const error = await failureOf(discoverFor(server.url));
    expect(error.code).toBe("resource_mismatch");
    expect(error.message).toContain(server.url);
    expect(error.message).toContain(resource);
    expect(walk.ledger.count({ party: "issuer" })).toBe(0);
  });

  test("may be absent", async () => {
    const { resource: server } = await open({}, { ...place, resource: undefined });
    expect((await discoverFor(server.url)).resource?.resource).toBeUndefined();
  });

  test("is not judged when another is pinned", async () => {
    const { resource: server } = await open({}, { ...place, resource: "https://other.example" });
    expect((await discoverFor(server.url, { settings: { resource: "https://other.example" } })).resource?.authorizationServers).toHaveLength(1);
  });
});

describe("D04: an issuer with a path", () => {
  const places = { insert8414: `${as}/realms/a`, insertOidc: `${openid}/realms/a`, appendOidc: `/realms/a${openid}`, append8414: `/realms/a${as}` };
  const names = Object.keys(places) as (keyof typeof places)[];

  test.each(names)("is found where only %s answers, in the order of the specifications, past a decoy at the root", async (good) => {
    const wellKnown = Object.fromEntries(names.map((name) => [name, name === good ? "document" : "absent"]));
    const { walk, resource } = await open({ issuerForm: "path", rootDecoy: true, wellKnown });
    const { server } = await discoverFor(resource.url);
    expect(server.authorizationEndpoint).toMatch(/\d\/authorize$/);
    const asked = names.slice(0, names.indexOf(good) + 1);
    expect(walk.ledger.sequence("issuer")).toEqual(asked.map((name) => `issuer GET ${places[name]} → ${name === good ? "200" : "404"}`));
  });

  test("a document of somebody else is skipped, and named only when nothing better is found", async () => {
    const foreign = { reply: { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ issuer: "https://other.example", authorization_endpoint: "https://other.example/a", token_endpoint: "https://other.example/t" }) } };
    const { issuer, resource } = await open({ issuerForm: "path", wellKnown: { insert8414: foreign, appendOidc: "document" } });
    const { server, trace } = await discoverFor(resource.url);
    expect(server.issuer).toBe(issuer.issuer);
    expect(trace.map(({ outcome }) => outcome)).toEqual(["document", "foreign", "absent", "document"]);
    issuer.toggles.wellKnown.appendOidc = "absent";
    const error = await failureOf(discoverFor(resource.url));
    expect(error).toMatchObject({ code: "issuer_mismatch", details: { received: "https://other.example" } });
  });
});

describe("D07: the challenge's metadata URL", () => {
  test("is fetched verbatim and alone, wherever it points, beside a site that answers every path with a page", async () => {
    const { walk, resource } = await open({}, { path: "/prefix/mcp", catchAll: "html", metadata: { "/odd/place.json": "document" }, challengeMetadata: "/odd/place.json" });
    expect((await discoverFor(resource.url, { challenge: await challengeOf(resource.url) })).resource?.metadataUrl).toBe(`${resource.origin}/odd/place.json`);
    expect(walk.ledger.sequence("resource")).toEqual(["resource POST /prefix/mcp initialize → 401", "resource GET /odd/place.json → 200"]);
  });

  test("that gives nothing is followed by the well-known places, each once", async () => {
    const { walk, resource } = await open({}, { metadata: { inserted: "absent", root: "document" }, resource: "origin", challengeMetadata: "inserted" });
    await discoverFor(resource.url, { challenge: await challengeOf(resource.url) });
    expect(walk.ledger.sequence("resource").slice(1)).toEqual([`resource GET ${prm}/mcp → 404`, `resource GET ${prm} → 200`]);
  });
});
