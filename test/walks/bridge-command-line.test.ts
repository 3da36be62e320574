import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";

import { cleanEnvironment, programFile } from "../rig/program.ts";
import { type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { freePort } from "../rig/free-port.ts";
import { asked } from "./held-sign-in.ts";

function start(walk: Walk, args: readonly string[], options: Parameters<Walk["start"]>[1] = {}): StdioHost {
  return stdioHost(walk.start(args, { stdin: "open", timeoutMs: 60_000, ...options }));
}

const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };

test("the command line of mcp-remote works with another word: an address, a port, headers with spaces, variables, transports, a client of one's own, tools left out", async () => {
  const walk = await openWalk();
  const keyed = await walk.resource({ guard: "api-key", apiKey: { name: "x-api-key", value: "let me in" } });
  for (const [header, env] of [["X-Api-Key: let me in", {}], ["x-api-key=let me in", {}], ["X-Api-Key:${KEY}", { KEY: "let me in" }]] as const) {
    const host = start(walk, ["bridge", keyed.url, "--header", header, "--transport", "http-only", "--ignore-tool", "e*", "--allow-http", "--silent"], { env });
    await host.open();
    expect((await host.request("tools/list")).result.tools.map(({ name }: { name: string }) => name)).toEqual(["add_numbers", "whoami"]);
    expect((await host.request("tools/call", { name: "echo", arguments: { text: "x" } })).result.isError).toBe(true);
    await host.program.stop();
  }
  const unset = await walk.run(["bridge", keyed.url, "--header", "X-Api-Key:${KEY}"]);
  expect([unset.exitCode, unset.stdout, unset.stderr]).toEqual([1, "", expect.stringContaining("KEY")]);

  const port = await freePort();
  const issuer = await walk.issuer({ registration: "off", clientAuthentication: "post", clients: [{ client_id: "mine", client_secret: "a secret", redirect_uris: [`http://localhost:${String(port)}/oauth/callback`] }], redirectMatching: "exact" });
  const closed = await walk.resource({ party: "closed", trusts: issuer });
  const info = join(walk.home.directory, "client.json");
  await writeFile(info, JSON.stringify({ client_id: "mine", client_secret: "${SECRET}" }));
  const headers = join(walk.home.directory, "headers.txt");
  await writeFile(headers, "# for the team\nX-Team: blue\n");
  const browser = walk.browser();
  const host = start(walk, ["bridge", closed.url, String(port), "--static-oauth-client-info", `@${info}`, "--header-file", headers, "--authorize-param", "prompt=consent", "--disable-resource-parameter", "--keep-alive", "--ipv4", "--connect-timeout", "5", "--open", "--debug"], { browser, env: { SECRET: "a secret" } });
  await host.open();
  await host.heard("notifications/tools/list_changed");
  expect((await host.request("tools/call", callAdd)).result.content[0].text).toBe("5");
  expect(asked(walk)).toEqual({ registered: 0, opened: 1, exchanged: 1 });
  expect(walk.printed()).not.toContain("a secret");
  const page = walk.ledger.find({ path: "/authorize" }).map(({ path }) => new URL(path, issuer.origin).searchParams);
  expect(page.map((asked) => [asked.get("prompt"), asked.has("resource")])).toEqual([["consent", false]]);
  expect(walk.ledger.find({ party: "closed", word: "tools/call" }).map(({ headers: sent }) => sent["x-team"])).toEqual(["blue"]);
}, 60_000);

test("words that are wrong end before anything is said on standard output", async () => {
  const walk = await openWalk();
  await walk.configure({ files: { type: "local", command: ["node", "-e", "0"] }, off: { type: "remote", url: "https://mcp.example.com/mcp", enabled: false } });
  for (const [words, exitCode, said] of [
    [["bridge"], 2, "server"],
    [["bridge", "nothing"], 2, "nothing"],
    [["bridge", "files"], 2, "is a local server"],
    [["bridge", "off"], 1, "is disabled"],
    [["bridge", "http://mcp.example.com/mcp"], 2, "plain http"],
    [["bridge", "https://mcp.example.com/mcp", "no-port"], 2, 'the port behind the server needs a number from 1 to 65535, not "no-port"'],
    [["bridge", "https://mcp.example.com/mcp", "--authorize-param", "state=canary"], 2, "--authorize-param state must not be set: the sign-in sets it itself"],
    [["bridge", "https://mcp.example.com/mcp", "--auth-timeout", "x"], 2, "--auth-timeout needs a number of seconds"],
    [["bridge", "https://mcp.example.com/mcp", "--static-oauth-client-info", "{}"], 2, "--static-oauth-client-info needs a client_id"],
    [["bridge", "https://mcp.example.com/mcp", "--static-oauth-client-info", '{"client_id": 5, "client_secret": "canary"}'], 2, "--static-oauth-client-info needs a client_id"],
    [["bridge", "https://mcp.example.com/mcp", "--static-oauth-client-info", '{"client_id": "mine", "client_secret": ["canary"]}'], 2, "a client_secret that is no text"],
    [["bridge", "https://mcp.example.com/mcp", "--static-oauth-client-metadata", '{"scope": ["a"]}'], 2, "a scope that is no text"],
    [["bridge", "https://mcp.example.com/mcp", "--static-oauth-client-info", '{"client_secret": "canary"'], 2, "needs a JSON object"],
  ] as const) {
    const result = await walk.run(words);
    expect({ words, exitCode: result.exitCode, stdout: result.stdout }).toEqual({ words, exitCode, stdout: "" });
    expect(result.stderr).toContain(said);
    expect(result.stderr).not.toContain("canary");
  }
});

for (const mode of ["legacy", "auto", { pin: "2026-07-28" }] as const) {
  test(`the SDK's own client (${typeof mode === "string" ? mode : mode.pin}) uses the bridge as it would any server`, async () => {
    const walk = await openWalk();
    for (const wire of ["legacy", "modern"] as const) {
      const server = await walk.resource({ guard: "open", wire, party: wire });
      const client = new Client({ name: "sdk", version: "1" }, { versionNegotiation: { mode } });
      await client.connect(new StdioClientTransport({ command: process.execPath, args: [programFile, "bridge", server.url], env: cleanEnvironment({ home: walk.home.directory }), stderr: "ignore" }));
      try {
        expect((await client.listTools()).tools).toHaveLength(3);
        expect(await client.callTool(callAdd)).toMatchObject({ content: [{ type: "text", text: "5" }] });
        expect((await client.readResource({ uri: "test://note" })).contents).toHaveLength(1);
      } finally {
        await client.close();
      }
    }
  });
}
