import { expect, test } from "vitest";

import type { RemoteEntry } from "../../src/config/server-entry.ts";
import { openSigned, refusal, remote, send, type Signed } from "./world.ts";

/** The same server at another of its addresses: its metadata names the same resource. */
function elsewhere({ entry }: Signed, oauth: RemoteEntry["oauth"] = {}): RemoteEntry {
  return remote(`${entry.url}?team=two`, { oauth: { ...(entry.oauth === false ? {} : entry.oauth), ...(oauth === false ? {} : oauth) } });
}

test("U05: two addresses of one resource share one sign-in: the second asks nobody, and one renewal serves both", async () => {
  const signed = await openSigned({ issuer: { rotation: "family" } });
  const { world, issuer, entry, access } = signed;
  const second = world.access(elsewhere(signed), { name: "second" });
  expect((await send(second, elsewhere(signed).url)).status).toBe(200);
  expect([world.ledger.count({ path: "/authorize" }), world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/register" })]).toEqual([0, 0, 0]);
  issuer.expireTokens();
  expect((await send(second, elsewhere(signed).url)).status).toBe(200);
  expect((await send(access, entry.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("U05: auth says that it is signed in already, and a sign-out of either signs out both", async () => {
  const signed = await openSigned();
  const { world, entry, access } = signed;
  const second = world.access(elsewhere(signed), { name: "second" });
  expect(await second.signIn(world.person())).toMatchObject({ kind: "already-signed-in" });
  expect(await second.signOut({})).toMatchObject({ forgotten: true, revoked: "revoked", alsoFor: [entry.url] });
  expect((await refusal(send(access, entry.url))).code).toBe("sign_in_required");
  expect(Object.keys(await world.vaultRecords()).map((name) => name.split("-")[0])).toEqual(["registration"]);
});

test.each<[string, RemoteEntry["oauth"]]>([
  ["another client", { clientId: "mine" }],
  ["a scope that was not granted", { scope: "admin" }],
  ["another resource", { resource: "https://other.example/mcp" }],
  ["tokens bound to a key", { dpop: true }],
])("U05: an entry that wants %s shares nothing", async (_, oauth) => {
  const signed = await openSigned();
  const { world } = signed;
  const second = world.access(elsewhere(signed, oauth), { name: "second" });
  expect((await refusal(send(second, elsewhere(signed).url))).code).toBe("sign_in_required");
  expect(Object.keys(await world.vaultFiles()).filter((name) => name.startsWith("link-"))).toHaveLength(1);
});

test("S06: another account shares nothing, and neither does another server whose metadata claims the same resource", async () => {
  const signed = await openSigned();
  const { world, issuer, server } = signed;
  const other = world.access(elsewhere(signed), { name: "second", account: "work" });
  expect((await refusal(send(other, elsewhere(signed).url))).code).toBe("sign_in_required");
  const liar = await world.resource({ party: "liar", trusts: issuer });
  liar.toggles.resource = server.url;
  const error = await refusal(send(world.access(remote(liar.url), { name: "liar" }), liar.url));
  expect(error.code).toBe("resource_mismatch");
  expect(world.ledger.find({ party: "liar" }).filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
});
