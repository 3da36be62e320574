import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, test } from "vitest";

import { ableClient, startEverything, useEverything, useEverythingOfBefore } from "../rig/everything.ts";
import { startServing } from "../rig/serving.ts";
import { openWalk } from "../rig/walk.ts";

test("all features of the official demonstration server are the same through the gateway, for a host of its own era and for one of 2026-07-28", async () => {
  const walk = await openWalk();
  const url = await startEverything(walk);
  await walk.configure({ everything: { type: "remote", url, oauth: false } });
  const serving = await startServing(walk);
  const use = async (era: "legacy" | "modern", address: string, headers: Record<string, string> = {}): Promise<readonly [unknown, unknown]> => {
    const host = ableClient(era);
    await host.client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }));
    try {
      return [await useEverything(host), era === "legacy" ? await useEverythingOfBefore(host) : undefined];
    } finally {
      await host.client.close();
    }
  };
  const gateway = (era: "legacy" | "modern"): Promise<readonly [unknown, unknown]> => use(era, `${serving.url}/gateway/everything`, { authorization: `Bearer ${serving.token}` });
  const [direct, older, newer] = await Promise.all([use("legacy", url), gateway("legacy"), gateway("modern")]);
  expect(older).toEqual(direct);
  expect(newer[0]).toEqual(direct[0]);
}, 120_000);
