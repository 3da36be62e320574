import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { HttpBench } from "./http-rows.ts";
import { type Command, median } from "./measure.ts";
import { signInToNotes } from "./signed-in.ts";
import type { Row } from "./table.ts";

const atOnce = 16;

/** `mcpass bridge`, signed in, beside a pipe that does nothing but pass lines on with the same token to the same server. */
export async function bridgeRows({ rounds, ...bench }: HttpBench & { readonly rounds: number }): Promise<readonly Row[]> {
  const { url, environment, authorization, ledger, stop } = await signInToNotes(bench, "bridge");
  const ours = bench.mcpass("bridge", ["bridge", "notes"], environment);
  const floor: Command = { name: "floor", words: [process.execPath, join(bench.root, "scripts/bench/bare-pipe.mjs"), url, authorization], environment };
  try {
    return [...(await starts(ours, floor, rounds)), ...(await underLoad(ours, floor, ledger.clear))];
  } finally {
    await stop();
  }
}

/** From the start of the process to the answer to `initialize`, in turn. The first of ours also fills what is kept of a server. */
async function starts(ours: Command, floor: Command, rounds: number): Promise<readonly Row[]> {
  const taken = new Map<Command, number[]>([[ours, []], [floor, []]]);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [command, walls] of taken) {
      const startedAt = performance.now();
      const host = startHost(command);
      await host.open();
      if (round > 0) walls.push(performance.now() - startedAt);
      await host.stop();
    }
  }
  const [bridge, bare] = [ours, floor].map((command) => median(taken.get(command) ?? []));
  return [{ what: "`mcpass bridge`, from its start to the answer to `initialize`", beside: "a bare pipe of lines", ratio: (bridge ?? Number.NaN) / (bare ?? Number.NaN), limit: 2 }];
}

async function underLoad(ours: Command, floor: Command, forget: () => void): Promise<readonly Row[]> {
  const hosts = [startHost(ours), startHost(floor)] as const;
  const [bridge, bare] = hosts;
  for (const host of hosts) await host.open();
  for (const host of hosts) await host.calls(1, 200);
  await new Promise((done) => setTimeout(done, 2_000));
  const [idle, idleFloor] = [residentBytes(bridge.pid), residentBytes(bare.pid)];
  const alone = new Map<Host, number[]>([[bridge, []], [bare, []]]);
  const together = new Map<Host, number[]>([[bridge, []], [bare, []]]);
  // In turn, so that whatever else the machine does meets both alike.
  for (let turn = 0; turn < 5; turn += 1) {
    for (const host of hosts) {
      alone.get(host)?.push(...(await host.calls(1, 200)));
      const startedAt = performance.now();
      await host.calls(atOnce, 800);
      together.get(host)?.push(performance.now() - startedAt);
      forget();
    }
  }
  const grown = residentBytes(bridge.pid) - idle;
  for (const host of hosts) await host.stop();
  const ratio = (of: Map<Host, number[]>): number => median(of.get(bridge) ?? []) / median(of.get(bare) ?? []);
  return [
    { what: "a call through `mcpass bridge`, p50", beside: "a bare pipe of lines", ratio: ratio(alone), limit: 1.35 },
    { what: "time per call through `mcpass bridge`, 16 at once", beside: "a bare pipe of lines", ratio: ratio(together), limit: 2 },
    { what: "`mcpass bridge`, idle, memory", beside: "a bare pipe of lines", ratio: idle / idleFloor, limit: 1.4 },
    { what: "`mcpass bridge`, growth under 5,000 calls, memory", beside: "40 MB", ratio: grown / 40e6, limit: 1 },
  ];
}

interface Host {
  readonly pid: number;
  open(): Promise<void>;
  /** So many calls, some at once; what each took, in ms. */
  calls(atOnce: number, count: number): Promise<readonly number[]>;
  stop(): Promise<void>;
}

function startHost({ words: [program = "", ...rest], environment = {} }: Command): Host {
  const child = spawn(program, rest, { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["pipe", "pipe", "ignore"] }) as unknown as ChildProcessWithoutNullStreams;
  const waiting = new Map<number, () => void>();
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const { id, method } = JSON.parse(line) as { readonly id?: number; readonly method?: string };
      if (id !== undefined && method === undefined) waiting.get(id)?.();
    }
  });
  let count = 0;
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = (method: string, params: object): Promise<void> => {
    const id = (count += 1);
    send({ id, method, params });
    return new Promise((resolve) => waiting.set(id, () => (waiting.delete(id), resolve())));
  };
  return {
    pid: child.pid ?? -1,
    open: async () => {
      await request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "0" } });
      send({ method: "notifications/initialized" });
    },
    calls: async (atOnce, count) => {
      const took: number[] = [];
      let left = count;
      const work = async (): Promise<void> => {
        while ((left -= 1) >= 0) {
          const startedAt = performance.now();
          await request("tools/call", { name: "add_numbers", arguments: { a: 2, b: 3 } });
          took.push(performance.now() - startedAt);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return took;
    },
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** proc(5), in bytes. */
function residentBytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
