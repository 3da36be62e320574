import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Runtime } from "../../../src/base/runtime.ts";
import { readMcpRemoteLogins } from "../../../src/config/import/mcp-remote-logins.ts";
import { readOpencodeLogins } from "../../../src/config/import/opencode-logins.ts";
import { readPrivateFile } from "../../../src/config/import/read-private-file.ts";
import { createNodeRuntime } from "../../../src/surfaces/node/node-runtime.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const secrets = /fixture-(at|rt|secret|verifier|state)/;

interface Machine {
  readonly home: string;
  runtime(environment?: Readonly<Record<string, string>>): Runtime;
  /** A file below the home, only for its owner. */
  put(path: string, text: string): Promise<string>;
  copy(path: string, from: string): Promise<string>;
}

async function machine(): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), "mcpass-import-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const placed = async (path: string, write: (file: string) => Promise<unknown>): Promise<string> => {
    const file = join(home, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await write(file);
    await chmod(file, 0o600);
    return file;
  };
  return {
    home,
    runtime: (environment = {}) => createNodeRuntime({ environment: { HOME: home, USERPROFILE: home, ...environment }, homeDirectory: home, workingDirectory: home }),
    put: (path, text) => placed(path, (file) => writeFile(file, text)),
    copy: (path, from) => placed(path, (file) => copyFile(fixture(from), file)),
  };
}

const opencodeStore = ".local/share/opencode/mcp-auth.json";
const remoteStore = ".mcp-auth/mcp-remote-v1";
const notesUrl = "https://mcp.example.com/mcp";

test("S04: OpenCode's sign-ins are read with the client that each belongs to: the user's own, or the one that OpenCode registered", async () => {
  const { runtime, copy, home } = await machine();
  await copy(opencodeStore, "mcp-auth.json");
  await copy(".config/opencode/opencode.jsonc", "opencode.jsonc");
  const { logins, registrations, problems } = await readOpencodeLogins(runtime());
  expect(problems).toEqual([]);
  expect(logins.map(({ label, url, client, signOutThere }) => [label, url, client, signOutThere])).toEqual([
    ["notes", notesUrl, { kind: "configured", clientId: "my-app" }, "opencode mcp logout notes"],
    ["tickets", "https://tickets.example.com/mcp", { kind: "registered", clientId: "client-of-opencode" }, "opencode mcp logout tickets"],
  ]);
  expect(logins[0]?.tokens).toEqual({ accessToken: "fixture-at-notes", refreshToken: "fixture-rt-notes", expiresAt: 1795223157764, scopes: ["notes:read", "notes:write"] });
  expect(registrations.map(({ label, keys }) => [label, keys])).toEqual([
    ["notes", { clientId: "my-app", clientSecret: "{env:MY_APP_SECRET}", callbackPort: 3118 }],
    ["files", { clientId: "my-files", clientSecret: `{file:${join(home, ".config/opencode/secret.txt")}}` }],
  ]);
});

test("OpenCode's places follow XDG_DATA_HOME, XDG_CONFIG_HOME and OPENCODE_CONFIG", async () => {
  const { runtime, copy, home } = await machine();
  await copy("data/opencode/mcp-auth.json", "mcp-auth.json");
  await copy("elsewhere.jsonc", "opencode.jsonc");
  const { logins, registrations } = await readOpencodeLogins(runtime({ XDG_DATA_HOME: join(home, "data"), XDG_CONFIG_HOME: join(home, "config"), OPENCODE_CONFIG: "elsewhere.jsonc" }));
  expect([logins.length, registrations.length]).toEqual([2, 2]);
});

test("with a client stored and another one configured, nothing says whose OpenCode's tokens are; for another address the configured one counts for nothing", async () => {
  const { runtime, put } = await machine();
  const entry = { tokens: { accessToken: "fixture-at" }, serverUrl: notesUrl };
  await put(opencodeStore, JSON.stringify({ both: { ...entry, clientInfo: { clientId: "registered" } }, moved: entry, neither: entry }));
  const own = { type: "remote", url: notesUrl, oauth: { clientId: "own" } };
  await put(".config/opencode/opencode.json", JSON.stringify({ mcp: { both: own, moved: { ...own, url: "https://other.example/mcp" } } }));
  expect((await readOpencodeLogins(runtime())).logins.map(({ client }) => client.kind)).toEqual(["unknown", "unknown", "unknown"]);
});

test("S04: mcp-remote's sign-ins are known by their address's hash, in each spelling of it, and belong to the client that it registered", async () => {
  const { runtime, copy } = await machine();
  await copy(`${remoteStore}/${md5(notesUrl)}_tokens.json`, "tokens.json");
  await copy(`${remoteStore}/${md5(notesUrl)}_client_info.json`, "client_info.json");
  await copy(`${remoteStore}/${md5("https://static.example/mcp/")}_tokens.json`, "tokens.json");
  const { logins, problems } = await readMcpRemoteLogins(runtime());
  const named = logins.map((login) => [[notesUrl, "https://static.example/mcp", "https://other.example/mcp"].filter(login.isFor), login.client]);
  expect(problems).toEqual([]);
  expect(named.toSorted()).toEqual([[[notesUrl], { kind: "registered", clientId: "client-of-mcp-remote" }], [["https://static.example/mcp"], { kind: "unknown" }]].toSorted());
  expect(logins[0]?.tokens).toEqual({ accessToken: "fixture-at-remote", refreshToken: "fixture-rt-remote", expiresAt: 1795223157764, scopes: ["notes:read"] });
});

