import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BrowserDouble } from "../rig/browser.ts";
import { expectNowhere } from "../rig/canary.ts";
import type { TerminalSession } from "../rig/terminal.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";

const utf8 = { LANG: "C.UTF-8" };
const leaves = "\u001b[?1049l";

interface Shown {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly session: TerminalSession;
  readonly browser: BrowserDouble;
}

interface Wish {
  readonly args?: readonly string[];
  readonly hold?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

/** The screen with `notes`, which wants a sign-in, and `open`, which wants none. */
async function shown({ args = ["tui"], hold = false, env = utf8, columns = 120, rows = 36 }: Wish = {}): Promise<Shown> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const [notes, open] = [await walk.resource({ party: "notes", trusts: issuer }), await walk.resource({ party: "open" })];
  await walk.configure({ open: { type: "remote", url: open.url }, notes: { type: "remote", url: notes.url } });
  const browser = walk.browser({ hold });
  return { walk, issuer, browser, session: walk.terminal(args, { browser, env, columns, rows }) };
}

test("mcpass alone in a terminal shows every server as it becomes known, and a signs in from Needs auth to Connected", async () => {
  const { session, issuer } = await shown({ args: [] });
  await session.waitFor(/• notes +Needs auth[^]*• open +Connected/);
  expect(session.screen()).toMatch(/MCP \(1 active, 1 error\)/);
  expect(session.screen()).toMatch(/⊙ 1 MCP {2}enter details {2}a sign in/);
  await session.waitFor(/notes needs a sign-in: select it and press a/);
  session.type("a");
  await session.waitFor(/Signed in to notes as default at http:\S+; renewed automatically/);
  session.type("\u001b");
  await session.waitFor(/• notes +Connected[^]*⊙ 2 MCP/);
  await session.waitFor(/issuer {6}http:[^]*account {5}default[^]*renewals {4}none yet/);
  session.type("q");
  expect((await session.ended).exitCode).toBe(0);
  expect(session.raw().endsWith(leaves)).toBe(true);
  expectNowhere(issuer.secrets(), { texts: { screen: session.raw() } });
});

test("H01 on a machine without a browser the whole address stands there, a wrong paste is refused with the reason, and the right one signs in", async () => {
  const { session, browser, walk } = await shown({ hold: true });
  await session.waitFor(/• notes +Needs auth/);
  session.type("a");
  await session.waitFor(/or paste the address the browser was sent to/);
  const address = /https?:\/\/\S+\?\S*code_challenge=\S+/.exec(session.screen())?.[0] ?? "";
  const redirect = new URL(await browser.heldUrl());
  expect(new URL(address).searchParams.get("state")).toBe(redirect.searchParams.get("state"));
  expect(session.raw()).toContain(`\u001b]8;;${address}\u0007`);
  expect(session.screen()).toMatch(/signs in at +http/);
  expect(session.screen()).toMatch(/Waiting for the browser… (10:00|9:\d\d)/);
  session.paste("https://elsewhere.example/callback?code=1&state=2\r");
  session.type("\r");
  await session.waitFor(/it belongs to another sign-in/);
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
  session.paste(redirect.href);
  session.type("\r");
  await session.waitFor(/Signed in to notes as default/);
  session.type("\u001bq");
  expect((await session.ended).exitCode).toBe(0);
});

test("o signs out after one question, d shows doctor's report, s the status, and / finds a server", async () => {
  const { session, walk, browser } = await shown({ columns: 200 });
  expect((await walk.run(["auth", "notes"], { browser })).exitCode).toBe(0);
  await session.waitFor(/• notes +Connected/);
  session.type("o");
  await session.waitFor(/Sign out of notes \(account default\)\?/);
  session.type("y");
  await session.waitFor(/✓ Signed out of notes \(account default\): revoked at its authorization server, and forgotten here\./);
  await session.waitFor(/• notes +Needs auth/);
  session.type("s");
  await session.waitFor(/Status[^]*2 MCP Servers\n• notes\n +Needs authentication \(run: mcpass auth notes\)\n• open\n +Connected/);
  session.type("\u001b");
  await session.waitFor(/enter details/);
  session.type("d");
  await session.waitFor(/✓ challenge[^]*verdict: OAuth ready: mcpass can sign in/);
  session.type("\u001b/ope\r");
  await session.waitFor(/\/ope {2}esc shows all[^]*› • open/);
  expect(session.screen()).not.toContain("• notes");
  session.type("\u001b/status\r");
  await session.waitFor(/Status {2}esc/);
});

