import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";

import type { Command } from "./measure.ts";
import { markOf, residentBytes } from "./processes.ts";

/** A program that is an MCP server on its standard input and output. */
export interface Bridge extends Command {
  /** What `add_numbers` is called through it; that unless given. */
  readonly tool?: string;
  /** The revision its host speaks; 2025-11-25 unless given. */
  readonly speaks?: "2025-11-25" | "2026-07-28";
}

/** An MCP host that has started a bridge. Whatever it waits for fails when the bridge answers with an error or ends. */
export interface Host {
  open(): Promise<void>;
  request(method: string, params: object): Promise<unknown>;
  /** So many calls, some at once; what each took, in ms. */
  calls(atOnce: number, count: number): Promise<readonly number[]>;
  /** Resident bytes of all the bridge's processes. */
  memory(): number;
  stop(): Promise<void>;
}

const clientInfo = { name: "bench", version: "0" };
const modernMeta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": clientInfo };

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly isError?: boolean };
  readonly error?: unknown;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function startHost({ name, words: [program = "", ...rest], environment = {}, tool = "add_numbers", speaks = "2025-11-25" }: Bridge): Host {
  const waiting = new Map<number, Waiting>();
  const env = { PATH: process.env["PATH"] ?? "", ...environment, ...markOf(name) };
  // Bounded, as a run of a command is.
  const child = spawn(program, rest, { env, stdio: ["pipe", "pipe", "ignore"], timeout: 120_000 }) as unknown as ChildProcessWithoutNullStreams;
  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once("error", fail);
  // A message that was not taken is told by the end of the process.
  child.stdin.on("error", () => undefined);
  child.once("exit", (code, signal) => fail(new Error(`${name} ended with ${String(code ?? signal)}`)));
  eachLine(child, (line) => {
    const { id = -1, method, result, error } = readAnswer(line);
    if (method !== undefined) return;
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined && result?.isError !== true) resolve?.(result);
    else reject?.(new Error(`${name} answered ${line.slice(0, 300)}`));
  });
  let count = 0;
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = (method: string, params: object): Promise<unknown> => {
    const id = (count += 1);
    if (child.exitCode !== null || child.signalCode !== null) return Promise.reject(new Error(`${name} has ended`));
    send({ id, method, params: speaks === "2026-07-28" ? { ...params, _meta: modernMeta } : params });
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
  return {
    open: async () => {
      if (speaks === "2026-07-28") return void (await request("server/discover", {}));
      await request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
      send({ method: "notifications/initialized" });
    },
    request,
    calls: (atOnce, count) => timed(atOnce, count, () => request("tools/call", { name: tool, arguments: { a: 2, b: 3 } })),
    memory: () => residentBytes(name),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(patience);
    },
  };
}

/** So many of these, some at once; what each took, in ms. */
export async function timed(atOnce: number, count: number, call: () => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = [];
  let left = count;
  const work = async (): Promise<void> => {
    while ((left -= 1) >= 0) {
      const startedAt = performance.now();
      await call();
      took.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return took;
}

/** What is no message belongs to nobody's request; whoever waits then waits until the process ends. */
function readAnswer(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return {};
  }
}

/** A line may be long, and then comes in very many pieces. */
function eachLine({ stdout }: ChildProcessWithoutNullStreams, take: (line: string) => void): void {
  let pieces: string[] = [];
  stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const [first = "", ...more] = chunk.split("\n");
    pieces.push(first);
    for (const next of more) {
      const line = pieces.join("");
      pieces = [next];
      if (line !== "") take(line);
    }
  });
}
