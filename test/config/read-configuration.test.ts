import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { readConfiguration } from "../../src/config/config-file.ts";
import { failure, workspace } from "./workspace.ts";

const url = "https://mcp.example.com/mcp";

async function readUser(content: string | object, environment: Record<string, string | undefined> = {}) {
  const space = await workspace(environment);
  await space.write("config/mcpass.jsonc", content);
  return { space, configuration: await readConfiguration({ runtime: space.runtime }) };
}

describe("an opencode.json as it is", () => {
  const opencode = `{
    "$schema": "https://opencode.ai/config.json",
    "theme": "dark", "model": "a/b", "agent": { "x": {} }, // a comment
    "experimental": { "mcp_timeout": 7000, "other": true },
    "mcp": {
      "linear": { "type": "remote", "url": "${url}", "oauth": { "clientId": "abc", "callbackPort": 4000, "callbackTimeout": 5, "tokenTimeout": 60000 }, "headers": { "X-A": " b " } },
      "plain": { "type": "remote", "url": "${url}", "oauth": false, "enabled": false, "timeout": 1500, },
      "files": { "type": "local", "command": ["npx", "-y", "files"], "environment": { "A": "b" }, "cwd": "sub" },
    },
  }`;

  test("is read whole: remote and local entries, defaults and timeouts, without a warning about its other keys", async () => {
    const space = await workspace();
    const configFile = await space.write("elsewhere/opencode.json", opencode);
    const { servers, warnings, files } = await readConfiguration({ runtime: space.runtime, configFile });
    expect(warnings).toEqual([]);
    expect(files).toEqual([{ path: configFile, layer: "file" }]);
    expect(servers.get("linear")?.entry).toEqual({
      type: "remote",
      url,
      headers: { "X-A": "b" },
      oauth: { clientId: "abc", callbackPort: 4000, callbackTimeoutMs: 5000, tokenTimeoutMs: 60_000 },
      enabled: true,
      timeout: { connectMs: 30_000, requestMs: 7000 },
      account: undefined,
      allowPrivate: false,
      transport: "auto",
      protocol: "auto",
    });
    expect(servers.get("plain")?.entry).toMatchObject({ oauth: false, enabled: false, timeout: { connectMs: 1500, requestMs: 1500 } });
    expect(servers.get("plain")).toMatchObject({ enabled: false, error: undefined });
    expect(servers.get("files")?.entry).toMatchObject({ command: ["npx", "-y", "files"], environment: { A: "b" }, cwd: join(space.runtime.workingDirectory, "sub") });
    expect(servers.get("linear")?.source).toEqual({ file: configFile, line: 6, column: 7, layer: "file" });
  });

  test("may be of the second shape: servers, disabled, timeouts apart, snake_case keys", async () => {
    const { configuration } = await readUser({
      mcp: {
        timeout: { startup: 100, execution: 200 },
        servers: {
          a: { type: "remote", url, disabled: true, codemode: true, timeout: { startup: 5, catalog: 6, execution: 7 }, allow_private: true },
          b: { type: "remote", url, oauth: { client_id: "i", client_secret: "s", scope: "x y", callback_port: 1, redirect_uri: "http://localhost:1/cb", auth_server_metadata_url: url, headers: { client_id: "kept" } } },
        },
      },
    });
    expect(configuration.warnings).toEqual([]);
    expect(configuration.servers.get("a")?.entry).toMatchObject({ enabled: false, timeout: { connectMs: 5, requestMs: 7 }, allowPrivate: true });
    expect(configuration.servers.get("b")?.entry).toMatchObject({
      timeout: { connectMs: 100, requestMs: 200 },
      oauth: { clientId: "i", clientSecret: "s", scope: "x y", callbackPort: 1, redirectUri: "http://localhost:1/cb", authServerMetadataUrl: url, headers: { client_id: "kept" } },
    });
  });

  test("may call a server “servers” or “timeout” in the first shape", async () => {
    const { configuration } = await readUser({ mcp: { servers: { type: "remote", url }, timeout: { type: "remote", url } } });
    expect([...configuration.servers.keys()]).toEqual(["servers", "timeout"]);
    expect(configuration.servers.get("servers")?.entry).toMatchObject({ url, timeout: { requestMs: 60_000 } });
  });

  test("may hold both shapes; a name in both keeps the first shape's entry and says so", async () => {
    const { configuration } = await readUser({ mcp: { a: { type: "remote", url }, servers: { a: { type: "remote", url: `${url}/2` }, b: { type: "remote", url } } } });
    expect(configuration.servers.get("a")?.entry).toMatchObject({ url });
    expect(configuration.servers.get("b")?.entry).toBeDefined();
    expect(configuration.warnings.join()).toMatch(/mcp\.servers\.a stands there twice/);
  });

  test("ignores a stub that switches nothing, with a warning", async () => {
    const { configuration } = await readUser({ mcp: { org: { enabled: true } } });
    expect(configuration.servers.size).toBe(0);
    expect(configuration.warnings[0]).toMatch(/mcp\.org switches a server that is defined nowhere/);
  });
});

