import fc from "fast-check";
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { type AuthorizationPlan, beginAuthorization, type BegunAuthorization, readCallback } from "../../src/oauth/authorization.ts";
import { codeChallenge } from "../../src/oauth/pkce.ts";
import { failureOf } from "./failure-of.ts";
import { exampleRedirectUri, issuerAt, registrationAt } from "./samples.ts";

const issuer = "https://as.example";
const begin = (plan: Partial<AuthorizationPlan> = {}): Promise<BegunAuthorization> =>
  beginAuthorization({
    server: issuerAt(issuer),
    registration: registrationAt(issuer),
    redirectUri: exampleRedirectUri,
    serverUrl: "https://h/mcp",
    account: "default",
    resource: "https://h/mcp",
    scopes: ["a", "b"],
    audience: undefined,
    parameters: {},
    pkce: "auto",
    issMayBeMissing: false,
    now: 1_000,
    lifetimeMs: 600_000,
    ...plan,
  });
const queryOf = async (plan: Partial<AuthorizationPlan>): Promise<URLSearchParams> => new URL((await begin(plan)).url).searchParams;

describe("the authorization URL, by RFC 6749 §4.1.1, RFC 7636 and RFC 8707", () => {
  test("carries each parameter once, and its challenge is the pending verifier's", async () => {
    const { url, pending, warnings } = await begin();
    const asked = new URL(url);
    expect(`${asked.origin}${asked.pathname}`).toBe("https://as.example/authorize");
    expect([...asked.searchParams].toSorted()).toEqual([
      ["client_id", "client"],
      ["code_challenge", await codeChallenge(pending.verifier)],
      ["code_challenge_method", "S256"],
      ["redirect_uri", exampleRedirectUri],
      ["resource", "https://h/mcp"],
      ["response_type", "code"],
      ["scope", "a b"],
      ["state", pending.state],
    ]);
    expect(warnings).toEqual([]);
    expect(url).not.toContain(pending.verifier);
  });

  test("what is pending is plain data with the issuer, the client and the deadline; state and verifier are new each time", async () => {
    const [one, two] = [await begin(), await begin()];
    expect(JSON.parse(JSON.stringify(one.pending))).toMatchObject({ server: { issuer }, registration: { clientId: "client" }, redirectUri: exampleRedirectUri, serverUrl: "https://h/mcp", account: "default", resource: "https://h/mcp", scopes: ["a", "b"], createdAt: 1_000, expiresAt: 601_000 });
    expect(one.pending.state).not.toBe(two.pending.state);
    expect(one.pending.verifier).not.toBe(two.pending.verifier);
  });

  test.each([
    ["https://h", "resource=https%3A%2F%2Fh&"],
    ["https://h/", "resource=https%3A%2F%2Fh%2F&"],
    ["https://H/Mcp", "resource=https%3A%2F%2FH%2FMcp&"],
    ["https://h/mcp/?a=b%20c", "resource=https%3A%2F%2Fh%2Fmcp%2F%3Fa%3Db%2520c&"],
    ["urn:api:x", "resource=urn%3Aapi%3Ax&"],
  ])("A06: the resource %s stands there byte for byte", async (resource, bytes) => {
    const { url } = await begin({ resource });
    expect(`${url}&`).toContain(`&${bytes}`);
    expect(new URL(url).searchParams.getAll("resource")).toEqual([resource]);
  });

  test("leaves out scope and resource when there is none, and never sends an empty parameter", async () => {
    const query = await queryOf({ scopes: [], resource: undefined, parameters: { prompt: "" } });
    expect(["scope", "resource", "audience", "prompt"].filter((name) => query.has(name))).toEqual([]);
  });

  test("keeps the endpoint's own query and drops its fragment", async () => {
    const { url } = await begin({ server: issuerAt(issuer, { authorizationEndpoint: "https://as.example/authorize?tenant=1&p=B2C#top" }) });
    expect(url).toContain("/authorize?tenant=1&p=B2C&response_type=code");
    expect(url).not.toContain("#");
  });

  test("what the endpoint's own query says of our parameters is replaced, not doubled", async () => {
    const query = await queryOf({ server: issuerAt(issuer, { authorizationEndpoint: "https://as.example/authorize?state=fixed&client_id=other&scope=all&state=again" }) });
    for (const name of ["state", "client_id", "scope"]) expect(query.getAll(name)).toHaveLength(1);
    expect(query.get("client_id")).toBe("client");
  });

  test("A02: offline_access brings prompt=consent, unless something else is configured", async () => {
    expect((await queryOf({ scopes: ["offline_access"] })).get("prompt")).toBe("consent");
    expect((await queryOf({ scopes: ["offline_access"], parameters: { prompt: "select_account" } })).get("prompt")).toBe("select_account");
    expect((await queryOf({})).has("prompt")).toBe(false);
  });

  test("A05: configured parameters and the audience are added", async () => {
    const query = await queryOf({ parameters: { access_type: "offline", hd: "a b&c=d" }, audience: "https://api" });
    expect([query.get("access_type"), query.get("hd"), query.get("audience")]).toEqual(["offline", "a b&c=d", "https://api"]);
  });

  test.each(["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"])("A05: %s cannot be configured", async (name) => {
    const error = await failureOf(begin({ parameters: { [name]: "x" } }));
    expect(error).toMatchObject({ code: "entry_invalid", message: expect.stringContaining(`authorizationParams may not set ${name}`) });
  });
});

