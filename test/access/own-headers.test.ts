import { appendFile, mkdtemp, readFile, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { createOwnHeaders, type OwnHeaders } from "../../src/access/own-headers.ts";
import type { RemoteEntry } from "../../src/config/server-entry.ts";
import { remote } from "../connection/harness.ts";

async function open(more: (directory: string) => Partial<RemoteEntry>): Promise<{ directory: string; headers: OwnHeaders; runs(): Promise<number> }> {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-headers-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await appendFile(join(directory, "runs"), "");
  const runtime = { environment: process.env, now: Date.now };
  return { directory, headers: createOwnHeaders({ entry: remote("http://127.0.0.1:1/mcp", more(directory)), runtime, name: "corp" }), runs: async () => (await readFile(join(directory, "runs"), "utf8")).length };
}

function counting(directory: string, headers = '{"X-Run": String(n)}'): Partial<RemoteEntry> {
  const script = `const fs = require("node:fs"); fs.appendFileSync("runs", "."); const n = fs.readFileSync("runs", "utf8").length; console.log(JSON.stringify(${headers}))`;
  return { headersCommand: { words: [process.execPath, "-e", script], cwd: directory, timeoutMs: 10_000 } };
}

test("H07: a file is read again when it, or what a link leads to, has changed, without waiting for a refusal", async () => {
  const { directory, headers } = await open((home) => ({ headers: { "X-Key": "first" }, fileHeaders: [{ name: "X-Key", parts: ["v ", { file: join(home, "key") }] }] }));
  const [link, one, two] = ["key", "one", "two"].map((name) => join(directory, name)) as [string, string, string];
  await writeFile(one, "first\n");
  await writeFile(two, "later\n");
  await symlink(one, link);
  expect(await headers.current()).toEqual({ "x-key": "v first" });
  await unlink(link);
  await symlink(two, link);
  expect(await headers.current()).toEqual({ "x-key": "v later" });
  await unlink(link);
  await expect(headers.current()).rejects.toMatchObject({ code: "file_reference_unreadable", message: expect.stringContaining(link) });
  expect(headers.secrets()).toEqual(expect.arrayContaining(["first", "later"]));
});

test("H07: after a 403 the program has run once more; another 403 does not run it again, a 401 does", async () => {
  const { headers, runs } = await open(counting);
  const first = await headers.current();
  const second = await headers.renew(first, 403);
  expect(second).toEqual({ "x-run": "2" });
  expect(await headers.renew(second ?? {}, 403)).toBeUndefined();
  expect(await runs()).toBe(2);
  expect(await headers.renew(second ?? {}, 401)).toEqual({ "x-run": "3" });
});

test("H07: requests at the same time share one run, and one that was refused with older headers takes the newer ones", async () => {
  const { headers, runs } = await open(counting);
  const [first] = await Promise.all([headers.current(), headers.current(), headers.current()]);
  const renewed = await Promise.all([headers.renew(first, 401), headers.renew(first, 401)]);
  expect(renewed).toEqual([{ "x-run": "2" }, { "x-run": "2" }]);
  expect(await headers.renew(first, 401)).toEqual({ "x-run": "2" });
  expect(await runs()).toBe(2);
});

test("H07: the same headers again are not sent again", async () => {
  const { headers, runs } = await open((directory) => counting(directory, '{"X-Key": "same"}'));
  expect(await headers.renew(await headers.current(), 401)).toBeUndefined();
  expect(await runs()).toBe(2);
});
