import { expect, test } from "vitest";
import type { OAuthSettings } from "../../src/config/server-entry.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { waitUntil } from "../rig/wait.ts";
import { expectNowhere } from "../rig/canary.ts";
import { callTool, openSigned, type Signed } from "./world.ts";

const ada = { email: "ada@example.com", name: "Ada" };
const openid: OAuthSettings = { scope: "openid mcp:read" };
const people = { alice: ada, "bob-1": { email: "bob@example.com" } };

/** An issuer that tells who signs in; nobody has signed in yet. */
async function open(issuer: AuthorizationServerOptions = {}, oauth: OAuthSettings = openid): Promise<Signed> {
  return openSigned({ issuer: { idTokens: true, idTokenClaims: "all", people, ...issuer }, oauth, signIn: false });
}

const stored = async ({ world, entry }: Signed, account?: string) => (await world.storedGrant(entry, account))?.identity;
const asked = ({ world }: Signed): number => world.ledger.count({ path: "/userinfo" });

test("S07: the ID token of a sign-in says who the account is; the token itself is kept nowhere, and userinfo is not asked", async () => {
  const signed = await open({ userinfo: "claims" });
  await signed.access.signIn(signed.world.person());
  expect(await stored(signed)).toEqual({ subject: "alice", ...ada });
  expect(asked(signed)).toBe(0);
  expect(signed.issuer.secrets("id-token")).toHaveLength(1);
  expectNowhere(signed.issuer.secrets("id-token"), { texts: { records: Object.values(await signed.world.vaultRecords()).join("\n"), files: Object.values(await signed.world.vaultFiles()).join("\n") } });
});

test("S07: where the ID token has no name, or there is none, the issuer's userinfo is asked, once, and never by a renewal", async () => {
  for (const habits of [{ idTokenClaims: "none" }, { idTokens: false }] as const) {
    const signed = await open({ ...habits, userinfo: "claims" });
    await signed.access.signIn(signed.world.person());
    expect([await stored(signed), asked(signed)]).toEqual([{ subject: "alice", ...ada }, 1]);
    signed.issuer.expireTokens();
    expect((await callTool(signed.access, signed.server.url, "whoami")).status).toBe(200);
    expect([signed.world.ledger.count({ word: "refresh_token" }), asked(signed), await stored(signed)]).toEqual([1, 1, { subject: "alice", ...ada }]);
  }
});

test("S07: without openid among the granted scopes nobody is asked who it was", async () => {
  const signed = await open({ idTokens: "unasked", userinfo: "claims" }, { scope: "mcp:read" });
  await signed.access.signIn(signed.world.person());
  const narrowed = await open({ userinfo: "claims", grantedScope: "mcp:read" });
  await narrowed.access.signIn(narrowed.world.person());
  expect([await stored(signed), asked(signed), await stored(narrowed), asked(narrowed)]).toEqual([undefined, 0, undefined, 0]);
});

test("S07: an ID token of another issuer or for another client says nothing, and userinfo about somebody else neither; the sign-in holds", async () => {
  for (const idTokenClaims of [{ iss: "https://other.example", ...ada }, { aud: "another", ...ada }, { exp: 1, ...ada }]) {
    const signed = await open({ idTokenClaims });
    expect((await signed.access.signIn(signed.world.person())).kind).toBe("signed-in");
    expect(await stored(signed)).toBeUndefined();
  }
  const signed = await open({ idTokenClaims: "none", userinfo: "somebody-else" });
  await signed.access.signIn(signed.world.person());
  expect([await stored(signed), asked(signed)]).toEqual([{ subject: "alice", name: undefined, email: undefined }, 1]);
});

for (const userinfo of ["hang", "html", "unauthorized", "failing", "reset", "huge", "broken-json", "array", { redirect: "https://elsewhere.example/" }] as const) {
  test(`S07: userinfo that is ${typeof userinfo === "string" ? userinfo : "elsewhere"} fails no sign-in`, async () => {
    const signed = await open({ idTokens: false, userinfo });
    const outcome = await signed.access.signIn(signed.world.person());
    expect([outcome.kind, await stored(signed), asked(signed)]).toEqual(["signed-in", undefined, 1]);
    expect((await callTool(signed.access, signed.server.url, "whoami")).status).toBe(200);
  });
}

test("S07: the grant is stored before anybody is asked who it was", async () => {
  const signed = await open({ idTokens: false, userinfo: "hang" });
  const signingIn = signed.access.signIn(signed.world.person());
  await waitUntil(() => asked(signed) === 1, "the question");
  expect((await signed.world.storedGrant(signed.entry))?.tokens).toBeDefined();
  await signingIn;
});

