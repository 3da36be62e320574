import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ServedTool } from "../servers/resource-server.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { ageGrant } from "../walks/age-grant.ts";
import { freePort } from "../rig/free-port.ts";

/** The world that a block of commands in the documentation runs in. */
export interface Scene {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What stands in the documentation → the address that is meant. */
  readonly addresses: Readonly<Record<string, string>>;
}

const search: ServedTool = {
  name: "search",
  description: "Finds notes that contain a text",
  inputSchema: { type: "object", properties: { query: { type: "string" }, limit: { type: "integer" } }, required: ["query"] },
  run: ({ query }) => `Milk, bread, ${String(query)}`,
};

/** Servers at https://mcp.example.com and https://api.example.com, an issuer at https://login.example.com; a person who approves. */
async function openScene(options: AuthorizationServerOptions = {}): Promise<Scene> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ ...options, clients: [{ client_id: "my-app", client_secret: "s3cret", redirect_uris: ["http://127.0.0.1:3118/mcp/oauth/callback"] }, { client_id: "my-robot", client_secret: "r0bot", redirect_uris: [] }] });
  const notes = await walk.resource({ trusts: issuer, serverName: "notes", scopesSupported: ["notes:read", "notes:write"], tools: [search] });
  const keyed = await walk.resource({ party: "keyed", guard: "static-bearer", staticBearer: "k3y", tools: [search] });
  const workingDirectory = join(walk.home.directory, "project");
  await mkdir(workingDirectory);
  const browser = walk.browser();
  return {
    walk,
    issuer,
    workingDirectory,
    environment: { BROWSER: browser.commandLine, MY_APP_SECRET: "s3cret", MY_ROBOT_SECRET: "r0bot", API_KEY: "k3y" },
    addresses: { "https://mcp.example.com": notes.origin, "https://api.example.com": keyed.origin, "https://login.example.com": issuer.origin },
  };
}

async function configureNotes(scene: Scene): Promise<Scene> {
  await scene.walk.configure({ notes: { type: "remote", url: `${scene.addresses["https://mcp.example.com"] ?? ""}/mcp` } });
  return scene;
}

async function signIn(scene: Scene, ...words: string[]): Promise<void> {
  const { exitCode, stderr } = await scene.walk.run(["auth", "notes", ...words], { env: scene.environment });
  if (exitCode !== 0) throw new Error(stderr);
}

