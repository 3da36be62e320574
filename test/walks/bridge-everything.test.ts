import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";

import { ableClient, startEverything, useEverything, useEverythingOfBefore } from "../rig/everything.ts";
import { cleanEnvironment, programFile } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

function throughBridge(walk: Walk, url: string): StdioClientTransport {
  return new StdioClientTransport({ command: process.execPath, args: [programFile, "bridge", url], env: cleanEnvironment({ home: walk.home.directory }), stderr: "ignore" });
}

test("all features of the official demonstration server are the same through the bridge, for a host of its own era and for one of 2026-07-28", async () => {
  const walk = await openWalk();
  const url = await startEverything(walk);
  const use = async (era: "legacy" | "modern", transport: Transport): Promise<readonly [unknown, unknown]> => {
    const host = ableClient(era);
    await host.client.connect(transport);
    try {
      return [await useEverything(host), era === "legacy" ? await useEverythingOfBefore(host) : undefined];
    } finally {
      await host.client.close();
    }
  };
  const [direct, older, newer] = await Promise.all([use("legacy", new StreamableHTTPClientTransport(new URL(url))), use("legacy", throughBridge(walk, url)), use("modern", throughBridge(walk, url))]);
  expect(older).toEqual(direct);
  expect(newer[0]).toEqual(direct[0]);
}, 120_000);
