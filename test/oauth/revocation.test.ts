import { describe, expect, onTestFinished, test } from "vitest";
import { type RevocationRequest, revokeToken } from "../../src/oauth/revocation.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../servers/authorization-server.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { json, listen } from "../servers/listener.ts";
import { failureOf } from "./failure-of.ts";
import { outgoingFor } from "./outgoing-for.ts";
import { exampleRedirectUri } from "./samples.ts";

async function open(options: AuthorizationServerOptions = {}): Promise<{ server: AuthorizationServer; ledger: Ledger; token: string; revoke(more?: Partial<RevocationRequest>): Promise<void> }> {
  const ledger = createLedger();
  const server = await startAuthorizationServer(ledger, { clients: [{ client_id: "public", redirect_uris: [] }, { client_id: "id", client_secret: "s:%+", redirect_uris: [] }], ...options });
  onTestFinished(() => server.stop());
  const approval = { clientId: "public", redirectUri: exampleRedirectUri, codeChallenge: "", scope: "a", resource: undefined, audience: undefined, subject: "alice", renewable: true };
  const { token } = server.store.issueToken("refresh", approval, server.store.newFamily(), 60);
  const request = { endpoint: `${server.origin}/revoke`, client: { clientId: "public", clientSecret: undefined, tokenEndpointAuthMethod: undefined }, token, hint: "refresh_token" } as const;
  return { server, ledger, token, revoke: (more) => revokeToken(outgoingFor(server.origin), { ...request, ...more }) };
}

describe("U04: revoking a token, by RFC 7009 §2", () => {
  test("is one form that names the token and its kind, and ends it", async () => {
    const { server, ledger, token, revoke } = await open();
    await revoke();
    expect(ledger.sequence()).toEqual(["issuer POST /revoke → 200"]);
    expect(Object.fromEntries(new URLSearchParams(ledger.entries[0]?.body))).toEqual({ token, token_type_hint: "refresh_token", client_id: "public" });
    expect(server.store.tokens.get(token)?.state).toBe("revoked");
  });

  test("a token that is dead already is no failure", async () => {
    const { revoke } = await open();
    await revoke({ token: "never-issued" });
  });

  test("T01: authenticates as the registration says", async () => {
    const { ledger, revoke } = await open();
    for (const tokenEndpointAuthMethod of ["client_secret_basic", "client_secret_post"] as const) await revoke({ client: { clientId: "id", clientSecret: "s:%+", tokenEndpointAuthMethod } });
    expect(ledger.entries.map(({ headers, body }) => [headers["authorization"]?.slice(0, 5), new URLSearchParams(body).get("client_secret")])).toEqual([["Basic", null], [undefined, "s:%+"]]);
  });

  test.each([
    ["unavailable", 503, "(503)"],
    ["unsupported", 400, "(400, unsupported_token_type)"],
    ["absent", 404, "(404)"],
  ] as const)("%s: says that it did not, with the status", async (revocation, status, words) => {
    const { revoke } = await open({ revocation });
    const error = await failureOf(revoke());
    expect(error).toMatchObject({ code: "token_refused", details: { leg: "revocation", status } });
    expect(error.message).toContain(`did not revoke the refresh token ${words}`);
  });

  test("an endpoint that does not answer ends after 5 s", async () => {
    const { revoke } = await open({ revocation: "hang" });
    const error = await failureOf(revoke());
    expect([error.code, error.message]).toEqual(["timed_out", expect.stringContaining("within 5 s")]);
  });

  test("Z05: what it echoes is not shown", async () => {
    const secrets = [canary("token"), canary("secret"), canary("header")] as const;
    const { origin, stop } = await listen(createLedger(), "issuer", () => json(400, { error: `bad ${secrets.join(" ")}` }));
    onTestFinished(stop);
    const error = await failureOf(revokeToken(outgoingFor(origin), { endpoint: `${origin}/revoke`, client: { clientId: "id", clientSecret: secrets[1], tokenEndpointAuthMethod: undefined }, token: secrets[0], hint: "access_token", headers: { "x-key": `Token ${secrets[2]}` } }));
    expectNowhere(secrets, { texts: { message: error.message, json: JSON.stringify(error) } });
  });
});
