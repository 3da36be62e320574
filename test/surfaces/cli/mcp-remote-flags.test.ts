import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { fromMcpRemote, type McpRemoteFlags } from "../../../src/surfaces/cli/mcp-remote-flags.ts";

const url = "http://127.0.0.1:9/mcp";
const read = (flags: McpRemoteFlags, words: readonly string[] = [url], environment: Record<string, string> = {}, workingDirectory = "/"): ReturnType<typeof fromMcpRemote> => fromMcpRemote(flags, words, { environment, workingDirectory });
const client = { staticOauthClientInfo: '{"client_id":"mine"}' };

test("a client of one's own comes back to where mcp-remote would have had it: its host, its path, its port for this address; what is said comes first", () => {
  // What mcp-remote 0.15.1 said that it uses, for these words.
  const host = process.platform === "win32" ? "127.0.0.1" : "localhost";
  expect(read(client)).toMatchObject({ clientId: "mine", callbackHost: host, callbackPath: "/oauth/callback", callbackPort: 20_197 });
  const header = ["X-Team: blue", "Authorization:${AUTH}"];
  expect(read({ ...client, header, resource: "https://mcp.example.com", authorizeParam: ["prompt=consent", "audience=a"] }, [url], { AUTH: "x" })).toMatchObject({ callbackPort: 42_781, header: ["X-Team: blue", "Authorization:x"], authorizationParams: { prompt: "consent", audience: "a" } });
  expect(read({ ...client, clientMetadataUrl: "https://c.example.com/x.json" })).toMatchObject({ callbackPort: 4_953 });
  expect(read({ ...client, host: "127.0.0.1", callbackPath: "/back" }, [url, "3334"])).toMatchObject({ callbackHost: "127.0.0.1", callbackPath: "/back", callbackPort: 3_334 });
  for (const [flags, words] of [[{}, [url]], [{ clientId: "ours" }, [url]], [client, ["notes"]], [{ ...client, redirectUri: "http://127.0.0.1:1/x" }, [url]]] as const) {
    expect(read(flags, words)).toMatchObject({ callbackHost: undefined, callbackPath: undefined, callbackPort: undefined });
  }
});

test("its other flags are ours under other names: grants, the resource parameter, further parameters, headers and clients from files, with variables", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-flags-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "headers.txt"), "\uFEFF# mine\r\nX-One: 1\r\n\r\nX-Two:${TWO}\r\n");
  await writeFile(join(directory, "client.json"), '{ "client_id": "mine", "client_secret": "${SECRET}" }');
  const all = read({ headerFile: ["headers.txt"], header: ["X-Three: 3"], staticOauthClientInfo: "@client.json", staticOauthClientMetadata: '{"scope":"a b"}' }, [url], { TWO: "2", SECRET: "s" }, directory);
  expect(all).toMatchObject({ header: ["X-One: 1", "X-Two:2", "X-Three: 3"], clientId: "mine", clientSecret: "s", scope: "a b" });
  expect(read({ ...client, clientCredentials: true, tokenEndpoint: "https://as.example.com/token" })).toMatchObject({ grant: "client_credentials", tokenEndpoint: "https://as.example.com/token" });
  expect(read({ deviceCode: true, disableResourceParameter: true, resource: "https://x.example" })).toMatchObject({ grant: "device_code", resource: "none" });
  expect([read({ resource: " " }).resource, read({}).resource]).toEqual(["none", undefined]);
  expect(() => read({ staticOauthClientInfo: '{"client_id":"${ID}"}' })).toThrow("--static-oauth-client-info names ${ID}, which is not set");
  expect(() => read({ headerFile: ["/no/such"] })).toThrow("--header-file names /no/such, which cannot be read");
  expect(() => read({ authorizeParam: ["audience"] })).toThrow("--authorize-param must be NAME=VALUE");
});
