import { describe, expect, onTestFinished, test } from "vitest";
import { planRegistration, registerDynamically, registrationUnavailable, type RegistrationRequest, type RegistrationSettings } from "../../src/oauth/registration.ts";
import { expectNowhere } from "../rig/canary.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../servers/authorization-server.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { json, listen, type Reply, text } from "../servers/listener.ts";
import { failureOf } from "./failure-of.ts";
import { outgoingFor } from "./outgoing-for.ts";
import { exampleRedirectUri, issuerAt } from "./samples.ts";

const now = 1_800_000_000_000;
const kindOf = (metadata: Parameters<typeof issuerAt>[1], settings: RegistrationSettings): string => {
  const plan = planRegistration(issuerAt("https://as.example", metadata), settings, now);
  return plan.kind === "ready" ? `${plan.kind} ${plan.registration.kind} ${plan.registration.clientId}` : plan.kind;
};

describe("R01: who we will be at an issuer", () => {
  const document = "https://me.example/mcpass/client.json";
  const reading = { clientIdMetadataDocumentSupported: true };
  const closed = { registrationEndpoint: undefined };

  test.each<[string, Parameters<typeof issuerAt>[1], RegistrationSettings, string]>([
    ["the configured client, although the issuer registers and reads documents", reading, { clientId: "mine", clientMetadataUrl: document }, "ready configured mine"],
    ["the configured client of an issuer that registers nobody", closed, { clientId: "mine" }, "ready configured mine"],
    ["our document where its URL is configured and the issuer reads them", reading, { clientMetadataUrl: document }, `ready metadata-document ${document}`],
    ["our document before registering, and where nobody can register", { ...reading, ...closed }, { clientMetadataUrl: document }, `ready metadata-document ${document}`],
    ["dynamic where the issuer does not say that it reads documents", {}, { clientMetadataUrl: document }, "dynamic"],
    ["dynamic where we own no document", reading, {}, "dynamic"],
    ["nobody where the issuer registers nobody and nothing is configured", closed, {}, "unavailable"],
    ["our document, by order, although the issuer does not say that it reads it", {}, { registration: "cimd", clientMetadataUrl: document }, `ready metadata-document ${document}`],
    ["nobody, by the order to use a document that there is not", {}, { registration: "cimd" }, "unavailable"],
    ["dynamic, by order, although a document would do", reading, { registration: "dcr", clientMetadataUrl: document }, "dynamic"],
    ["nobody, by the order to use a configured client that there is not", {}, { registration: "static" }, "unavailable"],
  ])("%s", (_, metadata, settings, expected) => {
    expect(kindOf(metadata, settings)).toBe(expected);
  });

  test("a configured client keeps its secret and method, never expires, and is bound to this issuer", () => {
    const plan = planRegistration(issuerAt("https://as.example"), { clientId: "mine", clientSecret: "s", tokenEndpointAuthMethod: "client_secret_post" }, now);
    expect(plan).toEqual({ kind: "ready", registration: { kind: "configured", issuer: "https://as.example", clientId: "mine", clientSecret: "s", clientSecretExpiresAt: undefined, tokenEndpointAuthMethod: "client_secret_post", redirectUri: undefined, registeredAt: now } });
  });

  test.each(["http://me.example/c.json", "https://me.example", "https://me.example/", "https://me.example/c#x", "https://u@me.example/c", "c.json"])("R-5: %s is no client id, and the error says why", async (url) => {
    const error = await failureOf((async () => planRegistration(issuerAt("https://as.example", reading), { clientMetadataUrl: url }, now))());
    expect(error.code).toBe("entry_invalid");
    expect(error.message).toContain("clientMetadataUrl");
  });

  test("where it cannot be done, the redirect URI to register and the setting to write are named", () => {
    const error = registrationUnavailable("example", "https://as.example", exampleRedirectUri, "it refused before");
    expect(error).toMatchObject({ code: "registration_unavailable", details: { issuer: "https://as.example", redirectUri: exampleRedirectUri } });
    expect(error.message).toBe("https://as.example takes no new clients by itself (it refused before), and none is configured for example.");
    expect(error.hint).toContain(exampleRedirectUri);
    expect(error.hint).toContain('"clientId"');
  });
});

