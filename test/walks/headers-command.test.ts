import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { canary, expectNowhere } from "../rig/canary.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServer } from "../servers/resource-server.ts";

interface Helper {
  readonly words: readonly string[];
  runs(): Promise<number>;
}

/** A token helper as companies have them: counts its runs, then runs `script` with the number as `n`. */
async function helper(walk: Walk, script: string): Promise<Helper> {
  const [file, count] = [join(walk.home.directory, "helper.mjs"), join(walk.home.directory, "runs")];
  await writeFile(file, `import { appendFileSync, readFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(count)}, ".");\nconst n = readFileSync(${JSON.stringify(count)}, "utf8").length;\n${script}\n`);
  return { words: [process.execPath, file], runs: async () => (await readFile(count, "utf8").catch(() => "")).length };
}

async function keyedServer(walk: Walk, staticBearer: string): Promise<ResourceServer> {
  return walk.resource({ guard: "static-bearer", staticBearer });
}

const wellKnown = { path: "/.well-known/*" };

test("H07: a token from a company's helper is sent, made once for a whole command, and printed nowhere; OAuth is never asked for", async () => {
  const walk = await openWalk();
  const token = canary("helper");
  const server = await keyedServer(walk, token);
  const { words, runs } = await helper(walk, `console.log(JSON.stringify({ Authorization: "Bearer ${token}", "X-Run": String(n) }))`);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words } });
  expect((await walk.run(["call", "corp", "echo", "text=hi"])).stdout).toContain("hi");
  expect(await runs()).toBe(1);
  expect((await walk.run(["list", "--json"])).stdout).toContain('"status": "connected"');
  expect((await walk.run(["list", "--offline", "--json"])).stdout).toContain("no_auth_needed");
  expect(await runs()).toBe(2);
  expect((await walk.run(["auth", "corp"])).stderr).toContain("(headersCommand)");
  expect(walk.ledger.count(wellKnown)).toBe(0);
  expectNowhere([token], { texts: { printed: walk.printed() } });
});

test("H07: headers that have expired are made again before they are sent", async () => {
  const walk = await openWalk();
  const server = await keyedServer(walk, canary("ttl"));
  const { words, runs } = await helper(walk, `console.log(JSON.stringify({ headers: { authorization: "Bearer ${server.toggles.staticBearer}", "x-run": String(n) }, expiresAt: Date.now() + (n === 1 ? 200 : 60_000) }))`);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words } });
  server.toggles.delayMs = 250;
  expect((await walk.run(["tools", "corp"])).exitCode).toBe(0);
  expect(await runs()).toBe(2);
  const sent = walk.ledger.find({ party: "resource" }).map(({ headers }) => headers["x-run"]);
  expect([sent[0], sent.at(-1)]).toEqual(["1", "2"]);
});

test("H07: refused headers are made again once and sent again once; the same ones again end it, without a word to any well-known address", async () => {
  const walk = await openWalk();
  const good = canary("second");
  const server = await keyedServer(walk, good);
  const { words, runs } = await helper(walk, `console.log(JSON.stringify({ Authorization: "Bearer " + (n % 2 === 0 ? "${good}" : "stale-token-" + n) }))`);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words } });
  expect((await walk.run(["call", "corp", "echo", "text=hi"])).stdout).toContain("hi");
  expect(await runs()).toBe(2);
  expect(walk.ledger.find({ party: "resource", method: "POST" }).filter(({ status }) => status === 401)).toHaveLength(1);

  server.toggles.staticBearer = canary("rotated");
  walk.ledger.clear();
  const refused = await walk.run(["call", "corp", "echo", "text=hi"]);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("it refused the headers that")]);
  expect(await runs()).toBe(4);
  expect(walk.ledger.count({ party: "resource", method: "POST" })).toBe(2);
  expect(walk.ledger.count(wellKnown)).toBe(0);
  expectNowhere([good], { texts: { printed: walk.printed() } });
});

test("H07: a 403 has the headers made again once, and then is what it is", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ endpointAnswer: "forbidden" });
  const { words, runs } = await helper(walk, `console.log(JSON.stringify({ Authorization: "Bearer token-" + n }))`);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words } });
  const { exitCode, stderr } = await walk.run(["tools", "corp"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("403")]);
  expect(await runs()).toBe(2);
  expect(walk.ledger.count(wellKnown)).toBe(0);
});

