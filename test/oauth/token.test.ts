import { describe, expect, onTestFinished, test } from "vitest";
import { exchangeCode, renewTokens, type TokenRequest, type TokenResult } from "../../src/oauth/token.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../servers/authorization-server.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { json, listen, type Reply } from "../servers/listener.ts";
import { failureOf } from "./failure-of.ts";
import { outgoingFor } from "./outgoing-for.ts";
import { exampleRedirectUri, exampleVerifier, issueCode } from "./samples.ts";

const now = 1_800_000_000_000;
const confidential = { clientId: "id:%+ é", clientSecret: "s:e%c+r é&=", tokenEndpointAuthMethod: undefined };

interface Opened {
  readonly server: AuthorizationServer;
  readonly ledger: Ledger;
  exchange(more?: Partial<TokenRequest>): Promise<TokenResult>;
  renew(refreshToken: string, more?: Partial<TokenRequest>, scopeParameter?: string): Promise<TokenResult>;
}

function requestTo(tokenEndpoint: string, more: Partial<TokenRequest> = {}): TokenRequest {
  return { tokenEndpoint, client: { clientId: "public", clientSecret: undefined, tokenEndpointAuthMethod: undefined }, methods: undefined, resource: "https://h", scopes: ["a", "b"], parameters: {}, now: () => now, ...more };
}

async function open(options: AuthorizationServerOptions = {}): Promise<Opened> {
  const ledger = createLedger();
  const clients = [
    { client_id: "public", redirect_uris: [exampleRedirectUri] },
    { client_id: confidential.clientId, client_secret: confidential.clientSecret, redirect_uris: [exampleRedirectUri] },
  ];
  const server = await startAuthorizationServer(ledger, { clients, ...options });
  onTestFinished(() => server.stop());
  const outgoing = outgoingFor(server.origin);
  const tokenEndpoint = `${server.origin}/token`;
  return {
    server,
    ledger,
    exchange: (more) => {
      const request = requestTo(tokenEndpoint, more);
      return exchangeCode(outgoing, { ...request, code: issueCode(server, request.client.clientId), verifier: exampleVerifier, redirectUri: exampleRedirectUri });
    },
    renew: (refreshToken, more, scopeParameter) => renewTokens(outgoing, { ...requestTo(tokenEndpoint, more), refreshToken, scopeParameter }),
  };
}

const formOf = (ledger: Ledger, at = 0): Record<string, string> => Object.fromEntries(new URLSearchParams(ledger.entries[at]?.body));

/** A token endpoint that gives this one answer. */
async function answerWith(reply: Reply, more: Partial<TokenRequest> = {}): Promise<{ ledger: Ledger; result: Promise<TokenResult> }> {
  const ledger = createLedger();
  const { origin, stop } = await listen(ledger, "issuer", () => reply);
  onTestFinished(stop);
  return { ledger, result: exchangeCode(outgoingFor(origin), { ...requestTo(`${origin}/token`, more), code: "the-code", verifier: exampleVerifier, redirectUri: exampleRedirectUri }) };
}

