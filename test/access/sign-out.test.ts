import { expect, test } from "vitest";

import { openSigned, openWorld, refusal, remote, send } from "./world.ts";

test("signing out revokes the refresh token, then the access token, and forgets the grant but not the client (U04)", async () => {
  const { world, issuer, server, entry, access } = await openSigned();
  const tokens = (await world.storedGrant(entry))?.tokens;
  expect(await access.signOut({})).toEqual({ server: "example", account: "default", forgotten: true, otherAccounts: [], alsoFor: [], revoked: "revoked", revocationError: undefined });
  const forms = world.ledger.find({ path: "/revoke" }).map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(forms).toEqual([
    { token: tokens?.refreshToken, token_type_hint: "refresh_token", client_id: expect.any(String) },
    { token: tokens?.accessToken, token_type_hint: "access_token", client_id: expect.any(String) },
  ]);
  expect(issuer.validate(tokens?.accessToken ?? "").ok).toBe(false);
  expect(Object.keys(await world.vaultFiles()).map((name) => name.split("-")[0])).toEqual(["registration"]);
  expect((await refusal(send(access, server.url))).code).toBe("sign_in_required");
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.count({ path: "/register" })).toBe(0);
});

test.each([
  { what: "answers 503", revocation: "unavailable", requests: 2, said: "503" },
  { what: "knows neither kind of token", revocation: "unsupported", requests: 2, said: "unsupported_token_type" },
] as const)("an issuer that $what is reported, and the grant is forgotten all the same (U04)", async ({ revocation, requests, said }) => {
  const { world, entry, access } = await openSigned({ issuer: { revocation } });
  const result = await access.signOut({});
  expect(result).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "failed", revocationError: { code: "token_refused", message: expect.stringContaining(said) } });
  expect(result.revocationError?.message).toContain("refresh token");
  expect([world.ledger.count({ path: "/revoke" }), await world.storedGrant(entry)]).toEqual([requests, undefined]);
});

test("an issuer that does not revoke refresh tokens is still asked for the access token (U04)", async () => {
  const { world, issuer, entry, access } = await openSigned({ issuer: { revocation: ["unsupported", "ok"] } });
  const token = (await world.storedGrant(entry))?.tokens?.accessToken ?? "";
  expect(await access.signOut({})).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "failed", revocationError: { message: expect.stringContaining("refresh token") } });
  expect(issuer.validate(token).ok).toBe(false);
});

test("an issuer that revokes refresh tokens only: said so, with the time until which the access token stays valid (U04)", async () => {
  const { world, entry, access } = await openSigned({ issuer: { revocation: ["ok", "unsupported"] } });
  const tokens = (await world.storedGrant(entry))?.tokens;
  const result = await access.signOut({});
  expect(result).toMatchObject({ forgotten: true, revoked: "refresh-token", accessTokenUntil: tokens?.expiresAt, revocationError: { message: expect.stringContaining("access token (400, unsupported_token_type)") } });
  expect(await world.storedGrant(entry)).toBeUndefined();
});

test("an issuer that hangs holds a sign-out for five seconds, once (U04)", async () => {
  const { world, entry, access } = await openSigned({ issuer: { revocation: "hang" } });
  const at = performance.now();
  expect(await access.signOut({})).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "failed", revocationError: { code: "timed_out" } });
  expect(performance.now() - at).toBeLessThan(30_000);
  expect([world.ledger.count({ path: "/revoke" }), await world.storedGrant(entry)]).toEqual([1, undefined]);
});

test("a person who does not wait for an issuer that hangs has the grant forgotten at once (U04)", async () => {
  const { world, entry, access } = await openSigned({ issuer: { revocation: "hang" } });
  expect(await access.signOut({ signal: AbortSignal.timeout(150) })).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "failed", revocationError: { code: "cancelled" } });
  expect(await world.storedGrant(entry)).toBeUndefined();
});

test("an issuer that cannot be reached is asked once, and the grant is forgotten (U04)", async () => {
  const { world, issuer, entry, access } = await openSigned();
  await issuer.refuse();
  expect(await access.signOut({})).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "failed", revocationError: { code: "unreachable", details: { leg: "revocation" } } });
  expect(await world.storedGrant(entry)).toBeUndefined();
});

