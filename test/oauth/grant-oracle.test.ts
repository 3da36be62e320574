import { generateKeyPairSync } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { expect, onTestFinished, test } from "vitest";
import type { ClientCredentials } from "../../src/oauth/client-authentication.ts";
import { signClientAssertion } from "../../src/oauth/client-assertion.ts";
import { requestDeviceAuthorization, redeemDeviceCode } from "../../src/oauth/device.ts";
import { createProver, generateDpopKey } from "../../src/oauth/dpop.ts";
import { redeemAssertion, requestClientCredentials } from "../../src/oauth/machine-grant.ts";
import { exchangeForIdJag } from "../../src/oauth/token-exchange.ts";
import type { TokenRequest } from "../../src/oauth/token.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { json, listen } from "../servers/listener.ts";
import { insecure } from "../servers/oracle.ts";
import { outgoingFor } from "./outgoing-for.ts";

/** oauth4webapi is given the same inputs as we are; both requests are captured at one endpoint and compared parameter by parameter. */
interface Oracle {
  readonly as: oauth.AuthorizationServer;
  readonly ledger: Ledger;
  readonly request: TokenRequest & { deviceAuthorizationEndpoint: string };
  readonly outgoing: ReturnType<typeof outgoingFor>;
  /** Ours, theirs: form and the header that authenticates. */
  sent(): readonly { readonly form: Record<string, string>; readonly authorization: string | undefined; readonly proof: string | undefined }[];
}

const secret = "s:e%c+r é&=";

async function open(client: Partial<ClientCredentials> = {}): Promise<Oracle> {
  const ledger = createLedger();
  const answer = { access_token: "t", token_type: "N_A", issued_token_type: "urn:ietf:params:oauth:token-type:id-jag", device_code: "d", user_code: "u", verification_uri: "https://h/device", expires_in: 60 };
  const { origin, stop } = await listen(ledger, "issuer", () => json(200, answer));
  onTestFinished(stop);
  const as = { issuer: origin, token_endpoint: `${origin}/token`, device_authorization_endpoint: `${origin}/device` };
  const credentials = { clientId: "robot id", clientSecret: secret, tokenEndpointAuthMethod: "client_secret_basic" as const, ...client };
  const request = { tokenEndpoint: as.token_endpoint, deviceAuthorizationEndpoint: as.device_authorization_endpoint, client: credentials, methods: undefined, resource: "https://h/mcp", scopes: ["a", "b"], parameters: {}, now: Date.now };
  const sent = (): ReturnType<Oracle["sent"]> => ledger.entries.map(({ body, headers }) => ({ form: Object.fromEntries([...new URLSearchParams(body)].toSorted()), authorization: headers["authorization"], proof: headers["dpop"] }));
  return { as, ledger, request, outgoing: outgoingFor(origin), sent };
}

const theirs = { client_id: "robot id" };
const basic = oauth.ClientSecretBasic(secret);
const parameters = { scope: "a b", resource: "https://h/mcp" };
const halves = (header: string | undefined): string[] => Buffer.from((header ?? "").replace("Basic ", ""), "base64").toString().split(":").map((half) => new URLSearchParams(`v=${half}`).get("v") ?? "");

/** The two requests say the same. Basic is compared decoded: both form-encode, and may choose to encode more than they must. */
function same({ sent }: Oracle): void {
  const [ours, oracles] = sent();
  expect(ours?.form).toEqual(oracles?.form);
  expect(halves(ours?.authorization)).toEqual(halves(oracles?.authorization));
}

test("client_credentials with a secret", async () => {
  const oracle = await open();
  await requestClientCredentials(oracle.outgoing, oracle.request).catch(() => undefined);
  await oauth.clientCredentialsGrantRequest(oracle.as, theirs, basic, parameters, insecure);
  same(oracle);
});

