import picocolors from "picocolors";
import { expect, test } from "vitest";
import { markedText } from "../../../src/surfaces/cli/marked-rows.ts";

const colors = picocolors.createColors(false);

test("a list that a command went through has a mark and a name per row, what is known below it, and the next command for one and for all", () => {
  const text = markedText({ before: ["first"], rows: [{ mark: "done", name: "a", words: "  added", details: ["there"] }, { mark: "quiet", name: "b", words: ": is here" }, { mark: "warning", name: "c", words: "" }, { mark: "failed", name: "d", words: "  not added", hint: "try this" }], closing: ["last"], hint: "then that" }, colors);
  expect(text).toBe("first\n✓ a  added\n    there\n○ b: is here\n⚠ c\n✗ d  not added\n    hint: try this\n\nlast\nhint: then that");
  expect(markedText({ rows: [] }, colors)).toBe("");
});
