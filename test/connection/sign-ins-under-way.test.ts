import { expect, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { canListenOn, openClosed, redirectOf, told } from "./closed.ts";
import { openHarness, remote } from "./harness.ts";

test("C05: begin, then any browser: the callback is served, the server connected, and the page and the status say the same", async () => {
  const { harness, manager } = await openClosed();
  const started = await manager.startAuth("closed");
  expect(started).toEqual({ authorizationUrl: expect.stringContaining("/authorize?"), oauthState: new URL(started.authorizationUrl).searchParams.get("state"), notice: expect.objectContaining({ server: "closed", url: started.authorizationUrl }) });
  expect([harness.browsed, manager.status()]).toEqual([[], { closed: { status: "needs_auth" } }]);
  const page = await fetch(started.authorizationUrl);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("signed in")]);
  await waitUntil(() => manager.snapshot("closed").tools, "the connection");
  expect(manager.snapshot("closed")).toMatchObject({ status: "connected", signedIn: true, tools: 3, error: undefined });
  expect([told(harness, "authorization.begun").length, told(harness, "authorization.ended")]).toEqual([1, [expect.objectContaining({ outcome: "completed", server: "closed" })]]);
});

test("X07: a connection that is open when a sign-in ends is made anew, and the catalog is told to have changed", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer, guard: "closed-calls" });
  const manager = harness.manager({ half: remote(server.url) });
  await expect(manager.callTool("half", "whoami", {})).rejects.toMatchObject({ code: "sign_in_required" });
  expect(manager.status()).toEqual({ half: { status: "needs_auth" } });
  harness.ledger.clear();
  expect(await manager.authenticate("half")).toMatchObject({ kind: "signed-in", verified: true });
  expect([manager.status(), told(harness, "catalog.changed").length]).toEqual([{ half: { status: "connected" } }, 1]);
  expect(await manager.callTool("half", "whoami", {})).toMatchObject({ content: [{ text: expect.stringContaining("alice") }] });
  expect(harness.ledger.count({ word: "initialize" })).toBe(1);
});

test("a second start gives the same address, and authenticate joins: one browser page, one registration", async () => {
  const { harness, manager } = await openClosed({ authorizeDelayMs: 300 });
  const [first, second] = await Promise.all([manager.startAuth("closed"), manager.startAuth("closed")]);
  const both = Promise.all([manager.authenticate("closed"), manager.authenticate("closed")]);
  expect(await manager.startAuth("closed")).toEqual(first);
  expect(second).toEqual(first);
  expect((await both).map(({ kind }) => kind)).toEqual(["signed-in", "signed-in"]);
  expect([harness.browsed, harness.ledger.count({ path: "/register" })]).toEqual([[first.authorizationUrl], 1]);
  expect(await manager.startAuth("closed")).toEqual({ authorizationUrl: "", oauthState: "" });
});

test("start for a server that wants no sign-in says that there is nothing to do", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  const manager = harness.manager({ open: remote(server.url) });
  expect(await manager.startAuth("open")).toEqual({ authorizationUrl: "", oauthState: "" });
  await waitUntil(() => manager.status()["open"]?.status === "connected", "the connection");
});

test("a manager's own signIn and a start at the same time are one sign-in, with one address", async () => {
  const { harness, manager } = await openClosed({ authorizeDelayMs: 500 });
  const signIn = manager.signIn("closed", harness.approving);
  await waitUntil(() => harness.approving.notices.length > 0, "the address");
  expect((await manager.startAuth("closed")).authorizationUrl).toBe(harness.approving.notices[0]?.url);
  expect(await signIn).toMatchObject({ kind: "signed-in" });
  expect(harness.browsed.length).toBe(1);
});

test("X06: without dynamic registration the start fails, and the status says so with the redirect URI to register", async () => {
  const { harness, manager } = await openClosed({ registration: "off" });
  await expect(manager.startAuth("closed")).rejects.toMatchObject({ code: "registration_unavailable", hint: expect.stringContaining("http://127.0.0.1:19876/mcp/oauth/callback") });
  expect(manager.status()).toEqual({ closed: { status: "needs_client_registration", error: expect.stringContaining("http://127.0.0.1:19876/mcp/oauth/callback") } });
  expect(told(harness, "authorization.begun")).toEqual([]);
});

