import { grownBy } from "../../test/rig/memory.ts";
import { type PlainHost, plainBridgeHost, plainHttpHost } from "../../test/rig/plain-hosts.ts";
import { modernMeta } from "../../test/rig/stdio-host.ts";
import { largeServer } from "../../test/servers/large-mcp.ts";
import { createLedger } from "../../test/servers/ledger.ts";
import { listen } from "../../test/servers/listener.ts";
import type { HttpBench } from "./http-rows.ts";
import { median, runOnce } from "./measure.ts";
import { startService } from "./service.ts";
import type { Row } from "./table.ts";

const size = 50_000_000;
const copies = 3 * size;

/** Who speaks with whom, through what. */
interface Way {
  readonly what: string;
  readonly start: Start;
  readonly host: Era;
  readonly server: Era;
  readonly tool: string;
}

type Era = "legacy" | "modern";

const alike = { host: "legacy", server: "legacy", tool: "weigh" } as const;
const ways: readonly Way[] = [
  { ...alike, what: "`mcpass bridge`", start: startBridge },
  { ...alike, what: "`mcpass bridge`, from a client of 2025-11-25 to a server of 2026-07-28", start: startBridge, server: "modern" },
  { ...alike, what: "`mcpass bridge`, from a client of 2026-07-28 to a server of 2025-11-25", start: startBridge, host: "modern" },
  { ...alike, what: "`/gateway/notes`", start: (bench, environment) => startGateway(bench, environment, "/notes") },
  { ...alike, what: "`/gateway`", start: startGateway, tool: "notes__weigh" },
];

/** A message of 50 MB through bridge and gateway: what it costs in memory, in either direction, over what the process has when it idles. */
export async function largeRows(bench: HttpBench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const way of ways) {
    for (const direction of ["answer", "request"] as const) {
      // How a small answer comes makes no difference.
      const streams = direction === "answer" ? [false, true] : [false];
      const grown: number[] = [];
      for (const stream of streams) grown.push(await medianGrowth({ bench, way, direction, stream }));
      rows.push({ what: `${direction === "answer" ? "an answer" : "a request"} of 50 MB through ${way.what}, memory at its peak, over idle`, beside: "three copies of it (150 MB)", ratio: Math.max(...grown) / copies, limit: 1 });
    }
  }
  return rows;
}

interface Started {
  readonly host: PlainHost;
  readonly pid: number;
  stop(): Promise<void>;
}

type Start = (bench: HttpBench, environment: Readonly<Record<string, string>>) => Promise<Started>;

interface Run {
  readonly bench: HttpBench;
  readonly way: Way;
  readonly direction: "answer" | "request";
  /** The server answers by an event stream. */
  readonly stream: boolean;
  readonly turn?: number;
}

/** What is there at once depends on when the garbage collector last came by. */
async function medianGrowth(run: Run): Promise<number> {
  const taken: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) taken.push(await growth({ ...run, turn }));
  return median(taken);
}

async function growth({ bench, way: { what, start, host: era, server: other, tool }, direction, stream, turn = 0 }: Run): Promise<number> {
  const large = "x".repeat(size - 500);
  const server = await listen(createLedger(), "resource", largeServer({ stream, modern: other === "modern", answer: (given) => answerOf(given === "large" ? large : "small", other) }));
  const environment = bench.home(`large-${what.replace(/\W+/g, "-")}-${direction}-${String(stream)}-${String(turn)}`, { notes: { type: "remote", url: `${server.origin}/mcp`, oauth: false } });
  const { host, pid, stop } = await start(bench, environment);
  let id = 0;
  const meta = era === "modern" ? `,${JSON.stringify(modernMeta()).slice(1, -1)}` : "";
  const call = (text: string): Promise<string> => host.ask(`{"jsonrpc":"2.0","id":${String((id += 1))},"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"${text}"}${meta}}}`);
  try {
    if (era === "legacy") {
      await host.ask(JSON.stringify({ jsonrpc: "2.0", id: "open", method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "0" } } }));
      await host.tell(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    }
    for (let turn = 0; turn < 3; turn += 1) await call("small");
    await new Promise((done) => setTimeout(done, 1_000));
    return await grownBy(pid, async () => {
      const answer = await call(direction === "answer" ? "large" : large);
      if ((direction === "answer") !== answer.length > size / 2) throw new Error(`it answered ${answer.slice(0, 200)}`);
    });
  } finally {
    await stop();
    await server.stop();
  }
}

/** With a resource in it, which has another address where all servers are one. */
function answerOf(text: string, era: Era): string {
  return `{${era === "modern" ? '"resultType":"complete",' : ""}"content":[{"type":"resource","resource":{"uri":"file:///large","text":"${text}"}}]}`;
}

async function startBridge({ mcpass }: HttpBench, environment: Readonly<Record<string, string>>): Promise<Started> {
  const host = plainBridgeHost(mcpass("bridge", ["bridge", "notes"], environment).words, { PATH: process.env["PATH"] ?? "", ...environment });
  return { host, pid: host.pid, stop: host.stop };
}

async function startGateway({ mcpass }: HttpBench, environment: Readonly<Record<string, string>>, path = ""): Promise<Started> {
  const token = (await runOnce(mcpass("token", ["serve", "--print-token"], environment))).stdout.trim();
  const { url, pid, stop } = await startService(mcpass("serve", ["serve", "--port", "0"], environment));
  return { host: plainHttpHost(`${url}/gateway${path}`, { authorization: `Bearer ${token}` }), pid, stop };
}