test("S07: a userinfo endpoint on a plain address of another machine is not asked, and no token goes there", async () => {
  const signed = await open({ idTokens: false, metadata: { userinfo_endpoint: "http://192.0.2.1/userinfo" } });
  expect((await signed.access.signIn(signed.world.person())).kind).toBe("signed-in");
  expect([await stored(signed), asked(signed)]).toEqual([undefined, 0]);
});

test("S07: a token that is bound to a key is shown to userinfo with a proof of it", async () => {
  const signed = await openSigned({ issuer: { dpop: "required", people, userinfo: "claims" }, server: { dpop: "required" }, oauth: { ...openid, dpop: true }, signIn: false });
  await signed.access.signIn(signed.world.person());
  const [request] = signed.world.ledger.find({ path: "/userinfo" });
  expect([await stored(signed), request?.headers["authorization"]?.split(" ")[0], typeof request?.headers["dpop"]]).toEqual([{ subject: "alice", ...ada }, "DPoP", "string"]);
});

test("S07: when another person signs in under the same label, the sign-in stands and both are named", async () => {
  const signed = await open();
  await signed.access.signIn(signed.world.person());
  const changes = () => signed.world.events.filter(({ type }) => type === "identity.changed");
  await signed.access.signIn(signed.world.person({ force: true }));
  expect(changes()).toEqual([]);
  // Whatever was suggested, that person chose another session.
  signed.issuer.toggles.ignoresHint = true;
  signed.issuer.toggles.person = "bob-1";
  await signed.access.signIn(signed.world.person({ force: true }));
  expect(changes()).toMatchObject([{ server: "example", account: "default", before: "ada@example.com", now: "bob@example.com" }]);
  expect(await stored(signed)).toMatchObject({ subject: "bob-1" });
  signed.issuer.toggles.people = {};
  signed.issuer.toggles.person = "carol-1";
  await signed.access.signIn(signed.world.person({ force: true }));
  expect(changes()).toHaveLength(2);
  expect(changes()[1]).toMatchObject({ before: "bob@example.com", now: "carol-1" });
});

test("S07: two people of one name are told apart by their subjects, and another issuer's subject is no comparison", async () => {
  const signed = await open({ people: { alice: { name: "Ada" }, "ada-2": { name: "Ada" } }, ignoresHint: true });
  await signed.access.signIn(signed.world.person());
  signed.issuer.toggles.person = "ada-2";
  await signed.access.signIn(signed.world.person({ force: true }));
  expect(signed.world.events.filter(({ type }) => type === "identity.changed")).toMatchObject([{ before: "alice", now: "ada-2" }]);
  const other: AuthorizationServer = await signed.world.issuer({ idTokens: true, person: "ada-3" });
  signed.server.toggles.authorizationServers = [other.issuer];
  signed.server.toggles.validate = other.validate;
  await signed.access.signIn(signed.world.person({ force: true }));
  expect([(await stored(signed))?.subject, signed.world.events.filter(({ type }) => type === "identity.changed").length]).toEqual(["ada-3", 1]);
});

const hints: readonly (readonly [string, OAuthSettings, string | undefined, string | null])[] = [
  ["nothing, where nothing is known", openid, undefined, null],
  ["the configured one", { ...openid, loginHint: "ada@example.com" }, undefined, "ada@example.com"],
  ["the account's label in the form of an address", openid, "bob@example.com", "bob@example.com"],
  ["nothing for another label", openid, "work", null],
  ["what authorizationParams has, before all", { ...openid, loginHint: "ada@example.com", authorizationParams: { login_hint: "carol@example.com" } }, undefined, "carol@example.com"],
  ["nothing, where authorizationParams has it empty", { ...openid, loginHint: "ada@example.com", authorizationParams: { login_hint: "" } }, undefined, null],
];
test.each(hints)("S07: login_hint is %s", async (_words, oauth, account, expected) => {
  const signed = await open({}, oauth);
  await signed.world.access(signed.entry, account === undefined ? {} : { account }).signIn(signed.world.person());
  expect(new URL(signed.world.opened[0] ?? "").searchParams.get("login_hint")).toBe(expected);
});

test("S07: the next sign-in of an account suggests who it was, at the issuer that told it and no other", async () => {
  const signed = await open();
  await signed.access.signIn(signed.world.person());
  await signed.access.signIn(signed.world.person({ force: true }));
  const other = await signed.world.issuer({ party: "other" });
  signed.server.toggles.authorizationServers = [other.issuer];
  signed.server.toggles.validate = other.validate;
  await signed.access.signIn(signed.world.person({ force: true }));
  expect(signed.world.opened.map((url) => new URL(url).searchParams.get("login_hint"))).toEqual([null, "ada@example.com", null]);
});
