import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { applications, filesOf } from "../../src/config/application/applications.ts";
import { readConfiguration } from "../../src/config/config-file.ts";
import { createManager } from "../../src/connection/manager.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { expectNowhere } from "../rig/canary.ts";
import { httpHost } from "../rig/http-host.ts";
import { startServing } from "../rig/serving.ts";
import { type Loose, type Message, modernMeta, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { ageGrant } from "./age-grant.ts";
import { type Client, clientsOf } from "./gateway-clients.ts";
import { asked, scene } from "./held-sign-in.ts";

const names = (message: Message): string[] => message.result.tools.map(({ name }: { name: string }) => name);
const words = (message: { readonly result?: Loose }): string => message.result?.content?.[0]?.text;
const sum = { arguments: { a: 2, b: 3 } };

test("B01 four clients of the gateway and two bridges at once without a sign-in are all given the same address: one registration, one page, one exchange, and all of them work", async () => {
  const { walk, issuer } = await scene();
  const serving = await startServing(walk);
  const bridges = [0, 1].map(() => stdioHost(walk.start(["bridge", "example"], { stdin: "open", timeoutMs: 120_000 })));
  await Promise.all(bridges.map((host) => host.open()));
  const clients: readonly Client[] = [...(await clientsOf(serving)), ...bridges.map((host) => ({ host, prefix: "", meta: {} }))];
  for (const { host, prefix, meta } of clients) expect(names(await host.request("tools/list", meta))).toEqual([`${prefix}sign_in`]);
  const said = await Promise.all(clients.map(({ host, prefix, meta }) => host.request("tools/call", { name: `${prefix}sign_in`, arguments: {}, ...meta })));
  const addresses = new Set(said.map((answer) => /http\S+authorize\S+/.exec(words(answer))?.[0]));
  expect(addresses.size).toBe(1);
  const before = clients.map(({ host }) => host.messages().length);
  expect((await fetch([...addresses][0] ?? "")).status).toBe(200);
  await Promise.all(clients.map(({ host }, index) => host.heard("notifications/tools/list_changed", before[index])));
  for (const { host, prefix, meta } of clients) expect(words(await host.request("tools/call", { name: `${prefix}add_numbers`, ...sum, ...meta }))).toBe("5");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
  expectNowhere(issuer.secrets(), { texts: { printed: walk.printed() } });
});

test("B02 an opening is answered within a client's limit though its server says nothing, and the lists come when it does", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "open", hang: true });
  await walk.configure({ example: { type: "remote", url: server.url, timeout: { startup: 100_000 } } });
  const serving = await startServing(walk);
  for (const path of ["/gateway/example", "/gateway"]) {
    const host = httpHost(`${serving.url}${path}`, serving.token);
    const opening = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "host", version: "1" } };
    expect((await host.request("initialize", opening, { timeoutMs: 30_000 })).result.capabilities.tools).toEqual({ listChanged: true });
    expect((await host.request("server/discover", modernMeta(), { timeoutMs: 30_000 })).result.supportedVersions).toEqual(["2026-07-28"]);
  }
  const host = httpHost(`${serving.url}/gateway`, serving.token);
  await host.open();
  server.toggles.hang = false;
  // What waits for its silence is cut off.
  await server.refuse();
  await server.accept();
  await waitUntil(async () => names(await host.request("tools/list")).includes("example__add_numbers"), "the tools", 60_000);
}, 90_000);

test("B03 two bridges, the gateway, a command and the library at once use one sign-in, and of what has ended make one renewal", async () => {
  const { walk, issuer, server } = await scene({ rotation: "family", refreshAnswer: { slowMs: 200 } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
  const serving = await startServing(walk);
  const bridges = [0, 1].map(() => stdioHost(walk.start(["bridge", "example"], { stdin: "open", timeoutMs: 120_000 })));
  await Promise.all(bridges.map((host) => host.open()));
  const clients = [...(await clientsOf(serving)), ...bridges.map((host) => ({ host, prefix: "", meta: {} }))];
  const runtime = createNodeRuntime({ environment: { ...process.env, MCPASS_HOME: walk.home.directory, MCPASS_KEY_SOURCE: "file" }, homeDirectory: walk.home.directory, workingDirectory: walk.home.directory });
  const vault = openFileVault({ directory: join(walk.home.directory, "data", "vault"), now: runtime.now, environment: runtime.environment });
  const manager = createManager({ runtime, vault, configuration: await readConfiguration({ runtime }) });
  const library = async (): Promise<string> => words({ result: await manager.callTool("example", "add_numbers", sum.arguments) });
  const call = async ({ host, prefix, meta }: Client): Promise<string> => words(await host.request("tools/call", { name: `${prefix}add_numbers`, ...sum, ...meta }));
  const command = async (): Promise<string> => (await walk.run(["call", "example", "add_numbers", "a=2", "b=3"])).stdout.trim();
  try {
    const all = (): Promise<readonly string[]> => Promise.all([...clients.map(call), library(), command()]);
    expect(new Set(await all())).toEqual(new Set(["5"]));
    issuer.expireTokens();
    await ageGrant(walk, server.url, -1_000);
    walk.ledger.clear();
    expect(new Set(await all())).toEqual(new Set(["5"]));
    expect(walk.ledger.sequence("issuer")).toEqual(["issuer POST /token refresh_token → 200"]);
  } finally {
    await manager.close();
  }
});

async function put({ home }: Walk, client: string, text: string): Promise<string> {
  const application = applications.find(({ name }) => name === client)!;
  const path = filesOf(application, { environment: {}, platform: process.platform, home: home.directory, workingDirectory: home.directory }, false)[0]!;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

test("B05 servers that came in with another client's own words for OAuth are reached through the gateway, and what install --gateway writes into that client's file does not come in as a server", async () => {
  const walk = await openWalk();
  const [own, odd] = [await walk.resource({ party: "own", guard: "open" }), await walk.resource({ party: "odd", guard: "open" })];
  const file = await put(walk, "cursor", JSON.stringify({ mcpServers: { own: { url: own.url, auth: { CLIENT_ID: "my-app", scopes: ["read"] } }, odd: { url: odd.url, oauth: { enabled: true }, disabledTools: [] } } }));
  expect((await walk.run(["import", "cursor"])).exitCode).toBe(0);
  const config = join(walk.home.directory, "config/mcpass.jsonc");
  const ours = await readFile(config, "utf8");
  expect(Object.keys((JSON.parse(ours) as { mcp: object }).mcp)).toEqual(["own", "odd"]);
  const serving = await startServing(walk);
  expect((await walk.run(["install", "cursor", "--gateway", "--port", String(serving.port)])).exitCode).toBe(0);
  const { mcpServers } = JSON.parse(await readFile(file, "utf8")) as { mcpServers: Record<string, { url: string; headers?: { Authorization: string } }> };
  const entry = mcpServers["mcpass"]!;
  const token = (entry.headers?.Authorization ?? "").replace("Bearer ", "");
  const host = httpHost(entry.url, token);
  await host.open();
  expect(names(await host.request("tools/list")).filter((name) => name.endsWith("__echo"))).toEqual(["own__echo", "odd__echo"]);
  const again = await walk.run(["import", "cursor"]);
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining("○ mcpass  goes through mcpass already\n") as string]);
  expect(await readFile(config, "utf8")).toBe(ours);
  expectNowhere([token], { texts: { ours, printed: walk.printed() } });
});
