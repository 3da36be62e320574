import { createHash } from "node:crypto";
import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { homeTexts } from "./places.ts";

interface World {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  /** OpenCode's store. */
  readonly store: string;
}

const own = { client_id: "my-app", client_secret: "my-own-s3cret", redirect_uris: ["http://127.0.0.1:19876/mcp/oauth/callback"] };

async function open(options: AuthorizationServerOptions = {}): Promise<World> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ clients: [own], clientAuthentication: "either", rotation: "family", ...options });
  const server = await walk.resource({ trusts: issuer });
  return { walk, issuer, server, store: join(walk.home.directory, ".local/share/opencode/mcp-auth.json") };
}

/** Tokens as another program got them: of this client, for this server. */
function tokensOf({ issuer, server }: World, clientId: string): { readonly accessToken: string; readonly refreshToken: string } {
  const { store } = issuer;
  const approval = { clientId, redirectUri: "", codeChallenge: "", scope: "mcp:read", resource: server.url, audience: undefined, subject: "ada", renewable: true };
  const family = store.newFamily();
  return { accessToken: store.issueToken("access", approval, family, 3600).token, refreshToken: store.issueToken("refresh", approval, family, 3600).token };
}

async function put(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, JSON.stringify(value), { mode: 0o600 });
}

/** OpenCode with a client that its user configured. */
async function asConfigured(world: World, secret = "my-own-s3cret"): Promise<void> {
  const { walk, server, store } = world;
  await put(join(walk.home.directory, ".config/opencode/opencode.json"), { mcp: { notes: { type: "remote", url: server.url, oauth: { clientId: "my-app", clientSecret: secret } } } });
  await put(store, { notes: { tokens: { ...tokensOf(world, "my-app"), expiresAt: Date.now() / 1000 + 3600, scope: "mcp:read" }, serverUrl: server.url } });
}

const importing = ["import", "--logins", "opencode"];

async function expectSecret({ walk, issuer, store }: World): Promise<void> {
  const { [".local/share/opencode/mcp-auth.json"]: _theirs, [".config/opencode/opencode.json"]: _configuration, ...texts } = await homeTexts(walk);
  expectNowhere(issuer.secrets("refresh-token"), { ledger: walk.ledger, except: ["issuer"], texts: { printed: walk.printed(), ...texts } });
  expect(walk.printed()).not.toContain("my-own-s3cret");
  expect(store).toContain("opencode");
}

test("S04: import copies the client that the user configured in OpenCode, tells what to sign in to again, and asks nobody anything", async () => {
  const world = await open();
  const { walk, server, store } = world;
  await asConfigured(world);
  const stored = JSON.parse(await readFile(store, "utf8")) as object;
  await put(store, {
    ...stored,
    tickets: { tokens: tokensOf(world, "registered-by-opencode"), clientInfo: { clientId: "registered-by-opencode" }, serverUrl: `${server.origin}/tickets` },
    elsewhere: { tokens: tokensOf(world, "another"), serverUrl: "https://elsewhere.example/mcp" },
  });
  const before = await readFile(store, "utf8");
  const file = await walk.configure({ mine: { type: "remote", url: server.url }, tickets: { type: "remote", url: `${server.origin}/tickets` } });
  const { exitCode, stdout, stderr } = await walk.run(importing);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    [
      `✓ client my-app of notes: copied to mine in ${file}`,
      "⚠ mine  can be moved: it belongs to your client my-app",
      `    ${server.url}`,
      "    hint: mcpass import --logins opencode --move, or with a sign-in of its own: mcpass auth mine",
      "⚠ tickets  sign in again: it belongs to a client that OpenCode registered under its own name, which is for OpenCode to use",
      `    ${server.origin}/tickets`,
      "    hint: mcpass auth tickets",
      "○ elsewhere  is not configured here",
      "    https://elsewhere.example/mcp",
      "    hint: mcpass add elsewhere https://elsewhere.example/mcp, then mcpass auth elsewhere",
      "",
      "Two programs must not both renew one sign-in: a refresh token often works once, and its second use ends the sign-in for both.",
      "A sign-in of its own here disturbs nothing in OpenCode. mcpass reads OpenCode's files and never changes them.",
      "",
    ].join("\n"),
  );
  const { mcp } = JSON.parse(await readFile(file, "utf8")) as { mcp: { mine: { oauth: Record<string, string> } } };
  const secretFile = join(walk.home.directory, "config/secrets/mine.client-secret");
  expect(mcp.mine.oauth).toEqual({ clientId: "my-app", clientSecret: `{file:${secretFile}}` });
  expect([await readFile(secretFile, "utf8"), (await stat(secretFile)).mode & 0o777]).toEqual(["my-own-s3cret", 0o600]);
  expect([walk.ledger.entries.length, await readFile(store, "utf8")]).toEqual([0, before]);
  expect((await walk.run(importing)).stdout).toContain("✓ client my-app of notes: mine has it already\n");
  await expectSecret(world);
});

