import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type ServingProgram, startServing } from "../rig/serving.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { ageGrant, storedGrant } from "./age-grant.ts";

interface Scene {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly notes: ResourceServer;
}

async function openScene(options: AuthorizationServerOptions = {}): Promise<Scene> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const notes = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: notes.url } });
  return { walk, issuer, notes };
}

const name = "notes";
const begin = async (serving: ServingProgram): Promise<string> => (await serving.second.mcp.auth.start({ name })).data?.authorizationUrl ?? "";
const statusOf = async (serving: ServingProgram): Promise<string | undefined> => (await serving.second.mcp.status()).data?.[name]?.status;
const connected = (serving: ServingProgram): Promise<unknown> => waitUntil(async () => (await statusOf(serving)) === "connected", "notes to be connected");
const approve = async (url: string): Promise<string> => (await fetch(url, { redirect: "manual" })).headers.get("location") ?? "";

async function killed(serving: ServingProgram): Promise<void> {
  serving.program.signal("SIGKILL");
  await serving.program.ended;
}

test("two servers at once show one sign-in, and both are connected after it", async () => {
  const { walk } = await openScene();
  const [one, other] = [await startServing(walk), await startServing(walk)];
  const url = await begin(one);
  expect(await begin(other)).toBe(url);
  expect((await fetch(url)).status).toBe(200);
  await Promise.all([connected(one), connected(other)]);
  expect(walk.ledger.count({ party: "issuer", path: "/token" })).toBe(1);
  expect((await other.second.mcp.auth.remove({ name })).data).toEqual({ success: true });
  await waitUntil(async () => (await statusOf(one)) === "needs_auth", "the other server to hear of the sign-out");
});

test("a callback that comes to the other server finishes the sign-in of the first", async () => {
  const { walk } = await openScene();
  const [one, other] = [await startServing(walk), await startServing(walk)];
  const redirect = await approve(await begin(one));
  expect((await other.ask("POST", "/mcp/notes/auth/callback", { body: { url: redirect } })).json).toEqual({ status: "connected" });
  await connected(one);
});

for (const [how, end] of [["a restart", async (serving: ServingProgram) => (serving.program.signal("SIGTERM"), void (await serving.program.ended))], ["kill -9", killed]] as const) {
  test(`${how} in mid sign-in: what was begun is finished by the server that comes after it, with the address the browser was sent to`, async () => {
    const { walk } = await openScene();
    const first = await startServing(walk);
    const url = await begin(first);
    await end(first);
    const second = await startServing(walk);
    expect(await statusOf(second)).toBe("needs_auth");
    const redirect = await approve(url);
    expect((await second.ask("POST", "/mcp/notes/auth/callback", { body: { url: redirect } })).json).toEqual({ status: "connected" });
    expect((await second.ask("POST", "/mcp/notes/auth/callback", { body: { url: redirect } })).status).toBe(400);
    expect((await second.ask("GET", "/mcp/notes/tools")).status).toBe(200);
  });
}

test("kill -9 in mid sign-in and start again: a page that is still open works once the sign-in is begun again", async () => {
  const { walk } = await openScene();
  const first = await startServing(walk);
  const url = await begin(first);
  await killed(first);
  const second = await startServing(walk);
  expect(await begin(second)).toBe(url);
  expect(await (await fetch(url)).text()).toContain("You are signed in to notes");
  await connected(second);
});