test("X06: nobody comes: the sign-in expires, it is told once, and the status is needs_auth with the reason", async () => {
  const { harness, manager } = await openClosed();
  await manager.startAuth("closed", { timeoutMs: 300 });
  await waitUntil(() => told(harness, "authorization.ended").length > 0, "the end");
  await waitUntil(() => manager.snapshot("closed").error?.code === "authorization_expired", "the reason");
  expect([manager.status(), told(harness, "authorization.ended")]).toEqual([{ closed: { status: "needs_auth" } }, [expect.objectContaining({ outcome: "expired" })]]);
  expect(await manager.authenticate("closed")).toMatchObject({ kind: "signed-in" });
});

test("a person who says no: authenticate throws, the status is needs_auth, and the page says that it failed (C05)", async () => {
  const { harness, manager } = await openClosed({ approval: "deny" });
  await expect(manager.authenticate("closed")).rejects.toMatchObject({ code: "authorization_refused" });
  expect([manager.status(), told(harness, "authorization.ended")]).toEqual([{ closed: { status: "needs_auth" } }, [expect.objectContaining({ outcome: "refused" })]]);
});

test("a sign-in that fails leaves a connection that works alone", async () => {
  const { manager, issuer } = await openClosed();
  await manager.authenticate("closed");
  issuer.toggles.approval = "deny";
  await expect(manager.authenticate("closed", { force: true })).rejects.toMatchObject({ code: "authorization_refused" });
  expect(manager.status()).toEqual({ closed: { status: "connected" } });
  expect((await manager.tools("closed")).length).toBe(3);
});

test("closing the manager ends what waits: authenticate is cancelled, and the callback port let go", async () => {
  const { manager } = await openClosed();
  const waiting = expect(manager.authenticate("closed", { openBrowser: false })).rejects.toMatchObject({ code: "cancelled" });
  await waitUntil(() => manager.status()["closed"]?.status === "needs_auth", "the address");
  expect(await canListenOn(19876)).toBe(false);
  await manager.close();
  await waiting;
  await waitUntil(() => canListenOn(19876), "the callback port to be nobody's");
});

