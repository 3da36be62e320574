import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
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
  const direct = ableClient("legacy");
  await direct.client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const wanted = await useEverything(direct);
  const wantedOfBefore = await useEverythingOfBefore(direct);
  await direct.client.close();

  for (const era of ["legacy", "modern"] as const) {
    const host = ableClient(era);
    await host.client.connect(throughBridge(walk, url));
    try {
      expect(await useEverything(host)).toEqual(wanted);
      if (era === "legacy") expect(await useEverythingOfBefore(host)).toEqual(wantedOfBefore);
    } finally {
      await host.client.close();
    }
  }
}, 120_000);
