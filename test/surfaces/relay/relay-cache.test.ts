import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { makeFrame } from "../../../src/surfaces/relay/frame.ts";
import { openRelayCache, type RelayCache } from "../../../src/surfaces/relay/relay-cache.ts";

const tools = makeFrame({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "do" }] } });

function openAt(directory: string, account = "default", serverUrl = "https://mcp.example.com/mcp"): RelayCache {
  return openRelayCache({ directory, serverUrl, account, now: () => 1 });
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "mcpass-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test("what another version left in another shape is not taken for a list or an opening", () => {
  const directory = folder();
  const cache = openAt(directory);
  cache.noteList("tools/list", tools, undefined);
  cache.noteOpening("legacy", { era: "legacy", result: { capabilities: {} } }, undefined);
  expect([cache.list("tools/list"), cache.opening("legacy")?.at]).toEqual([{ tools: [{ name: "do" }] }, 1]);
  for (const text of ['{"tools":null}', "{}", "[]", '{"items":[]}', '{"tools":[']) {
    for (const file of readdirSync(join(directory, "relay"))) writeFileSync(join(directory, "relay", file), text);
    expect([cache.list("tools/list"), cache.opening("legacy")]).toEqual([undefined, undefined]);
  }
});

test("B04 what is kept of a server is one account's: another one, and another address, knows nothing of it", () => {
  const directory = folder();
  const cache = openAt(directory, "work");
  cache.noteList("tools/list", tools, undefined);
  cache.noteOpening("modern", { era: "modern", result: { capabilities: {} } }, undefined);
  for (const other of [openAt(directory, "home"), openAt(directory, "work", "https://mcp.example.com/other")]) expect([other.list("tools/list"), other.opening("modern")]).toEqual([undefined, undefined]);
  expect([openAt(directory, "work").list("tools/list"), openAt(directory, "work").opening("modern")?.era]).toEqual([{ tools: [{ name: "do" }] }, "modern"]);
});

test("a cache that cannot be written is done without, and nothing is left of what was tried", () => {
  const directory = folder();
  openAt(directory).noteList("tools/list", tools, undefined);
  const [file = ""] = readdirSync(join(directory, "relay"));
  rmSync(join(directory, "relay", file));
  mkdirSync(join(directory, "relay", file, "in the way"), { recursive: true });
  openAt(directory).noteList("tools/list", tools, undefined);
  expect(readdirSync(join(directory, "relay"))).toEqual([file]);
  const noFolder = join(folder(), "file");
  writeFileSync(noFolder, "");
  const cache = openAt(noFolder);
  cache.noteList("tools/list", tools, undefined);
  expect(cache.list("tools/list")).toBeUndefined();
});