test("who gives up waiting waits no longer; the sign-in goes on for others", async () => {
  const { manager } = await openClosed();
  const controller = new AbortController();
  const impatient = expect(manager.authenticate("closed", { openBrowser: false, signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  const { authorizationUrl } = await manager.startAuth("closed");
  controller.abort();
  await impatient;
  await fetch(authorizationUrl);
  expect(await manager.authenticate("closed")).toMatchObject({ kind: expect.stringMatching(/signed-in/) });
});

test("a browser that cannot be opened is told, and the sign-in waits on", async () => {
  const { harness, manager } = await openClosed();
  Object.assign(harness.runtime, { openBrowser: async () => ({ opened: false, reason: "no display" }) });
  const addresses: string[] = [];
  const result = manager.authenticate("closed", { onAuthorization: ({ url }) => void addresses.push(url) });
  await waitUntil(() => told(harness, "browser.failed").length > 0, "the news");
  expect(told(harness, "browser.failed")).toEqual([expect.objectContaining({ server: "closed", reason: "no display" })]);
  await fetch(addresses[0] ?? "");
  expect(await result).toMatchObject({ kind: "signed-in" });
});

test.each([["the whole URL", (url: string) => ({ url })], ["code, state and iss", (url: string) => Object.fromEntries(new URL(url).searchParams) as { code: string; state: string; iss: string }]])("H05: what came back finishes the sign-in that waits, as %s, and it is told once", async (_, answerOf) => {
  const { harness, manager } = await openClosed();
  const { authorizationUrl } = await manager.startAuth("closed");
  const waiting = manager.authenticate("closed", { openBrowser: false });
  const answer = answerOf(await redirectOf(authorizationUrl));
  expect(await manager.finishAuth("closed", answer)).toMatchObject({ kind: "signed-in", verified: true });
  expect(await waiting).toMatchObject({ kind: "signed-in" });
  expect([manager.status(), told(harness, "authorization.ended").length, told(harness, "grant.obtained").length]).toEqual([{ closed: { status: "connected" } }, 1, 1]);
  await expect(manager.finishAuth("closed", answer)).rejects.toMatchObject({ code: "callback_invalid" });
});

test("a bare code is taken from an issuer without iss, and refused with the reason where iss is promised", async () => {
  const plain = await openClosed({ issAdvertised: false, iss: "none" });
  const code = new URL(await redirectOf((await plain.manager.startAuth("closed")).authorizationUrl)).searchParams.get("code") ?? "";
  expect(await plain.manager.finishAuth("closed", { code })).toMatchObject({ kind: "signed-in" });
  const careful = await openClosed({ issAdvertised: true });
  const { authorizationUrl, oauthState } = await careful.manager.startAuth("closed");
  const other = new URL(await redirectOf(authorizationUrl)).searchParams.get("code") ?? "";
  await expect(careful.manager.finishAuth("closed", { code: other })).rejects.toMatchObject({ code: "callback_invalid", hint: expect.stringContaining("whole address") });
  await expect(careful.manager.finishAuth("closed", { code: other, state: "forged" })).rejects.toMatchObject({ code: "callback_invalid" });
  expect(careful.manager.status()).toEqual({ closed: { status: "needs_auth" } });
  expect(await careful.manager.startAuth("closed")).toMatchObject({ oauthState });
});

test("a code with nothing pending is callback_invalid, and changes nothing", async () => {
  const { harness, manager } = await openClosed();
  await expect(manager.finishAuth("closed", { code: "made-up-code" })).rejects.toMatchObject({ code: "callback_invalid" });
  expect([manager.status(), harness.events]).toEqual([{ closed: { status: "disabled" } }, []]);
});

test("removeAuth revokes, forgets, ends the live connection, and a sign-in that is under way", async () => {
  const { harness, manager } = await openClosed();
  await manager.authenticate("closed");
  const waiting = expect(manager.authenticate("closed", { force: true, openBrowser: false })).rejects.toMatchObject({ code: "cancelled" });
  await waitUntil(() => told(harness, "authorization.begun").length === 2, "the second address");
  expect(await manager.removeAuth("closed")).toMatchObject({ forgotten: true, revoked: "revoked" });
  await waiting;
  expect([manager.status(), harness.ledger.count({ path: "/revoke" })]).toEqual([{ closed: { status: "needs_auth" } }, 2]);
  await expect(manager.tools("closed")).rejects.toMatchObject({ code: "sign_in_required" });
});

test("another account's sign-in says nothing of the server's own", async () => {
  const { harness, manager } = await openClosed();
  expect(await manager.authenticate("closed", { account: "work" })).toMatchObject({ kind: "signed-in", grant: { account: "work" } });
  expect([manager.status(), harness.browsed.length]).toEqual([{ closed: { status: "disabled" } }, 1]);
  await expect(manager.tools("closed")).rejects.toMatchObject({ code: "sign_in_required" });
});

test("a server there is not, and one there is nothing to sign in to", async () => {
  const { manager } = await openClosed({}, { oauth: false });
  await expect(manager.startAuth("close")).rejects.toMatchObject({ code: "server_unknown", message: expect.stringContaining("closed") });
  await expect(manager.startAuth("closed")).rejects.toMatchObject({ code: "oauth_unsupported" });
  expect(manager.status()).toEqual({ closed: { status: "disabled" } });
});

test("a start after somebody has signed in elsewhere has nothing to do, and opens no browser (F06)", async () => {
  const { harness, manager, server } = await openClosed();
  await manager.authenticate("closed");
  await manager.removeAuth("closed");
  expect(manager.status()).toEqual({ closed: { status: "needs_auth" } });
  await harness.manager({ closed: remote(server.url) }).signIn("closed", harness.approving);
  expect(await manager.startAuth("closed")).toEqual({ authorizationUrl: "", oauthState: "" });
  expect(harness.browsed.length).toBe(2);
});

test("who does not want to wait for an address goes without it", async () => {
  const { manager } = await openClosed();
  await expect(manager.startAuth("closed", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  expect((await manager.startAuth("closed")).authorizationUrl).toContain("/authorize?");
});
