import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Machine } from "../../../src/config/application/application.ts";
import { applications } from "../../../src/config/application/applications.ts";
import { readForeignServers } from "../../../src/config/import/foreign-servers.ts";
import { literalSecrets, showWords } from "../../../src/config/import/literal-secrets.ts";
import { readMcpRemoteCommand } from "../../../src/config/import/mcp-remote-command.ts";
import { createTranslation, type VariableSyntax } from "../../../src/config/import/translate-variables.ts";
import { workspace, type Workspace } from "../workspace.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/servers/${name}`, import.meta.url));

function machineOf({ runtime, root }: Workspace): Machine {
  return { environment: { HOME: join(root, "home") }, platform: "linux", home: join(root, "home"), workingDirectory: runtime.workingDirectory };
}

/** What is read of a fixture in an application's own place; by name the entry, or why there is none, with what is said of it. */
async function read(name: string, file: string, project = false): Promise<Record<string, unknown>> {
  const space = await workspace();
  const machine = machineOf(space);
  const application = applications.find((each) => each.name === name)!;
  const path = project ? join(machine.workingDirectory, application.projectFiles[0]!) : application.userFiles(machine)[0]!;
  await mkdir(dirname(path), { recursive: true });
  await copyFile(fixture(file), path);
  await writeFile(path, (await readFile(path, "utf8")).replace("@HERE@", machine.workingDirectory));
  const { servers, errors } = await readForeignServers(space.runtime, machine, application, project);
  expect(errors).toEqual([]);
  const shown = servers.map(({ label, value, leftOut, isOurs, notes }) => [label, isOurs ? "bridged" : leftOut ?? (notes.length === 0 ? value : [value, ...notes])] as const);
  return JSON.parse(JSON.stringify(Object.fromEntries(shown)).replaceAll(dirname(path), "DIRECTORY").replaceAll(machine.home, "~")) as Record<string, unknown>;
}

