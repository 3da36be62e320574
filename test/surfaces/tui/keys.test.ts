import { expect, test } from "vitest";
import { KeyReader } from "../../../src/surfaces/tui/keys.ts";
import { snapshot, show } from "./shown.tsx";

const names = (reader: KeyReader, ...pieces: readonly string[]): readonly string[] => pieces.flatMap((piece) => reader.push(piece)).map(({ name }) => name);

test("keys are told apart however the terminal cuts them: sequences, several at once, one in pieces, signs beyond the basic plane", () => {
  expect(names(new KeyReader(), "aé😀\r\u001b[A\u001bOB\u001b[5~\u007f\u0003\u001b[1;5C")).toEqual(["a", "é", "😀", "enter", "up", "down", "pageup", "backspace", "ctrl-c", "right"]);
  expect(names(new KeyReader(), "\u001b", "[", "B", "\u001b[3", "~")).toEqual(["down", "delete"]);
  expect(names(new KeyReader(), "\u001b", "q")).toEqual(["escape", "q"]);
  const alone = new KeyReader();
  expect(names(alone, "\u001b")).toEqual([]);
  expect(alone.flush()).toEqual([{ name: "escape", text: "" }]);
});

test("a pasted text is one key, whatever is in it and however many pieces it comes in", () => {
  const reader = new KeyReader();
  expect(reader.push("x\u001b[200~q\rhttps://a")).toEqual([{ name: "x", text: "x" }]);
  expect(reader.flush()).toEqual([]);
  expect(reader.push("\u001b[A\u001b[201~y")).toEqual([{ name: "paste", text: "q\rhttps://a\u001b[A" }, { name: "y", text: "y" }]);
});

test("keys that come in one piece are each heard by what the one before left there", async () => {
  const screen = show([snapshot("notes"), snapshot("open")]);
  screen.type("s");
  await screen.waitFor(/Status/);
  screen.type("\u001b/ope\r");
  await screen.waitFor(/\/ope {2}esc shows all[^]*› • open/);
  expect(screen.screen()).not.toContain("• notes");
});