test("an issuer without a revocation endpoint: said, and forgotten (U04)", async () => {
  const { world, entry, access } = await openSigned({ issuer: { revocation: "absent" } });
  expect(await access.signOut({})).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "not-offered", revocationError: undefined });
  expect([world.ledger.entries, await world.storedGrant(entry)]).toEqual([[], undefined]);
});

test("keeping the remote grant sends nothing and forgets here (U04)", async () => {
  const { world, issuer, entry, access } = await openSigned();
  const token = (await world.storedGrant(entry))?.tokens?.accessToken ?? "";
  expect(await access.signOut({ keepRemote: true })).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "skipped" });
  expect([world.ledger.entries, await world.storedGrant(entry), issuer.validate(token).ok]).toEqual([[], undefined, true]);
});

test("where nothing is stored, nothing is asked and nothing is written (U04)", async () => {
  const world = await openWorld();
  const server = await world.resource({ trusts: await world.issuer() });
  expect(await world.access(remote(server.url)).signOut({})).toEqual({ server: "example", account: "default", forgotten: false, otherAccounts: [], alsoFor: [], revoked: "skipped", revocationError: undefined });
  expect([world.ledger.entries, await world.vaultFiles()]).toEqual([[], {}]);
});

test("only the account that was named is signed out (U04)", async () => {
  const { world, server, entry, access } = await openSigned();
  const work = world.access(entry, { account: "work" });
  await work.signIn(world.person());
  await work.signOut({});
  expect((await refusal(send(work, server.url))).hint).toBe("mcpass auth example --account work");
  expect((await send(access, server.url)).status).toBe(200);
});

test("a client secret authenticates the revocation in the way that worked before, and is in no message (U04, T01)", async () => {
  const { world, issuer, access } = await openSigned({ issuer: { clientAuthentication: "basic-lies" } });
  expect((await access.signOut({})).revoked).toBe("revoked");
  const [secret = ""] = issuer.secrets("client-secret");
  expect(world.ledger.find({ path: "/revoke" }).map(({ body }) => new URLSearchParams(body).get("client_secret"))).toEqual([secret, secret]);
  await access.signIn(world.person());
  issuer.forgetClients();
  const { revocationError } = await access.signOut({});
  expect(revocationError?.message).toContain("invalid_client");
  expect(JSON.stringify(revocationError) + String(revocationError?.message)).not.toContain(secret);
});

test("a grant that has ended is forgotten without asking its issuer (U04, F04)", async () => {
  const { world, issuer, server, entry, access } = await openSigned();
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  await refusal(send(access, server.url));
  world.ledger.clear();
  expect(await access.signOut({})).toMatchObject({ forgotten: true, otherAccounts: [], alsoFor: [], revoked: "skipped" });
  expect([world.ledger.entries, await world.storedGrant(entry)]).toEqual([[], undefined]);
});

test("U04: a client secret that cannot be had keeps nothing from being forgotten here, and is said", async () => {
  const { world, entry } = await openSigned();
  const failing = world.access({ ...entry, oauth: { ...(entry.oauth === false ? {} : entry.oauth), clientId: (await world.storedGrant(entry))!.registration.clientId, clientSecretCommand: { words: ["false"], cwd: world.home, timeoutMs: 5_000 } } });
  expect(await failing.signOut({})).toMatchObject({ forgotten: true, revoked: "failed", revocationError: { code: expect.stringMatching(/command_failed$/) } });
  expect(await world.storedGrant(entry)).toBeUndefined();
});

test("what a person signed in for is forgotten too when a machine is to sign in from now on (U04)", async () => {
  const { world, entry } = await openSigned();
  const byMachine = world.access({ ...entry, oauth: { grant: "client_credentials", clientId: "robot", clientSecret: "robot's" } });
  expect(await byMachine.signOut({})).toMatchObject({ forgotten: true, revoked: "revoked" });
  expect(await world.storedGrant(entry)).toBeUndefined();
});
