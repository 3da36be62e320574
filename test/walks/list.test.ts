import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { canary } from "../rig/canary.ts";
import { cleanEnvironment, requireBuilt } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { ageGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";
import { expectKept, expectOnlyAt, vaultDirectory } from "./places.ts";

interface Row {
  readonly name: string;
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly hint: string | null;
  readonly [field: string]: unknown;
}

async function rowsOf(walk: Walk, ...flags: string[]): Promise<{ rows: Row[]; exitCode: number | null; stderr: string }> {
  const { stdout, stderr, exitCode } = await walk.run(["list", "--json", ...flags]);
  return { rows: (JSON.parse(stdout) as { servers: Row[] }).servers, exitCode, stderr };
}

const contract = ["name", "type", "url", "status", "account", "error", "hint", "tools", "protocolVersion", "expiresAt"];

/** One server in each state that there is. */
async function everyStatus(): Promise<{ walk: Walk; key: string; urls: Record<string, string> }> {
  const walk = await openWalk();
  const key = canary("refused-key");
  const issuer = await walk.issuer();
  const closed = await walk.issuer({ party: "closed-issuer", registration: "off" });
  const open = await walk.resource({ party: "open" });
  const guarded = await walk.resource({ party: "guarded", trusts: issuer });
  const signed = await walk.resource({ party: "signed", trusts: issuer });
  const unregistered = await walk.resource({ party: "unregistered", trusts: closed });
  const keyed = await walk.resource({ party: "keyed", guard: "api-key", apiKey: { name: "x-api-key", value: "right" } });
  const refused = `http://127.0.0.1:${String(await freePort())}/mcp`;
  const remote = (url: string, more = {}): object => ({ type: "remote", url, ...more });
  await walk.configure({
    open: remote(open.url),
    guarded: remote(guarded.url),
    signed: remote(signed.url),
    unregistered: remote(unregistered.url),
    keyed: remote(keyed.url, { headers: { "X-Api-Key": key } }),
    off: remote(guarded.url, { enabled: false }),
    gone: remote(refused),
    unset: remote(guarded.url, { headers: { Authorization: "Bearer {env:NOT_THERE}" } }),
    wrong: { type: "remote", url: 17 },
  });
  expect((await walk.run(["auth", "signed"], { browser: walk.browser() })).exitCode).toBe(0);
  walk.ledger.clear();
  return { walk, key, urls: { open: open.url, guarded: guarded.url, signed: signed.url, unregistered: unregistered.url, keyed: keyed.url, gone: refused } };
}

test("X06 list --json tells every status in the contract's fields, exits 0, and one bad entry does not sink the others", async () => {
  const { walk, urls } = await everyStatus();
  const { rows, exitCode, stderr } = await rowsOf(walk);
  expect([exitCode, stderr]).toEqual([0, ""]);
  for (const row of rows) expect(Object.keys(row).slice(0, contract.length)).toEqual(contract);
  const none = { account: null, error: null, hint: null, tools: null, protocolVersion: null, expiresAt: null };
  const of = (name: string): object => Object.fromEntries(Object.entries(rows.find((row) => row.name === name) ?? {}).filter(([field]) => contract.includes(field)));
  expect(of("open")).toEqual({ ...none, name: "open", type: "remote", url: urls["open"], status: "connected", tools: 3, protocolVersion: "2025-11-25" });
  expect(of("signed")).toEqual({ ...none, name: "signed", type: "remote", url: urls["signed"], status: "connected", account: "default", tools: 3, protocolVersion: "2025-11-25", expiresAt: expect.any(Number) });
  expect(of("off")).toMatchObject({ ...none, name: "off", status: "disabled" });
  expect(rows.map(({ name, status, error, hint }) => [name, status, error?.code, hint])).toEqual([
    ["open", "connected", undefined, null],
    ["guarded", "needs_auth", "sign_in_required", "mcpass auth guarded"],
    ["signed", "connected", undefined, null],
    ["unregistered", "needs_client_registration", "registration_unavailable", expect.stringContaining("redirect URI http://127.0.0.1:19876/mcp/oauth/callback")],
    ["keyed", "failed", "header_refused", expect.stringContaining("Check its value")],
    ["off", "disabled", undefined, null],
    ["gone", "failed", "unreachable", "mcpass doctor gone"],
    ["unset", "failed", "variable_unset", expect.any(String)],
    ["wrong", "failed", "entry_invalid", expect.any(String)],
  ]);
});

test("U01 each failed row says what failed: the URL and cause, the variable with its server, file and line of a wrong field, and never the key", async () => {
  const { walk, key, urls } = await everyStatus();
  const { stdout } = await walk.run(["list"]);
  expect(stdout).toContain(`The server request to ${urls["gone"] ?? ""} failed: connect ECONNREFUSED`);
  expect(stdout).toMatch(/NOT_THERE.*unset|unset.*NOT_THERE/);
  expect(stdout).toMatch(/mcpass\.jsonc:\d+:\d+.*mcp\.wrong\.url/);
  expect(stdout).toContain("it refused the configured header X-Api-Key");
  await expectOnlyAt(walk, [key], ["keyed"]);
});

test("X06 list in words shows one row for each server with its hint, in the file's order", async () => {
  const { walk } = await everyStatus();
  const { stdout, stderr, exitCode } = await walk.run(["list"]);
  const heads = stdout.split("\n").filter((line) => /^[✓⚠✗○]/.test(line));
  expect(heads).toEqual([
    "✓ open          connected  3 tools · 2025-11-25",
    "⚠ guarded       needs authentication",
    "✓ signed        connected  3 tools · 2025-11-25",
    "✗ unregistered  needs client registration",
    "✗ keyed         failed",
    "○ off           disabled",
    "✗ gone          failed",
    "✗ unset         failed",
    "✗ wrong         failed",
  ]);
  expect(stdout).toContain("hint: mcpass auth guarded");
  expect([stderr, exitCode]).toEqual(["", 0]);
});

test("X06 list --offline shows what is stored and asks nobody anything", async () => {
  const { walk } = await everyStatus();
  await walk.run(["list"]);
  walk.ledger.clear();
  const { rows, exitCode } = await rowsOf(walk, "--offline");
  expect(rows.map(({ name, status }) => [name, status])).toEqual([
    ["open", "no_auth_needed"],
    ["guarded", "not_authenticated"],
    ["signed", "authenticated"],
    ["unregistered", "not_authenticated"],
    ["keyed", "no_auth_needed"],
    ["off", "disabled"],
    ["gone", "not_authenticated"],
    ["unset", "failed"],
    ["wrong", "failed"],
  ]);
  expect([exitCode, walk.ledger.entries.length]).toEqual([0, 0]);
});

test("X06 list --offline calls a sign-in expired when its token has ended and nothing can renew it, and authenticated when it can be renewed", async () => {
  const walk = await openWalk();
  const once = await walk.issuer({ party: "once", refreshTokens: "never" });
  const renewing = await walk.issuer({ party: "renewing" });
  const [first, second] = [await walk.resource({ trusts: once }), await walk.resource({ trusts: renewing })];
  await walk.configure({ once: { type: "remote", url: first.url }, renewing: { type: "remote", url: second.url } });
  expect((await walk.run(["auth", "--all"], { browser: walk.browser() })).exitCode).toBe(0);
  for (const { url } of [first, second]) await ageGrant(walk, url, -1000);
  const { rows } = await rowsOf(walk, "--offline");
  expect(rows.map(({ name, status }) => [name, status])).toEqual([["once", "expired"], ["renewing", "authenticated"]]);
  await expectKept(walk, once, { issuers: ["once"] });
});

test("R04 looking never writes: no registration, no browser, no grant, whatever the server says, and connecting without a sign-in registers nothing", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  const browser = walk.browser();
  const runs = [["list"], ["list", "--json"], ["list", "--offline"], ["auth", "list"], ["tools", "example"], ["call", "example", "whoami"], ["inspect", "example"]];
  const codes: (number | null)[] = [];
  for (const args of runs) codes.push((await walk.run(args, { browser })).exitCode);
  expect(codes).toEqual([0, 0, 0, 0, 4, 4, 4]);
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" }), walk.ledger.count({ path: "/token" })]).toEqual([0, 0, 0]);
  expect(await readdir(vaultDirectory(walk)).catch(() => [])).toEqual([]);
  await expect(browser.pages(1)).rejects.toThrow("to be written");
});

