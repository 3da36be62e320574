import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AnswerKind } from "../servers/answers.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { expectKept, vaultFiles } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

async function world(issuerOptions: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}, oauth?: object): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  const server = await walk.resource({ trusts: issuer, ...serverOptions });
  await walk.configure({ example: { type: "remote", url: server.url, ...(oauth === undefined ? {} : { oauth }) } });
  return { walk, issuer, server };
}

async function signIn({ walk }: World): Promise<{ exitCode: number | null; stderr: string }> {
  const { exitCode, stdout, stderr } = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect(stdout).toBe("");
  return { exitCode, stderr };
}

/** What the authorization request asked for. */
function asked({ walk }: World): URLSearchParams {
  return new URL(walk.ledger.find({ path: "/authorize" }).at(-1)?.path ?? "", "http://issuer").searchParams;
}

for (const [listed, said, accepted] of [
  ["", "/", true],
  ["/", "", true],
  ["/realms/a", "/realms/a/", false],
  ["/realms/a", "/realms/A", false],
  ["", "/other", false],
] as const) {
  test(`D02 an issuer listed as …${listed} whose metadata says …${said} is ${accepted ? "the same" : "another"} one`, async () => {
    const made = await world({ wellKnown: { insert8414: "document", insertOidc: "document", appendOidc: "document", append8414: "document" } });
    const { issuer, server, walk } = made;
    server.toggles.authorizationServers = [`${issuer.origin}${listed}`];
    issuer.toggles.issuerForm = listed === "" || listed === "/" ? "root" : "path";
    issuer.toggles.metadata = { issuer: `${issuer.origin}${said}` };
    issuer.toggles.iss = "none";
    issuer.toggles.issAdvertised = false;
    const { exitCode, stderr } = await signIn(made);
    expect([exitCode, walk.ledger.count({ path: "/register" })]).toEqual(accepted ? [0, 1] : [1, 0]);
    if (!accepted) expect(stderr).toMatch(new RegExp(`^error: The server names the issuer ${issuer.origin}${listed}, but the metadata there is for ${issuer.origin}${said};.*\\n(?: .*\\n)?hint: .*pin it`, "m"));
    if (accepted) await expectKept(walk, issuer);
  });
}

for (const [resource, accepted] of [["same", true], ["origin", true], ["origin-slash", true], ["/api", true], ["/ap", false], ["/api/mcp/x", false], ["https://other.example/api/mcp", false]] as const) {
  test(`D03 metadata whose resource is ${resource} ${accepted ? "speaks for /api/mcp, and is sent byte for byte (A06)" : "does not speak for /api/mcp: both are named and nothing is registered"}`, async () => {
    const made = await world({}, { path: "/api/mcp", resource });
    const { exitCode, stderr } = await signIn(made);
    const { walk, server } = made;
    const places: Record<string, string> = { same: server.url, origin: server.origin, "origin-slash": `${server.origin}/` };
    const value = places[resource] ?? (resource.startsWith("/") ? `${server.origin}${resource}` : resource);
    if (accepted) {
      expect([exitCode, asked(made).get("resource")]).toEqual([0, value]);
      expect(new URLSearchParams(walk.ledger.find({ path: "/token" })[0]?.body).get("resource")).toBe(value);
    } else {
      expect([exitCode, walk.ledger.count({ path: "/register" })]).toEqual([1, 0]);
      for (const named of [server.url, value]) expect(stderr).toContain(named);
    }
  });
}

test("D04 a path issuer is looked for in all four places in order, and a root document of another issuer is passed over", async () => {
  const made = await world({ issuerForm: "path", rootDecoy: true, wellKnown: { insert8414: "absent", insertOidc: "unauthorized", appendOidc: "html", append8414: "document" } });
  expect((await signIn(made)).exitCode).toBe(0);
  expect(made.walk.ledger.sequence("issuer").filter((line) => line.includes("well-known"))).toEqual([
    "issuer GET /.well-known/oauth-authorization-server/realms/a → 404",
    "issuer GET /.well-known/openid-configuration/realms/a → 401",
    "issuer GET /realms/a/.well-known/openid-configuration → 200",
    "issuer GET /realms/a/.well-known/oauth-authorization-server → 200",
  ]);
  expect(made.walk.ledger.sequence().filter((line) => line.includes("decoy"))).toEqual([]);
});

