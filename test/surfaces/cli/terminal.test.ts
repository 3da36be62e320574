import { expect, test } from "vitest";
import { jsonLine } from "../../../src/surfaces/cli/json-words.ts";
import { printable } from "../../../src/surfaces/cli/printable.ts";
import { ask, choose, confirm } from "../../../src/surfaces/cli/questions.ts";
import { fakeTerminal } from "./fake-terminal.ts";

test("colours need a terminal that understands them and nobody who declines; NO_COLOR wins over FORCE_COLOR", () => {
  const colored = (options: Parameters<typeof fakeTerminal>[0]) => fakeTerminal({ color: true, ...options }).context.terminal.out.isColorSupported;
  expect([colored({}), colored({ terminal: false }), colored({ environment: { TERM: "dumb" } }), colored({ color: false })]).toEqual([true, false, false, false]);
  expect([colored({ environment: { NO_COLOR: "1" } }), colored({ terminal: false, environment: { FORCE_COLOR: "1" } }), colored({ environment: { NO_COLOR: "1", FORCE_COLOR: "1" } })]).toEqual([false, true, false]);
});

test("data goes to standard output, talk to standard error; --quiet keeps what must be seen", async () => {
  const { context, shown } = fakeTerminal({ quiet: true });
  context.terminal.print("data");
  context.terminal.say("talk");
  context.terminal.insist("error");
  await new Promise(setImmediate);
  expect(shown()).toEqual({ out: "data\n", err: "error\n" });
});

test("H06: a link is an OSC 8 link only in a terminal that is not dumb; elsewhere it is the address itself, whole", () => {
  const url = `https://as.example/authorize?${"a=1&".repeat(200)}`;
  expect(fakeTerminal({ color: true }).context.terminal.link(url, url)).toBe(`\u001b]8;;${url}\u001b\\${url}\u001b]8;;\u001b\\`);
  expect(fakeTerminal({ color: true, environment: { TERM: "dumb", FORCE_COLOR: "1" } }).context.terminal.link(url, url)).toBe(url);
  expect(fakeTerminal({ terminal: false }).context.terminal.link(url, url)).toBe(url);
});

test("H04: nobody can be asked where there is no terminal", () => {
  expect([fakeTerminal().context.terminal.interactive, fakeTerminal({ terminal: false }).context.terminal.interactive]).toEqual([true, false]);
});

test("a question takes one line, typed ahead or later; only yes is a yes", async () => {
  const { context, type } = fakeTerminal();
  type("first\ny\n\n");
  expect([await ask(context, "?"), await confirm(context, "sure?"), await confirm(context, "sure?")]).toEqual(["first", true, false]);
  const later = ask(context, "?");
  type("later\r\n");
  expect(await later).toBe("later");
  context.terminal.close();
});

test("a choice is asked for again until it is one of the numbers, and q leaves", async () => {
  const { context, type } = fakeTerminal();
  type("0\nx\n2\nq\n");
  expect(await choose(context, "which?", ["a", "b"])).toBe(1);
  await expect(choose(context, "which?", ["a", "b"])).rejects.toMatchObject({ code: "cancelled" });
  context.terminal.close();
});

test("an interruption ends a question, and leaves the next line to the next one", async () => {
  const interruption = new AbortController();
  const { context, type } = fakeTerminal({ signal: interruption.signal });
  const asked = ask(context, "?");
  interruption.abort();
  await expect(asked).rejects.toMatchObject({ code: "cancelled" });
  const next = context.terminal.lines.next();
  type("next\n");
  expect(await next).toBe("next");
  context.terminal.close();
});

test("texts from a server lose everything that a terminal would obey, and keep their lines", () => {
  expect(printable("a\u001b[31mred\u001b[0m\tb\r\nc\u001b]0;title\u0007d\u001b]8;;http://x\u001b\\link\u009b2Jé\u202ez\u0000")).toBe("ared\tb\ncdlink2Jéz");
  expect(printable("before\u001b]52;c;never ended")).toBe("before");
});

test("JSON for a terminal is the same JSON, with what a terminal would obey escaped", () => {
  const value = { text: "\u009b31m\u202e\u007f\u001b" };
  expect(jsonLine(value)).toBe('{"text":"\\u009b31m\\u202e\\u007f\\u001b"}');
  expect(JSON.parse(jsonLine(value))).toEqual(value);
});
