import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { applications, filesOf } from "../../src/config/application/applications.ts";
import { openServers } from "../../src/config/application/servers-text.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import { ask, startServing } from "../rig/serving.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

const fixtures: Readonly<Record<string, string>> = { codex: "codex.toml", opencode: "opencode.jsonc" };
const fixture = async (client: string): Promise<string> => readFile(fileURLToPath(new URL(`../config/import/fixtures/servers/${fixtures[client] ?? `${client}.json`}`, import.meta.url)), "utf8");
const remote = { notes: { type: "remote", url: "https://mcp.example.com/mcp" }, "my api": { type: "remote", url: "https://api.example.com/mcp" } };
const tokensIn = (text: string): readonly string[] => [...new Set(text.match(/mcpass_gateway_[\w-]{43}/g) ?? [])];

interface Place {
  readonly path: string;
  text(): Promise<string>;
  put(text: string): Promise<void>;
  /** The one token that stands in it. */
  token(): Promise<string>;
}

async function placeOf({ home }: Walk, client: string, text?: string): Promise<Place> {
  const application = applications.find(({ name }) => name === client)!;
  const path = filesOf(application, { environment: {}, platform: process.platform, home: home.directory, workingDirectory: home.directory }, false)[0]!;
  await mkdir(dirname(path), { recursive: true });
  const put = (content: string): Promise<void> => writeFile(path, content, { mode: 0o600 });
  if (text !== undefined) await put(text);
  const now = (): Promise<string> => readFile(path, "utf8");
  return {
    path,
    put,
    text: now,
    token: async () => {
      const found = tokensIn(await now());
      expect(found).toHaveLength(1);
      return found[0]!;
    },
  };
}

/** Everything the home holds, by path, without what is in `except`. */
async function textsOf(directory: string, except: readonly string[] = []): Promise<Record<string, string>> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.filter((path) => !except.includes(path)).map(async (path) => [path, await readFile(path, "latin1")] as const)));
}

async function listed(walk: Walk): Promise<readonly { readonly client: string; readonly file: string }[]> {
  return (JSON.parse((await walk.run(["serve", "--clients", "--json"])).stdout) as { clients: { client: string; file: string; madeAt: number }[] }).clients.map(({ client, file }) => ({ client, file }));
}

const base = "http://127.0.0.1:4190/gateway";
const headers = (token: string): object => ({ Authorization: `Bearer ${token}` });
/** What stands in the client's file, by the page that is named as its source in `applications.ts`. */
const written: Readonly<Record<string, (url: string, token: string) => object>> = {
  "claude-code": (url, token) => ({ type: "http", url, headers: headers(token) }),
  cursor: (url, token) => ({ url, headers: headers(token) }),
  vscode: (url, token) => ({ type: "http", url, headers: headers(token) }),
  codex: (url, token) => ({ url, http_headers: headers(token) }),
  opencode: (url, token) => ({ type: "remote", url, headers: headers(token), oauth: false }),
  windsurf: (serverUrl, token) => ({ serverUrl, headers: headers(token) }),
  zed: (url, token) => ({ url, headers: headers(token) }),
  gemini: (httpUrl, token) => ({ httpUrl, headers: headers(token) }),
};

test.each(Object.keys(written))("install --gateway writes %s's own words for an address with a token, beside what is there; the token stands in no other file and in no output; uninstall restores the bytes and revokes it", async (client) => {
  const walk = await openWalk();
  const application = applications.find(({ name }) => name === client)!;
  const text = await fixture(client);
  const { path, text: now, token } = await placeOf(walk, client, text);
  await walk.configure(remote);
  const first = await walk.run(["install", client, "--gateway"]);
  expect([first.exitCode, first.stdout]).toEqual([0, ""]);
  expect(first.stderr).toContain("✓ mcpass  added\n");
  expect(first.stderr).toContain(`hint: mcpass serve has to run; ${application.restart}; mcpass uninstall ${client} takes it back`);
  const second = await walk.run(["install", client, "notes", "my api", "--gateway", "--replace", "--json"]);
  expect(second.exitCode).toBe(0);
  const made = await token();
  const { servers } = await openServers(application, { path, text: await now() });
  expect([servers.get("mcpass"), servers.get("notes"), servers.get("my-api")]).toEqual([written[client]!(base, made), written[client]!(`${base}/notes`, made), written[client]!(`${base}/my%20api`, made)]);
  expect(await listed(walk)).toEqual([{ client, file: path }]);
  expect((await walk.run(["import", client])).stdout).toContain("○ mcpass  goes through mcpass already\n");
  expectNowhere([made], { texts: { ...(await textsOf(walk.home.directory, [path])), printed: walk.printed() } });
  const back = await walk.run(["uninstall", client]);
  expect([back.exitCode, await now(), await listed(walk)]).toEqual([0, text, []]);
  expect(back.stderr).toContain("its token for the gateway is revoked");
});

