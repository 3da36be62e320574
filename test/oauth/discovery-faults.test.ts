import { describe, expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AnswerKind } from "../servers/answers.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { challengeOf, discoverFor } from "./discover-for.ts";
import { failureOf } from "./failure-of.ts";

const prm = "/.well-known/oauth-protected-resource";
const as = "/.well-known/oauth-authorization-server";
const openid = "/.well-known/openid-configuration";

/** How a place may answer, what of it is said, and whether another try later may help. */
const faults: readonly (readonly [string, AnswerKind, string, boolean])[] = [
  ["absent", "absent", "404", false],
  ["an HTML page with 200", "html", "200, but not JSON (text/html)", false],
  ["{} with 200", "empty", "200, but JSON without the members it should have", false],
  ["a list with 200", "array", "200, but not JSON (application/json)", false],
  ["half a document", "broken-json", "200, but not JSON (application/json)", false],
  ["401", "unauthorized", "401", false],
  ["403", "forbidden", "403", false],
  ["429", "busy", "429", true],
  ["500", "failing", "500", true],
  ["408", { reply: { status: 408, body: "" } }, "408", true],
  ["a redirect in a circle", { redirect: "" }, "302, a redirect that was not followed further", false],
  ["a redirect to an address that no server may name", { redirect: "http://169.254.169.254/latest" }, "no server may name", false],
  ["60 MB", "huge", "larger than 1 MiB", false],
  ["a cut connection", "reset", "ECONNRESET", true],
];

interface Opened {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

async function open(): Promise<Opened> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  return { walk, issuer, server: await walk.resource({ trusts: issuer, resource: "origin" }) };
}

function spoilResource({ server }: Opened, kind: AnswerKind, places: readonly ("inserted" | "root")[]): void {
  const spoilt = Object.fromEntries(places.map((place) => [place, kind]));
  server.toggles.metadata = { inserted: "document", root: "document", ...spoilt };
}

function spoilIssuer({ issuer }: Opened, kind: AnswerKind, places: readonly ("insert8414" | "insertOidc")[]): void {
  const spoilt = Object.fromEntries(places.map((place) => [place, kind]));
  Object.assign(issuer.toggles.wellKnown, { insert8414: "document", insertOidc: "document", ...spoilt });
}

const pointingAtItself = (kind: AnswerKind, path: string): AnswerKind => (typeof kind === "object" && "redirect" in kind && kind.redirect === "" ? { redirect: path } : kind);
const triedIn = (error: { details: Readonly<Record<string, unknown>> }): readonly string[] => error.details["tried"] as readonly string[];

describe("D08: resource metadata", () => {
  test.each(faults)("%s beside the path: the document at the root is used, and the trace says what was there", async (_, kind, words) => {
    const opened = await open();
    spoilResource(opened, pointingAtItself(kind, `${prm}/mcp`), ["inserted"]);
    const { resource, trace } = await discoverFor(opened.server.url);
    expect(resource?.metadataUrl).toBe(opened.server.origin + prm);
    expect(trace[0]).toMatchObject({ url: `${opened.server.origin}${prm}/mcp` });
    expect(trace[0]?.detail).toContain(words);
  });

  test.each(faults)("%s everywhere, although the challenge promises it: one error lists every place and what it gave", async (_, kind, words, transient) => {
    const opened = await open();
    const { server, walk } = opened;
    spoilResource(opened, pointingAtItself(kind, `${prm}/mcp`), ["inserted", "root"]);
    const error = await failureOf(discoverFor(server.url, { challenge: await challengeOf(server.url), guessEndpoints: false }));
    if (words === "no server may name") return expect(error.code).toBe("address_private");
    expect(error.code).toBe("discovery_failed");
    expect(error.message).toContain("its resource metadata could not be read");
    for (const url of [`${server.origin}${prm}/mcp`, server.origin + prm]) expect(error.message).toMatch(new RegExp(`  ${url} → .*${words.replace(/[()[\].{}]/g, String.raw`\$&`)}`));
    expect(triedIn(error)).toHaveLength(transient ? 2 : 4);
    expect(error.hint).toContain(transient ? "temporary" : "authServerMetadataUrl");
    expect(walk.ledger.count({ party: "issuer" })).toBe(0);
  });

  test("behind a redirect, as far as it may go, is used", async () => {
    const opened = await open();
    spoilResource(opened, { redirect: prm }, ["inserted"]);
    expect((await discoverFor(opened.server.url)).resource?.authorizationServers).toEqual([opened.issuer.issuer]);
  });

  test("with the wrong label is used: JSON is what it is", async () => {
    const opened = await open();
    spoilResource(opened, "wrong-type", ["inserted"]);
    expect((await discoverFor(opened.server.url)).trace).toHaveLength(2);
  });
});