async function withCursor(scene: Scene): Promise<Scene> {
  const url = (origin: string): string => `${scene.addresses[origin] ?? ""}/mcp`;
  const servers = { notes: { url: url("https://mcp.example.com") }, api: { url: url("https://api.example.com"), headers: { Authorization: "Bearer ${env:API_KEY}" } }, tool: { command: "${workspaceFolder}/tool" } };
  const file = join(scene.walk.home.directory, ".cursor/mcp.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ mcpServers: servers }, undefined, 2), { mode: 0o600 });
  return scene;
}

/** By the name in a block's comment. */
export const scenarios: Readonly<Record<string, () => Promise<Scene>>> = {
  /** No configuration at all. */
  empty: () => openScene(),
  /** notes, not signed in. */
  "needs-sign-in": async () => configureNotes(await openScene()),
  /** notes, and a free port for `mcpass serve`. */
  serve: async () => {
    const scene = await configureNotes(await openScene());
    return { ...scene, addresses: { ...scene.addresses, "http://127.0.0.1:4190": `http://127.0.0.1:${String(await freePort())}` } };
  },
  /** notes, which another process is signing in to; its person takes ten seconds. */
  "led-by-another": async () => {
    const scene = await configureNotes(await openScene());
    const leader = scene.walk.start(["auth", "notes"], { browser: scene.walk.browser({ delayMs: 10_000 }) });
    await leader.waitFor(/Waiting for the browser/);
    return scene;
  },
  /** notes, with a sign-in that was begun, and where the browser was sent. */
  started: async () => {
    const scene = await configureNotes(await openScene());
    const { stdout } = await scene.walk.run(["auth", "notes", "--start"], { env: scene.environment });
    const { headers } = await fetch(stdout.trim(), { redirect: "manual" });
    await writeFile(join(scene.workingDirectory, "redirected-to.txt"), headers.get("location") ?? "");
    return scene;
  },
  /** notes, signed in. */
  "signed-in": async () => {
    const scene = await configureNotes(await openScene());
    await signIn(scene);
    return scene;
  },
  /** notes with two accounts. */
  "two-accounts": async () => {
    const scene = await configureNotes(await openScene());
    await signIn(scene);
    await signIn(scene, "--account", "work");
    return scene;
  },
  /** notes with two accounts whose issuer says who they are. */
  "two-people": async () => {
    const people = { alice: { email: "ada@example.com" }, "ada-2": { email: "ada@work.example" } };
    const scene = await configureNotes(await openScene({ idTokens: true, idTokenClaims: "all", people }));
    await signIn(scene, "--scope", "openid");
    scene.issuer.toggles.person = "ada-2";
    await signIn(scene, "--scope", "openid", "--account", "work");
    return scene;
  },
  /** notes with a client of the person's own, and OpenCode signed in to it with that client. */
  "opencode-logins": async () => {
    const scene = await configureNotes(await openScene({ clientAuthentication: "either" }));
    const { walk, issuer } = scene;
    const url = `${scene.addresses["https://mcp.example.com"] ?? ""}/mcp`;
    const approval = { clientId: "my-app", redirectUri: "", codeChallenge: "", scope: "notes:read", resource: url, audience: undefined, subject: "alice", renewable: true };
    const [accessToken, refreshToken] = (["access", "refresh"] as const).map((kind) => issuer.store.issueToken(kind, approval, 1, 3600).token);
    const files = { ".config/opencode/opencode.json": { mcp: { notes: { type: "remote", url, oauth: { clientId: "my-app", clientSecret: "s3cret" } } } }, ".local/share/opencode/mcp-auth.json": { notes: { tokens: { accessToken, refreshToken }, serverUrl: url } } };
    for (const [path, value] of Object.entries(files)) {
      await mkdir(dirname(join(walk.home.directory, path)), { recursive: true });
      await writeFile(join(walk.home.directory, path), JSON.stringify(value), { mode: 0o600 });
    }
    return scene;
  },
  /** Cursor has notes, api and a tool of a project's. */
  cursor: async () => withCursor(await openScene()),
  /** The same, and notes is here. */
  "cursor-and-notes": async () => withCursor(await configureNotes(await openScene())),
  /** notes, whose sign-in was set aside because its issuer refused to renew it. */
  refused: async () => {
    const scene = await configureNotes(await openScene({ refreshAnswer: ["invalid-grant", "json"] }));
    await signIn(scene);
    scene.issuer.expireTokens();
    await ageGrant(scene.walk, `${scene.addresses["https://mcp.example.com"] ?? ""}/mcp`, -1000);
    const { exitCode, stderr } = await scene.walk.run(["list"], { env: scene.environment });
    if (exitCode !== 0) throw new Error(stderr);
    return scene;
  },
  /** No configuration; the issuer gives tokens to a client in its own name. */
  machine: () => openScene({ grants: ["client-credentials"], clientAuthentication: "either" }),
  /** notes, not signed in; a person at another device types in the code at once. */
  device: async () => configureNotes(await openScene({ grants: ["device"], deviceIntervalSeconds: 0.1, deviceAnswer: "approved" })),
  /** notes, whose issuer takes no new clients. */
  closed: async () => configureNotes(await openScene({ registration: "off" })),
  /** The key of keyed is not what the server wants. */
  "wrong-key": async () => {
    const scene = await openScene();
    const url = `${scene.addresses["https://api.example.com"] ?? ""}/mcp`;
    await scene.walk.configure({ api: { type: "remote", url, headers: { Authorization: "Bearer {env:API_KEY}" } } });
    return { ...scene, environment: { ...scene.environment, API_KEY: "old" } };
  },
  /** A project's file with a server that nobody has trusted. */
  project: async () => {
    const scene = await openScene();
    const url = `${scene.addresses["https://mcp.example.com"] ?? ""}/mcp`;
    await writeFile(join(scene.workingDirectory, "mcpass.jsonc"), JSON.stringify({ mcp: { notes: { type: "remote", url } } }));
    return scene;
  },
  /** An opencode.json in the working directory. */
  opencode: async () => {
    const scene = await openScene();
    const url = `${scene.addresses["https://mcp.example.com"] ?? ""}/mcp`;
    await writeFile(join(scene.workingDirectory, "opencode.json"), JSON.stringify({ model: "some/model", mcp: { notes: { type: "remote", url } } }));
    return scene;
  },
};