describe("D09: PKCE", () => {
  test("absent from the metadata: S256 all the same, with one warning", async () => {
    const { url, warnings } = await begin({ server: issuerAt(issuer, { codeChallengeMethods: undefined }) });
    expect(new URL(url).searchParams.get("code_challenge_method")).toBe("S256");
    expect(warnings).toEqual(["The issuer https://as.example does not say that it supports PKCE; S256 is used all the same."]);
  });

  test.each<[readonly string[] | undefined, "auto" | "strict"]>([[undefined, "strict"], [["plain"], "auto"], [["plain"], "strict"], [[], "auto"]])("%j with pkce %s is refused before a browser opens", async (codeChallengeMethods, pkce) => {
    const error = await failureOf(begin({ server: issuerAt(issuer, { codeChallengeMethods }), pkce }));
    expect(error.code).toBe("pkce_unsupported");
    expect(error.message).toContain(issuer);
    expect(error.hint).toBeDefined();
  });

  test("S256 among others is enough, also when strict", async () => {
    expect((await begin({ server: issuerAt(issuer, { codeChallengeMethods: ["plain", "S256"] }), pkce: "strict" })).warnings).toEqual([]);
  });
});

async function answered(parameters: Record<string, string> | string, options: { advertised?: boolean; issMayBeMissing?: boolean; source?: "metadata" | "configured"; issuer?: string } = {}): Promise<string> {
  const server = issuerAt(options.issuer ?? issuer, { issParameterSupported: options.advertised ?? false, source: options.source ?? "metadata" });
  const { pending } = await begin({ server, issMayBeMissing: options.issMayBeMissing ?? false });
  const query = new URLSearchParams(parameters);
  if (!query.has("state")) query.set("state", pending.state);
  return readCallback(pending, query);
}

describe("A08: the issuer of a callback, by RFC 9207 §2.4", () => {
  const error = { error: "access_denied", error_description: "canary-said-by-someone-else" };

  test.each([
    [true, issuer, "accepted"],
    [true, "https://attacker.example", "callback_invalid"],
    [true, undefined, "callback_invalid"],
    [false, issuer, "accepted"],
    [false, "https://attacker.example", "callback_invalid"],
    [false, undefined, "accepted"],
  ])("advertised: %s, iss: %s → %s, with a code and with an error alike", async (advertised, iss, verdict) => {
    const given: Record<string, string> = iss === undefined ? {} : { iss };
    if (verdict === "accepted") {
      expect(await answered({ code: "c", ...given }, { advertised })).toBe("c");
      expect((await failureOf(answered({ ...error, ...given }, { advertised }))).code).toBe("authorization_refused");
    } else {
      expect((await failureOf(answered({ code: "c", ...given }, { advertised }))).code).toBe("callback_invalid");
      const refused = await failureOf(answered({ ...error, ...given }, { advertised }));
      expect(refused.code).toBe("callback_invalid");
      expect(JSON.stringify(refused)).not.toContain("access_denied");
      expect(JSON.stringify(refused)).not.toContain("canary");
    }
  });

  test.each(["https://as.example/", "https://AS.example", "https://as.example:443", "HTTPS://as.example", "https://as.example?", " https://as.example", ""])("V-6: %j is not https://as.example: nothing is normalised", async (iss) => {
    expect((await failureOf(answered({ code: "c", iss }))).code).toBe("callback_invalid");
  });

  test("D02: the exact string of the metadata is what counts, slash and all", async () => {
    expect(await answered({ code: "c", iss: "https://as.example/" }, { issuer: "https://as.example/" })).toBe("c");
    expect((await failureOf(answered({ code: "c", iss: "https://as.example" }, { issuer: "https://as.example/" }))).code).toBe("callback_invalid");
  });

  test("an issuer known from the configuration alone has no exact string: the lone slash is no difference", async () => {
    expect(await answered({ code: "c", iss: "https://as.example/" }, { source: "configured" })).toBe("c");
    expect((await failureOf(answered({ code: "c", iss: "https://other.example" }, { source: "configured" }))).code).toBe("callback_invalid");
  });

  test("iss: optional lets it be missing, never wrong", async () => {
    expect(await answered({ code: "c" }, { advertised: true, issMayBeMissing: true })).toBe("c");
    expect((await failureOf(answered({ code: "c", iss: "https://attacker.example" }, { advertised: true, issMayBeMissing: true }))).code).toBe("callback_invalid");
    expect((await failureOf(answered({ code: "c" }, { advertised: true }))).hint).toContain('"iss": "optional"');
  });
});