test("D06 a server of 2025-03-26 that is its own issuer is signed in to at its origin's metadata, and without any at its default endpoints", async () => {
  for (const insert8414 of ["document", "absent"] as const) {
    const walk = await openWalk();
    const issuer = await walk.issuer({ wellKnown: { insert8414, insertOidc: "absent", appendOidc: "absent", append8414: "absent" }, iss: "none", issAdvertised: false });
    const server = await walk.resource({ hosts: issuer, metadata: {}, challenge: "no-metadata" });
    await walk.configure({ example: { type: "remote", url: server.url } });
    expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
    expect((await walk.run(["call", "example", "echo", "text=x"])).stdout).toBe("x\n");
    // Endpoints that are only guessed are looked at before anybody registers there.
    const guessed = insert8414 === "document" ? [] : ["resource GET /authorize → 400"];
    expect(walk.ledger.sequence().filter((line) => /GET \/authorize|\/register|POST \/token/.test(line))).toEqual([...guessed, "resource POST /register → 201", "resource GET /authorize → 302", "resource POST /token authorization_code → 200"]);
    await expectKept(walk, issuer, { issuers: ["resource"] });
  }
});

test("D07 metadata at a place of the challenge's own is fetched there as it is, though the domain's root answers every path with a page", async () => {
  const made = await world({}, { path: "/prefix/mcp", metadata: { "/somewhere/else.json": "document" }, challengeMetadata: "/somewhere/else.json", catchAll: "html" });
  expect((await signIn(made)).exitCode).toBe(0);
  expect(made.walk.ledger.sequence("resource").slice(0, 2)).toEqual(["resource POST /prefix/mcp initialize → 401", "resource GET /somewhere/else.json → 200"]);
  expect(made.walk.ledger.sequence("resource").filter((line) => line.includes("well-known"))).toEqual([]);
});

const faults: readonly (readonly [string, AnswerKind])[] = [
  ["absent", "absent"],
  ["a page", "html"],
  ["401", "unauthorized"],
  ["403", "forbidden"],
  ["429", "busy"],
  ["500", "failing"],
  ["{}", "empty"],
  ["half a document", "broken-json"],
  ["60 MB", "huge"],
  ["a cut connection", "reset"],
  ["a redirect to itself", { redirect: "/.well-known/oauth-authorization-server" }],
];

test.each(faults)("D08 when the issuer's metadata is %s, list and auth say which address answered what, without waiting and in words, and nothing is registered", async (_words, answer) => {
  const { walk, issuer } = await world({ wellKnown: { insert8414: answer, insertOidc: "absent", appendOidc: "absent", append8414: "absent" } });
  for (const args of [["list"], ["auth", "example"]]) {
    const { exitCode, stdout, stderr } = await walk.run(args, { browser: walk.browser() });
    expect([args, exitCode]).toEqual([args, args[0] === "list" ? 0 : 1]);
    expect(stdout + stderr).toContain(`${issuer.origin}/.well-known/oauth-authorization-server`);
    expect(stdout + stderr).not.toMatch(/^ {4}at |SyntaxError|Unexpected token|\[object|had no answer within/m);
  }
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" }), await vaultFiles(walk)]).toEqual([0, 0, {}]);
});

test.each(faults)("D08 when the resource metadata beside the path is %s, the root's is read, and the sign-in works", async (_words, answer) => {
  const wrong: AnswerKind = typeof answer === "object" ? "forbidden" : answer;
  const made = await world({}, { challenge: "bare", metadata: { inserted: wrong, root: "document" } });
  const { exitCode, stderr } = await signIn(made);
  expect([exitCode, stderr.includes("Signed in to example")]).toEqual([0, true]);
});

test("D12 what is configured is not asked for: with the issuer's metadata URL and the resource given, no resource metadata is read", async () => {
  const made = await world({}, { metadata: { inserted: "broken-json" } });
  const { walk, issuer, server } = made;
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { authServerMetadataUrl: `${issuer.origin}/.well-known/oauth-authorization-server`, resource: server.url } } });
  expect((await signIn(made)).exitCode).toBe(0);
  expect(walk.ledger.sequence("resource").filter((line) => line.includes("well-known"))).toEqual([]);
});

test("A05 authorizationParams and audience go to the authorization request, tokenParams to the token request, and none may replace what mcpass sets", async () => {
  const made = await world({}, {}, { authorizationParams: { prompt: "consent", login_hint: "bob" }, audience: "https://api.example", tokenParams: { tenant: "t1" } });
  expect((await signIn(made)).exitCode).toBe(0);
  expect(["prompt", "login_hint", "audience", "code_challenge_method"].map((name) => asked(made).get(name))).toEqual(["consent", "bob", "https://api.example", "S256"]);
  expect(new URLSearchParams(made.walk.ledger.find({ path: "/token" })[0]?.body).get("tenant")).toBe("t1");
  const bad = await world({}, {}, { authorizationParams: { state: "mine" } });
  const { exitCode, stderr } = await signIn(bad);
  expect([exitCode, bad.walk.ledger.count({ path: "/authorize" }), /state/.test(stderr)]).toEqual([1, 0, true]);
});