test("S04: a client for a server that is not configured here is offered as a command, with its secret by reference and never in it", async () => {
  const world = await open();
  await asConfigured(world, "{env:MY_APP_SECRET}");
  const { walk, server } = world;
  expect((await walk.run(importing)).stdout).toContain(`○ client my-app of notes: mcpass add notes ${server.url} --client-id my-app --client-secret-env MY_APP_SECRET\n`);
  await asConfigured(world);
  expect((await walk.run(importing)).stdout).toContain("--client-id my-app --client-secret-file FILE\n");
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { clientId: "mine" } } });
  const { stdout } = await walk.run(importing);
  expect(stdout).toContain("○ client my-app of notes: notes has another one, which stays\n");
  expect(stdout).toContain("⚠ notes  sign in again: it belongs to the client my-app, and here another one is configured\n");
  await expectSecret(world);
});

test("S04: --move takes over a sign-in of the user's own client: shown where it goes, one renewal, and it works; OpenCode's store stays as it is", async () => {
  const world = await open();
  const { walk, issuer, server, store } = world;
  await asConfigured(world);
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const before = await readFile(store, "utf8");
  const { exitCode, stdout, stderr } = await walk.run([...importing, "--move", "--yes"]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining(`Moving the sign-in of notes from OpenCode\n  server       notes at ${server.url}\n  renewed at   ${issuer.issuer}, ${issuer.origin}/token\n  client       my-app, as configured\n  account      default\n`)]);
  expect(stdout).toContain(`✓ notes  moved: signed in as default at ${issuer.issuer}\n    ${server.url}\n    now sign out there, before it is used there again: opencode mcp logout notes\n`);
  expect([walk.ledger.count({ word: "refresh_token" }), walk.ledger.count({ path: "/authorize" }), walk.ledger.count({ path: "/register" })]).toEqual([1, 0, 0]);
  expect(await readFile(store, "utf8")).toBe(before);
  expect(JSON.parse((await walk.run(["call", "notes", "whoami"])).stdout)).toMatchObject({ subject: "ada" });
  issuer.expireTokens();
  expect((await walk.run(["call", "notes", "whoami"])).exitCode).toBe(0);
  expect((await walk.run([...importing, "--move", "--yes"])).stdout).toContain("✓ notes  is signed in here already, as default; nothing was moved\n");
  await expectSecret(world);
});

test("S04: --move asks in a terminal, and sends no token before the answer; where there is no terminal it wants --yes", async () => {
  const world = await open();
  const { walk, server } = world;
  await asConfigured(world);
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const refused = await walk.run([...importing, "--move"]);
  expect([refused.exitCode, refused.stderr, walk.ledger.entries.length]).toEqual([2, "error: --move asks before it moves a sign-in, and there is no terminal to ask in\nhint: look first: mcpass import --logins opencode; then mcpass import --logins opencode --move --yes\n", 0]);
  const terminal = walk.terminal([...importing, "--move"]);
  await terminal.waitFor(/Move this sign-in from OpenCode to mcpass\? \[y\/N\]/);
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
  terminal.type("n\r");
  expect((await terminal.ended).exitCode).toBe(0);
  expect(terminal.screen()).toContain("notes  was left with OpenCode");
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
  expectNowhere(world.issuer.secrets("access-token"), { ledger: walk.ledger, texts: { printed: walk.printed() } });
});

test("S04: a token that OpenCode replaced while the question stood is not used: the one that is there when the person agrees is", async () => {
  const world = await open();
  const { walk, issuer, server } = world;
  await asConfigured(world);
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const terminal = walk.terminal([...importing, "--move"]);
  await terminal.waitFor(/\[y\/N\]/);
  const [stale] = issuer.secrets("refresh-token");
  await asConfigured(world);
  terminal.type("y\r");
  expect((await terminal.ended).exitCode).toBe(0);
  expect(terminal.screen()).toContain("notes  moved: signed in as default");
  expect([issuer.store.tokens.get(stale ?? "")?.state, walk.ledger.count({ word: "refresh_token" })]).toEqual(["live", 1]);
});