test("a running serve knows a client's token from the next request on, and no longer than it stands: a new install, uninstall and --revoke each end the one before", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const cursor = await placeOf(walk, "cursor", '{ "mcpServers": {} }\n');
  const zed = await placeOf(walk, "zed", "{}\n");
  const serving = await startServing(walk);
  const isKnown = async (token: string): Promise<boolean> => (await ask(serving.url, "POST", "/gateway/notes", { headers: { authorization: `Bearer ${token}` } })).status !== 401;
  const run = async (...words: string[]): Promise<string> => {
    const { exitCode, stderr } = await walk.run(words);
    expect([words, exitCode]).toEqual([words, 0]);
    return stderr;
  };
  await run("install", "cursor", "notes", "--gateway", "--port", String(serving.port));
  const first = await cursor.token();
  expect([await cursor.text(), await isKnown(first)]).toEqual([expect.stringContaining(`http://127.0.0.1:${String(serving.port)}/gateway/notes`) as string, true]);
  expect((await ask(serving.url, "GET", "/mcp", { headers: { authorization: `Bearer ${first}` } })).status).toBe(401);
  await run("install", "zed", "notes", "--gateway");
  await run("install", "cursor", "notes", "--gateway");
  const second = await cursor.token();
  expect([second === first, await isKnown(first), await isKnown(second), await isKnown(await zed.token())]).toEqual([false, false, true, true]);
  expect(await run("serve", "--revoke", "cursor")).toContain(`✓ Revoked the token in ${cursor.path}: it opens nothing any more.`);
  expect([await isKnown(second), await isKnown(await zed.token()), await cursor.token()]).toEqual([false, true, second]);
  await run("install", "cursor", "notes", "--gateway");
  const [third, ofZed] = [await cursor.token(), await zed.token()];
  await run("uninstall", "cursor");
  expect([await isKnown(third), await isKnown(ofZed), await cursor.text()]).toEqual([false, true, '{ "mcpServers": {} }\n']);
  await run("install", "zed", "notes");
  expect([await isKnown(ofZed), tokensIn(await zed.text()), await listed(walk)]).toEqual([false, [], []]);
  expectNowhere([first, second, third, ofZed], { texts: { ...(await textsOf(walk.home.directory)), printed: walk.printed() } });
});

test("what install --gateway wrote is all a client needs: its address and its header lead to the server through a running serve", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ serverName: "notes" });
  await walk.configure({ "my notes": { type: "remote", url } });
  const { text } = await placeOf(walk, "vscode", "{}\n");
  const serving = await startServing(walk);
  expect((await walk.run(["install", "vscode", "my notes", "--gateway", "--port", String(serving.port)])).exitCode).toBe(0);
  const { servers } = JSON.parse(await text()) as { servers: Record<string, { type: string; url: string; headers: Record<string, string> }> };
  const entry = servers["my-notes"]!;
  const { pathname } = new URL(entry.url);
  const body = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "an editor", version: "1" } } };
  const answer = await ask(serving.url, "POST", pathname, { body, headers: { ...entry.headers, accept: "application/json, text/event-stream" } });
  expect([entry.type, pathname, answer.status]).toEqual(["http", "/gateway/my%20notes", 200]);
  expect(answer.text).toMatch(/"protocolVersion":\s*"2025-06-18"/);
});