test("R03 a registration that was refused is remembered: list then says needs_client_registration with the redirect URI, and nothing of it is secret", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ registration: "named", approvedNames: ["Approved"] });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url } });
  expect((await rowsOf(walk)).rows[0]?.status).toBe("needs_auth");
  const auth = await walk.run(["auth", "example"], { browser: walk.browser() });
  expect([auth.exitCode, walk.ledger.count({ path: "/authorize" })]).toEqual([1, 0]);
  expect(auth.stderr).toMatch(/^error: .*\/register refused to register mcpass \(403/m);
  const [row] = (await rowsOf(walk)).rows;
  expect([row?.status, row?.error?.code]).toEqual(["needs_client_registration", "registration_unavailable"]);
  expect(row?.hint).toContain("http://127.0.0.1:19876/mcp/oauth/callback");
  await walk.configure({ example: { type: "remote", url: server.url, oauth: { clientName: "Approved" } } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await rowsOf(walk)).rows[0]?.status).toBe("connected");
  await expectKept(walk, issuer);
});

test("U06 rows name the file each server comes from as soon as there is more than one file", async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  const user = await walk.configure({ mine: { type: "remote", url: server.url } });
  expect((await walk.run(["list"])).stdout).not.toContain(user);
  const project = join(walk.home.directory, "mcpass.jsonc");
  await writeFile(project, JSON.stringify({ mcp: { ours: { type: "remote", url: server.url } } }));
  const { stdout } = await walk.run(["list"]);
  expect(stdout).toContain(`(user: ${user}:3)`);
  expect(stdout).toContain(`(project: ${project}:1)`);
  const { rows } = await rowsOf(walk);
  expect(rows.map(({ source }) => source)).toEqual([{ file: user, line: 3, layer: "user" }, { file: project, line: 1, layer: "project" }]);
});

