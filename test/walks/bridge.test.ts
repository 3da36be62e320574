import { expect, test } from "vitest";

import { type Loose, modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

/** A client that has started a bridge; it is stopped with the walk. */
function startHost(walk: Walk, args: readonly string[] = ["example"], options: Parameters<Walk["start"]>[1] = {}): StdioHost {
  return stdioHost(walk.start(["bridge", ...args], { stdin: "open", timeoutMs: 60_000, ...options }));
}

const sum = (message: { readonly result?: Loose }): unknown => message.result?.content?.[0]?.text;

for (const wire of ["legacy", "modern"] as const) {
  for (const responseMode of wire === "legacy" ? (["json", "sse"] as const) : (["json"] as const)) {
    test(`a host of ${wire === "legacy" ? "2025-06-18" : "2026-07-28"} lists and calls through the bridge, as they are, to a ${wire} server (${responseMode})`, async () => {
      const walk = await openWalk();
      const server = await walk.resource({ guard: "open", wire, responseMode, instructions: "Add things." });
      await walk.configure({ example: { type: "remote", url: server.url } });
      const host = startHost(walk);
      if (wire === "legacy") {
        const { result } = await host.open("2025-06-18");
        expect(result).toMatchObject({ protocolVersion: "2025-06-18", instructions: "Add things.", serverInfo: { name: "test-server" }, capabilities: { tools: { listChanged: true } } });
        expect((await host.request("tools/list")).result.tools.map(({ name }: { name: string }) => name)).toEqual(["add_numbers", "echo", "whoami"]);
        expect(sum(await host.request("tools/call", { name: "add_numbers", arguments: { a: 2, b: 3 } }, { id: 7 }))).toBe("5");
      } else {
        const { result } = await host.request("server/discover", modernMeta());
        expect(result).toMatchObject({ resultType: "complete", supportedVersions: ["2026-07-28"], instructions: "Add things.", capabilities: { tools: { listChanged: true } } });
        expect((await host.request("tools/list", modernMeta())).result.tools).toHaveLength(3);
        expect(sum(await host.request("tools/call", { name: "add_numbers", arguments: { a: 2, b: 3 }, ...modernMeta() }))).toBe("5");
      }
      expect(await host.request("ping")).toEqual({ jsonrpc: "2.0", id: expect.anything(), result: wire === "legacy" ? {} : expect.anything() });
      host.program.endInput();
      expect((await host.program.ended).exitCode).toBe(0);
    });
  }
}

for (const [revision, wire] of [["2024-11-05", "modern"], ["2025-11-25", "modern"], ["2026-07-28", "legacy"]] as const) {
  test(`a host of ${revision} lists, reads and calls through the bridge in front of a server that speaks ${wire === "legacy" ? "2025-11-25 and before" : "2026-07-28"} only`, async () => {
    const walk = await openWalk();
    const server = await walk.resource({ guard: "open", wire });
    await walk.configure({ example: { type: "remote", url: server.url } });
    const host = startHost(walk);
    const modern = revision === "2026-07-28";
    const meta = modern ? modernMeta() : {};
    const opened = modern ? await host.request("server/discover", meta) : await host.open(revision);
    expect(opened.result).toMatchObject(modern ? { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } } : { protocolVersion: revision, capabilities: { tools: {} } });
    const listed = await host.request("tools/list", meta);
    expect(listed.result.tools).toHaveLength(3);
    expect([listed.result.resultType, listed.result.ttlMs, listed.result.cacheScope]).toEqual(modern ? ["complete", 0, "private"] : [undefined, undefined, undefined]);
    expect(sum(await host.request("tools/call", { name: "add_numbers", arguments: { a: 20, b: 22 }, ...meta }))).toBe("42");
    expect((await host.request("resources/read", { uri: "test://note", ...meta })).result.contents[0].text).toBe("a note");
    expect((await host.request("resources/read", { uri: "test://nothing", ...meta })).error.code).toBe(modern ? -32_602 : -32_002);
    expect((await host.request("prompts/get", { name: "greet", ...meta })).result.messages).toHaveLength(1);
  });
}