test("mcp-remote's directory follows MCP_REMOTE_CONFIG_DIR, and layouts that are not known are named and not read", async () => {
  const { runtime, copy, home } = await machine();
  await copy(`elsewhere/mcp-remote-v1/${md5(notesUrl)}_tokens.json`, "tokens.json");
  await copy(`elsewhere/mcp-remote-0.1.37/${md5(notesUrl)}_tokens.json`, "tokens.json");
  await copy(`elsewhere/mcp-remote-v2/${md5(notesUrl)}_tokens.json`, "tokens.json");
  const { logins, problems } = await readMcpRemoteLogins(runtime({ MCP_REMOTE_CONFIG_DIR: join(home, "elsewhere") }));
  expect(logins).toHaveLength(1);
  expect(problems).toEqual(["mcp-remote-0.1.37", "mcp-remote-v2"].map((name) => `${join(home, "elsewhere", name)} has another layout than mcp-remote-v1, the one that is known; it was not read`));
});

test("where nothing is stored, nothing is wrong", async () => {
  const { runtime } = await machine();
  for (const read of [readOpencodeLogins, readMcpRemoteLogins]) expect(await read(runtime())).toMatchObject({ logins: [], registrations: [], problems: [] });
});

const bad = ["", "{", "null", "[]", '"text"', "{\"a\":{\"tokens\":{\"accessToken\":7},\"serverUrl\":\"https://a.example\"}}", "{\"a\":{\"tokens\":[],\"serverUrl\":\"https://a.example\"}}", "{\"a\":{\"tokens\":{\"accessToken\":\"fixture-at\"}}}", "{\"a\":{\"tokens\":{\"accessToken\":\"fixture-at\"},\"serverUrl\":\"no address\"}}", "{\"a\":7}", "\u0000\u0001fixture-at"];
test.each(bad)("a store with %j in it is a problem that says no secret, and no crash", async (text) => {
  const { runtime, put } = await machine();
  await put(opencodeStore, text);
  await put(`${remoteStore}/${md5(notesUrl)}_tokens.json`, text);
  for (const { logins, problems } of [await readOpencodeLogins(runtime()), await readMcpRemoteLogins(runtime())]) {
    expect([logins, problems.length > 0, secrets.test(problems.join(" "))]).toEqual([[], true, false]);
  }
});

test("a broken entry spoils no other one", async () => {
  const { runtime, put } = await machine();
  const good = { tokens: { accessToken: "fixture-at", expiresAt: "soon" }, serverUrl: notesUrl };
  await put(opencodeStore, JSON.stringify({ good, broken: 7, __proto__x: good }));
  const { logins, problems } = await readOpencodeLogins(runtime());
  expect([logins.map(({ label }) => label), problems.length, logins[0]?.tokens?.expiresAt]).toEqual([["good", "__proto__x"], 1, undefined]);
});

test("a link, a directory, a file of another user, a huge file and one that may not be read are named, and not read", async () => {
  const { home, put } = await machine();
  const real = await put("real.json", "{}");
  await symlink(real, join(home, "link.json"));
  await mkdir(join(home, "directory.json"));
  const huge = await put("huge.json", "");
  await truncate(huge, 6 * 1024 * 1024);
  const expected: readonly (readonly [string, string])[] = [["link.json", "is a symbolic link"], ["directory.json", "is not a file"], ["huge.json", "is larger than 5 MiB"]];
  for (const [name, words] of expected) expect(await readPrivateFile(join(home, name))).toEqual({ problem: expect.stringContaining(words) as string });
  expect(await readPrivateFile(real)).toEqual({ text: "{}", shared: false });
  await chmod(real, 0o644);
  expect(await readPrivateFile(real)).toEqual({ text: "{}", shared: true });
  expect(await readPrivateFile(join(home, "absent.json"))).toBeUndefined();
});

test.runIf(process.getuid?.() === 0)("a file that belongs to another user is not read", async () => {
  const { chown } = await import("node:fs/promises");
  const { put } = await machine();
  const file = await put("theirs.json", "{}");
  await chown(file, 12_345, 12_345);
  expect(await readPrivateFile(file)).toEqual({ problem: `${file} belongs to another user (12345), so it is not read` });
});

test("OpenCode's configuration that cannot be used is named, without what stands in it", async () => {
  const { runtime, put } = await machine();
  await put(".config/opencode/opencode.json", '{ "mcp": { "a": { "oauth": { "clientSecret": "fixture-secret" ');
  await put(".config/opencode/opencode.jsonc", '{ "mcp": [] }');
  const { registrations, problems } = await readOpencodeLogins(runtime());
  expect([registrations, problems.length, secrets.test(problems.join(" "))]).toEqual([[], 2, false]);
});
