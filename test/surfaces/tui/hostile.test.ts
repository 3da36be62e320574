import { expect, test } from "vitest";
import stringWidth from "string-width";
import { McpassError } from "../../../src/base/errors.ts";
import type { Tool } from "../../../src/connection/manager.ts";
import { Painter } from "../../../src/surfaces/tui/painter.ts";
import { fit, plain, plainLines, wrap } from "../../../src/surfaces/tui/plain.ts";
import { resultLines } from "../../../src/surfaces/tui/result-lines.ts";
import { show, type ShownScreen, snapshot } from "./shown.tsx";

const attacks = ["\u001b[2J\u001b[H\u001b]0;owned\u0007\u009b31mred", "\u202eevil\u202c\u2066x\u2069", "a\u200b\u200d\ufeff\u00adb", "z\u0301\u0302\u0303\u0304\u0305\u0306\u0307lgo", "👩‍👩‍👧‍👦🏳️‍🌈漢字", "line\none\r\ntwo\u0085three\u2028four", "שלום العالم", "\ud800 half", "x".repeat(10_000_000)];

/** Every row fits, and nothing of the frame is obeyed by a terminal but colours and links of our own. */
function expectTame(screen: ShownScreen, columns: number, rows: number): void {
  const lines = screen.screen().split("\n");
  expect(lines.length).toBeLessThanOrEqual(rows);
  // eslint-disable-next-line no-control-regex -- what a terminal obeys
  const bare = lines.map((line) => line.replace(/\u001b\[[0-9;]*m|\u001b\]8;;[^\u0007]*\u0007/g, ""));
  expect(Math.max(...bare.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
  // eslint-disable-next-line no-control-regex -- what a terminal obeys
  expect(bare.join("\n")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
}

test("names, errors, accounts, tools and descriptions of an enemy neither break the layout nor reach the terminal raw", async () => {
  const servers = attacks.map((text, index) => snapshot(`${String(index)}${text}`, { status: index % 2 === 0 ? "failed" : "connected", error: index % 2 === 0 ? new McpassError("server_failed", text, { hint: text }) : undefined, identity: { email: text } as never, signedIn: true, protocolVersion: text }));
  const tools = attacks.map((text): Tool => ({ name: text, description: text, inputSchema: { type: "object", properties: { [text]: { type: "string", title: text, description: text, default: text.slice(0, 1000) } } } }));
  const screen = show(servers, { manager: { tools: async () => tools }, columns: 100, rows: 30 });
  for (const keys of ["", "j", "j", "j", "j", "j", "j", "j", "s", "\u001bt"]) {
    screen.type(keys);
    await screen.waitFor(/⊙ \d MCP/);
    expectTame(screen, 100, 30);
  }
  await screen.waitFor(/9 tools/);
  expectTame(screen, 100, 30);
  screen.type("\r");
  await screen.waitFor(/enter call/);
  expectTame(screen, 100, 30);
}, 60_000);

test("results of any size and content become rows without anything that a terminal obeys", () => {
  const lines = resultLines({ content: attacks.map((text) => ({ type: "text", text })), structuredContent: { attacks: attacks.slice(0, 8) } });
  expect(lines.every(({ text }) => text.length <= 20_000)).toBe(true);
  // eslint-disable-next-line no-control-regex -- what a terminal obeys
  expect(lines.map(({ text }) => text).join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(resultLines({ content: [{ type: "image", mimeType: "image/png", data: "AAAA".repeat(1024) }, { type: "resource_link", uri: "file:///a", name: "A" }] }).map(({ text }) => text)).toEqual(["[image image/png, 3 kB]", "[link A file:///a]"]);
  expect(resultLines({ content: [{ type: "text", text: '{"a":[1]}' }], structuredContent: { a: [1] } }).map(({ text }) => text)).toEqual(["{", '  "a": [', "    1", "  ]", "}"]);
  expect(resultLines({ content: [], isError: true }).map(({ text }) => text)).toEqual(["The tool reported an error:"]);
});

test("words are cut and wrapped by the columns they take", () => {
  expect([plain("z\u0301\u0302\u0303\u0304x"), plain("a\u200bb"), fit("漢字漢字", 5), fit("abc", 3)]).toEqual(["z\u0301\u0302x", "ab", "漢字…", "abc"]);
  expect([wrap("one two three", 8), wrap("  abcdefghijk", 12), wrap("漢字漢字", 4), wrap("", 5)]).toEqual([["one two", "three"], ["  abcdefghij", "  k"], ["漢字", "漢字"], [""]]);
  expect(plainLines("a\r\n\tb\u001b[1m\nc", { lines: 2 })).toEqual(["a", "  b", "…"]);
});

test("only rows that changed are written, each at its place; an address that fills rows flows from one to the next", () => {
  const written: string[] = [];
  const painter = new Painter((text) => void written.push(text), () => 10);
  painter.paint("one\ntwo", 5);
  painter.paint("one\nTWO", 5);
  painter.paint("one\nTWO", 5);
  expect(written.length).toBe(2);
  expect(written[1]).toContain("\u001b[2;1H\u001b[0m\u001b[2KTWO");
  expect(written[1]).not.toContain("one");
  painter.forget();
  painter.paint(`see\n${"x".repeat(10)}\n${"y".repeat(3)}\nend`, 5);
  expect(written[2]).toContain(`\u001b[?7h${"x".repeat(10)}\u001b[?7hyyy\u001b[?7l`);
});