interface Opened {
  readonly server: AuthorizationServer;
  readonly ledger: Ledger;
  register(more?: Partial<RegistrationRequest>): ReturnType<typeof registerDynamically>;
}

async function open(options: AuthorizationServerOptions = {}): Promise<Opened> {
  const ledger = createLedger();
  const server = await startAuthorizationServer(ledger, options);
  onTestFinished(() => server.stop());
  return { server, ledger, register: (more) => registerDynamically(outgoingFor(server.origin), requestTo(`${server.origin}/register`, more)) };
}

function requestTo(endpoint: string, more: Partial<RegistrationRequest> = {}): RegistrationRequest {
  return { endpoint, issuer: new URL(endpoint).origin, redirectUri: exampleRedirectUri, clientName: "mcpass", clientUri: undefined, scopes: [], tokenEndpointAuthMethods: undefined, now: Date.now(), ...more };
}

async function refusalBy(reply: Reply, more: Partial<RegistrationRequest> = {}): ReturnType<typeof failureOf> {
  const { origin, stop } = await listen(createLedger(), "issuer", () => reply);
  onTestFinished(stop);
  return failureOf(registerDynamically(outgoingFor(origin), requestTo(`${origin}/register`, more)));
}

describe("registering, by RFC 7591 §3", () => {
  test("R-11, R-12, R-20: sends one JSON body as a native app that renews, and nothing it does not know", async () => {
    const { ledger, register } = await open();
    await register({ scopes: ["a", "b"], clientUri: "https://me.example", headers: { "x-initial": "1" } });
    expect(ledger.sequence()).toEqual(["issuer POST /register → 201"]);
    expect(JSON.parse(ledger.entries[0]?.body ?? "")).toEqual({
      client_name: "mcpass",
      client_uri: "https://me.example",
      redirect_uris: [exampleRedirectUri],
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: "a b",
    });
    expect(ledger.entries[0]?.headers).toMatchObject({ "content-type": "application/json", accept: "application/json", "x-initial": "1" });
  });

  test("leaves out what is not known: no scope, no client URI", async () => {
    const { ledger, register } = await open();
    await register();
    const body = JSON.parse(ledger.entries[0]?.body ?? "") as object;
    expect(Object.keys(body).filter((name) => ["scope", "client_uri"].includes(name))).toEqual([]);
  });

  test.each<[readonly string[] | undefined, string]>([
    [undefined, "none"],
    [["client_secret_basic", "none"], "none"],
    [["private_key_jwt", "client_secret_post", "client_secret_basic"], "client_secret_post"],
    [["client_secret_basic"], "client_secret_basic"],
    [["private_key_jwt"], "none"],
    [[], "none"],
  ])("T01: asks for a secret only where the issuer lists no `none`: %j → %s", async (tokenEndpointAuthMethods, method) => {
    const { ledger, register } = await open();
    await register({ tokenEndpointAuthMethods });
    expect(JSON.parse(ledger.entries[0]?.body ?? "")).toMatchObject({ token_endpoint_auth_method: method });
  });

  test("gives back the client bound to issuer and redirect URI, with the method of the answer", async () => {
    const { server, register } = await open({ issueSecret: "always", registeredMethod: "client_secret_post", secretLifetimeSeconds: 3600 });
    const registration = await register();
    const [client] = server.store.clients.values();
    expect(registration).toMatchObject({ kind: "dynamic", issuer: server.origin, clientId: client?.clientId, clientSecret: client?.secret, tokenEndpointAuthMethod: "client_secret_post", redirectUri: exampleRedirectUri });
    expect(registration.clientSecretExpiresAt).toBe((client?.secretExpiresAt ?? 0) * 1000);
  });

  test("takes a 200 for a 201, and nulls for what is absent", async () => {
    const { register } = await open({ registrationStatus: 200, registrationNulls: true, registeredMethod: undefined });
    expect(await register()).toMatchObject({ clientSecret: undefined, clientSecretExpiresAt: undefined, tokenEndpointAuthMethod: undefined });
  });

  test("takes a method that we do not have for none told", async () => {
    const { origin, stop } = await listen(createLedger(), "issuer", () => json(201, { client_id: "c", token_endpoint_auth_method: "private_key_jwt" }));
    onTestFinished(stop);
    expect((await registerDynamically(outgoingFor(origin), requestTo(`${origin}/register`))).tokenEndpointAuthMethod).toBeUndefined();
  });

  test("R05: a secret that has expired on arrival is an error, not a client", async () => {
    const { register } = await open({ issueSecret: "always", secretLifetimeSeconds: -60 });
    expect(await failureOf(register())).toMatchObject({ code: "registration_refused", message: expect.stringContaining("expired already"), details: { final: false } });
  });
});

