import { expect, test } from "vitest";

import { listClients } from "../../src/access/clients.ts";
import type { Fetch } from "../../src/base/runtime.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { expectNowhere } from "../rig/canary.ts";
import { openSigned, refusal } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

const unknown = ["json-400", "json-422", "text-500", "html-200", "redirect"] as const;

test.each(unknown)("a forgotten client is replaced before the browser opens, where its issuer shows %s (R02)", async (unknownClientPage) => {
  const { world, issuer, entry } = await openSigned({ issuer: { unknownClientPage } });
  const before = (await world.storedGrant(entry))?.registration.clientId;
  issuer.forgetClients();
  world.opened.length = 0;
  const person = world.person({ force: true });
  expect((await world.access(entry).signIn(person)).kind).toBe("signed-in");
  expect(person.said.join("\n")).toContain("no longer knows this client; registering again");
  expect([world.opened.length, world.ledger.count({ path: "/register" })]).toEqual([1, 1]);
  expect(world.opened[0]).not.toContain(before);
});

test("what is looked at is thrown away: neither its state nor its challenge is the browser's (R02)", async () => {
  const { world, entry } = await openSigned();
  world.opened.length = 0;
  await world.access(entry).signIn(world.person({ force: true }));
  const [looked, browsed] = world.ledger.find({ path: "/authorize" }).map(({ path }) => new URLSearchParams(path.split("?")[1]));
  for (const name of ["state", "code_challenge"]) expect(looked?.get(name)).not.toBe(browsed?.get(name));
  expect(looked?.get("client_id")).toBe(browsed?.get("client_id"));
  expect(world.ledger.count({ path: "/token", word: "authorization_code" })).toBe(1);
});

test.each(["invalid_client-401", "invalid_client-400", "invalid_grant-400"] as const)("a client forgotten between the browser and the token endpoint (%s) is replaced once, and no code is sent twice (R02)", async (unknownClientError) => {
  const { world, issuer, entry } = await openSigned({ issuer: { unknownClientError } });
  const real = createHttpFetch();
  const access = world.access(entry, { runtime: { fetch: forgetfulOnce(real, () => issuer.forgetClients()) } });
  world.opened.length = 0;
  expect((await access.signIn(world.person({ force: true }))).kind).toBe("signed-in");
  const codes = world.ledger.find({ path: "/token" }).flatMap(({ body }) => new URLSearchParams(body).get("code") ?? []);
  expect([codes.length, new Set(codes).size, world.opened.length, world.ledger.count({ path: "/register" })]).toEqual([2, 2, 2, 1]);
});

/** Forgets when the first code is sent. */
function forgetfulOnce(real: Fetch, forget: () => void): Fetch {
  let sent = false;
  return (url, init) => {
    if (!sent && url.endsWith("/token")) forget();
    sent ||= url.endsWith("/token");
    return real(url, init);
  };
}

test.each([403, 429, 502, 503] as const)("an authorization endpoint that answers us %s in no words of its own costs no registration (R02)", async (status) => {
  const { world, entry } = await openSigned();
  const real = createHttpFetch();
  const answer = { status, headers: { get: () => null }, body: null };
  const access = world.access(entry, { runtime: { fetch: async (url, init) => (url.includes("/authorize?") ? answer : real(url, init)) } });
  await access.signIn(world.person({ force: true }));
  expect([world.ledger.count({ path: "/register" }), world.ledger.count({ path: "/token" })]).toEqual([0, 1]);
});

test("an issuer that is known to forget clients means it with any refusal (R02)", async () => {
  const { world, entry } = await openSigned({ oauth: { profile: "supabase" } });
  const real = createHttpFetch();
  const answer = { status: 403, headers: { get: () => null }, body: null };
  const access = world.access(entry, { runtime: { fetch: async (url, init) => (url.includes("/authorize?") ? answer : real(url, init)) } });
  await access.signIn(world.person({ force: true }));
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});

