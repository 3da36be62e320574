import { readFileSync } from "node:fs";
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { type AuthorizationPlan, beginAuthorization } from "../../src/oauth/authorization.ts";
import { signClientAssertion } from "../../src/oauth/client-assertion.ts";
import type { ClientCredentials } from "../../src/oauth/client-authentication.ts";
import { createProver, dpopThumbprint, generateDpopKey } from "../../src/oauth/dpop.ts";
import { revokeToken } from "../../src/oauth/revocation.ts";
import { exchangeCode, renewTokens } from "../../src/oauth/token.ts";
import { makeKeyPair } from "../rig/key-pair.ts";
import { insecure } from "../servers/oracle.ts";
import { type DifferenceName, differences } from "./oracle-differences.ts";
import { basic, basicDifferences, formDifferences, openRequestOracle, resource, type RequestOracle, secret, theirs } from "./request-oracle.ts";
import { exampleRedirectUri, exampleVerifier, issuerAt, pairOf, registrationAt } from "./samples.ts";

const planned = ({ as }: RequestOracle, more: Partial<AuthorizationPlan> = {}): AuthorizationPlan => ({
  server: issuerAt(as.issuer),
  registration: registrationAt(as.issuer, { clientId: theirs.client_id }),
  redirectUri: exampleRedirectUri,
  serverUrl: "https://h/mcp",
  account: "default",
  resource: "https://h/mcp",
  scopes: ["a", "b"],
  audience: undefined,
  parameters: {},
  pkce: "strict",
  issMayBeMissing: false,
  now: Date.now(),
  lifetimeMs: 60_000,
  ...more,
});

/** oauth4webapi makes no URL: its only authorization request is a pushed one, of the same parameters. The challenge and the key's thumbprint are its own. */
async function compareAuthorization(oracle: RequestOracle, plan: AuthorizationPlan, inputs: Readonly<Record<string, string>>, expected: readonly DifferenceName[]): Promise<void> {
  const { url, pending } = await beginAuthorization(plan);
  const code_challenge = await oauth.calculatePKCECodeChallenge(pending.verifier);
  const sent = { response_type: "code", redirect_uri: exampleRedirectUri, state: pending.state, code_challenge, code_challenge_method: "S256", scope: plan.scopes.join(" "), resource: "https://h/mcp", ...inputs };
  await oracle.compare(() => fetch(url), () => oauth.pushedAuthorizationRequest(oracle.as, theirs, oauth.None(), sent, insecure), expected);
}

describe("the authorization request", () => {
  test("has every parameter that oauth4webapi's has, and no other", async () => {
    const oracle = await openRequestOracle();
    await compareAuthorization(oracle, planned(oracle), {}, ["carrier"]);
  });

  test("with configured parameters, an audience, a key that tokens are bound to, and offline access", async () => {
    const oracle = await openRequestOracle();
    const key = await generateDpopKey();
    const dpop = { key, thumbprint: await dpopThumbprint(key) };
    const inputs = { audience: "https://api.h", login_hint: "alice & bob", dpop_jkt: await oauth.DPoP({}, await pairOf(key)).calculateThumbprint() };
    await compareAuthorization(oracle, planned(oracle, { audience: "https://api.h", parameters: { login_hint: "alice & bob" }, scopes: ["a", "offline_access"], dpop }), inputs, ["carrier", "prompt"]);
  });
});

const { privateKey } = makeKeyPair();
const jwk = privateKey.export({ format: "jwk" });
const signing = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);

interface Way {
  readonly client: (issuer: () => string) => Partial<ClientCredentials>;
  readonly theirs: oauth.ClientAuth;
  readonly expected: readonly DifferenceName[];
}

const ways: Readonly<Record<string, Way>> = {
  "without a secret": { client: () => ({ clientSecret: undefined, tokenEndpointAuthMethod: "none" }), theirs: oauth.None(), expected: formDifferences },
  "with a secret in the header": { client: () => ({ tokenEndpointAuthMethod: "client_secret_basic" }), theirs: basic, expected: basicDifferences },
  "with a secret in the form": { client: () => ({ tokenEndpointAuthMethod: "client_secret_post" }), theirs: oauth.ClientSecretPost(secret), expected: formDifferences },
  "with a key": {
    client: (issuer) => ({ clientSecret: undefined, tokenEndpointAuthMethod: undefined, assertion: () => signClientAssertion({ clientId: theirs.client_id, audience: issuer(), key: jwk, algorithm: "ES256", now: Date.now() }) }),
    theirs: oauth.PrivateKeyJwt(signing),
    expected: ["contentType", "assertionType", "assertionNotBefore", "assertionLifetime"],
  },
};