describe("exchanging a code, by RFC 6749 §4.1.3", () => {
  test("is one form with code, verifier, redirect URI and resource, and gives tokens with absolute times", async () => {
    const { server, ledger, exchange } = await open();
    const { tokens, method } = await exchange({ parameters: { audience: "https://api" }, headers: { "X-Tenant": "1" } });
    expect(ledger.sequence()).toEqual(["issuer POST /token authorization_code → 200"]);
    expect(formOf(ledger)).toEqual({ grant_type: "authorization_code", code: server.secrets("code")[0], code_verifier: exampleVerifier, redirect_uri: exampleRedirectUri, client_id: "public", resource: "https://h", audience: "https://api" });
    expect(ledger.entries[0]?.headers).toMatchObject({ accept: "application/json", "content-type": "application/x-www-form-urlencoded", "x-tenant": "1" });
    expect(ledger.entries[0]?.headers["authorization"]).toBeUndefined();
    expect(tokens).toEqual({ accessToken: server.secrets("access-token")[0], refreshToken: server.secrets("refresh-token")[0], tokenType: "Bearer", issuedAt: now, expiresAt: now + 3_600_000, scopes: ["a", "b"] });
    expect(method).toBe("none");
  });

  test("A05: configured parameters never replace the protocol's own; without a resource there is none", async () => {
    const { ledger, exchange } = await open();
    await exchange({ parameters: { code: "x", grant_type: "password", client_id: "other", extra: "1" }, resource: undefined });
    expect(formOf(ledger)).toMatchObject({ grant_type: "authorization_code", client_id: "public", extra: "1" });
    expect(formOf(ledger)).not.toHaveProperty("resource");
  });

  test("X03: a configured Authorization header does not stand beside or above the client's own", async () => {
    const { ledger, exchange } = await open();
    await exchange({ client: confidential, headers: { Authorization: "Bearer mine", "Content-Type": "text/plain" } });
    expect(ledger.entries[0]?.headers["authorization"]).toMatch(/^Basic /);
    expect(ledger.entries[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  });
});

describe("T01: client authentication", () => {
  test.each<[AuthorizationServerOptions["clientAuthentication"] & string, readonly string[], readonly number[], string]>([
    ["basic", ["client_secret_basic"], [200], "client_secret_basic"],
    ["post", ["client_secret_post"], [200], "client_secret_post"],
    ["either", ["none", "client_secret_basic"], [200], "client_secret_basic"],
    ["basic-lies", ["client_secret_basic"], [401, 200], "client_secret_post"],
    ["post-lies", ["client_secret_post"], [401, 200], "client_secret_basic"],
    ["none-lies", ["none"], [401, 200], "client_secret_post"],
  ])("an issuer of the kind %s that lists %j is asked with the answers %j", async (clientAuthentication, methods, statuses, method) => {
    const { ledger, exchange } = await open({ clientAuthentication });
    expect((await exchange({ client: confidential, methods })).method).toBe(method);
    expect(ledger.entries.map(({ status }) => status)).toEqual(statuses);
    expect(new Set(ledger.entries.map(({ body }) => new URLSearchParams(body).get("code"))).size).toBe(1);
  });

  test("the method that the registration told is used first, whatever is listed", async () => {
    const { ledger, exchange } = await open({ clientAuthentication: "post" });
    await exchange({ client: { ...confidential, tokenEndpointAuthMethod: "client_secret_post" }, methods: ["client_secret_basic"] });
    expect(ledger.entries).toHaveLength(1);
    expect(formOf(ledger)["client_secret"]).toBe(confidential.clientSecret);
  });

  test("both refused: two requests and no third, and the failure is the client's", async () => {
    const { ledger, exchange } = await open({ codeAnswer: "invalid-client" });
    const error = await failureOf(exchange({ client: confidential }));
    expect(ledger.entries).toHaveLength(2);
    expect(error).toMatchObject({ code: "token_refused", details: { failure: "client", oauthError: "invalid_client", status: 401 } });
    expect(error.hint).toContain("tokenEndpointAuthMethod");
  });

  test("a client without a secret has no other way: one request", async () => {
    const { ledger, exchange } = await open({ codeAnswer: "invalid-client" });
    await failureOf(exchange());
    expect(ledger.entries).toHaveLength(1);
  });

  test.each(["invalid-grant", "temporarily-unavailable", "busy", "bad-gateway", "unavailable", "empty-400", "html-500", "html", "no-access-token", "error-200", "ok-false", "redirect", "reset", "reset-half", "echo-secrets"] as const)("R06: after %s the code is not sent again", async (codeAnswer) => {
    const { ledger, exchange } = await open({ codeAnswer });
    await failureOf(exchange({ client: confidential, methods: ["client_secret_basic"] }));
    expect(ledger.entries).toHaveLength(1);
  });
});

describe("T02, T03: what a token endpoint may answer", () => {
  const good = { access_token: "at", token_type: "Bearer", expires_in: 60 };

  test.each<[string, Reply, object]>([
    ["201", json(201, good), { accessToken: "at", expiresAt: now + 60_000 }],
    ["token_type in capitals", json(200, { ...good, token_type: "BEARER" }), { tokenType: "Bearer" }],
    ["no token_type", json(200, { access_token: "at" }), { tokenType: "Bearer", expiresAt: undefined }],
    ["a lifetime as text", json(200, { ...good, expires_in: "60" }), { expiresAt: now + 60_000 }],
    ["a lifetime of null, 0 or less is not known, never `expired`", json(200, { ...good, expires_in: null }), { expiresAt: undefined }],
    ["a lifetime of 0", json(200, { ...good, expires_in: 0 }), { expiresAt: undefined }],
    ["a negative lifetime", json(200, { ...good, expires_in: -5 }), { expiresAt: undefined }],
    ["nulls for refresh token and scope", json(200, { ...good, refresh_token: null, scope: null }), { refreshToken: undefined, scopes: ["a", "b"] }],
    ["other scopes than asked", json(200, { ...good, scope: "a c" }), { scopes: ["a", "c"] }],
    ["an empty scope: as asked", json(200, { ...good, scope: "" }), { scopes: ["a", "b"] }],
    ["a form", { status: 200, headers: { "content-type": "application/x-www-form-urlencoded" }, body: "access_token=at&scope=a+c&expires_in=60&token_type=bearer" }, { accessToken: "at", scopes: ["a", "c"], expiresAt: now + 60_000 }],
    ["JSON as text/plain", { status: 200, headers: { "content-type": "text/plain" }, body: JSON.stringify(good) }, { accessToken: "at" }],
  ])("%s is read", async (_, reply, tokens) => {
    const { result } = await answerWith(reply);
    expect((await result).tokens).toMatchObject(tokens);
  });

  test.each<[string, Reply, string, string]>([
    ["400 invalid_grant", json(400, { error: "invalid_grant", error_description: "used" }), "terminal", "refused (invalid_grant: used)"],
    ["200 with an error (GitHub)", json(200, { error: "bad_verification_code", access_token: "at" }), "refused", "refused (bad_verification_code)"],
    ["200 with ok:false (Slack)", json(200, { ok: false, error: "bad_redirect_uri" }), "refused", "refused (bad_redirect_uri)"],
    ["a form with an error", { status: 200, headers: { "content-type": "application/x-www-form-urlencoded" }, body: "error=bad_verification_code&error_description=The+code" }, "refused", "refused (bad_verification_code: The code)"],
    ["401 invalid_client", json(401, { error: "invalid_client" }), "client", "invalid_client"],
    ["400 unauthorized_client", json(400, { error: "unauthorized_client" }), "client", "unauthorized_client"],
    ["400 invalid_target", json(400, { error: "invalid_target" }), "refused", "invalid_target"],
    ["400 invalid_scope", json(400, { error: "invalid_scope" }), "refused", "invalid_scope"],
    ["400 temporarily_unavailable", json(400, { error: "temporarily_unavailable" }), "transient", "temporarily_unavailable"],
    ["500 invalid_grant: a server in trouble ends nothing", json(500, { error: "invalid_grant" }), "transient", "invalid_grant"],
    ["429 with words", { status: 429, headers: { "retry-after": "9" }, body: "slow down" }, "transient", 'answered 429 without an OAuth error (no JSON)'],
    ["408", { status: 408, body: "" }, "transient", "408"],
    ["425", { status: 425, body: "" }, "transient", "425"],
    ["502 HTML", { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad Gateway</h1>" }, "transient", "502"],
    ["200 HTML", { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Just a moment…</h1>" }, "transient", "answered 200 without an access token (an HTML page)"],
    ["200 {}", json(200, {}), "transient", "answered 200 without an access token (JSON without one)"],
    ["200 []", json(200, []), "transient", "answered 200 without an access token (no JSON)"],
    ["200 with a token of two lines", json(200, { access_token: "GOOD\r\nX-Evil: 1", token_type: "Bearer" }), "refused", "with characters that no header can carry"],
    ["200 with a token beyond ASCII", json(200, { access_token: "GÖÖD☃", token_type: "Bearer" }), "refused", "with characters that no header can carry"],
    ["400 without a body", { status: 400, body: "" }, "refused", "answered 400 without an OAuth error (nothing in it)"],
    ["403 of a gateway", json(403, { message: "Forbidden" }), "refused", "answered 403 without an OAuth error (JSON without one)"],
    ["404 HTML", { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not Found</h1>" }, "refused", "answered 404 without an OAuth error (an HTML page)"],
    ["307 to elsewhere", { status: 307, headers: { location: "http://127.0.0.1:9/" } }, "refused", "answered 307 without an OAuth error (a redirect to http://127.0.0.1:9, which is not followed)"],
    ["a DPoP token", json(200, { ...good, token_type: "DPoP" }), "refused", 'issued a token of type DPoP, which mcpass uses only with "oauth": { "dpop": true }'],
    ["an error of many lines and escape sequences", json(400, { error: "x\u001b[2J", error_description: "a\nb\u202ec" }), "refused", "refused (x: a b c)"],
  ])("%s fails", async (_, reply, failure, words) => {
    const { result } = await answerWith(reply);
    const error = await failureOf(result);
    expect(error).toMatchObject({ code: "token_refused", details: { leg: "token", failure, status: reply.status } });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("at&");
  });

  test("says when to try again where the issuer does", async () => {
    const { result } = await answerWith({ status: 429, headers: { "retry-after": "9" }, body: "" });
    expect((await failureOf(result)).details).toMatchObject({ retryAfter: "9" });
  });

  test("Z04: a redirect takes neither code nor secret with it", async () => {
    const ledger = createLedger();
    const foreign = await listen(ledger, "foreign", () => json(200, good));
    onTestFinished(foreign.stop);
    const { result } = await answerWith({ status: 307, headers: { location: `${foreign.origin}/token` } });
    await failureOf(result);
    expect(ledger.entries).toEqual([]);
  });
});

describe("renewing, by RFC 6749 §6", () => {
  test("F02: is one form, with the scope only where it is given; the new refresh token replaces the old one", async () => {
    const { server, ledger, exchange, renew } = await open();
    const first = (await exchange()).tokens.refreshToken ?? "";
    ledger.clear();
    const { tokens } = await renew(first);
    expect(ledger.sequence()).toEqual(["issuer POST /token refresh_token → 200"]);
    expect(formOf(ledger)).toEqual({ grant_type: "refresh_token", refresh_token: first, client_id: "public", resource: "https://h" });
    expect(tokens.refreshToken).toBe(server.secrets("refresh-token")[1]);
    await renew(tokens.refreshToken ?? "", {}, "a b");
    expect(formOf(ledger, 1)["scope"]).toBe("a b");
  });

  test("F02: without a refresh token in the answer the old one stays", async () => {
    const { exchange, renew } = await open({ rotation: "off" });
    const { refreshToken = "" } = (await exchange()).tokens;
    expect((await renew(refreshToken)).tokens.refreshToken).toBe(refreshToken);
  });

  test("a failure carries its own leg", async () => {
    const { renew } = await open({ refreshAnswer: "invalid-grant" });
    expect((await failureOf(renew("old-token"))).details).toMatchObject({ leg: "renewal", failure: "terminal" });
  });
});

describe("Z05: what an issuer echoes", () => {
  test("is shown where it is no secret: a configured audience, for one", async () => {
    const { result } = await answerWith(json(400, { error: "invalid_target", error_description: "no such audience: https://api" }), { parameters: { audience: "https://api" } });
    expect((await failureOf(result)).message).toContain("no such audience: https://api");
  });

  test.each(["client_secret_basic", "client_secret_post"] as const)("is shown without code, verifier, refresh token and secret, in whichever spelling (%s)", async (method) => {
    const { server, exchange, renew } = await open({ codeAnswer: "echo-secrets", refreshAnswer: "echo-secrets" });
    const client = { ...confidential, tokenEndpointAuthMethod: method };
    const refreshToken = canary("refresh+/%");
    for (const error of [await failureOf(exchange({ client })), await failureOf(renew(refreshToken, { client }))]) {
      expect(error.message).toContain("invalid_grant: cannot accept");
      expectNowhere([...server.secrets("code"), exampleVerifier, refreshToken, confidential.clientSecret], { texts: { message: error.message, json: JSON.stringify(error), stack: String(error.cause) } });
    }
  });

  test("is shown without configured headers and parameters, also where the error code itself is the echo", async () => {
    const secrets = { parameter: canary("parameter"), header: canary("header") };
    for (const field of ["error", "error_description"]) {
      const { result } = await answerWith(json(400, { error: "invalid_request", [field]: `got ${secrets.parameter} and Bearer ${secrets.header} and the-code` }), { parameters: { client_assertion: secrets.parameter }, headers: { "X-Gateway": `Bearer ${secrets.header}` } });
      const error = await failureOf(result);
      expectNowhere([...Object.values(secrets), "the-code"], { texts: { message: error.message, json: JSON.stringify(error) } });
    }
  });
});