test.each([
  ["fails", 'console.error("first"); console.error("no session: token=s3cret-of-the-helper, run corp login"); process.exit(3)', "ended with exit code 3: no session: token=…, run corp login."],
  ["is ended", 'process.kill(process.pid, "SIGKILL")', "was ended by SIGKILL."],
  ["prints no JSON", 'console.log("Bearer s3cret-of-the-helper")', "printed something else than a JSON object."],
  ["prints a header that cannot be one", 'console.log(JSON.stringify({ "bad name": "s3cret-of-the-helper" }))', "printed a name that no header can have."],
  ["prints a value of two lines", 'console.log(JSON.stringify({ "X-Key": "s3cret-of-the-helper\\n2" }))', "printed a value of X-Key that is not one line"],
  ["prints an odd expiry", 'console.log(JSON.stringify({ headers: { "X-Key": "s3cret-of-the-helper" }, expiresAt: "soon" }))', "printed an expiresAt that is neither"],
  ["prints without end", 'console.log("s3cret-of-the-helper".repeat(20_000))', "printed more than 256 KiB"],
  ["hangs", "setInterval(() => {}, 1000)", "did not end within 0.5 s."],
])("H07: a helper that %s says so and sends nothing", async (what, script, words) => {
  const walk = await openWalk();
  const server = await keyedServer(walk, "any");
  const made = await helper(walk, script);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: made.words, ...(what === "hangs" ? { headersCommandTimeout: 500 } : {}) } });
  const { exitCode, stderr, elapsedMs } = await walk.run(["tools", "corp", "--verbose"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(words)]);
  expect(elapsedMs).toBeLessThan(20_000);
  expect(walk.ledger.entries).toEqual([]);
  expectNowhere(["s3cret-of-the-helper"], { texts: { printed: walk.printed() } });
});

test("H07: a helper that is not there is named; no shell ever reads its words", async () => {
  const walk = await openWalk();
  const server = await keyedServer(walk, "any");
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: [`corp-token; touch ${walk.home.directory}/shell`] } });
  const { stderr } = await walk.run(["tools", "corp"]);
  expect(stderr).toContain("could not be started (ENOENT)");
  await expect(readFile(join(walk.home.directory, "shell"))).rejects.toThrow("ENOENT");
});

test("H07, Z06: a project's helper does not run before it is trusted, and mcpass trust shows its whole command", async () => {
  const walk = await openWalk();
  const server = await keyedServer(walk, "any");
  const { words, runs } = await helper(walk, 'console.log(JSON.stringify({ Authorization: "Bearer any" }))');
  await writeFile(join(walk.home.directory, "mcpass.jsonc"), JSON.stringify({ mcp: { corp: { type: "remote", url: server.url, headersCommand: [...words, "--for", "a b"] } } }));
  const cwd = walk.home.directory;
  expect((await walk.run(["tools", "corp"], { cwd })).stderr).toContain("mcpass trust");
  expect(await runs()).toBe(0);
  const trust = await walk.run(["trust", "--yes"], { cwd });
  expect(trust.stdout).toMatch(/runs for headers\s+.*helper\.mjs --for "a b"/);
  expect((await walk.run(["tools", "corp"], { cwd })).exitCode).toBe(0);
  expect(await runs()).toBe(1);
});

test("H07: with oauth asked for, a helper's other headers go out and OAuth owns Authorization", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer, requiredHeader: { name: "cf-access-token", value: "door", status: 400 } });
  const { words } = await helper(walk, 'console.log(JSON.stringify({ "CF-Access-Token": "door", Authorization: "Bearer wrong" }))');
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words, oauth: {} } });
  expect((await walk.run(["auth", "corp"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await walk.run(["call", "corp", "echo", "text=hi"])).stdout).toContain("hi");
});

test("H07: a token file that is replaced while a command runs is read again, and a missing one is named", async () => {
  const walk = await openWalk();
  const server = await keyedServer(walk, "token-one");
  const file = join(walk.home.directory, "token");
  await writeFile(file, "token-one\n");
  await walk.configure({ pod: { type: "remote", url: server.url, headers: { Authorization: `Bearer {file:${file}}` } } });
  server.toggles.delayMs = 400;
  const call = walk.start(["call", "pod", "echo", "text=hi"]);
  await expect.poll(() => walk.ledger.count({ party: "resource" })).toBeGreaterThan(0);
  await writeFile(`${file}.new`, "token-two\n");
  await rename(`${file}.new`, file);
  server.toggles.staticBearer = "token-two";
  const { exitCode, stdout } = await call.ended;
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("hi")]);
  const sent = walk.ledger.find({ party: "resource" }).map(({ headers }) => headers["authorization"]);
  expect([sent[0], sent.at(-1)]).toEqual(["Bearer token-one", "Bearer token-two"]);
  expect(walk.ledger.count(wellKnown)).toBe(0);
});

test("H07: a program that is still making headers ends with the mcpass that waits for it", async () => {
  const walk = await openWalk();
  const server = await keyedServer(walk, canary("slow"));
  const started = join(walk.home.directory, "started");
  const { words } = await helper(walk, `import("node:fs").then(({ writeFileSync, renameSync }) => (writeFileSync("${started}.new", String(process.pid)), renameSync("${started}.new", "${started}")));\nsetTimeout(() => {}, 60_000);`);
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: words } });
  const program = walk.start(["call", "corp", "echo", "text=hi"]);
  const pid = Number(await waitUntil(() => readFile(started, "utf8").catch(() => undefined), "the helper to start"));
  program.signal("SIGTERM");
  expect((await program.ended).exitCode).toBe(143);
  await waitUntil(() => (isRunning(pid) ? undefined : true), "the helper to end");
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