test("one of two is taken back: the token stays good for the other, and its entry keeps a person's comments to the byte while its token is replaced", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const { text, put, token } = await placeOf(walk, "cursor", "{}\n");
  expect((await walk.run(["install", "cursor", "notes", "--gateway"])).exitCode).toBe(0);
  const first = await token();
  const commented = (await text()).replace('"url":', '// mine\n      "disabledTools": ["a" ],\n      "url":');
  await put(commented);
  expect((await walk.run(["install", "cursor", "my api", "--gateway"])).exitCode).toBe(0);
  const second = await token();
  expect(await text()).toContain(commented.slice(commented.indexOf("// mine"), commented.indexOf("mcpass_gateway_")));
  expect((await walk.run(["uninstall", "cursor", "my api"])).exitCode).toBe(0);
  expect([await text(), (await listed(walk)).length]).toEqual([commented.replace(first, second), 1]);
  const left = await walk.run(["uninstall", "cursor"]);
  expect([left.exitCode, left.stderr]).toEqual([1, expect.stringMatching(/⚠ notes {2}has been changed since, and stays[\s\S]*its token for the gateway is revoked/) as string]);
  expect([await text(), await listed(walk)]).toEqual([commented.replace(first, second), []]);
});

test.skipIf(process.platform === "win32")("Z07: a file that others can read or write gets no token, and neither does a project's: the reason, what to do instead, and nothing is written", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const { path, text } = await placeOf(walk, "cursor", "{}\n");
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666]) {
    await chmod(path, mode);
    const { exitCode, stderr } = await walk.run(["install", "cursor", "--gateway"]);
    expect([exitCode, stderr]).toEqual([1, `error: ${path} can be read or changed by others on this machine, and a token would stand in it; nothing was written\nhint: chmod 600 ${path}; or mcpass install cursor, as a bridge needs no token\n`]);
    expect([await text(), (await stat(path)).mode & 0o777]).toEqual(["{}\n", mode]);
  }
  const project = await walk.run(["install", "cursor", "--gateway", "--project"]);
  expect([project.exitCode, project.stderr]).toEqual([2, "error: a project's file is for everybody who has the project, and a token would stand in it; nothing was written\nhint: mcpass install cursor --gateway, for you alone; or mcpass install cursor --project, as a bridge needs no token\n"]);
  expect([await listed(walk), await readdir(dirname(path))]).toEqual([[], ["mcp.json"]]);
  await chmod(path, 0o600);
  expect((await walk.run(["install", "cursor", "--gateway"])).exitCode).toBe(0);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a file that is made for it is its owner's only, and is gone again afterwards", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const { path } = await placeOf(walk, "gemini");
  expect((await walk.run(["install", "gemini", "--gateway"])).exitCode).toBe(0);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await walk.run(["uninstall", "gemini"])).exitCode).toBe(0);
  expect(await readdir(dirname(path))).toEqual([]);
});

test("--print shows the entry without a token, says that none was made, and writes nothing", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const { text } = await placeOf(walk, "codex", "model = 1\n");
  const { exitCode, stdout, stderr } = await walk.run(["install", "codex", "notes", "--gateway", "--print"]);
  expect([exitCode, stdout]).toEqual([0, `[mcp_servers.notes]\nurl = "${base}/notes"\nhttp_headers = { Authorization = "Bearer mcpass_gateway_…" }\n`]);
  expect(stderr).toContain("no token was made: without --print one is, in place of mcpass_gateway_…\n");
  expect([await text(), Object.keys(await textsOf(walk.home.directory)).length, await listed(walk)]).toEqual(["model = 1\n", 2, []]);
});

