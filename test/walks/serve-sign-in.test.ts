import { expect, test } from "vitest";
import { browserDouble } from "../rig/browser.ts";
import { expectNowhere } from "../rig/canary.ts";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk, type WalkProgramOptions } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";

interface Scene {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly notes: ResourceServer;
  readonly serving: ServingProgram;
}

async function openScene(options: AuthorizationServerOptions = {}, how: (walk: Walk) => WalkProgramOptions = () => ({})): Promise<Scene> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const notes = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: notes.url } });
  return { walk, issuer, notes, serving: await startServing(walk, [], how(walk)) };
}

const path = { name: "notes" };
const connected = { status: "connected" };

/** A person's own browser, which has nothing to do with mcpass. */
async function openInBrowser(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
}

/** Where the issuer sends the browser after consent. */
async function approve(url: string): Promise<URL> {
  const answer = await fetch(url, { redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
}

test("OpenCode's first client signs in by authenticate, with the browser of this machine, and the tools are there (X07)", async () => {
  const { walk, issuer, serving } = await openScene({}, (walk) => ({ browser: walk.browser() }));
  expect((await serving.first.mcp.status()).data).toEqual({ notes: { status: "needs_auth" } });
  expect((await serving.first.mcp.auth.authenticate({ path })).data).toEqual(connected);
  expect((await serving.first.mcp.status()).data).toEqual({ notes: connected });
  expect((await serving.ask("GET", "/mcp/notes/tools")).json).toMatchObject({ tools: [{ name: "add_numbers" }, { name: "echo" }, { name: "whoami" }] });
  expect((await serving.ask("POST", "/mcp/notes/tools/add_numbers", { body: { arguments: { a: 2, b: 3 } } })).json).toMatchObject({ content: [{ type: "text", text: "5" }] });
  // Z05: what was issued is nowhere but where it belongs.
  expectNowhere([...issuer.secrets("access-token"), ...issuer.secrets("refresh-token"), ...issuer.secrets("code")], { ledger: walk.ledger, except: ["issuer", "resource"], texts: { printed: walk.printed() } });
});

test("OpenCode's second client starts, an ordinary browser finishes, and the page tells how it ended (C05, X07)", async () => {
  const { serving } = await openScene();
  const { data } = await serving.second.mcp.auth.start(path);
  expect(data?.oauthState).toBe(new URL(data?.authorizationUrl ?? "").searchParams.get("state"));
  expect((await serving.second.mcp.auth.start(path)).data).toEqual(data);
  const page = await openInBrowser(data?.authorizationUrl ?? "");
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in to notes") as string });
  await waitUntil(async () => (await serving.second.mcp.status()).data?.["notes"]?.status === "connected", "notes to be connected");
  // Nothing to do any more: the empty address says so.
  expect((await serving.second.mcp.auth.start(path)).data).toMatchObject({ authorizationUrl: "" });
});

test("OpenCode's first client starts too, and finishes with a bare code where the issuer promises no iss", async () => {
  const { serving } = await openScene({ issAdvertised: false, iss: "none" });
  const { data } = await serving.first.mcp.auth.start({ path });
  const redirect = await approve(data?.authorizationUrl ?? "");
  expect((await serving.first.mcp.auth.callback({ path, body: { code: redirect.searchParams.get("code") ?? "" } })).data).toEqual(connected);
});

test("a bare code is refused for an issuer that promises iss, and the whole address is taken afterwards", async () => {
  const { serving } = await openScene({ issAdvertised: true });
  const { data } = await serving.second.mcp.auth.start(path);
  const redirect = await approve(data?.authorizationUrl ?? "");
  const refused = await serving.second.mcp.auth.callback({ ...path, code: redirect.searchParams.get("code") ?? "" });
  expect(refused.response?.status).toBe(400);
  expect(refused.error).toMatchObject({ code: "callback_invalid", error: expect.stringContaining("not enough for this issuer") as string, hint: expect.stringContaining("whole address") as string });
  const finished = await serving.ask("POST", "/mcp/notes/auth/callback", { body: { url: redirect.href } });
  expect(finished).toMatchObject({ status: 200, json: connected });
});

test("code, state and iss by themselves are as good as the address", async () => {
  const { serving } = await openScene({ issAdvertised: true });
  const { data } = await serving.second.mcp.auth.start(path);
  const { searchParams } = await approve(data?.authorizationUrl ?? "");
  const body = Object.fromEntries(["code", "state", "iss"].map((name) => [name, searchParams.get(name) ?? ""]));
  expect((await serving.ask("POST", "/mcp/notes/auth/callback", { body: { ...body, state: "forged" } })).status).toBe(400);
  expect(await serving.ask("POST", "/mcp/notes/auth/callback", { body })).toMatchObject({ status: 200, json: connected });
});

test("a bare code is refused while two sign-ins to the server are waiting", async () => {
  const { serving } = await openScene({ issAdvertised: false, iss: "none" });
  const { data } = await serving.second.mcp.auth.start(path);
  const other = await serving.ask("POST", "/mcp/notes/auth", { body: { account: "work" } });
  expect(other).toMatchObject({ status: 200, json: { authorizationUrl: expect.stringContaining("/authorize?") as string } });
  const redirect = await approve(data?.authorizationUrl ?? "");
  const refused = await serving.second.mcp.auth.callback({ ...path, code: redirect.searchParams.get("code") ?? "" });
  expect(refused.error).toMatchObject({ code: "callback_invalid", error: expect.stringContaining("several") as string });
  expect(await serving.ask("POST", "/mcp/notes/auth/callback", { body: { url: redirect.href } })).toMatchObject({ status: 200, json: connected });
});

test("a callback that nothing waits for is a 400 that says so, and changes nothing", async () => {
  const { serving, walk } = await openScene();
  const refused = await serving.second.mcp.auth.callback({ ...path, code: "made-up-code" });
  expect(refused.response?.status).toBe(400);
  expect(refused.error).toMatchObject({ code: "callback_invalid" });
  expect((await serving.second.mcp.auth.callback({ name: "notes", code: undefined as unknown as string })).error).toMatchObject({ name: "BadRequest", data: { kind: "Payload", message: expect.stringContaining('["code"]') as string } });
  expect(walk.ledger.count({ party: "issuer", path: "/token" })).toBe(0);
  expect((await serving.second.mcp.status()).data).toEqual({ notes: { status: "needs_auth" } });
});

test("C05: what the issuer refuses fails in the page, in the answer and in the status alike, and nothing is stored", async () => {
  const { serving, walk } = await openScene({ codeAnswer: "invalid-grant" });
  const { data } = await serving.second.mcp.auth.start(path);
  expect(await openInBrowser(data?.authorizationUrl ?? "")).toMatchObject({ status: 400, text: expect.stringContaining("did not succeed") as string });
  const details = await waitUntil(async () => {
    const { json } = await serving.ask("GET", "/mcp/notes");
    return (json as { error: { code: string } | null }).error?.code === "token_refused" && json;
  }, "the error to be told");
  expect(details).toMatchObject({ status: expect.stringMatching(/needs_auth|failed/) as string, accounts: [], account: null });
  expect((await walk.run(["auth", "list", "--json"])).stdout).toContain('"grants": []');
});

test("a person who says no is told so by authenticate", async () => {
  const { serving } = await openScene({ approval: "deny" }, (walk) => ({ browser: walk.browser() }));
  const refused = await serving.second.mcp.auth.authenticate(path);
  expect(refused.response?.status).toBe(400);
  expect(refused.error).toMatchObject({ code: "authorization_refused" });
});

test("without registration, a start is a 400 that names the redirect URI to register, and the status says needs_client_registration", async () => {
  const { serving } = await openScene({ registration: "off" });
  for (const refused of [await serving.second.mcp.auth.start(path), await serving.second.mcp.auth.authenticate(path), await serving.first.mcp.auth.start({ path })]) {
    expect(refused.response?.status).toBe(400);
    expect(refused.error).toMatchObject({ code: "registration_unavailable", redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback", error: expect.stringContaining("http://127.0.0.1:19876/mcp/oauth/callback") as string });
  }
  expect((await serving.second.mcp.status()).data).toMatchObject({ notes: { status: "needs_client_registration", error: expect.any(String) as string } });
});

test("removing a sign-in revokes it at the issuer and ends the live session; once more is success too", async () => {
  const { serving, walk } = await openScene({}, (walk) => ({ browser: walk.browser() }));
  await serving.second.mcp.auth.authenticate(path);
  expect((await serving.ask("GET", "/mcp/notes/tools")).status).toBe(200);
  const ended = walk.ledger.count({ party: "resource", method: "DELETE" });
  expect((await serving.second.mcp.auth.remove(path)).data).toEqual({ success: true });
  expect(walk.ledger.count({ party: "issuer", path: "/revoke" })).toBeGreaterThan(0);
  expect(walk.ledger.count({ party: "resource", method: "DELETE" })).toBe(ended + 1);
  expect((await serving.second.mcp.status()).data).toEqual({ notes: { status: "needs_auth" } });
  // U03: who calls now is told how to sign in, over this API and from a shell.
  expect(await serving.ask("POST", "/mcp/notes/tools/echo", { body: { arguments: { text: "x" } } })).toMatchObject({
    status: 409,
    json: { code: "sign_in_required", hint: "mcpass auth notes", signIn: { method: "POST", path: "/mcp/notes/auth", command: "mcpass auth notes" } },
  });
  expect((await serving.first.mcp.auth.remove({ path })).data).toEqual({ success: true });
});

test("X06, X07: a sign-in by another program is followed: the status flips and the tools are there", async () => {
  const { serving, walk } = await openScene();
  expect((await serving.second.mcp.status()).data).toEqual({ notes: { status: "needs_auth" } });
  const stream = await fetch(`${serving.url}/event`, { headers: { authorization: `Bearer ${serving.token}` } });
  const heard: string[] = [];
  const listening = (async () => {
    for await (const text of stream.body!.pipeThrough(new TextDecoderStream())) heard.push(text);
  })().catch(() => undefined);
  expect((await walk.run(["auth", "notes"], { browser: browserDouble(walk.home.directory) })).exitCode).toBe(0);
  await waitUntil(async () => (await serving.second.mcp.status()).data?.["notes"]?.status === "connected", "notes to be connected");
  await waitUntil(() => heard.join("").includes('"type":"mcp.tools.changed","properties":{"server":"notes"}'), "the tools to be told");
  expect((await serving.ask("GET", "/mcp/notes/tools")).json).toMatchObject({ tools: expect.arrayContaining([expect.objectContaining({ name: "whoami" })]) as unknown[] });
  expect((await serving.ask("GET", "/mcp/notes")).json).toMatchObject({ status: "connected", account: "default", issuer: expect.stringContaining("http://127.0.0.1") as string, error: null, next: null, tools: 3, accounts: [{ account: "default", state: "authenticated" }] });
  serving.program.signal("SIGTERM");
  await listening;
});

test("a sign-in that waits is cancelled: whoever waits is told, its address finishes nothing, and another may begin", async () => {
  const { serving } = await openScene();
  const { data } = await serving.second.mcp.auth.start(path);
  expect((await serving.ask("POST", "/mcp/notes/auth/cancel")).json).toEqual({ success: true });
  expect((await serving.ask("POST", "/mcp/notes/auth/cancel", { body: { account: "other" } })).json).toEqual({ success: true });
  const redirect = await approve(data?.authorizationUrl ?? "");
  expect((await serving.second.mcp.auth.callback({ name: "notes", url: redirect.href } as never)).response?.status).toBe(400);
  expect((await serving.second.mcp.status()).data).toEqual({ notes: { status: "needs_auth" } });
  const again = await serving.second.mcp.auth.start(path);
  expect(again.data?.oauthState).not.toBe(data?.oauthState);
});