async function openFor(way: Way, headers?: Readonly<Record<string, string>>): Promise<RequestOracle> {
  const held: { oracle?: RequestOracle } = {};
  held.oracle = await openRequestOracle(way.client(() => held.oracle?.as.issuer ?? ""), headers);
  return held.oracle;
}

const code = "c/o+d=e &";
const callbackOf = (as: oauth.AuthorizationServer): URLSearchParams => oauth.validateAuthResponse(as, theirs, new URLSearchParams({ code, state: "s" }), "s");

describe.each(Object.entries(ways))("a client %s", (_name, way) => {
  test("sends the code as oauth4webapi does", async () => {
    const oracle = await openFor(way);
    const { as, outgoing, request } = oracle;
    const ours = { ...request, code, verifier: exampleVerifier, redirectUri: exampleRedirectUri };
    await oracle.compare(() => exchangeCode(outgoing, ours), () => oauth.authorizationCodeGrantRequest(as, theirs, way.theirs, callbackOf(as), exampleRedirectUri, exampleVerifier, resource), way.expected);
  });

  test("renews as oauth4webapi does, with and without a scope", async () => {
    const oracle = await openFor(way);
    const { as, outgoing, request } = oracle;
    for (const scope of [undefined, "a b"]) {
      const additionalParameters = { ...resource.additionalParameters, ...(scope === undefined ? {} : { scope }) };
      await oracle.compare(() => renewTokens(outgoing, { ...request, refreshToken: "r/e+f", scopeParameter: scope }), () => oauth.refreshTokenGrantRequest(as, theirs, way.theirs, "r/e+f", { ...insecure, additionalParameters }), way.expected);
    }
  });

  test("revokes as oauth4webapi does", async () => {
    const oracle = await openFor(way);
    const { as, outgoing, request } = oracle;
    for (const hint of ["refresh_token", "access_token"] as const) {
      const ours = { endpoint: as.revocation_endpoint ?? "", client: request.client, token: "r/e+f", hint };
      await oracle.compare(() => revokeToken(outgoing, ours), () => oauth.revocationRequest(as, theirs, way.theirs, "r/e+f", { ...insecure, additionalParameters: { token_type_hint: hint } }), [...way.expected, "revocationAccept"]);
    }
  });
});

test("code and renewal that bind tokens to a key carry the proof that oauth4webapi makes with that key, with the nonce once there is one", async () => {
  const key = await generateDpopKey();
  const oracle = await openRequestOracle({ clientSecret: undefined, tokenEndpointAuthMethod: "none" }, { "dpop-nonce": "n-1" });
  const { as, outgoing, ledger } = oracle;
  const request = { ...oracle.request, prover: createProver(key, Date.now) };
  const options = { ...resource, DPoP: oauth.DPoP({}, await pairOf(key)) };
  await oracle.compare(() => exchangeCode(outgoing, { ...request, code, verifier: exampleVerifier, redirectUri: exampleRedirectUri }), () => oauth.authorizationCodeGrantRequest(as, theirs, oauth.None(), callbackOf(as), exampleRedirectUri, exampleVerifier, options), formDifferences);
  await oracle.compare(() => renewTokens(outgoing, { ...request, refreshToken: "r", scopeParameter: undefined }), () => oauth.refreshTokenGrantRequest(as, theirs, oauth.None(), "r", options), formDifferences);
  expect(ledger.entries.map(({ headers }) => JSON.parse(Buffer.from(headers["dpop"]?.split(".")[1] ?? "", "base64url").toString()) as object)).toEqual([expect.objectContaining({ nonce: "n-1" }), expect.objectContaining({ nonce: "n-1" })]);
});

test("the documentation lists every difference with its reason", () => {
  const page = readFileSync("docs/decisions/002-own-protocol-floor.md", "utf8");
  const cell = (text: string): string => text.replace(/^(parameter|header) (.*)$/, "$1 `$2`");
  const rows = Object.values(differences).map(({ part, ours, theirs: other, reason }) => `| ${cell(part)} | ${ours} | ${other} | ${reason} |`);
  expect(page.split("\n").filter((line) => rows.includes(line))).toEqual(rows);
});