describe("a whole file", () => {
  test("with a syntax error is config_invalid: file, line, column and a caret, and no value is shown", async () => {
    const space = await workspace();
    await space.write("config/mcpass.jsonc", '{\n  "mcp": {\n    "a": { "Authorization": "Bearer canary" "type": "remote" }\n  }\n}');
    const error = await failure(() => readConfiguration({ runtime: space.runtime }));
    expect(error.code).toBe("config_invalid");
    expect(error.message).toBe(
      `${space.userFile}:3:45: a comma was expected here\n` +
        `  3 |     "a": { "Authorization": "****** ******" "type": "******" }\n` +
        `  ${" ".repeat(48)}^`,
    );
    expect(error.details).toEqual({ file: space.userFile, line: 3, column: 45 });
  });

  test.each([
    ['{"mcp": {"a": {"headers": {"Authorization": Bearer canary}}}}'],
    ['{"mcp": {"a": {"headers": {"Authorization": "Bearer canary}}}}'],
    ['{"mcp": {"a": {"headers": {"Authorization: "Bearer canary", "x": 1}}}}'],
    ['{"mcp": {"a": {"headers": {"Authorization": Bearer canary", "x": "y"}}}}'],
    ['{"mcp": {"a": "x\\q", "token": "canary" /* canary */ }}'],
    ['{"mcp": {"a": {"headers": {"Authorization": "canary": "x"}}}}'],
    ['{"mcp": {"a": [1 2], "token": "canary"}} // canary'],
  ])("with a broken secret never shows it: %s", async (text) => {
    const space = await workspace();
    await space.write("config/mcpass.jsonc", text);
    const error = await failure(() => readConfiguration({ runtime: space.runtime }));
    expect(error.code).toBe("config_invalid");
    expect(error.message).toMatch(/\^$/);
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  test("with a bare {env:…} is told to put it into quotes", async () => {
    const space = await workspace();
    await space.write("config/mcpass.jsonc", '{"mcp": {"a": {"timeout": {env:T}}}}');
    expect((await failure(() => readConfiguration({ runtime: space.runtime }))).message).toMatch(/must stand inside double quotes/);
  });

  test.each([["[1]"], ['"x"'], ['{"mcp": []}'], ["[".repeat(100_000)]])("of another form is config_invalid: %.10s", async (text) => {
    const space = await workspace();
    await space.write("config/mcpass.jsonc", text);
    expect((await failure(() => readConfiguration({ runtime: space.runtime }))).code).toBe("config_invalid");
  });

  test.each([[""], ["// only a comment\n"], ["\uFEFF{}"], ['{"mcp": {}}']])("without servers is fine: %j", async (text) => {
    expect((await readUser(text)).configuration.servers.size).toBe(0);
  });

  test("in UTF-16 is told to be saved as UTF-8", async () => {
    const space = await workspace();
    await mkdir(join(space.root, "config"));
    await writeFile(space.userFile, Buffer.from("\uFEFF{}", "utf16le"));
    expect(await failure(() => readConfiguration({ runtime: space.runtime }))).toMatchObject({ code: "config_unreadable", message: expect.stringContaining("UTF-8") as string });
  });

  test("in another program's shape is pointed out", async () => {
    const { configuration } = await readUser({ mcpServers: { a: { url } } });
    expect(configuration.warnings[0]).toMatch(/"mcpServers" is another program's shape/);
  });
});

describe("the files", () => {
  test("may all be missing", async () => {
    const { runtime } = await workspace();
    expect(await readConfiguration({ runtime })).toEqual({ servers: new Map(), files: [], warnings: [], account: undefined });
  });

  test("named by --config or MCPASS_CONFIG replace the user's and the project's, and must be there", async () => {
    const space = await workspace({ MCPASS_CONFIG: "other.jsonc" });
    await space.write("config/mcpass.jsonc", { mcp: { user: { type: "remote", url } } });
    await space.write("project/mcpass.jsonc", { mcp: { project: { type: "remote", url } } });
    await space.write("project/deep/er/other.jsonc", { account: "work", mcp: { other: { type: "remote", url } } });
    await space.write("project/deep/er/flag.jsonc", { mcp: { flag: { type: "remote", url } } });
    const byVariable = await readConfiguration({ runtime: space.runtime });
    expect([...byVariable.servers.keys()]).toEqual(["other"]);
    expect(byVariable.account).toBe("work");
    expect([...(await readConfiguration({ runtime: space.runtime, configFile: "flag.jsonc" })).servers.keys()]).toEqual(["flag"]);
    expect(await failure(() => readConfiguration({ runtime: space.runtime, configFile: "absent.json" }))).toMatchObject({
      code: "config_unreadable",
      message: `the configuration ${join(space.runtime.workingDirectory, "absent.json")} does not exist`,
    });
  });

  test("U06 every server says which file and layer it comes from", async () => {
    const space = await workspace();
    await space.write("config/mcpass.json", { mcp: { mine: { type: "remote", url } } });
    await space.write("project/mcpass.jsonc", '{"mcp": {\n  "ours": {"type": "remote", "url": "https://ours.example/"}}}');
    const { servers } = await readConfiguration({ runtime: space.runtime });
    expect(servers.get("mine")?.source).toMatchObject({ file: join(space.root, "config/mcpass.json"), layer: "user" });
    expect(servers.get("ours")?.source).toEqual({ file: space.projectFile, line: 2, column: 3, layer: "project" });
  });

  test("of the user are never taken for a project's, also from inside the config directory or through a link", async () => {
    const space = await workspace();
    await space.write("config/mcpass.jsonc", { mcp: { mine: { type: "remote", url } } });
    await symlink(space.userFile, space.projectFile);
    const { servers, files } = await readConfiguration({ runtime: space.runtime });
    expect(files).toEqual([{ path: space.userFile, layer: "user" }]);
    expect(servers.get("mine")?.source.layer).toBe("user");
    const inside = await readConfiguration({ runtime: { ...space.runtime, workingDirectory: join(space.root, "config") } });
    expect(inside.files).toHaveLength(1);
  });
});
