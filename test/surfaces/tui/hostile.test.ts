import { expect, test } from "vitest";
import stringWidth from "string-width";
import xterm from "@xterm/headless";
import { McpassError } from "../../../src/base/errors.ts";
import type { SignInOptions, Tool } from "../../../src/connection/manager.ts";
import { Painter } from "../../../src/surfaces/tui/painter.ts";
import { fit, plain, plainLines, wrap } from "../../../src/surfaces/tui/plain.ts";
import type { ScreenManager } from "../../../src/surfaces/tui/screen-types.ts";
import { treeRows } from "../../../src/surfaces/tui/json-tree.ts";
import { resultParts } from "../../../src/surfaces/tui/result-parts.ts";
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

/** Shows it, and looks at the frame once what `pattern` finds is there. */
async function expectTameAt(screen: ShownScreen, keys: string, pattern: RegExp): Promise<void> {
  screen.type(keys);
  await screen.waitFor(pattern);
  expectTame(screen, 100, 30);
}

const everything = attacks.join("");
const wellFormed = (text: string): string => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])/g, "?");

test("a question of an enemy, with form and with address, breaks nothing: server, words, fields, choices, presets", async () => {
  const screen = show([snapshot("notes")]);
  for (const [index, text] of [attacks.slice(0, 8).join(" "), attacks.slice(0, 8).join("\n"), everything].entries()) {
    const properties = { [text]: { type: "string", title: text, description: text, default: text.slice(0, 500) }, choice: { type: "string", enum: [text, everything], description: text } };
    const form = screen.store.ask(`form${String(index)} ${text}`, { message: text, requestedSchema: { type: "object", properties, required: [text] } });
    await expectTameAt(screen, "", new RegExp(`form${String(index)}[^]*ctrl-d declines`));
    screen.type("\u001b");
    await form;
    const address = screen.store.ask(`page${String(index)} ${text}`, { mode: "url", message: text, url: `https://pay.example/${encodeURIComponent(wellFormed(text.slice(0, 500)))}` });
    await expectTameAt(screen, "", new RegExp(`page${String(index)}[^]*declines[^]*pay\\.example`));
    screen.type("\u001b");
    await address;
  }
  const noAddress = screen.store.ask("notes", { mode: "url", message: everything, url: `javascript:${everything.slice(0, 500)}` });
  await expectTameAt(screen, "", /declines[^]*no web address/);
  screen.type("\u001b");
  await noAddress;
}, 60_000);

test("prompts, resources, progress, results, errors and legs of an enemy break nothing", async () => {
  const prompts = attacks.map((text) => ({ name: text, title: text, description: text, arguments: [{ name: text, description: text, required: true }] }));
  const resources = attacks.map((text) => ({ uri: text, name: text, description: text, mimeType: text }));
  const result = { content: attacks.flatMap((text) => [{ type: "text", text: text.slice(0, 100_000) }, { type: "image", mimeType: text, data: text }, { type: "resource_link", uri: text, name: text, mimeType: text }, { type: text }, { type: "resource", resource: { uri: text, text: text.slice(0, 1000) } }]), structuredContent: Object.fromEntries(attacks.map((text) => [text, { [text]: text }])) };
  let tell: (given: object) => void = () => undefined;
  const callTool = (_server: string, _tool: string, _args: object, { onProgress }: { onProgress: (progress: object) => void }): Promise<object> => {
    onProgress({ progress: Number.NaN, total: 3, message: everything });
    return new Promise((resolve) => (tell = resolve));
  };
  const examine: ScreenManager["examine"] = (_name, { onFindings } = {}) => {
    onFindings?.(attacks.map((text) => ({ leg: "reach", mark: "bad", said: text, url: text, expected: text.slice(0, 100), clause: "RFC" })));
    return new Promise(() => undefined);
  };
  const screen = show([snapshot("notes", { tools: 1 })], { manager: { tools: async () => [{ name: "go", description: everything, inputSchema: {} }], prompts: async () => prompts, resources: async () => resources, callTool: callTool as never, examine }, columns: 100, rows: 30 });
  await expectTameAt(screen, "t", /1 tool, 9 prompts, 9 resources/);
  for (let index = 1; index <= 18; index += 1) await expectTameAt(screen, "\u001b[B", new RegExp(`${String(index + 1)} of 19|›`));
  await expectTameAt(screen, "\u001b[H\u001b[B\r", /enter get/);
  await expectTameAt(screen, "\u001b\u001b[H\r", /enter call/);
  await expectTameAt(screen, "\r", /Calling…/);
  tell(result);
  await expectTameAt(screen, "", /space folds/);
  for (let pages = 0; pages < 12; pages += 1) await expectTameAt(screen, "\u001b[6~", /row \d+ of/);
  await expectTameAt(screen, "\u001b\u001b\u001bd", /Doctor: notes/);
  screen.type("\u001b");
  for (const text of attacks) {
    screen.emit({ type: "server.status", server: "notes", at: Date.now(), status: "failed", error: new McpassError("server_failed", text || "?", { hint: text }) });
    screen.emit({ type: "warning", server: "notes", at: Date.now(), message: text });
    screen.emit({ type: "identity.changed", server: "notes", at: Date.now(), account: text, before: text, now: text });
    screen.emit({ type: "browser.failed", server: "notes", at: Date.now(), reason: text });
    await expectTameAt(screen, "", /Earlier errors/);
  }
  await expectTameAt(screen, "e", /Event log/);
}, 60_000);