describe("a callback, by RFC 6749 §4.1.2", () => {
  test.each([
    ["another state", "code=c&state=other"],
    ["an empty state", "code=c&state="],
    ["no code", "x=y"],
    ["an empty code", "code="],
    ["two codes", "code=a&code=b"],
    ["two equal codes", "code=a&code=a"],
    ["two states", "code=a&state=x&state=y"],
    ["two issuers", `code=a&iss=${issuer}&iss=https://attacker.example`],
    ["two errors", "error=a&error=b"],
  ])("with %s is refused, and its code is not shown", async (_, query) => {
    const error = await failureOf(answered(query));
    expect(error.code).toBe("callback_invalid");
    expect(error.message).toContain("No code was sent anywhere");
  });

  test("without a state is refused", async () => {
    const { pending } = await begin();
    expect((await failureOf((async () => readCallback(pending, new URLSearchParams("code=c")))())).code).toBe("callback_invalid");
  });

  test("with an error says what the issuer said, made harmless, and what was asked where that matters", async () => {
    const denied = await failureOf(answered({ error: "access_denied", error_description: "no\u001b[31m way\u202e" }));
    expect(denied).toMatchObject({ code: "authorization_refused", message: "https://as.example refused the sign-in (access_denied: no way).", details: { oauthError: "access_denied" } });
    expect((await failureOf(answered({ error: "invalid_scope" }))).message).toContain("Asked for: a b.");
    const target = await failureOf(answered({ error: "invalid_target" }));
    expect(target.message).toContain("Asked for the resource https://h/mcp.");
    expect(target.hint).toContain('"resource": false');
  });

  test("with an error and a code is an error", async () => {
    expect((await failureOf(answered({ error: "server_error", code: "c" }))).code).toBe("authorization_refused");
  });

  test("whatever its parameters are, there is a code or one of our two errors; and oauth4webapi accepts every code that we do", async () => {
    const { pending } = await begin({ server: issuerAt(issuer, { issParameterSupported: true }) });
    const value = fc.constantFrom("", "c", pending.state, issuer, `${issuer}/`, "access_denied");
    const parameters = fc.array(fc.tuple(fc.constantFrom("state", "iss", "code", "error", "error_description", "session_state"), fc.oneof({ weight: 3, arbitrary: value }, fc.string({ unit: "binary" }))), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(parameters, fc.boolean(), async (given, wellMeant) => {
        const query = new URLSearchParams(given.map(([name, text]) => [name, text]));
        if (wellMeant) for (const [name, text] of [["state", pending.state], ["iss", issuer]] as const) query.set(name, text);
        const code = await (async () => readCallback(pending, query))().catch((thrown: { code: string }) => void expect(["callback_invalid", "authorization_refused"]).toContain(thrown.code));
        if (typeof code !== "string") return;
        const judged = oauth.validateAuthResponse({ issuer, authorization_response_iss_parameter_supported: true }, { client_id: "client" }, query, pending.state);
        expect(judged.get("code")).toBe(code);
      }),
      { numRuns: 500 },
    );
  });
});