test("client_credentials with a key: the same assertion but for what is new each time, and nbf, which a clock that is ahead would break", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ format: "jwk" });
  const imported = await crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const holder: { issuer: string } = { issuer: "" };
  const oracle = await open({ clientSecret: undefined, tokenEndpointAuthMethod: undefined, assertion: () => signClientAssertion({ clientId: "robot id", audience: holder.issuer, key, algorithm: "ES256", now: Date.now() }) });
  holder.issuer = oracle.as.issuer;
  await requestClientCredentials(oracle.outgoing, oracle.request).catch(() => undefined);
  await oauth.clientCredentialsGrantRequest(oracle.as, theirs, oauth.PrivateKeyJwt(imported), parameters, insecure);
  const [{ client_assertion: ours = "", ...form } = {}, { client_assertion: oracles = "", ...oraclesForm } = {}] = oracle.sent().map(({ form: each }) => each);
  expect(form).toEqual(oraclesForm);
  const { jti, exp, iat, ...claims } = decodeJwt(ours);
  const { jti: _jti, exp: _exp, iat: _iat, nbf: _nbf, ...oraclesClaims } = decodeJwt(oracles);
  expect(claims).toEqual(oraclesClaims);
  expect([typeof jti, (exp ?? 0) - (iat ?? 0)]).toEqual(["string", 120]);
  expect(decodeProtectedHeader(ours)).toEqual({ ...decodeProtectedHeader(oracles), typ: "JWT" });
});

test("the device authorization request, and the poll", async () => {
  const oracle = await open();
  await requestDeviceAuthorization(oracle.outgoing, oracle.request);
  await oauth.deviceAuthorizationRequest(oracle.as, theirs, basic, parameters, insecure);
  same(oracle);
  oracle.ledger.clear();
  await redeemDeviceCode(oracle.outgoing, oracle.request, "d").catch(() => undefined);
  await oauth.deviceCodeGrantRequest(oracle.as, theirs, basic, "d", { ...insecure, additionalParameters: { resource: "https://h/mcp" } });
  same(oracle);
});

test("the redemption of an assertion, and the exchange for an ID-JAG", async () => {
  const oracle = await open();
  await redeemAssertion(oracle.outgoing, oracle.request, "an.assertion.x").catch(() => undefined);
  await oauth.genericTokenEndpointRequest(oracle.as, theirs, basic, "urn:ietf:params:oauth:grant-type:jwt-bearer", { ...parameters, assertion: "an.assertion.x" }, insecure);
  same(oracle);
  oracle.ledger.clear();
  expect(await exchangeForIdJag(oracle.outgoing, oracle.request, { idToken: "id.token.x", audience: "https://as" })).toBe("t");
  const exchange = { ...parameters, requested_token_type: "urn:ietf:params:oauth:token-type:id-jag", subject_token: "id.token.x", subject_token_type: "urn:ietf:params:oauth:token-type:id_token", audience: "https://as" };
  await oauth.genericTokenEndpointRequest(oracle.as, theirs, basic, "urn:ietf:params:oauth:grant-type:token-exchange", exchange, insecure);
  same(oracle);
});

test("a proof of possession has the claims and the header that oauth4webapi's has", async () => {
  const oracle = await open();
  const keys = await oauth.generateKeyPair("ES256");
  await requestClientCredentials(oracle.outgoing, { ...oracle.request, prover: createProver(await generateDpopKey(), Date.now) }).catch(() => undefined);
  await oauth.clientCredentialsGrantRequest(oracle.as, theirs, basic, parameters, { ...insecure, DPoP: oauth.DPoP({}, keys) });
  const shapes = oracle.sent().map(({ proof = "" }) => {
    const { jwk, ...header } = decodeProtectedHeader(proof);
    const { jti: _jti, iat: _iat, ...claims } = decodeJwt(proof);
    return { header, claims, names: [Object.keys(jwk ?? {}).toSorted(), Object.keys(decodeJwt(proof)).toSorted()] };
  });
  expect(shapes[0]).toEqual(shapes[1]);
});