describe("D08: issuer metadata", () => {
  test.each(faults)("%s at its first place: the next one is used, and the trace says what was there", async (_, kind, words) => {
    const opened = await open();
    spoilIssuer(opened, pointingAtItself(kind, as), ["insert8414"]);
    const { server, trace } = await discoverFor(opened.server.url);
    expect(server.issuer).toBe(opened.issuer.issuer);
    expect(trace.map(({ url }) => url)).toEqual([`${opened.server.origin}${prm}/mcp`, opened.issuer.origin + as, opened.issuer.origin + openid]);
    expect(trace[1]?.detail).toContain(words);
  });

  test.each(faults)("%s at every place: one error lists every place and what it gave; the resource's host is not asked instead", async (_, kind, words, transient) => {
    const opened = await open();
    const { issuer, server, walk } = opened;
    spoilIssuer(opened, pointingAtItself(kind, as), ["insert8414", "insertOidc"]);
    const error = await failureOf(discoverFor(server.url));
    if (words === "no server may name") expect(error.code).toBe("address_private");
    else {
      expect(error.code).toBe("discovery_failed");
      expect(error.message).toContain(`the metadata of its issuer ${issuer.issuer} could not be read`);
      for (const place of [as, openid]) expect(error.message).toMatch(new RegExp(`  ${issuer.origin}${place} → .*${words.replace(/[()[\].{}]/g, String.raw`\$&`)}`));
      expect(triedIn(error)).toHaveLength(3);
      expect(error.hint).toContain(transient ? "temporary" : "authServerMetadataUrl");
    }
    expect(walk.ledger.count({ party: "resource", path: `${as}*` })).toBe(0);
    expect(walk.ledger.count({ party: "resource", path: "/authorize" })).toBe(0);
  });

  test("of a dead issuer names the cause", async () => {
    const { issuer, server } = await open();
    await issuer.refuse();
    const error = await failureOf(discoverFor(server.url));
    expect(error.message).toMatch(new RegExp(`${issuer.origin}${as} → .*ECONNREFUSED`));
    expect(error).toMatchObject({ code: "discovery_failed", cause: { code: "unreachable" } });
  });
});

describe("D08: a place that never answers", () => {
  test("costs its own deadline and no more: the next one is used, or the error says so", async () => {
    const [goodRoot, noResource, goodOpenid, noIssuer] = await Promise.all([open(), open(), open(), open()]);
    spoilResource(goodRoot, "hang", ["inserted"]);
    spoilResource(noResource, "hang", ["inserted", "root"]);
    spoilIssuer(goodOpenid, "hang", ["insert8414"]);
    spoilIssuer(noIssuer, "hang", ["insert8414", "insertOidc"]);
    const [first, second, third, fourth] = await Promise.all([
      discoverFor(goodRoot.server.url),
      failureOf(discoverFor(noResource.server.url)),
      discoverFor(goodOpenid.server.url),
      failureOf(discoverFor(noIssuer.server.url)),
    ]);
    expect(first.resource?.metadataUrl).toBe(goodRoot.server.origin + prm);
    expect(third.server.issuer).toBe(goodOpenid.issuer.issuer);
    for (const [error, urls] of [[second, [`${noResource.server.origin}${prm}/mcp`, noResource.server.origin + prm]], [fourth, [noIssuer.issuer.origin + as, noIssuer.issuer.origin + openid]]] as const) {
      expect(error.code).toBe("discovery_failed");
      for (const url of urls) expect(error.message).toMatch(new RegExp(`  ${url} → .*had no answer within 10 s`));
    }
  });

  test("is left at once when the sign-in is cancelled", async () => {
    const opened = await open();
    spoilResource(opened, "hang", ["inserted", "root"]);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    expect((await failureOf(discoverFor(opened.server.url, { signal: abort.signal }))).code).toBe("cancelled");
    const guessing = await (await openWalk()).bystander("resource", ({ path }) => (path === "/authorize" ? { status: 0, hang: true } : { status: 404, body: "" }));
    const later = new AbortController();
    setTimeout(() => later.abort(), 200);
    expect((await failureOf(discoverFor(`${guessing.origin}/mcp`, { signal: later.signal }))).code).toBe("cancelled");
  });
});
