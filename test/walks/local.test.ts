import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { canary } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

const script = fileURLToPath(new URL("../servers/stdio-server.mjs", import.meta.url));

async function local(...words: readonly string[]): Promise<{ walk: Walk; entry: Record<string, unknown> }> {
  const walk = await openWalk();
  const entry = { type: "local", command: [process.execPath, script, ...words] };
  await walk.configure({ files: entry });
  return { walk, entry };
}

test("a local server is listed with its command, shows its tools, and is called", async () => {
  const { walk } = await local();
  const list = await walk.run(["list"]);
  expect([list.exitCode, list.stdout]).toEqual([0, `✓ files  connected  2 tools · 2025-11-25\n    ${process.execPath} ${script}\n`]);
  expect((await walk.run(["list", "--offline"])).stdout).toContain("✓ files  needs no sign-in");
  expect((await walk.run(["tools", "files"])).stdout).toBe("add_numbers(a?, b?)\n    Adds two numbers\nenvironment(name?)\n    One variable of this process\n");
  const { exitCode, stdout, stderr } = await walk.run(["call", "files", "add_numbers", "a=2", "b=40"]);
  expect([exitCode, stdout, stderr]).toEqual([0, "42\n", ""]);
  const { servers } = JSON.parse((await walk.run(["list", "--json"])).stdout) as { servers: object[] };
  expect(servers).toMatchObject([{ name: "files", type: "local", url: null, status: "connected", account: null, error: null, hint: null, tools: 2, command: [process.execPath, script] }]);
});

test("a local server gets the variables of its entry, filled in, and its working directory; they are not shown", async () => {
  const { walk, entry } = await local();
  const secret = canary("variable");
  await writeFile(join(walk.home.directory, "stdio.mjs"), `import ${JSON.stringify(script)};`);
  await walk.configure({ files: { ...entry, command: [process.execPath, "stdio.mjs"], cwd: walk.home.directory, environment: { API_KEY: "{env:OUTER_KEY}", PLAIN: "as it is" } } });
  const env = { OUTER_KEY: secret };
  expect((await walk.run(["call", "files", "environment", "name=PLAIN"], { env })).stdout).toBe("as it is\n");
  const { stdout } = await walk.run(["call", "files", "environment", "name=API_KEY"], { env });
  expect(stdout).toBe(`${secret}\n`);
  const shown = await walk.run(["list", "--json"], { env });
  expect(shown.stdout + shown.stderr).not.toContain(secret);
  await walk.configure({ files: { ...entry, environment: { API_KEY: "{env:OUTER_KEY}" } } });
  const unset = await walk.run(["tools", "files"]);
  expect([unset.exitCode, unset.stderr]).toEqual([1, expect.stringMatching(/OUTER_KEY/)]);
});

test("a local server that ends is process_failed with what it said last, in list, tools and call", async () => {
  const { walk } = await local("exit");
  const { stdout } = await walk.run(["list", "--json"]);
  const [row] = (JSON.parse(stdout) as { servers: { status: string; error: { code: string; message: string } }[] }).servers;
  expect([row?.status, row?.error.code]).toEqual(["failed", "process_failed"]);
  expect(row?.error.message).toContain("ended with exit code 3; it said: stdio-server: cannot start");
  for (const args of [["tools", "files"], ["call", "files", "add_numbers"]]) {
    const { exitCode, stdout: data, stderr } = await walk.run(args);
    expect([exitCode, data]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: files: \S+ ended.*; it said: stdio-server: cannot start\nhint: /);
  }
});

test("a local server that says nothing costs its connect deadline and no more, and one that prints other lines still works", async () => {
  const { walk, entry } = await local("silent");
  await walk.configure({ files: { ...entry, timeout: { startup: 800 } } });
  for (const args of [["list"], ["tools", "files"]]) {
    const { stdout, stderr, elapsedMs } = await walk.run(args);
    expect(stdout + stderr).toMatch(/files did not \w+( \w+)? within 800 ms/);
    // The deadline that is built in is 30 s.
    expect(elapsedMs).toBeLessThan(20_000);
  }
  const noisy = await local("noisy");
  expect((await noisy.walk.run(["call", "files", "add_numbers", "a=1", "b=1"])).stdout).toBe("2\n");
});

test("auth of a local server is wrong usage: there is nothing to sign in to, and nothing is started", async () => {
  const { walk } = await local("exit");
  const { exitCode, stdout, stderr } = await walk.run(["auth", "files"]);
  expect([exitCode, stdout, stderr]).toEqual([2, "", "error: files is a local server: there is nothing to sign in to.\n"]);
});
