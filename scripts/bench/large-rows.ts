import { grownBy } from "../../test/rig/memory.ts";
import { type PlainHost, plainBridgeHost, plainHttpHost } from "../../test/rig/plain-hosts.ts";
import { largeServer } from "../../test/servers/large-mcp.ts";
import { createLedger } from "../../test/servers/ledger.ts";
import { listen } from "../../test/servers/listener.ts";
import type { HttpBench } from "./http-rows.ts";
import { runOnce } from "./measure.ts";
import { startService } from "./service.ts";
import type { Row } from "./table.ts";

const size = 50_000_000;
const copies = 3 * size;

/** A message of 50 MB through bridge and gateway: what it costs in memory, in either direction, over what the process has when it idles. */
export async function largeRows(bench: HttpBench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { what, start } of [{ what: "`mcpass bridge`", start: startBridge }, { what: "`/gateway/notes`", start: startGateway }]) {
    for (const direction of ["answer", "request"] as const) {
      const grown = Math.max(await growth({ bench, start, direction, stream: false }), await growth({ bench, start, direction, stream: true }));
      rows.push({ what: `${direction === "answer" ? "an answer" : "a request"} of 50 MB through ${what}, memory at its peak, over idle`, beside: "three copies of it (150 MB)", ratio: grown / copies, limit: 1 });
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

/** `stream`: the server answers by an event stream. */
async function growth({ bench, start, direction, stream }: { readonly bench: HttpBench; readonly start: Start; readonly direction: "answer" | "request"; readonly stream: boolean }): Promise<number> {
  const large = "x".repeat(size - 500);
  const result = (text: string): string => `{"content":[{"type":"text","text":"${text}"}]}`;
  const server = await listen(createLedger(), "resource", largeServer({ stream, answer: (given) => result(given === "large" ? large : "small") }));
  const environment = bench.home(`large-${direction}-${String(stream)}-${start.name}`, { notes: { type: "remote", url: `${server.origin}/mcp`, oauth: false } });
  const { host, pid, stop } = await start(bench, environment);
  let id = 0;
  const call = (text: string): Promise<string> => host.ask(`{"jsonrpc":"2.0","id":${String((id += 1))},"method":"tools/call","params":{"name":"weigh","arguments":{"text":"${text}"}}}`);
  try {
    await host.ask(JSON.stringify({ jsonrpc: "2.0", id: "open", method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "0" } } }));
    await host.tell(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
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

async function startBridge({ mcpass }: HttpBench, environment: Readonly<Record<string, string>>): Promise<Started> {
  const host = plainBridgeHost(mcpass("bridge", ["bridge", "notes"], environment).words, { PATH: process.env["PATH"] ?? "", ...environment });
  return { host, pid: host.pid, stop: host.stop };
}

async function startGateway({ mcpass }: HttpBench, environment: Readonly<Record<string, string>>): Promise<Started> {
  const token = (await runOnce(mcpass("token", ["serve", "--print-token"], environment))).stdout.trim();
  const { url, pid, stop } = await startService(mcpass("serve", ["serve", "--port", "0"], environment));
  return { host: plainHttpHost(`${url}/gateway/notes`, { authorization: `Bearer ${token}` }), pid, stop };
}