test("S04: of a sign-in whose client OpenCode registered, no token is used: not for any server, not with --move", async () => {
  const world = await open();
  const { walk, issuer, server, store } = world;
  await put(store, { notes: { tokens: tokensOf(world, "registered-by-opencode"), clientInfo: { clientId: "registered-by-opencode" }, serverUrl: server.url } });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const { exitCode, stdout } = await walk.run([...importing, "--move", "--yes"]);
  expect([exitCode, walk.ledger.entries.length]).toEqual([0, 0]);
  expect(stdout).toContain("⚠ notes  sign in again: it belongs to a client that OpenCode registered under its own name, which is for OpenCode to use\n");
  expectNowhere(issuer.secrets(), { ledger: walk.ledger, texts: { printed: walk.printed() } });
});

test("S04: a sign-in that its issuer has ended is not called moved; one that cannot be renewed just now is kept and tried again", async () => {
  const world = await open();
  const { walk, issuer, server } = world;
  await asConfigured(world);
  await walk.configure({ notes: { type: "remote", url: server.url } });
  issuer.revokeRefreshTokens();
  const ended = await walk.run([...importing, "--move", "--yes"]);
  expect([ended.exitCode, ended.stdout]).toEqual([1, expect.stringMatching(/✗ notes {2}was not moved: .*no longer renews it/)]);
  expect(ended.stdout).toContain("hint: mcpass auth notes\n");
  await asConfigured(world);
  issuer.toggles.refreshAnswer = "unavailable";
  const later = await walk.run([...importing, "--move", "--yes"]);
  expect([later.exitCode, later.stdout]).toEqual([0, expect.stringMatching(/✓ notes {2}moved: signed in as default at .*; it could not be tried out: .*503/)]);
  issuer.toggles.refreshAnswer = "json";
  expect((await walk.run(["call", "notes", "whoami"])).exitCode).toBe(0);
  await expectSecret(world);
});

test("S04: mcp-remote's sign-ins are found by the address that is configured here, and moved where their client is configured here too", async () => {
  const world = await open();
  const { walk, server, issuer } = world;
  const directory = join(walk.home.directory, ".mcp-auth/mcp-remote-v1");
  const hash = createHash("md5").update(server.url).digest("hex");
  const { accessToken, refreshToken } = tokensOf(world, "my-app");
  await put(join(directory, `${hash}_tokens.json`), { access_token: accessToken, refresh_token: refreshToken, token_type: "Bearer", scope: "mcp:read" });
  await put(join(directory, `${hash}_client_info.json`), { client_id: "my-app", redirect_uris: [] });
  await put(join(directory, `${"0".repeat(32)}_tokens.json`), { access_token: "theirs", token_type: "Bearer" });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const look = await walk.run(["import", "--logins", "mcp-remote", "--move", "--yes"]);
  expect([look.exitCode, walk.ledger.entries.length]).toEqual([0, 0]);
  expect(look.stdout).toContain("⚠ notes  sign in again: it belongs to a client that mcp-remote registered under its own name, which is for mcp-remote to use\n");
  expect(look.stdout).toContain("○ 00000000…  is for an address that mcp-remote's files do not tell, and that no server here has\n    hint: mcpass add NAME URL, then the same command again\n");
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { clientId: "my-app", clientSecret: "{env:MY_APP_SECRET}" } } });
  const { exitCode, stdout } = await walk.run(["import", "--logins", "mcp-remote", "--move", "--yes", "--json"], { env: { MY_APP_SECRET: "my-own-s3cret" } });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ from: "mcp-remote", problems: [], logins: expect.arrayContaining([expect.objectContaining({ name: hash, server: "notes", url: server.url, client: { kind: "configured", clientId: "my-app" }, result: "moved", issuer: issuer.issuer, account: "default", signOutThere: `rm ${join(directory, `${hash}_tokens.json`)}`, error: null })]) as unknown });
  expect((await walk.run(["call", "notes", "whoami"], { env: { MY_APP_SECRET: "my-own-s3cret" } })).exitCode).toBe(0);
});

test("S04: a store that is a link, or is no store, is told and harms nothing", async () => {
  const { walk, store, server } = await open();
  await walk.configure({ notes: { type: "remote", url: server.url } });
  await put(join(walk.home.directory, "real.json"), {});
  await mkdir(dirname(store), { recursive: true });
  await symlink(join(walk.home.directory, "real.json"), store);
  const { exitCode, stdout, stderr } = await walk.run([...importing, "--move", "--yes"]);
  expect([exitCode, stderr, stdout]).toEqual([0, "", `warning: ${store} is a symbolic link, which is not followed\nOpenCode has no sign-ins and no configured clients in ${store}.\n`]);
  for (const args of [["import"], ["import", "opencode", "--move"], ["import", "--logins", "another"], ["import", "x", "--logins", "opencode"], ["import", "--logins", "__proto__"]]) expect((await walk.run(args)).exitCode, args.join(" ")).toBe(2);
});