test("a server that never answers keeps list no longer than its connect deadline, and the rows before it come at once", async () => {
  const walk = await openWalk();
  const [quick, hanging] = [await walk.resource(), await walk.resource({ hang: true })];
  await walk.configure({ quick: { type: "remote", url: quick.url }, hanging: { type: "remote", url: hanging.url, timeout: { startup: 1000 } } });
  const program = walk.start(["list"]);
  await program.waitFor(/✓ quick/);
  const { exitCode, stdout, elapsedMs } = await program.ended;
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/✗ hanging {2}failed\n.*\n.*did not answer within 1 s/);
  expect(elapsedMs).toBeLessThan(10_000);
});

test("list ends well when nobody reads what it says, badly when it cannot be written, and a slow reader gets all of it", async () => {
  const walk = await openWalk();
  const many = Array.from({ length: 1_500 }, (_, index) => [`server-${String(index)}`, { type: "remote", url: `https://mcp-${String(index)}.example.com/mcp` }] as const);
  await walk.configure(Object.fromEntries(many));
  const environment = cleanEnvironment({ home: walk.home.directory });
  const words = [requireBuilt(), "list", "--offline", "--json"];
  const [nobody, slow] = [spawn(process.execPath, words, { env: environment }), spawn(process.execPath, words, { env: environment })];
  nobody.stdout.destroy();
  expect(await once(nobody, "exit")).toEqual([0, null]);
  await sleep(300);
  const { servers } = JSON.parse(await text(slow.stdout)) as { servers: unknown[] };
  expect(servers).toHaveLength(1_500);
  if (process.platform !== "linux") return;
  const full = openSync("/dev/full", "w");
  const [code] = (await once(spawn(process.execPath, words, { env: environment, stdio: ["ignore", full, "ignore"] }), "exit")) as [number];
  closeSync(full);
  expect(code).toBe(1);
});

test("with nothing configured list says so, and how to add a server", async () => {
  const walk = await openWalk();
  const { exitCode, stdout, stderr } = await walk.run(["list"]);
  expect([exitCode, stdout, stderr]).toEqual([0, "No MCP servers are configured.\n", "Add one with: mcpass add <name> <url>\n"]);
  expect((await walk.run(["list", "--json"])).stdout).toBe('{\n  "servers": []\n}\n');
});
