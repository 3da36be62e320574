import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import { requireClients } from "../rig/other-clients.mjs";
import { programFile } from "../rig/program.ts";
import { modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { useWithOtherClients } from "../rig/use-other-clients.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { comeBack, scene } from "./held-sign-in.ts";

beforeAll(() => void requireClients(), 300_000);

function start(walk: Walk, args: readonly string[] = ["example"], options: Parameters<Walk["start"]>[1] = {}): StdioHost {
  return stdioHost(walk.start(["bridge", ...args], { stdin: "open", timeoutMs: 60_000, ...options }));
}

const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };

/** A host of that revision: opens, lists, calls. What it got. */
async function use(host: StdioHost, revision: string): Promise<unknown> {
  const modern = revision === "2026-07-28";
  const meta = modern ? modernMeta() : {};
  const { result } = modern ? await host.request("server/discover", meta) : await host.open(revision);
  const listed = await host.request("tools/list", meta);
  const called = await host.request("tools/call", { ...callAdd, ...meta });
  await host.program.stop();
  return [modern ? result.supportedVersions[0] : result.protocolVersion, listed.result.tools.length, called.result.content[0].text];
}

test("hosts of every revision use servers of either era, and one of 2024-11-05's, as if they spoke to one of their own", async () => {
  const walk = await openWalk();
  for (const wire of ["legacy", "modern", "sse"] as const) {
    const { url } = await walk.resource({ guard: "open", wire, party: wire });
    for (const revision of ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"]) {
      // The oldest server knows one revision, and its host is told so as soon as that is known.
      const agreed = wire === "sse" && revision.startsWith("2025") ? expect.stringMatching(/^202[45]/) : revision;
      expect([wire, await use(start(walk, [url]), revision)]).toEqual([wire, [agreed, 3, "5"]]);
    }
  }
}, 60_000);

test("B02 a host that gives up an opening after its limit and one that has none are both answered before the person has come back; both use the tools afterwards", async () => {
  const { walk } = await scene();
  const browser = walk.browser({ hold: true });
  const hosts = [start(walk, ["example", "--open"], { browser }), start(walk)];
  const redirect = browser.heldUrl();
  const opened = await Promise.all(hosts.map((host) => host.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "host", version: "1" } })));
  expect(opened.map(({ result }) => result.protocolVersion)).toEqual(["2025-06-18", "2025-06-18"]);
  for (const host of hosts) host.notify("notifications/initialized");
  const listed = await Promise.all(hosts.map((host) => host.request("tools/list")));
  expect(listed.map(({ result }) => result.tools.map(({ name }: { name: string }) => name))).toEqual([["sign_in"], ["sign_in"]]);
  const held = await redirect;
  expect((await comeBack(held)).status).toBe(200);
  for (const host of hosts) {
    await host.heard("notifications/tools/list_changed");
    expect((await host.request("tools/call", callAdd)).result.content[0].text).toBe("5");
  }
}, 60_000);

test("mcporter and the inspector list, call and read a server that only mcpass is signed in to", async () => {
  const { walk } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  const file = join(walk.home.directory, "clients.json");
  await writeFile(file, JSON.stringify({ mcpServers: { notes: { command: process.execPath, args: [programFile, "bridge", "example"], env: { MCPASS_HOME: walk.home.directory } } } }));
  await useWithOtherClients(walk, { file, server: "notes" });
}, 120_000);
