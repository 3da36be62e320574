import * as oauth from "oauth4webapi";
import { expect, test } from "vitest";
import { signClientAssertion } from "../../src/oauth/client-assertion.ts";
import { redeemDeviceCode, requestDeviceAuthorization } from "../../src/oauth/device.ts";
import { createProver, generateDpopKey } from "../../src/oauth/dpop.ts";
import { redeemAssertion, requestClientCredentials } from "../../src/oauth/machine-grant.ts";
import { exchangeForIdJag } from "../../src/oauth/token-exchange.ts";
import { makeKeyPair } from "../rig/key-pair.ts";
import { insecure } from "../servers/oracle.ts";
import { basic, basicDifferences, openRequestOracle, parameters, resource, theirs } from "./request-oracle.ts";
import { pairOf } from "./samples.ts";

test("client_credentials with a secret", async () => {
  const oracle = await openRequestOracle();
  const { as, outgoing, request } = oracle;
  await oracle.compare(() => requestClientCredentials(outgoing, request), () => oauth.clientCredentialsGrantRequest(as, theirs, basic, parameters, insecure), basicDifferences);
});

test("client_credentials with a key: the same assertion but for what is optional or new each time", async () => {
  const { privateKey } = makeKeyPair();
  const key = privateKey.export({ format: "jwk" });
  const imported = await crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const holder: { issuer: string } = { issuer: "" };
  const oracle = await openRequestOracle({ clientSecret: undefined, tokenEndpointAuthMethod: undefined, assertion: () => signClientAssertion({ clientId: theirs.client_id, audience: holder.issuer, key, algorithm: "ES256", now: Date.now() }) });
  const { as, outgoing, request } = oracle;
  holder.issuer = as.issuer;
  await oracle.compare(() => requestClientCredentials(outgoing, request), () => oauth.clientCredentialsGrantRequest(as, theirs, oauth.PrivateKeyJwt(imported), parameters, insecure), ["contentType", "assertionType", "assertionNotBefore", "assertionLifetime"]);
});

test.each([
  ["a secret", {}, basic, basicDifferences],
  ["no secret", { clientSecret: undefined, tokenEndpointAuthMethod: "none" }, oauth.None(), ["contentType"]],
] as const)("the device authorization request and the poll of a client with %s", async (_name, client, authentication, expected) => {
  const oracle = await openRequestOracle(client);
  const { as, outgoing, request } = oracle;
  await oracle.compare(() => requestDeviceAuthorization(outgoing, request), () => oauth.deviceAuthorizationRequest(as, theirs, authentication, parameters, insecure), expected);
  await oracle.compare(() => redeemDeviceCode(outgoing, request, "d"), () => oauth.deviceCodeGrantRequest(as, theirs, authentication, "d", resource), expected);
});

test("the redemption of an assertion, and the exchange for an ID-JAG", async () => {
  const oracle = await openRequestOracle();
  const { as, outgoing, request } = oracle;
  const generic = (grant: string, more: Record<string, string>): Promise<Response> => oauth.genericTokenEndpointRequest(as, theirs, basic, grant, { ...parameters, ...more }, insecure);
  await oracle.compare(() => redeemAssertion(outgoing, request, "an.assertion.x"), () => generic("urn:ietf:params:oauth:grant-type:jwt-bearer", { assertion: "an.assertion.x" }), basicDifferences);
  const exchange = { requested_token_type: "urn:ietf:params:oauth:token-type:id-jag", subject_token: "id.token.x", subject_token_type: "urn:ietf:params:oauth:token-type:id_token", audience: "https://as" };
  expect(await exchangeForIdJag(outgoing, request, { idToken: "id.token.x", audience: "https://as" })).toBe("t");
  await oracle.compare(() => exchangeForIdJag(outgoing, request, { idToken: "id.token.x", audience: "https://as" }), () => generic("urn:ietf:params:oauth:grant-type:token-exchange", exchange), basicDifferences);
});

test("a proof of possession has the header and the claims that oauth4webapi's has, with the same key", async () => {
  const key = await generateDpopKey();
  const oracle = await openRequestOracle();
  const { as, outgoing, request } = oracle;
  const options = { ...insecure, DPoP: oauth.DPoP({}, await pairOf(key)) };
  await oracle.compare(() => requestClientCredentials(outgoing, { ...request, prover: createProver(key, Date.now) }), () => oauth.clientCredentialsGrantRequest(as, theirs, basic, parameters, options), basicDifferences);
});
