import { expect, test } from "vitest";
import type { Tool } from "../../../src/connection/manager.ts";
import { show, snapshot } from "./shown.tsx";

test("of 500 servers and 5,000 tools only what is seen is drawn, from the first to the last", async () => {
  const servers = Array.from({ length: 500 }, (_, index) => snapshot(`server-${String(index).padStart(3, "0")}`));
  const tools = Array.from({ length: 5000 }, (_, index): Tool => ({ name: `tool-${String(index)}`, description: `number ${String(index)}`, inputSchema: {} }));
  const screen = show(servers, { manager: { tools: async () => tools } });
  expect(screen.screen()).toMatch(/› • server-000[^]*1 of 500[^]*⊙ 500 MCP/);
  screen.type("\u001b[F");
  await screen.waitFor(/› • server-499[^]*500 of 500/);
  screen.type("\u001b[Ht");
  await screen.waitFor(/server-000: 5000 tools[^]*› tool-0 [^]*1 of 5000/);
  screen.type("number 4999");
  await screen.waitFor(/› tool-4999 {2}number 4999/);
  expect(screen.screen()).not.toContain("tool-0 ");
  expect(screen.screen().split("\n").length).toBeLessThanOrEqual(30);
});