test("a sign-in page that speaks of clients is not a refusal of ours (R02)", async () => {
  const { world, entry } = await openSigned();
  const real = createHttpFetch();
  const page = "<html><script>if (unknown_client) throw 'invalid client_id'</script><h1>Sign in to continue</h1><p>The client Notes wants to use your account. Invalid password? Reset it.</p></html>";
  const answer = () => ({ status: 200, headers: { get: () => "text/html" }, body: (async function* () { yield new TextEncoder().encode(page); })() });
  const access = world.access(entry, { runtime: { fetch: async (url, init) => (url.includes("/authorize?") ? answer() : real(url, init)) } });
  await access.signIn(world.person({ force: true }));
  expect(world.ledger.count({ path: "/register" })).toBe(0);
});

test("after a sign-in that nobody finished, with a client of an earlier one, the next registers afresh, once (R02)", async () => {
  const { world, access, issuer } = await openSigned();
  issuer.toggles.approval = "page";
  expect((await refusal(access.signIn(world.person({ force: true, timeoutMs: 300 })))).code).toBe("authorization_expired");
  expect(world.ledger.count({ path: "/register" })).toBe(0);
  issuer.toggles.approval = "auto";
  await access.signIn(world.person({ force: true }));
  await access.signIn(world.person({ force: true }));
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});

test("a configured client that the issuer refuses stays configured; its error is shown as it is, and its code is not sent again (R06)", async () => {
  const callbackPort = await freePort();
  const redirect_uris = [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`];
  const { world, access } = await openSigned({ signIn: false, issuer: { clients: [{ client_id: "ours", redirect_uris }], codeAnswer: "invalid-client" }, oauth: { clientId: "ours", callbackPort } });
  const error = await refusal(access.signIn(world.person()));
  expect(error).toMatchObject({ code: "token_refused", message: expect.stringContaining("invalid_client"), hint: expect.stringContaining("oauth.clientId") });
  expect([world.opened.length, world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/register" })]).toEqual([1, 1, 0]);
});

test("a document that the issuer does not take is left for a registration, once, and the notice says how to do so always (R07)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { metadata: { client_id_metadata_document_supported: true } }, oauth: { clientMetadataUrl: "https://client.example/mcpass.json" } });
  const person = world.person();
  await access.signIn(person);
  expect(person.notices.map(({ clientKind }) => clientKind)).toEqual(["dynamic"]);
  expect(person.said.join("\n")).toContain('"registration": "dcr"');
  expect(world.opened).toHaveLength(1);
});

test("a document refused where nobody can register is no loop (R07)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { registration: "off", clientMetadataDocuments: true, codeAnswer: "invalid-client" }, oauth: { clientMetadataUrl: "https://client.example/mcpass.json" } });
  expect((await refusal(access.signIn(world.person()))).code).toBe("token_refused");
  expect([world.opened.length, world.ledger.count({ path: "/token" })]).toEqual([1, 1]);
});

test("a registration that is refused as it is goes once more as the least it can be (R08)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { refusedRegistrationScopes: ["openid"] }, server: { scopesSupported: ["openid", "notes"] } });
  const person = world.person();
  await access.signIn(person);
  const [whole, reduced] = world.ledger.find({ path: "/register" }).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect([whole?.["scope"], reduced?.["scope"], reduced?.["application_type"]]).toEqual(["openid notes", undefined, undefined]);
  expect(reduced?.["grant_types"]).toEqual(["authorization_code", "refresh_token"]);
  expect(person.said[0]).toContain("trying once with the least it can be");
});

test("an issuer that wants an initial access token gets it, nowhere but there (R08)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { initialAccessToken: "canary-initial" }, oauth: { registrationAccessToken: "canary-initial" } });
  await access.signIn(world.person());
  expect(world.ledger.holding("canary-initial").map(({ path }) => path)).toEqual(["/register"]);
  expectNowhere(["canary-initial"], { texts: await world.vaultRecords() });
});

test("both grants that mcpass uses are named when registering (R08)", async () => {
  const { world, access } = await openSigned({ signIn: false, issuer: { wantedGrantTypes: ["authorization_code", "refresh_token"], bindsScopes: true }, server: { scopesSupported: ["notes"] } });
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
});

test("what deleting a client needs is kept with it (RFC 7592)", async () => {
  const { world } = await openSigned({ issuer: { clientConfiguration: "on" } });
  expect((await listClients(world.vault)).map(({ deletable }) => deletable)).toContain(true);
});
