import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get, type IncomingMessage, request } from "node:http";
import { join } from "node:path";

import { createLedger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import { type Command, median } from "./measure.ts";
import type { Row } from "./table.ts";

/** How `mcpass serve` is started for a home with these servers. */
export interface HttpBench {
  readonly root: string;
  readonly home: (name: string, servers: Readonly<Record<string, unknown>>) => Readonly<Record<string, string>>;
  readonly mcpass: (name: string, words: readonly string[], environment: Readonly<Record<string, string>>) => Command;
}

interface Serving {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const subscribers = 1_000;
const clients = 16;

/** The API under load, beside a bare Hono route that answers with the same body. */
export async function httpRows(bench: HttpBench): Promise<readonly Row[]> {
  return [...(await requests(bench)), ...(await idleMemory(bench))];
}

async function requests(bench: HttpBench): Promise<readonly Row[]> {
  const servers = await openServers(100);
  const serving = await startServe(bench, "serve-100", servers.entries);
  const bare = await startBare(bench, await (await fetch(`${serving.url}/mcp`, { headers: credential(serving) })).json());
  try {
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const ours = { url: `${serving.url}/mcp`, headers: credential(serving), agent };
    const floor = { url: bare.url, headers: {}, agent };
    for (const warm of [ours, floor]) await throughput(warm, 500);
    const took = await alone(ours, 400);
    // In turn, so that whatever else the machine does meets both alike.
    const rates = { ours: [] as number[], floor: [] as number[] };
    for (let turn = 0; turn < 15; turn += 1) {
      rates.ours.push(await throughput(ours, 500));
      rates.floor.push(await throughput(floor, 500));
    }
    const [oursPerSecond, floorPerSecond] = [median(rates.ours), median(rates.floor)];
    agent.destroy();
    return [
      { what: "`GET /mcp`, 100 servers, p95, warm", beside: "5 ms", ratio: percentile(took, 95) / 5, limit: 1 },
      { what: "time per `GET /mcp` of 16 clients at once, 100 servers", beside: "a bare Hono route with the same body", ratio: floorPerSecond / oursPerSecond, limit: 2 },
      { what: "time per `GET /mcp` of 16 clients at once, 100 servers", beside: "0.5 ms (2,000 requests a second)", ratio: 2_000 / oursPerSecond, limit: 1 },
      ...(await events(serving)),
    ];
  } finally {
    bare.stop();
    await serving.stop();
    await servers.stop();
  }
}

/** A status change, from the request that makes it until the last subscriber has it. */
async function events(serving: Serving): Promise<readonly Row[]> {
  const streams = await Promise.all(Array.from({ length: subscribers }, () => subscribe(serving)));
  const heard = Promise.all(streams.map(({ heard }) => heard));
  const startedAt = performance.now();
  await fetch(`${serving.url}/mcp/open-1/disconnect`, { method: "POST", headers: credential(serving) });
  await heard;
  const tookMs = performance.now() - startedAt;
  const memory = residentBytes(serving.pid);
  for (const { end } of streams) end();
  return [
    { what: "a status change to 1,000 subscribers of `GET /event`, until the last has it", beside: "250 ms", ratio: tookMs / 250, limit: 1 },
    { what: "`mcpass serve`, 100 connected servers and 1,000 subscribers, memory", beside: "200 MB", ratio: memory / 200e6, limit: 1 },
  ];
}

async function idleMemory(bench: HttpBench): Promise<readonly Row[]> {
  const servers = await openServers(20);
  const serving = await startServe(bench, "serve-20", servers.entries);
  await fetch(`${serving.url}/mcp`, { headers: credential(serving) });
  await new Promise((done) => setTimeout(done, 3_000));
  const memory = residentBytes(serving.pid);
  await serving.stop();
  await servers.stop();
  return [{ what: "`mcpass serve`, 20 connected servers, idle, memory", beside: "130 MB", ratio: memory / 130e6, limit: 1 }];
}

async function openServers(count: number): Promise<{ readonly entries: Readonly<Record<string, unknown>>; stop(): Promise<void> }> {
  const ledger = createLedger();
  const open = await Promise.all(Array.from({ length: count }, (_, index) => startResourceServer(ledger, { party: `open-${index}`, guard: "open" })));
  return {
    entries: Object.fromEntries(open.map(({ url }, index) => [`open-${index}`, { type: "remote", url }])),
    stop: async () => void (await Promise.all(open.map((server) => server.stop()))),
  };
}

async function startServe({ home, mcpass }: HttpBench, name: string, servers: Readonly<Record<string, unknown>>): Promise<Serving> {
  const environment = home(name, servers);
  const start = (words: readonly string[]): ChildProcess => {
    const [program = "", ...rest] = mcpass(name, words, environment).words;
    return spawn(program, rest, { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["ignore", "pipe", "ignore"] });
  };
  const token = (await outputOf(start(["serve", "--print-token"]))).trim();
  const child = start(["serve", "--port", "0"]);
  const [url] = /http:\/\/\S+/.exec(await firstLine(child)) ?? [];
  if (url === undefined || child.pid === undefined) throw new Error("mcpass serve did not say where it serves");
  return {
    url: url.replace(/\/$/, ""),
    token,
    pid: child.pid,
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

/** In a process of its own, as ours is. */
async function startBare({ root }: HttpBench, body: unknown): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(root, "scripts/bench/bare-hono.mjs"), JSON.stringify(body)], { stdio: ["ignore", "pipe", "inherit"] });
  return { url: (await firstLine(child)).trim(), stop: () => void child.kill("SIGTERM") };
}

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

/** Requests a second of `clients` clients. */
async function throughput(target: Target, count: number): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while ((left -= 1) >= 0) await ask(target);
    }),
  );
  return (count / (performance.now() - startedAt)) * 1_000;
}

async function alone(target: Target, count: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await ask(target);
    took.push(performance.now() - startedAt);
  }
  return took;
}

function ask({ url, headers, agent }: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${String(answer.statusCode)}`));
      answer.resume().once("end", resolve).once("error", reject);
    });
    outgoing.once("error", reject).end();
  });
}

/** `heard` resolves with the next status change. */
function subscribe({ url, token }: Serving): Promise<{ readonly heard: Promise<void>; end(): void }> {
  return new Promise((resolve, reject) => {
    const outgoing = get(`${url}/event`, { headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" }, agent: false }, (answer: IncomingMessage) => {
      if (answer.statusCode !== 200) return reject(new Error(`/event answered ${String(answer.statusCode)}`));
      let hears = (): void => undefined;
      const heard = new Promise<void>((done) => (hears = done));
      answer.setEncoding("utf8").on("data", (text: string) => text.includes("mcp.status.changed") && hears());
      answer.on("error", () => undefined);
      resolve({ heard, end: () => void outgoing.destroy() });
    });
    outgoing.once("error", reject);
  });
}

function credential({ token }: Serving): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** proc(5), in bytes. */
function residentBytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(child, "close");
  return text;
}

async function firstLine(child: ChildProcess): Promise<string> {
  child.stdout?.setEncoding("utf8");
  let text = "";
  while (!text.includes("\n")) text += String((await once(child.stdout!, "data"))[0]);
  return text;
}

function percentile(values: readonly number[], percent: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length * percent) / 100)] ?? Number.NaN;
}