test("a client whose configuration cannot say that is told so, with the bridge as the way; the other of two is served all the same", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const desktop = await placeOf(walk, "claude-desktop", "{}\n");
  const refused = await walk.run(["install", "claude-desktop", "--gateway"]);
  const why = "error: Claude Desktop cannot be told in its configuration to speak to an address with a token\nhint: mcpass install claude-desktop, which writes bridges\n";
  expect([refused.exitCode, refused.stderr]).toEqual([2, why]);
  const code = await placeOf(walk, "claude-code", "{}\n");
  const both = await walk.run(["install", "claude", "--gateway"]);
  expect([both.exitCode, both.stderr.endsWith(why), await desktop.text(), await listed(walk)]).toEqual([1, true, "{}\n", [{ client: "claude-code", file: code.path }]]);
  const port = await walk.run(["install", "claude-code", "--port", "5000"]);
  expect([port.exitCode, port.stderr]).toEqual([2, "error: --port is the port of the gateway, and bridges have none\nhint: mcpass install claude-code --gateway --port 5000\n"]);
  expect((await walk.run(["install", "claude-code", "--gateway", "--port", "0"])).exitCode).toBe(2);
});

test("B05: many installs at once, into one file and into several: every entry and every record is there, one token per file is good, and all of it can be undone", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const clients = ["cursor", "zed", "gemini"] as const;
  const places = await Promise.all(clients.map((client) => placeOf(walk, client, "{}\n")));
  const runs = await Promise.all([...clients, ...clients].map((client, at) => walk.run(["install", client, at < clients.length ? "notes" : "my api", "--gateway"])));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual(runs.map(() => 0));
  const tokens = await Promise.all(places.map(({ token }) => token()));
  expect((await listed(walk)).map(({ client }) => client).toSorted()).toEqual([...clients].toSorted());
  const serving = await startServing(walk);
  for (const token of tokens) expect((await ask(serving.url, "POST", "/gateway", { headers: { authorization: `Bearer ${token}` } })).status).not.toBe(401);
  for (const { text } of places) expect(Object.values(JSON.parse(await text()) as object).map((servers) => Object.keys(servers as object).toSorted())).toEqual([["my-api", "notes"]]);
  await Promise.all(clients.map((client) => walk.run(["uninstall", client])));
  expect([await Promise.all(places.map(({ text }) => text())), await listed(walk)]).toEqual([["{}\n", "{}\n", "{}\n"], []]);
});

test("serve --clients tells who has a token, for people and for programs, and makes nothing; --revoke of who has none says so", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const none = await walk.run(["serve", "--clients"]);
  expect([none.exitCode, none.stdout, Object.keys(await textsOf(walk.home.directory)).length]).toEqual([0, "No client has a token for the gateway.\n", 1]);
  const refused = await walk.run(["serve", "--revoke", "cursor"]);
  expect([refused.exitCode, refused.stderr]).toEqual([2, 'error: "cursor" has no token for the gateway\nhint: mcpass serve --clients\n']);
  expect((await walk.run(["serve", "--revoke", "curser"])).stderr).toContain("did you mean cursor?");
  const { path } = await placeOf(walk, "cursor", "{}\n");
  expect((await walk.run(["install", "cursor", "--gateway"])).exitCode).toBe(0);
  expect((await walk.run(["serve", "--clients"])).stdout).toMatch(new RegExp(`^cursor {2}${path.replaceAll(".", "\\.")} {2}token made \\d+ s ago\\n$`));
});

test("Z05: other secrets of the file are in no output, and an entry that others put there under our name stays unless it is to be replaced", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const secret = canary("theirs");
  const text = `{ "mcpServers": { "mcpass": { "url": "https://elsewhere.example/mcp", "headers": { "Authorization": "Bearer ${secret}" } } } }\n`;
  const { text: now } = await placeOf(walk, "cursor", text);
  const taken = await walk.run(["install", "cursor", "--gateway"]);
  expect([taken.exitCode, await now(), taken.stderr]).toEqual([1, text, expect.stringContaining("hint: mcpass install cursor --gateway --replace\n") as string]);
  expect(await listed(walk)).toEqual([]);
  expect((await walk.run(["install", "cursor", "--gateway", "--replace", "--json"])).exitCode).toBe(0);
  expect((await walk.run(["uninstall", "cursor"])).exitCode).toBe(0);
  expect(await now()).toBe(text);
  expectNowhere([secret], { texts: { printed: walk.printed() } });
});
