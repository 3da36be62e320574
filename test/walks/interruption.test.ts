import { readdir, readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { programFile } from "../rig/program.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { freePort } from "../rig/free-port.ts";
import { vaultFiles } from "./places.ts";

const signals = [["SIGINT", 130], ["SIGTERM", 143]] as const;

async function waiting(options: Parameters<Walk["issuer"]>[0] = {}): Promise<{ walk: Walk; port: number; issuer: Awaited<ReturnType<Walk["issuer"]>> }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  const port = await freePort();
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { redirectUri: `http://127.0.0.1:${String(port)}/cb` } } });
  return { walk, port, issuer };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}

/** Processes whose parent is `pid`; Linux only, elsewhere none are seen. */
async function childrenOf(pid: number): Promise<number[]> {
  const all = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(all.map(async (name) => [Number(name), /^\d+ \(.*\) \S (\d+)/s.exec(await readFile(`/proc/${name}/stat`, "utf8").catch(() => ""))?.[1]] as const));
  return parents.filter(([, parent]) => parent === String(pid)).map(([child]) => child);
}

async function expectNothingLeft(walk: Walk, port: number | undefined): Promise<void> {
  if (port !== undefined) expect(await listens(port)).toBe(false);
  expect(Object.keys(await vaultFiles(walk)).filter((name) => /^grant.*\.json$|\.tmp$/.test(name))).toEqual([]);
}

for (const [signal, code] of signals) {
  test(`${signal} while the person is waited for ends auth within a second with ${code}, and leaves no port and no grant`, async () => {
    const { walk, port } = await waiting();
    const program = walk.start(["auth", "example", "--no-browser"]);
    await program.waitFor(/Waiting for the browser/);
    expect(await listens(port)).toBe(true);
    const at = Date.now();
    program.signal(signal);
    const { exitCode, stdout, stderr } = await program.ended;
    expect(Date.now() - at).toBeLessThan(10_000);
    expect([exitCode, stdout]).toEqual([code, ""]);
    expect(stderr).toMatch(/^cancelled$/m);
    await expectNothingLeft(walk, port);
    expect(walk.ledger.count({ path: "/token" })).toBe(0);
  });

  for (const [leg, toggle, seen] of [["registration", { wellKnown: { insert8414: "hang", insertOidc: "hang", appendOidc: "hang", append8414: "hang" } }, "/.well-known/oauth-authorization-server"], ["token", { codeAnswer: { slowMs: 20_000 } }, "/token"]] as const) {
    test(`${signal} during the ${leg === "token" ? "token exchange" : "discovery"} ends auth within a second with ${code}, and leaves no grant`, async () => {
      const { walk, port } = await waiting(toggle);
      const program = walk.start(["auth", "example"], { browser: walk.browser() });
      await waitUntil(() => walk.ledger.count({ path: seen }) > 0, `a request to ${seen}`);
      const at = Date.now();
      program.signal(signal);
      const { exitCode } = await program.ended;
      expect([exitCode, Date.now() - at < 10_000]).toEqual([code, true]);
      await expectNothingLeft(walk, port);
    });
  }

  test(`${signal} ends list and call within a second with ${code}, and the local servers they started end with them`, async () => {
    const walk = await openWalk();
    const server = await walk.resource({ hang: true });
    const silent = { type: "local", command: [process.execPath, fileURLToPath(new URL("../servers/stdio-server.mjs", import.meta.url)), "silent"] };
    await walk.configure({ remote: { type: "remote", url: server.url }, local: silent });
    for (const args of [["list"], ["call", "local", "add_numbers"], ["call", "remote", "echo"], ["tools", "local"]]) {
      const before = walk.ledger.entries.length;
      const program = walk.start(args);
      const local = args.includes("local") || args[0] === "list";
      const children = await waitUntil(async () => {
        const found = await childrenOf(program.pid);
        return (!local || found.length > 0 || process.platform !== "linux") && (args.includes("local") || walk.ledger.entries.length > before) ? found : undefined;
      }, `mcpass ${args.join(" ")} to be under way`);
      const at = Date.now();
      program.signal(signal);
      const { exitCode } = await program.ended;
      expect([args, exitCode, Date.now() - at < 10_000]).toEqual([args, code, true]);
      await waitUntil(() => children.every((pid) => !alive(pid)), `the children of mcpass ${args.join(" ")} to end`);
    }
  });
}

test("a second SIGINT ends the process at once whatever it is doing", async () => {
  const { walk } = await waiting();
  const program = walk.start(["auth", "example", "--no-browser"]);
  await program.waitFor(/Waiting for the browser/);
  program.signal("SIGINT");
  program.signal("SIGINT");
  // The second may come when the process is ending already and no longer listens: then the signal itself ends it.
  const { exitCode, signal } = await program.ended;
  expect([130, "SIGINT"]).toContain(exitCode ?? signal);
});

test("a command whose reader leaves early ends well, and says nothing of a broken pipe", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ tools: Array.from({ length: 3000 }, (_, index) => ({ name: `tool-${String(index)}`, description: "x".repeat(200), inputSchema: { type: "object" } })) });
  await walk.configure({ many: { type: "remote", url: server.url } });
  const { stdout, stderr } = await walk.run(["many"], { program: await pipeScript(walk) });
  expect([stdout.split("\n").length, stderr]).toEqual([2, "0\n"]);
});

/** Runs `mcpass tools NAME | head -1` in a shell, which then says mcpass's exit code. */
async function pipeScript(walk: Walk): Promise<string> {
  const file = join(walk.home.directory, "pipe.mjs");
  const script = `import { spawnSync } from "node:child_process"; const { stdout, stderr } = spawnSync("/bin/sh", ["-c", '{ "$0" "$1" tools "$2"; echo $? >&2; } | head -n 1', process.execPath, ${JSON.stringify(programFile)}, process.argv[2]]); process.stdout.write(stdout); process.stderr.write(stderr);`;
  await writeFile(file, script);
  return file;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
