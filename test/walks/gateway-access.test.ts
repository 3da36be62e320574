import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { expectNowhere } from "../rig/canary.ts";
import { type HttpHost, httpHost } from "../rig/http-host.ts";
import { ask, startServing } from "../rig/serving.ts";
import { type Message, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { freePort } from "../rig/free-port.ts";
import { scene } from "./held-sign-in.ts";

const names = (message: Message): string[] => message.result.tools.map(({ name }: { name: string }) => name);
const words = (message: Message): string => message.result?.content?.[0]?.text;
const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };
const hello = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1" } } };
const accept = "application/json, text/event-stream";

test("Z07 the gateway answers nobody but programs that show a token, under a name of its own and for no page of another origin", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  const ticket = new URL(serving.link).search;
  const cookie = String((await ask(serving.url, "GET", `/session${ticket}`)).headers["set-cookie"]).split(";")[0];
  walk.ledger.clear();
  for (const path of ["/gateway", "/gateway/example"]) {
    const post = async (headers: Readonly<Record<string, string | undefined>>): Promise<number> => (await serving.ask("POST", path, { body: hello, headers: { accept, ...headers } })).status;
    expect(await post({})).toBe(200);
    expect(await post({ host: "rebound.example" })).toBe(403);
    expect(await post({ host: `rebound.example:${String(serving.port)}` })).toBe(403);
    for (const origin of ["http://rebound.example", "null", "http://localhost:9"]) expect(await post({ origin })).toBe(403);
    expect(await post({ authorization: undefined })).toBe(401);
    expect(await post({ authorization: "Bearer wrong" })).toBe(401);
    expect(await post({ authorization: undefined, cookie, origin: serving.url })).toBe(401);
    expect(await post({ "content-type": "text/plain" })).toBe(415);
    expect(await post({ accept: "text/html" })).toBe(406);
  }
  const refused = await serving.ask("POST", "/gateway/example", { body: hello, headers: { authorization: undefined } });
  expect(refused.headers["www-authenticate"]).toBe('Bearer realm="mcpass"');
});

test("what is no address of the gateway, no session or no message of the revision it names is refused in words, with the HTTP status that its revision wants", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", wire: "both" });
  await walk.configure({ example: { type: "remote", url: server.url }, off: { type: "remote", url: server.url, enabled: false }, local: { type: "local", command: ["true"] } });
  const serving = await startServing(walk);
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<readonly unknown[]> => {
    const { status, json } = await serving.ask("POST", path, { body, headers: { accept, ...headers } });
    const { code, message } = (json as { readonly error?: { readonly code: number; readonly message: string } }).error ?? {};
    return [status, code, message];
  };
  for (const [path, said] of [["nothing", "nothing is not in the configuration of mcpass serve."], ["off", "off is disabled."], ["local", "local is a local server: a client starts it itself."], ["example/more", "There is nothing here: /gateway is all servers as one, /gateway/NAME is one of them."]] as const) {
    expect(await post(`/gateway/${path}`, hello)).toEqual([404, -32_000, said]);
  }
  const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
  expect(await post("/gateway/example", list)).toEqual([400, -32_000, expect.stringContaining("Mcp-Session-Id is missing")]);
  expect(await post("/gateway/example", list, { "mcp-session-id": "x" })).toEqual([404, -32_001, expect.stringContaining("unknown or over")]);
  for (const method of ["GET", "DELETE"]) expect((await serving.ask(method, "/gateway/example")).status).toBe(405);
  const modern = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
  const asked = { ...list, params: modernMeta() };
  expect(await post("/gateway/example", asked, modern)).toEqual([200, undefined, undefined]);
  // A session is of no meaning there, and neither is a batch.
  expect(await post("/gateway/example", asked, { ...modern, "mcp-session-id": "of before" })).toEqual([200, undefined, undefined]);
  expect(await post("/gateway/example", [asked, asked], modern)).toEqual([400, -32_600, "2026-07-28 knows no batches: each message is a request of its own."]);
  expect(await post("/gateway/example", { ...list, id: null }, { "mcp-session-id": "x" })).toEqual([400, -32_700, "The body is no JSON-RPC message."]);
  expect(await post("/gateway/example", asked, { ...modern, "mcp-method": "tools/call" })).toEqual([400, -32_020, "The header mcp-method is not what the message says."]);
  expect(await post("/gateway/example", asked, { "mcp-method": "tools/list" })).toEqual([400, -32_020, "The header mcp-protocol-version is missing."]);
  expect(await post("/gateway/example", list, modern)).toEqual([400, -32_602, expect.stringContaining("protocolVersion")]);
  const later = { _meta: { ...(modernMeta() as { _meta: object })._meta, "io.modelcontextprotocol/protocolVersion": "2027-01-01" } };
  expect(await post("/gateway/example", { ...list, params: later }, { ...modern, "mcp-protocol-version": "2027-01-01" })).toEqual([400, -32_022, expect.any(String)]);
  expect(await post("/gateway/example", { ...asked, method: "no/such" }, { ...modern, "mcp-method": "no/such" })).toEqual([404, -32_601, expect.any(String)]);
});