test("kill -9 of a server that is signed in: the next one is connected without anybody, and the cookie and the token are still good", async () => {
  const { walk } = await openScene();
  const first = await startServing(walk);
  await fetch(await begin(first));
  await connected(first);
  const opened = await first.ask("GET", first.link.slice(first.url.length), { headers: { authorization: undefined } });
  const cookie = (opened.headers["set-cookie"] as string[])[0]?.split(";")[0];
  await killed(first);
  const second = await startServing(walk, ["--port", String(first.port)]);
  expect(second.token).toBe(first.token);
  expect((await second.ask("GET", "/mcp", { headers: { authorization: undefined, cookie } })).json).toEqual({ notes: { status: "connected" } });
  // A link from before may have been used then.
  expect((await second.ask("GET", first.link.slice(first.url.length), { headers: { authorization: undefined } })).status).toBe(403);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`${signal} while a token is being renewed: it is stored before the server ends, and the one after it goes on with it`, async () => {
    const { walk, issuer, notes } = await openScene({ rotation: "family" });
    const first = await startServing(walk);
    await fetch(await begin(first));
    await connected(first);
    const before = await storedGrant(walk, notes.url);
    issuer.toggles.refreshAnswer = { slowMs: 1_000 };
    issuer.expireTokens();
    await ageGrant(walk, notes.url, -1_000);
    const asked = first.ask("POST", "/mcp/notes/tools/echo", { body: { arguments: { text: "x" } } }).catch(() => undefined);
    await waitUntil(() => walk.ledger.count({ party: "issuer", path: "/token", word: "refresh_token" }) > 0, "the renewal to be asked for");
    first.program.signal(signal);
    const { exitCode, stderr } = await first.program.ended;
    await asked;
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.not.stringContaining("error:") as string });
    const after = await storedGrant(walk, notes.url);
    expect(after?.tokens?.refreshToken).not.toBe(before?.tokens?.refreshToken);
    const second = await startServing(walk);
    await connected(second);
    expect((await second.ask("POST", "/mcp/notes/tools/echo", { body: { arguments: { text: "x" } } })).status).toBe(200);
  });
}

test("who waits for a person is told when the server ends, and does not hold it up", async () => {
  const { walk } = await openScene();
  const serving = await startServing(walk, [], { browser: walk.browser({ hold: true }) });
  const waiting = serving.second.mcp.auth.authenticate({ name });
  await waitUntil(() => walk.ledger.count({ party: "issuer", path: "/authorize" }) > 0, "the browser to be there");
  serving.program.signal("SIGTERM");
  expect((await waiting).error).toMatchObject({ code: "cancelled" });
  expect((await serving.program.ended).exitCode).toBe(143);
});

test("what ends the server ends its streams and the local programs it started, and frees both ports", async () => {
  const { walk, notes } = await openScene();
  await walk.configure({ notes: { type: "remote", url: notes.url }, local: { type: "local", command: [process.execPath, fileURLToPath(new URL("../servers/stdio-server.mjs", import.meta.url))] } });
  const serving = await startServing(walk);
  const url = await begin(serving);
  await waitUntil(async () => (await serving.second.mcp.status()).data?.["local"]?.status === "connected", "the local program to be connected");
  const children = await childrenOf(serving.program.pid);
  const stream = await fetch(`${serving.url}/event`, { headers: { authorization: `Bearer ${serving.token}` } });
  const reading = stream.text();
  serving.program.signal("SIGTERM");
  const at = Date.now();
  expect((await serving.program.ended).exitCode).toBe(143);
  expect(Date.now() - at).toBeLessThan(10_000);
  expect(await reading).toContain("server.connected");
  await expect(fetch(await approve(url))).rejects.toThrow();
  if (process.platform === "linux") expect(children.length).toBe(1);
  expect(await childrenOf(serving.program.pid)).toEqual([]);
  for (const child of children) expect(() => process.kill(child, 0)).toThrow();
  expect((await startServing(walk, ["--port", String(serving.port)])).port).toBe(serving.port);
});

/** Linux only, elsewhere none are seen. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const all = (await readdir("/proc").catch(() => [])).filter((entry) => /^\d+$/.test(entry));
  const parents = await Promise.all(all.map(async (entry) => [Number(entry), /^\d+ \(.*\) \S (\d+)/s.exec(await readFile(`/proc/${entry}/stat`, "utf8").catch(() => ""))?.[1]] as const));
  return parents.filter(([, parent]) => parent === String(pid)).map(([child]) => child);
}
