import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isWithin, peerPart } from "../../scripts/bench/peer-table.ts";
import { writePeerTable, writeTable } from "../../scripts/bench/table.ts";

const row = { what: "a call", beside: "other 1.0.0", node: "20.19.0", unit: "ms", ours: 1, theirs: 2 } as const;

test("each of the bench's two runs writes its own table of docs/performance.md and leaves the other's", () => {
  const directory = mkdtempSync(join(tmpdir(), "mcpass-bench-tables-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const page = join(directory, "performance.md");
  writeFileSync(page, readFileSync("docs/performance.md"));
  const [before, heading = ""] = [readFileSync(page, "utf8"), "\n## Beside others\n"];
  const [, others = ""] = before.split(heading);
  expect(writeTable([{ what: "a thing", beside: "a floor", ratio: 1.1, limit: 1.5 }], page, 3)).toBe(true);
  expect(readFileSync(page, "utf8")).toContain("| a thing | a floor | 1.10 | ≤ 1.5 | yes |");
  expect(readFileSync(page, "utf8").split(heading)[1]).toBe(others);
  const [floors] = readFileSync(page, "utf8").split(heading);
  expect(writePeerTable([row], page, 3)).toBe(true);
  expect(readFileSync(page, "utf8")).toContain("| a call | 1.00 ms | other 1.0.0 | 2.00 ms | 20.19.0 | 0.50 | ≤ 1 | yes |");
  expect(readFileSync(page, "utf8").split(heading)[0]).toBe(floors);
});

test("a program that could not be measured is in the table, with the reason, and not within", () => {
  const fault = { what: "all of its rows", beside: "other 1.0.0", fault: "Error: it ended\nwith 1" };
  expect(isWithin(fault)).toBe(false);
  expect(peerPart([fault], 3)).toContain("| all of its rows | | other 1.0.0 | not measured: Error: it ended with 1 | | | ≤ 1 | **no** |");
});

test("a figure of nothing, or less, beside ours is not within", () => {
  expect([isWithin({ ...row, theirs: -1 }), isWithin({ ...row, theirs: Number.NaN }), isWithin({ ...row, ours: 0, theirs: 0 })]).toEqual([false, false, true]);
});