test("B05: Claude Code's servers: variables, defaults, its oauth, those of this folder only, and what leads through us already", async () => {
  expect(await read("claude-code", "claude-code.json")).toEqual({
    here: { type: "remote", url: "https://here.example.com/mcp" },
    notes: { type: "remote", url: "https://mcp.example.com/mcp" },
    api: [{ type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer {env:API_KEY}", "X-Team": "{env:TEAM}" } }, "the variable TEAM must be set here: there is no default value as there is there"],
    events: { type: "remote", url: "https://events.example.com/sse", transport: "sse" },
    "own-client": [{ type: "remote", url: "https://own.example.com/mcp", oauth: { clientId: "my-app", callbackPort: 8080, scope: "read write" } }, "not taken over: headersHelper"],
    files: { type: "local", command: ["npx", "-y", "some-server", "{env:HOME}/notes"], environment: { LEVEL: "debug" } },
    "through-us": "bridged",
  });
});

test("B05: Claude Desktop's servers: no variables, and what goes through mcp-remote becomes the remote server that it is", async () => {
  const through = "it went through mcp-remote; here its address is used directly";
  expect(await read("claude-desktop", "claude-desktop.json")).toEqual({
    files: { type: "local", command: ["npx", "-y", "some-server", "/data"], environment: { API_KEY: "fixture-secret-desktop", PLAIN: "${NOT_A_VARIABLE}" } },
    notes: [{ type: "remote", url: "https://mcp.example.com/mcp", oauth: { callbackPort: 3334, callbackHost: "localhost" }, transport: "http" }, through],
    api: [{ type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer fixture-secret-remote", "X-Team": "blue" }, oauth: { resource: "https://api.example.com" } }, through, "not taken over: --ignore-tool"],
    own: [{ type: "remote", url: "https://own.example.com/mcp", oauth: { clientId: "mine", clientSecret: "fixture-secret-own", scope: "read", callbackHost: "localhost", callbackPort: 3335, callbackPath: "/oauth/callback" } }, through],
  });
});

test("B05: Cursor's servers: ${env:…}, its `auth`, the home; a folder that only Cursor knows and a text that would be a reference here are left out", async () => {
  expect(await read("cursor", "cursor.json")).toEqual({
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer {env:API_KEY}" } },
    "own-client": { type: "remote", url: "https://own.example.com/mcp", oauth: { clientId: "my-app", clientSecret: "{env:MY_APP_SECRET}", scope: "read write" } },
    files: [{ type: "local", command: ["python", "~/server.py"], environment: { TOKEN: "fixture-secret-cursor" } }, "its envFile is not read here: set its variables in environment"],
    "project-tool": "it uses ${workspaceFolder}, which only Cursor knows",
    sneaky: "it has {env:…} or {file:…} in it, which is a plain text there and would be read here",
  });
  expect(await read("cursor", "cursor.json", true)).toMatchObject({ "project-tool": { type: "local", command: ["./tool"] } });
});

test("B05: VS Code's servers: what it asks for becomes a variable that is named", async () => {
  expect(await read("vscode", "vscode.json")).toEqual({
    api: [{ type: "remote", url: "https://api.example.com/mcp", headers: { "X-Api-Key": "{env:API_KEY}" } }, "VS Code asks for api-key and keeps it; here the variable API_KEY must be set"],
    "own-client": { type: "remote", url: "https://own.example.com/mcp", oauth: { clientId: "my-app" } },
    socket: { type: "remote", url: "unix:///run/server.sock" },
    files: [{ type: "local", command: ["npx", "-y", "some-server"], environment: { API_KEY: "{env:API_KEY}" } }, "VS Code asks for apiKey and keeps it; here the variable API_KEY must be set", "not taken over: sandboxEnabled"],
  });
});

test("B05: Codex's servers: tables below a table, tokens and headers from variables, time in seconds", async () => {
  expect(await read("codex", "codex.toml")).toEqual({
    notes: { type: "remote", url: "https://mcp.example.com/mcp", oauth: { clientId: "my-app", resource: "https://mcp.example.com", scope: "notes:read notes:write" }, timeout: { startup: 20500 } },
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { "X-Team": "blue", "X-Region": "{env:REGION}", Authorization: "Bearer {env:API_KEY}" }, enabled: false },
    files: { type: "local", command: ["npx", "-y", "some-server"], environment: { LEVEL: "debug", LANG: "{env:LANG}", TOKEN: "{env:TOKEN}" }, cwd: "/data" },
  });
});

test("B05: OpenCode's servers are entries of ours: both shapes, with absolute paths", async () => {
  expect(await read("opencode", "opencode.jsonc")).toEqual({
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { "X-Api-Key": "{file:DIRECTORY/key.txt}" }, oauth: { clientId: "my-app" } },
    files: { type: "local", command: ["npx", "-y", "some-server"], environment: { TOKEN: "{env:TOKEN}" }, enabled: false },
    notes: [{ type: "remote", url: "https://mcp.example.com/mcp", headers: { Authorization: "Bearer {env:NOTES_TOKEN}" }, enabled: false }, "it went through mcp-remote; here its address is used directly", "not taken over: --keep-alive"],
  });
});

test("B05: Windsurf's, Zed's and Gemini CLI's servers, each with its own words", async () => {
  expect(await read("windsurf", "windsurf.json")).toEqual({
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer {env:API_KEY}", "X-Key": "{file:/run/secrets/key}" } },
    notes: { type: "remote", url: "https://mcp.example.com/mcp", enabled: false },
    files: { type: "local", command: ["npx", "-y", "some-server"] },
  });
  expect(await read("zed", "zed.json")).toEqual({
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer fixture-secret-zed" } },
    files: { type: "local", command: ["npx", "-y", "some-server"] },
    older: { type: "local", command: ["/opt/server", "run"], environment: { LEVEL: "debug" } },
    "postgres-context-server": "it has neither an address nor a command",
  });
  expect(await read("gemini", "gemini.json")).toEqual({
    api: { type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer {env:API_KEY}" }, timeout: 5000 },
    events: { type: "remote", url: "https://events.example.com/sse", transport: "sse" },
    newer: { type: "remote", url: "https://newer.example.com/mcp", oauth: { clientId: "my-app", clientSecret: "{env:MY_APP_SECRET}", scope: "read write" } },
    cloud: [{ type: "remote", url: "https://cloud.example.com/mcp" }, "not taken over: authProviderType"],
    files: [{ type: "local", command: ["python", "-m", "server"], environment: { DATABASE: "{env:DATABASE}" }, cwd: "./servers" }, "the variable DATABASE must be set here: there is no default value as there is there"],
  });
});

test("an entry of any form is read or told of, and spoils no other", async () => {
  const space = await workspace();
  const machine = machineOf(space);
  const application = applications.find(({ name }) => name === "cursor")!;
  await space.write("home/.cursor/mcp.json", { mcpServers: { a: 7, b: null, c: [], d: {}, e: { url: 5 }, f: { command: ["x", 7] }, g: { url: "https://g.example/mcp", headers: [], env: "x", auth: 3 } } });
  const { servers, errors } = await readForeignServers(space.runtime, machine, application, false);
  expect([errors, servers.map(({ label, value, leftOut }) => [label, value ?? leftOut])]).toEqual([[], [
    ["a", "it is not an object"], ["b", "it is not an object"], ["c", "it is not an object"], ["d", "it has neither an address nor a command"], ["e", "it has neither an address nor a command"],
    ["f", { type: "local", command: ["x"] }], ["g", { type: "remote", url: "https://g.example/mcp" }],
  ]]);
});

test("a text that would be a reference here is never taken from a program that does not read it so", () => {
  const problems = (syntax: VariableSyntax, text: string): number => {
    const translation = createTranslation({ syntax, title: "It", home: "/home/me", project: false });
    translation.text(text);
    return translation.problems.length;
  };
  for (const syntax of ["none", "shell", "dollar", "editor"] as const) expect([syntax, problems(syntax, "{file:/etc/passwd}"), problems(syntax, "a {env:X} b")]).toEqual([syntax, 1, 1]);
  expect([problems("none", "${env:X}"), problems("shell", "${file:x}"), problems("editor", "${env:X}"), problems("ours", "{env:X}")]).toEqual([1, 1, 0, 0]);
});

test("secrets in plain text are known by what names them, and never shown", () => {
  expect(literalSecrets({ url: "https://a.example/mcp?api_key=s", headers: { Authorization: "Bearer s", "X-Team": "blue", "X-Api-Key": "{env:K}" }, environment: { A_TOKEN: "s", GITHUB_PAT: "s", LEVEL: "s", EMPTY_KEY: "" }, oauth: { clientSecret: "s" } })).toEqual(["url", "headers.Authorization", "environment.A_TOKEN", "environment.GITHUB_PAT", "oauth.clientSecret"]);
  expect(literalSecrets({ command: ["npx", "x", "--api-key", "{env:K}", "--verbose"] })).toEqual([]);
  expect(literalSecrets({ command: ["npx", "x", "--token=s"] })).toEqual(["command"]);
  expect(showWords(["x", "--token=s", "--api-key", "s", "-H", "Authorization: Bearer s", "y"]).join(" ")).toBe("x --token=… --api-key … -H Authorization: Bearer … y");
});

test("mcp-remote's command line is read as its users write it", () => {
  const read = (...words: string[]): ReturnType<typeof readMcpRemoteCommand> => readMcpRemoteCommand(words, "linux");
  const asIs = JSON.parse(JSON.stringify(read("npx", "-y", "mcp-remote", "--debug", "https://a.example/sse", "9696", "--header", "A: b:c", "--header", "D=e", "--transport", "sse-only", "--static-oauth-client-info", '{"client_id":"x","client_secret":"y"}'))) as unknown;
  expect(asIs).toEqual({ url: "https://a.example/sse", headers: { A: "b:c", D: "e" }, transport: "sse", oauth: { clientId: "x", clientSecret: "y", callbackPort: 9696, callbackHost: "localhost", callbackPath: "/oauth/callback" }, others: [] });
  // A flag without a value takes none of the words behind it.
  expect(read("mcp-remote", "--device-code", "http://127.0.0.1:9/mcp", "--keep-alive", "--header", "A: b", "--disable-resource-parameter", "--authorize-param", "prompt=consent", "--header-file", "h.txt")).toMatchObject({
    url: "http://127.0.0.1:9/mcp", headers: { A: "b" }, oauth: { grant: "device_code", resource: false, authorizationParams: { prompt: "consent" }, callbackPort: undefined }, others: ["--keep-alive", "--header-file"],
  });
  expect(read("mcp-remote", "http://127.0.0.1:9/mcp", "--static-oauth-client-info", '{"client_id":"x"}', "--client-metadata-url", "https://c.example.com/x.json")).toMatchObject({ oauth: { callbackPort: 4_953, clientMetadataUrl: "https://c.example.com/x.json" } });
  expect(read("/usr/bin/mcp-remote", "--static-oauth-client-info", "@client.json", "http://localhost:1/mcp")).toMatchObject({ url: "http://localhost:1/mcp", oauth: { clientId: undefined }, others: ["--static-oauth-client-info"] });
  for (const words of [["npx", "mcp-remote"], ["npx", "other", "https://a.example"], ["mcp-remote-x", "https://a.example"]]) expect(read(...words)).toBeUndefined();
});