test("a session is its caller's and its address's alone, and over when it is given back", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open" });
  await walk.configure({ example: { type: "remote", url: server.url }, other: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway/example`, serving.token);
  await host.open();
  const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
  const headers = { accept, "mcp-session-id": host.headers["mcp-session-id"] };
  expect((await serving.ask("POST", "/gateway/example", { body: list, headers })).status).toBe(200);
  expect((await serving.ask("POST", "/gateway/other", { body: list, headers })).status).toBe(404);
  expect((await serving.ask("POST", "/gateway/example", { body: list, headers: { ...headers, "mcp-protocol-version": "1999-01-01" } })).status).toBe(400);
  expect((await serving.ask("DELETE", "/gateway/example", { headers })).status).toBe(200);
  expect((await serving.ask("POST", "/gateway/example", { body: list, headers })).status).toBe(404);
});

test("what a client has open at a running serve ends within seconds of its token's revocation, of either era, and another client's does not", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", wire: "both" });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  for (const client of ["cursor", "zed"]) expect((await walk.run(["install", client, "--gateway", "--port", String(serving.port)])).exitCode).toBe(0);
  const tokenIn = async (...place: string[]): Promise<string> => /mcpass_gateway_[\w-]{43}/.exec(await readFile(join(walk.home.directory, ...place), "utf8"))?.[0] ?? "";
  const opened = async (token: string): Promise<{ readonly ended: () => boolean; readonly host: HttpHost }> => {
    const host = httpHost(`${serving.url}/gateway`, token);
    await host.open();
    const { over } = await host.listen();
    const newer = await httpHost(`${serving.url}/gateway/notes`, token).post({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
    expect(newer.status).toBe(200);
    const ends = [false, false];
    void over.then(() => (ends[0] = true));
    void newer.text().then(() => (ends[1] = true), () => (ends[1] = true));
    return { ended: () => ends.every(Boolean), host };
  };
  const [revoked, other] = [await opened(await tokenIn(".cursor", "mcp.json")), await opened(await tokenIn(".config", "zed", "settings.json"))];
  expect((await walk.run(["serve", "--revoke", "cursor"])).exitCode).toBe(0);
  await waitUntil(revoked.ended, "the end of what was open");
  expect((await revoked.host.post({ id: "after", method: "tools/list" })).status).toBe(401);
  expect((await other.host.request("tools/list")).result.tools).toHaveLength(3);
  expect(other.ended()).toBe(false);
});

test("Z04 the caller's token never gets to a server, and the server's token never gets to the caller", async () => {
  const { walk, issuer } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const serving = await startServing(walk);
  const seen: string[] = [];
  for (const modern of [false, true]) {
    const host = httpHost(`${serving.url}/gateway/example`, serving.token);
    const meta = modern ? modernMeta() : {};
    if (!modern) await host.open();
    expect(names(await host.request("tools/list", meta))).toContain("whoami");
    const answer = await host.post({ id: "raw", method: "tools/call", params: { ...callAdd, ...meta } });
    seen.push(JSON.stringify([...answer.headers]), await answer.text(), JSON.stringify(host.messages()));
  }
  const path = "/gateway/example";
  const forwarded = await serving.ask("POST", path, { body: hello, headers: { accept, cookie: "own=canary", "x-own-header": "canary" } });
  seen.push(JSON.stringify(forwarded.headers), forwarded.text);
  expectNowhere([serving.token], { ledger: walk.ledger });
  expect(walk.ledger.holding("canary")).toEqual([]);
  expectNowhere([...issuer.secrets("access-token"), ...issuer.secrets("refresh-token")], { texts: { answers: seen.join("\n") } });
});

test("U03 X07 without a sign-in a client sees one tool that says how; when somebody has signed in, it is told that the tools are others, and nobody opened a browser unasked", async () => {
  const { walk } = await scene();
  const serving = await startServing(walk);
  const modern = httpHost(`${serving.url}/gateway/example`, serving.token);
  const host = httpHost(`${serving.url}/gateway/example`, serving.token);
  await host.open();
  expect(names(await host.request("tools/list"))).toEqual(["sign_in"]);
  expect(names(await modern.request("tools/list", modernMeta()))).toEqual(["sign_in"]);
  modern.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
  await modern.heard("notifications/subscriptions/acknowledged");
  const said = await host.request("tools/call", { name: "sign_in", arguments: {} });
  expect(words(said)).toMatch(/^example needs a sign-in by its user. Open this address in a browser: http:\/\/127\.0\.0\.1:\d+\/authorize\?\S+ Or run: mcpass auth example\. Then try again\.$/);
  expect(walk.ledger.count({ party: "issuer", path: "/authorize" })).toBe(0);
  await fetch(/http\S+authorize\S+/.exec(words(said))?.[0] ?? "");
  await host.heard("notifications/tools/list_changed");
  await modern.heard("notifications/tools/list_changed");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  expect(words(await modern.request("tools/call", { ...callAdd, ...modernMeta() }))).toBe("5");
  expect(names(await host.request("tools/list"))).toEqual(["add_numbers", "echo", "whoami"]);
  expect(walk.ledger.count({ party: "issuer", path: "/authorize" })).toBe(1);
});

test("B04 each configured server is its own account, however the calls to them mix", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const callbackPort = await freePort();
  await walk.configure({ work: { type: "remote", url, account: "work", oauth: { loginHint: "bob", callbackPort } }, home: { type: "remote", url, account: "home", oauth: { loginHint: "carol", callbackPort } } });
  for (const name of ["work", "home"]) expect((await walk.run(["auth", name], { browser: walk.browser() })).exitCode).toBe(0);
  const serving = await startServing(walk);
  const hosts = [["work", "bob"], ["home", "carol"]].flatMap(([name = "", user = ""]) => [true, false].map((modern) => ({ host: httpHost(`${serving.url}/gateway/${name}`, serving.token), user, meta: modern ? modernMeta() : {} })));
  for (const { host, meta } of hosts) if (!("_meta" in meta)) await host.open();
  const told = await Promise.all(Array.from({ length: 40 }, (_, index) => hosts[index % hosts.length]).map(async (each) => [each?.user, words((await each?.host.request("tools/call", { name: "whoami", arguments: {}, ...each.meta })) ?? {})]));
  for (const [user, said] of told) expect(said).toContain(user);
  // Where all servers are one, too.
  const all = httpHost(`${serving.url}/gateway`, serving.token);
  const mixed = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ["work", "bob"] : ["home", "carol"])).map(async ([name = "", user]) => [user, words(await all.request("tools/call", { name: `${name}__whoami`, arguments: {}, ...modernMeta() }))]));
  for (const [user, said] of mixed) expect(said).toContain(user);
});
