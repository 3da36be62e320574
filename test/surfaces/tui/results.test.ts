import { expect, test } from "vitest";
import { treeRows } from "../../../src/surfaces/tui/json-tree.ts";
import type { ScreenManager } from "../../../src/surfaces/tui/screen-types.ts";
import { show, type ShownScreen, snapshot } from "./shown.tsx";

const structuredContent = { notes: { count: 4, folders: ["home", "work"] }, done: true };
const content = [{ type: "text", text: "Counted." }, { type: "image", mimeType: "image/png", data: "A".repeat(4096) }, { type: "resource_link", uri: "notes:///today", name: "today", mimeType: "text/plain" }];

/** The screen with the result of its one tool. */
async function called(result: object, more: Partial<ScreenManager> = {}): Promise<ShownScreen> {
  const manager = { tools: async () => [{ name: "count", inputSchema: { type: "object" } }], callTool: (async () => result) as never, ...more };
  const screen = show([snapshot("notes")], { manager });
  screen.type("t");
  await screen.waitFor(/› count/);
  screen.type("\r");
  await screen.waitFor(/enter call/);
  screen.type("\r");
  await screen.waitFor(/esc back to the form/);
  return screen;
}

test("a result's JSON is a tree: a branch folds and opens, by space, enter and the arrows; left goes to the branch it is in; y copies all of it", async () => {
  const screen = await called({ content, structuredContent });
  await screen.waitFor(/Counted\.\n\[image image\/png, 3 kB\]\n\[link today notes:\/\/\/today text\/plain\]\nstructured:\n▼ \{2 members\}\n {2}▼ notes: \{2 members\}\n {6}count: 4\n {4}▼ folders: \[2 items\]\n {8}0: "home"\n {8}1: "work"\n {4}done: true\n/);
  screen.type("jjjjj ");
  await screen.waitFor(/▼ \{2 members\}\n {2}▶ notes: \{2 members\}\n {4}done: true/);
  screen.type("\u001b[C");
  await screen.waitFor(/▼ notes/);
  screen.type("jj\u001b[D");
  await screen.waitFor(/▶ folders: \[2 items\]\n {4}done/);
  screen.type("\u001b[Ck\u001b[D\u001b[D");
  await screen.waitFor(/▶ notes/);
  screen.type("y");
  await expect.poll(() => JSON.parse(screen.copied[0] ?? "")).toEqual({ content, structuredContent });
});

test("enter on a link reads that resource; what a big value holds further in is folded at first, and of a huge one so much is shown as anybody looks through", async () => {
  const read: string[] = [];
  const screen = await called({ content }, { readResource: (async (_server: string, uri: string) => (read.push(uri), { contents: [{ uri, text: "Milk" }] })) as never });
  screen.type("jj\r");
  await screen.waitFor(/notes: resource notes:\/\/\/today[^]*enter get/);
  screen.type("\r");
  await screen.waitFor(/notes:\/\/\/today\nMilk/);
  expect(read).toEqual(["notes:///today"]);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key-${String(index)}`, [index, index]]));
  expect(treeRows(many, new Map(), "0").length).toBe(101);
  expect(treeRows(many, new Map([["0/3", false]]), "0").slice(4, 8).map(({ text }) => text)).toEqual(["▼ key-3: [2 items]", "  0: 3", "  1: 3", "▶ key-4: [2 items]"]);
  const huge = treeRows(Array.from({ length: 1_000_000 }, () => 1), new Map(), "0");
  expect([huge.length, huge.at(-1)?.text]).toEqual([5001, "…there is more; y copies all of it"]);
  const deep = Array.from({ length: 5000 }).reduce<unknown>((inner) => [inner], 1);
  expect(treeRows(deep, new Map(), "0").length).toBeLessThan(100);
});
