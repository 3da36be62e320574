import { expect, test } from "vitest";

import { connectClient } from "../rig/gateway-client.ts";
import { startServing } from "../rig/serving.ts";
import { openWalk } from "../rig/walk.ts";

for (const mode of ["legacy", { pin: "2026-07-28" }] as const) {
  for (const wire of ["legacy", "modern"] as const) {
    test(`the SDK's own client (${mode === "legacy" ? "before 2026-07-28" : mode.pin}) uses one server through the gateway as if it were that server, which speaks ${wire === "legacy" ? "2025-11-25 and before" : "2026-07-28"}`, async () => {
      const walk = await openWalk();
      const server = await walk.resource({ guard: "open", wire, instructions: "Add things." });
      await walk.configure({ example: { type: "remote", url: server.url } });
      const { client } = await connectClient(await startServing(walk), "/gateway/example", { mode });
      expect([client.getServerVersion()?.name, client.getInstructions()]).toEqual(["test-server", "Add things."]);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["add_numbers", "echo", "whoami"]);
      expect((await client.callTool({ name: "add_numbers", arguments: { a: 2, b: 3 } })).content).toEqual([{ type: "text", text: "5" }]);
      expect((await client.readResource({ uri: "test://note" })).contents).toMatchObject([{ text: "a note" }]);
      expect((await client.getPrompt({ name: "greet" })).messages).toHaveLength(1);
      await client.close();
    });
  }
}