test("the terminal is as it was after SIGTERM, and the window may become small and large again in the middle of a sign-in", async () => {
  const { session } = await shown({ hold: true, env: { ...utf8, NO_COLOR: "1" } });
  await session.waitFor(/• notes +Needs auth/);
  session.type("a");
  await session.waitFor(/ctrl-y copy the address/);
  session.resize(60, 15);
  await session.waitFor(/signs in at {2}http[^]*http\S+authorize\?\S+code_challenge\S+resource=\S+\nWaiting for the browser/);
  session.resize(59, 15);
  await session.waitFor(/This window is too small: 59×15\. mcpass needs 60×15\./);
  session.resize(120, 36);
  await session.waitFor(/kept in[^]*ctrl-y copy the address/);
  process.kill(session.pid, "SIGTERM");
  expect((await session.ended).exitCode).toBe(143);
  expect(session.raw().slice(0, session.raw().lastIndexOf(leaves))).not.toContain(leaves);
  expect(session.raw()).toContain(leaves);
  expect(session.screen()).not.toContain("kept in");
  // eslint-disable-next-line no-control-regex -- colours are what must not be there
  expect(session.raw()).not.toMatch(/\u001b\[[0-9;]*[349][0-7](;[0-9;]*)?m/);
});

test("what only knows ASCII is shown ASCII; a terminal that knows nothing gets the help", async () => {
  const { session, walk } = await shown({ env: { LANG: "C" } });
  await session.waitFor(/\* notes +Needs auth[^]*\* open +Connected[^]*@ 1 MCP/);
  // eslint-disable-next-line no-control-regex -- what ASCII is
  expect(session.raw()).not.toMatch(/[^\u0000-\u007f]/);
  const dumb = walk.terminal([], { env: { TERM: "dumb" } });
  await dumb.waitFor(/Usage: mcpass/);
  expect((await walk.run([])).stdout).toMatch(/Usage: mcpass/);
  expect((await walk.run(["tui"])).stderr).toBe("error: the screen needs a terminal on standard input and output\nhint: mcpass list\n");
});

test("t finds a tool and calls it through a form made from its schema: what is missing is said at its field, the result is shown", async () => {
  const walk = await openWalk();
  const asked: unknown[] = [];
  const inputSchema = { type: "object", properties: { limit: { type: "integer", minimum: 1, maximum: 5, default: 3 }, query: { type: "string", description: "what to look for" }, order: { enum: ["newest", "oldest"] }, where: { type: "object", properties: { folder: { type: "string" } } } }, required: ["query"] };
  const run = (args: unknown): string => (asked.push(args), JSON.stringify({ found: [{ title: "Milk \u001b[31mred\u001b]0;gone\u0007" }] }));
  const server = await walk.resource({ tools: [{ name: "search", description: "Finds notes", inputSchema, run }, { name: "other", description: "Something else", inputSchema: { type: "object" }, run }] });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const session = walk.terminal(["tui"], { env: utf8, columns: 100, rows: 30 });
  await session.waitFor(/• notes +Connected/);
  session.type("t");
  await session.waitFor(/notes: 2 tools/);
  session.type("finds");
  await session.waitFor(/› search {2}Finds notes(?![^]*other)/);
  session.type("\r");
  await session.waitFor(/› query \*[^]*what to look for[^]*limit +3[^]*1 to 5[^]*order[^]*where/);
  session.type("\r");
  await session.waitFor(/This is needed\./);
  session.type("milk\t\u007f9\t \t{\"folder\":\r");
  await session.waitFor(/This must be 1 to 5\.[^]*This is not JSON/);
  session.type("\u007f2\t\t\"home\"}\r");
  await session.waitFor(/▼ found: \[1 item\]\n[^]*title: "Milk \\u001b\[31mred/);
  expect(asked).toEqual([{ query: "milk", limit: 2, order: "newest", where: { folder: "home" } }]);
  expect(session.raw()).not.toContain("\u001b[31mred");
  session.type("\u001b");
  await session.waitFor(/enter call/);
  session.type("\u0003");
  expect((await session.ended).exitCode).toBe(0);
});

test("no other command loads the screen", async () => {
  const walk = await openWalk();
  const loadedBy = async (args: readonly string[]): Promise<string> => {
    const folder = join(walk.home.directory, `coverage-${args.join("")}`);
    await walk.run(args, { env: { NODE_V8_COVERAGE: folder } });
    return (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")))).join("");
  };
  for (const args of [["--version"], ["--help"], ["list"], ["auth", "list"]]) expect(await loadedBy(args)).not.toMatch(/heavy\/tui|yoga/);
});

test("ctrl-z gives the terminal back and fg brings the screen again; an error that nobody expected is told on the ordinary screen", async () => {
  const { session, walk } = await shown();
  await session.waitFor(/• notes +Needs auth/);
  session.type("\u001a");
  await waitUntil(() => session.raw().endsWith(leaves), "the ordinary screen");
  await waitUntil(async () => /^State:\s+T/m.test(await readFile(`/proc/${String(session.pid)}/status`, "utf8")), "the process to be stopped");
  process.kill(session.pid, "SIGCONT");
  await session.waitFor(/• notes +Needs auth[^]*⊙ 1 MCP/);
  session.type("q");
  expect((await session.ended).exitCode).toBe(0);
  const trap = join(walk.home.directory, "trap.cjs");
  await writeFile(trap, 'if (process.argv[2] === "tui") process.on("SIGUSR2", () => { throw new Error("a trap"); });');
  const crashing = walk.terminal(["tui"], { env: { ...utf8, NODE_OPTIONS: `--require=${trap}` } });
  await crashing.waitFor(/⊙ \d MCP/);
  process.kill(crashing.pid, "SIGUSR2");
  expect((await crashing.ended).exitCode).toBe(1);
  expect(crashing.raw().split(leaves)[1]).toMatch(/Something unexpected happened inside mcpass: a trap/);
  expect(crashing.screen()).not.toContain("⊙");
});