test("a sign-in with an enemy as issuer, and accounts of an enemy, break nothing", async () => {
  const signIn = (server: string, { onAuthorization, onNotice, onPasteRefused }: SignInOptions): Promise<never> => {
    const about = { server, serverUrl: "https://notes.example", url: `https://issuer.example/authorize?state=${encodeURIComponent(wellFormed(everything.slice(0, 900)))}`, issuer: "https://issuer.example", endpointHosts: [], account: "default", identity: undefined, scopes: attacks.map((text) => text.slice(0, 1000)), clientKind: "dynamic", clientId: everything.slice(0, 1000), redirectUri: undefined, expiresAt: Date.now() + 600_000, previousIssuer: undefined, storedIn: "/tmp", ledBy: undefined, device: { userCode: attacks[0] ?? "", verificationUri: "https://issuer.example/device" } } as const;
    void onAuthorization(about);
    onNotice?.(everything);
    onPasteRefused?.(new McpassError("callback_invalid", everything));
    return new Promise(() => undefined);
  };
  const grants = attacks.map((text) => ({ server: "notes", account: text, identity: { email: text, name: text }, state: "authenticated" }));
  const screen = show([snapshot("notes", { status: "needs_auth" })], { manager: { signIn, grants: (async () => grants) as never } });
  await expectTameAt(screen, "c", /Sign in to notes[^]*Waiting for the other device/);
  await expectTameAt(screen, "\u001bA", /Accounts of notes[^]*signed in/);
}, 60_000);

/** A result as rows of text, everything opened that is open at first. */
const rowsOf = (result: unknown): readonly string[] => resultParts(result).flatMap((part) => ("line" in part ? [part.line.text] : treeRows(part.json, new Map(), "0").map(({ text, depth }) => "  ".repeat(depth) + text)));

test("results of any size and content become rows without anything that a terminal obeys", () => {
  const nested = attacks.slice(0, 8).reduce<unknown>((inner, text) => ({ [text]: inner, [`${text}2`]: [text] }), 1);
  const rows = rowsOf({ content: attacks.map((text) => ({ type: "text", text })), structuredContent: { attacks: attacks.slice(0, 8), nested } });
  expect(rows.every((text) => text.length <= 20_100)).toBe(true);
  // eslint-disable-next-line no-control-regex -- what a terminal obeys
  expect(rows.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(rowsOf({ content: [{ type: "image", mimeType: "image/png", data: "AAAA".repeat(1024) }, { type: "resource_link", uri: "file:///a", name: "A" }] })).toEqual(["[image image/png, 3 kB]", "[link A file:///a]"]);
  expect(rowsOf({ content: [{ type: "text", text: '{"a":[1,{}]}' }], structuredContent: { a: [1, {}] } })).toEqual(["▼ {1 member}", "  ▼ a: [2 items]", "      0: 1", "      1: {0 members}"]);
  expect(rowsOf({ content: [], isError: true })).toEqual(["The tool reported an error:"]);
});

test("words are cut and wrapped by the columns they take", () => {
  expect([plain("z\u0301\u0302\u0303\u0304x"), plain("a\u200bb"), fit("漢字漢字", 5), fit("abc", 3)]).toEqual(["z\u0301\u0302x", "ab", "漢字…", "abc"]);
  expect([wrap("one two three", 8), wrap("  abcdefghijk", 12), wrap("漢字漢字", 4), wrap("", 5)]).toEqual([["one two", "three"], ["  abcdefghij", "  k"], ["漢字", "漢字"], [""]]);
  expect(plainLines("a\r\n\tb\u001b[1m\nc", { lines: 2 })).toEqual(["a", "  b", "…"]);
});

test("only rows that changed are written, each at its place; an address that fills rows flows from one to the next", async () => {
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
  // As a terminal shows it: nothing is left of what was there, and a row of words is no part of the address.
  const terminal = new xterm.Terminal({ cols: 10, rows: 6, allowProposedApi: true });
  const shown = new Painter((text) => void terminal.write(text), () => 10);
  shown.paint(`a\n${"x".repeat(10)}\n${"y".repeat(10)}\n${"z".repeat(10)}\nw\n`, 6);
  shown.paint(`${"x".repeat(10)}\n${"y".repeat(10)}\n${"z".repeat(10)}\nw\nsome words\n`, 6);
  await new Promise<void>((resolve) => terminal.write("", resolve));
  const rows = Array.from({ length: 5 }, (_, row) => terminal.buffer.active.getLine(row));
  expect(rows.map((line) => [line?.translateToString(true), line?.isWrapped])).toEqual([["xxxxxxxxxx", false], ["yyyyyyyyyy", true], ["zzzzzzzzzz", true], ["w", true], ["some words", false]]);
  shown.paint(`${"x".repeat(10)}\nto wait\n`, 6);
  await new Promise<void>((resolve) => terminal.write("", resolve));
  expect([0, 1].map((row) => terminal.buffer.active.getLine(row)).map((line) => [line?.translateToString(true), line?.isWrapped])).toEqual([["xxxxxxxxxx", false], ["to wait", false]]);
  terminal.dispose();
});
