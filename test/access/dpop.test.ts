import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import type { Fetch } from "../../src/base/runtime.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { openSigned, openWorld, refusal, remote, send } from "./world.ts";

const accepted = { dpop: "accepted" } as const;
const required = { dpop: "required" } as const;
const bound = { dpop: true } as const;

describe("RFC 9449: tokens bound to a key", () => {
  test("code, token, every request and the renewal prove one key; each proof is new, for its method, address and token", async () => {
    const { world, issuer, server, access, entry } = await openSigned({ issuer: required, server: required, oauth: bound });
    await send(access, server.url);
    await send(world.access(entry), server.url);
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    const proofs = world.ledger.entries.flatMap(({ headers }) => (headers["dpop"] === undefined ? [] : [headers["dpop"]]));
    expect(proofs).toHaveLength(5);
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(5);
    expect(new Set(proofs.map((proof) => JSON.stringify(decodeProtectedHeader(proof).jwk))).size).toBe(1);
    expect(decodeProtectedHeader(proofs[0] ?? "")).toMatchObject({ typ: "dpop+jwt", alg: "ES256", jwk: { kty: "EC", crv: "P-256" } });
    expect(decodeProtectedHeader(proofs[0] ?? "").jwk).not.toHaveProperty("d");
    const [request] = world.ledger.find({ party: "resource", path: "/mcp" });
    expect(request?.headers["authorization"]).toMatch(/^DPoP /);
    expect(decodeJwt(request?.headers["dpop"] ?? "")).toMatchObject({ htm: "POST", htu: server.url, ath: expect.any(String) as string });
    expect(world.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
    expect(await world.storedGrant(entry)).toMatchObject({
      generation: 2, tokens: { tokenType: "DPoP" }, dpopKey: { kty: "EC", crv: "P-256" } });
  });

  test("the private key is in the vault and nowhere else", async () => {
    const { world, server, access, entry } = await openSigned({ issuer: required, server: required, oauth: bound });
    await send(access, server.url);
    const key = (await world.storedGrant(entry))?.dpopKey?.d ?? "";
    expect(key).toHaveLength(43);
    expectNowhere([key], { ledger: world.ledger, texts: { events: JSON.stringify(world.events) } });
  });

  test.each(["required", "rotates"] as const)("a nonce that is %s by issuer and server is asked for, given, and kept as long as it is good", async (dpopNonce) => {
    const { world, server, access } = await openSigned({ issuer: { ...required, dpopNonce }, server: { ...required, dpopNonce }, oauth: bound });
    expect((await send(access, server.url)).status).toBe(200);
    expect((await send(access, server.url)).status).toBe(200);
    const [asked, given] = ["resource POST /mcp tools/list → 401", "resource POST /mcp tools/list → 200"];
    // The next one comes with the success.
    expect(world.ledger.sequence()).toEqual([asked, given, given]);
    server.retireNonce();
    expect((await send(access, server.url)).status).toBe(200);
    expect(world.ledger.count({ party: "issuer" })).toBe(0);
  });

  test("many requests at once without a nonce all get through, and none is taken for a refused token", async () => {
    const { world, server, access } = await openSigned({ issuer: required, server: { ...required, dpopNonce: "required" }, oauth: bound });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(access, server.url)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(world.ledger.count({ party: "issuer" })).toBe(0);
  });

  test("an issuer that takes no nonce is asked twice, at the sign-in and at the renewal, which keeps the grant", async () => {
    const { world, issuer, server, access, entry } = await openSigned({ signIn: false, issuer: { ...required, dpopNonce: "endless" }, server: required, oauth: bound });
    expect(await refusal(access.signIn(world.person()))).toMatchObject({ code: "token_refused", message: expect.stringContaining("use_dpop_nonce"), hint: expect.stringContaining("takes none that it gave") });
    expect(world.ledger.sequence("issuer").filter((line) => line.includes("/token"))).toEqual(Array.from({ length: 2 }, () => "issuer POST /token authorization_code → 400"));
    expect(await world.vaultFiles()).not.toContain("grant-");
    issuer.toggles.dpopNonce = "required";
    await access.signIn(world.person());
    issuer.toggles.dpopNonce = "endless";
    issuer.expireTokens();
    world.ledger.clear();
    expect(await refusal(send(access, server.url))).toMatchObject({ code: "renewal_failed", hint: expect.stringContaining("takes none that it gave") });
    expect(world.ledger.sequence("issuer")).toEqual(Array.from({ length: 2 }, () => "issuer POST /token refresh_token → 400"));
    issuer.toggles.dpopNonce = "required";
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  });

  test("a server that takes no nonce is asked twice, its issuer not at all, and nobody is asked to sign in; one that gives none is asked once", async () => {
    const { world, server, access } = await openSigned({ issuer: required, server: { ...required, dpopNonce: "endless" }, oauth: bound });
    expect(await refusal(send(access, server.url))).toMatchObject({ code: "token_rejected", message: expect.stringContaining("asks for a DPoP nonce and takes none") });
    expect(world.ledger.sequence()).toEqual(Array.from({ length: 2 }, () => "resource POST /mcp tools/list → 401"));
    world.ledger.clear();
    const giving = createHttpFetch();
    const forgetful: Fetch = async (url, init) => {
      const answer = await giving(url, init);
      return { ...answer, headers: { get: (name) => (name.toLowerCase() === "dpop-nonce" ? null : answer.headers.get(name)) } };
    };
    const entry = remote(server.url, { oauth: bound });
    expect((await refusal(send(world.access(entry, { runtime: { fetch: forgetful } }), server.url))).code).toBe("token_rejected");
    expect(world.ledger.sequence()).toEqual(["resource POST /mcp tools/list → 401"]);
  });

  test("a code is not sent twice when the nonce is asked for without giving one", async () => {
    const world = await openWorld();
    const issuer = await world.issuer(required);
    const server = await world.resource({ trusts: issuer, ...required });
    issuer.toggles.metadata = { token_endpoint: (await world.bystander("token", () => ({ status: 400, headers: { "content-type": "application/json" }, body: '{"error":"use_dpop_nonce"}' }))).origin };
    const error = await refusal(world.access(remote(server.url, { oauth: bound })).signIn(world.person()));
    expect([error.code, world.ledger.count({ party: "token" })]).toEqual(["token_refused", 1]);
  });

  test("T03: a bound token that nobody asked for is refused, and so is a bearer where a bound one was asked for", async () => {
    const world = await openWorld();
    const plain = await world.issuer({ tokenType: "DPoP" });
    const unasked = await refusal(world.access(remote((await world.resource({ trusts: plain })).url)).signIn(world.person()));
    expect([unasked.code, unasked.message]).toEqual(["token_refused", expect.stringContaining('"oauth": { "dpop": true }')]);
    const unaware = await world.issuer({ party: "unaware" });
    const weaker = await refusal(world.access(remote((await world.resource({ party: "other", trusts: unaware })).url, { oauth: bound })).signIn(world.person()));
    expect(weaker.message).toContain("although one that is bound to a key was asked for");
    expect(await world.vaultFiles()).not.toContain("grant-");
  });

  test("switched on later, the bearer grant is not used; without the setting a bound grant still is", async () => {
    const { world, server, entry } = await openSigned({ issuer: accepted, server: accepted });
    const asked = world.access({ ...entry, oauth: { ...(entry.oauth === false ? {} : entry.oauth), ...bound } });
    expect((await refusal(send(asked, server.url))).code).toBe("sign_in_required");
    await asked.signIn(world.person());
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.find({ path: "/mcp" }).at(-1)?.headers["authorization"]).toMatch(/^DPoP /);
  });

  test("a machine's tokens are bound too, by the same key each time", async () => {
    const world = await openWorld();
    const issuer = await world.issuer({ ...required, dpopNonce: "required", grants: ["client-credentials"], clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: "robot-secret", redirect_uris: [] }] });
    const server = await world.resource({ trusts: issuer, ...required });
    const entry = remote(server.url, { oauth: { ...bound, grant: "client_credentials", clientId: "robot", clientSecret: "robot-secret" } });
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    const keys = world.ledger.find({ path: "/token" }).map(({ headers }) => JSON.stringify(decodeProtectedHeader(headers["dpop"] ?? "").jwk));
    expect([keys.length, new Set(keys).size]).toEqual([4, 1]);
  });
});
