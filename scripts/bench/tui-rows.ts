import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { startInTerminal, type TerminalSession } from "../../test/rig/terminal.ts";
import { waitUntil } from "../../test/rig/wait.ts";
import { createLedger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import type { HttpBench } from "./http-rows.ts";
import { median } from "./measure.ts";
import type { Row } from "./table.ts";

type Home = Readonly<Record<string, string>>;

/** The screen of `mcpass tui`, in a real pseudo-terminal. */
export async function tuiRows({ root, home }: Pick<HttpBench, "root" | "home">, rounds: number): Promise<readonly Row[]> {
  const open = (name: string, servers: Readonly<Record<string, unknown>>): TerminalSession => start(root, home(name, servers), ["tui"]);
  return [await firstFrame(root, home("tui-first", entries(20)), rounds), await keys(open("tui-keys", entries(100))), await idle(open("tui-idle", entries(20, { enabled: false }))), await memory(open)];
}

/** Nobody listens there: each is tried, fails and is tried again. */
function entries(count: number, more: object = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`server-${String(index).padStart(3, "0")}`, { type: "remote", url: `http://127.0.0.1:9/${String(index)}/mcp`, ...more }]));
}

function start(root: string, environment: Home, words: readonly string[], program = `${root}/dist/main.cjs`): TerminalSession {
  return startInTerminal(words, { home: environment["MCPASS_HOME"] ?? "", env: { ...environment, LANG: "C.UTF-8" }, columns: 120, rows: 36, program, timeoutMs: 120_000 });
}

async function firstFrame(root: string, environment: Home, rounds: number): Promise<Row> {
  const taken = { bare: [] as number[], tui: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, words, program, sign] of [["bare", [], `${root}/scripts/bench/bare-line.cjs`, "MCP"], ["tui", ["tui"], undefined, "MCP"]] as const) {
      const began = performance.now();
      const session = start(root, environment, words, program);
      await waitUntil(() => session.raw().includes(sign), `the first frame of ${name}`);
      if (round > 0) taken[name].push(performance.now() - began);
      await session.stop();
    }
  }
  return { what: "first frame of `mcpass tui`, over bare node that prints a line", beside: "300 ms", ratio: (median(taken.tui) - median(taken.bare)) / 300, limit: 1 };
}

async function keys(session: TerminalSession): Promise<Row> {
  const taken: number[] = [];
  await session.waitFor(/⊙ \d+ MCP/);
  for (let press = 0; press < 100; press += 1) {
    const wanted = press % 2 === 0 ? "› • server-001" : "› • server-000";
    const began = performance.now();
    session.type(press % 2 === 0 ? "j" : "k");
    while (!session.screen().includes(wanted) && performance.now() - began < 5_000) await sleep(1);
    taken.push(performance.now() - began);
    await sleep(30);
  }
  await session.stop();
  return { what: "from a key to its frame, p95, while 100 servers reconnect", beside: "50 ms", ratio: ([...taken].sort((a, b) => a - b)[94] ?? Number.NaN) / 50, limit: 1 };
}

const idleMs = 30_000;

async function idle(session: TerminalSession): Promise<Row> {
  await session.waitFor(/⊙ 0 MCP/);
  await sleep(1_000);
  const before = processorMs(session.pid);
  await sleep(idleMs);
  const ratio = (processorMs(session.pid) - before) / idleMs / 0.02;
  await session.stop();
  return { what: "`mcpass tui` idle for 30 s, processor", beside: "2 %", ratio, limit: 1 };
}

/** User and system time; hundredths of a second are Linux's unit. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function memory(open: (name: string, servers: Readonly<Record<string, unknown>>) => TerminalSession): Promise<Row> {
  const ledger = createLedger();
  const tools = Array.from({ length: 100 }, (_, index) => ({ name: `tool-${String(index)}`, description: "Finds what is looked for, among all there is", inputSchema: { type: "object", properties: { query: { type: "string" }, limit: { type: "integer" } } }, run: () => "" }));
  const servers = await Promise.all(Array.from({ length: 50 }, async (_, index) => startResourceServer(ledger, { party: `tui-${String(index)}`, guard: "open", tools })));
  const session = open("tui-memory", Object.fromEntries(servers.map(({ url }, index) => [`server-${String(index)}`, { type: "remote", url }])));
  await session.waitFor(/⊙ 50 MCP/, 60_000);
  await sleep(2_000);
  const bytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(session.pid)}/status`, "utf8"))?.[1]) * 1024;
  await session.stop();
  await Promise.all(servers.map((server) => server.stop()));
  return { what: "`mcpass tui`, 50 servers with 5,000 tools, memory", beside: "150 MB", ratio: bytes / 150e6, limit: 1 };
}