describe("R03: an issuer that refuses", () => {
  test.each<[AuthorizationServerOptions["registration"] & string, number, boolean, string]>([
    ["named", 403, true, "403, Forbidden"],
    ["unauthorized", 401, true, "401, Unauthorized"],
    ["off", 404, true, "404 page not found"],
    ["refused", 400, true, "400, invalid_client_metadata: client_name is not acceptable"],
    ["redirect-refused", 400, true, "invalid_redirect_uri"],
    ["busy", 429, false, "429, Too Many Requests"],
    ["failing", 500, false, "500, Internal Server Error"],
    ["html", 200, false, "an HTML page"],
    ["no-client-id", 201, false, "no client id"],
  ])("%s: the status, its words, whether that is final, and what to do", async (registration, status, final, words) => {
    const { server, ledger, register } = await open({ registration });
    const error = await failureOf(register());
    expect(error).toMatchObject({ code: "registration_refused", details: { leg: "registration", url: `${server.origin}/register`, status, final, redirectUri: exampleRedirectUri, issuer: server.origin } });
    expect(error.message).toContain(words);
    expect(error.hint).toContain(final ? exampleRedirectUri : "temporary");
    expect(ledger.entries).toHaveLength(1);
  });

  test("an approved name is enough", async () => {
    const { register } = await open({ registration: "named", approvedNames: ["Approved"] });
    expect((await register({ clientName: "Approved" })).clientId).not.toBe("");
  });

  test("R04: 429 says when to try again", async () => {
    const { register } = await open({ registration: "busy", retryAfterSeconds: 17 });
    expect(await failureOf(register())).toMatchObject({ hint: "This looks temporary: try again in 17 s.", details: { retryAfter: "17" } });
  });

  test("a registration that is sent on elsewhere is not temporary: the setting is named", async () => {
    const error = await refusalBy({ status: 307, headers: { location: "https://elsewhere.example/register" } });
    expect(error.hint).toContain("set oauth.registrationEndpoint to where it is now");
  });

  test("a connection that is cut names the leg", async () => {
    const { register } = await open({ registration: "reset" });
    expect(await failureOf(register())).toMatchObject({ code: "unreachable", details: { leg: "registration" } });
  });

  test("a long page or an escape sequence does not get through", async () => {
    const error = await refusalBy(text(403, `\u001b[2J${"x".repeat(5_000)}`));
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).not.toContain("\u001b");
  });

  test("Z05: neither a secret of the answer nor a configured header that it echoes is shown", async () => {
    const headers = { Authorization: "Bearer canary-initial-token", "X-Key": "canary-key-value" };
    for (const reply of [
      json(201, { client_secret: "canary-issued-secret", registration_access_token: "canary-management" }),
      json(200, { error: "denied", error_description: "got Bearer canary-initial-token and canary-key-value" }),
      text(403, "bad token canary-initial-token / Y2FuYXJ5LWtleS12YWx1ZQ=="),
    ]) {
      const error = await refusalBy(reply, { headers });
      expectNowhere(["canary-issued-secret", "canary-management", "canary-initial-token", "canary-key-value"], { texts: { error: JSON.stringify(error), message: error.message } });
    }
  });
});
