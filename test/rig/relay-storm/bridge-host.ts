import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import type { Message } from "../stdio-host.ts";
import { callMessage, helloMessage } from "./call.ts";
import { type HostPlan, runLanes, type StormHost } from "./storm-host.ts";
import type { Tally } from "./tally.ts";
import type { MemoryWatch } from "./watch-memory.ts";
import type { SecretWatch } from "./watch-secrets.ts";

export interface BridgeHost extends StormHost {
  readonly pid: number;
  /** kill -9, and another one in its place, to which the host speaks on. */
  replace(): Promise<void>;
  /** Closes the input of its bridge; true when that has ended by itself, and well. */
  close(): Promise<boolean>;
  kill(): Promise<void>;
}

export interface BridgeHostOptions {
  readonly plan: HostPlan;
  readonly tally: Tally;
  readonly secrets: SecretWatch;
  readonly memory: MemoryWatch;
  /** The words after the program of Node; the name of the server comes last. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How long a bridge may take to end after its input has. */
const endMs = 15_000;

/** A host that has started `mcpass bridge` and calls through it. */
export function openBridgeHost({ plan, tally, secrets, memory, words, environment, cwd }: BridgeHostOptions): BridgeHost {
  const { name, era, timeoutMs } = plan;
  const book = tally.open(name, timeoutMs);
  const waiting = new Map<number, () => void>();
  const readers = { out: secrets.reader(`the output of ${name}`), err: secrets.reader(`the error output of ${name}`) };
  let count = 0;
  let lanes: ReturnType<typeof runLanes> | undefined;

  const settle = (id: number): void => {
    waiting.get(id)?.();
    waiting.delete(id);
  };
  const heard = (line: string): void => {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      return book.noMessage(line);
    }
    if (book.heard(message)) settle(Number(message.id));
  };
  const launch = (): ChildProcess => {
    const started = spawn(process.execPath, [...words, plan.entry], { cwd, env: environment, stdio: "pipe" });
    let rest = "";
    started.stdout.setEncoding("utf8").on("data", (text: string) => {
      readers.out(text);
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(heard);
    });
    started.stderr.setEncoding("utf8").on("data", readers.err);
    started.stdin.on("error", () => undefined);
    memory.add(name, started.pid ?? -1);
    // Its last output comes before "close".
    started.once("close", () => {
      for (const id of [...book.open.keys()]) {
        if (ended.has(started)) book.ended(id);
        else book.lost(id, `its bridge ended by itself with ${String(started.exitCode ?? started.signalCode)}`);
        settle(id);
      }
    });
    return started;
  };
  /** Those that were killed, or told to end. */
  const ended = new WeakSet<ChildProcess>();
  const request = (message: Message, key?: string): Promise<void> => {
    const id = Number(message.id);
    book.sent(id, key);
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      write(message);
    });
  };
  const write = (message: Message): void => void child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const hello = async (): Promise<void> => {
    count += 1;
    await request(helloMessage(count, era, name));
    if (era === "legacy") write({ method: "notifications/initialized" });
  };
  const call = async (flood = false): Promise<void> => {
    count += 1;
    const key = `${name}/${String(count)}`;
    await request(callMessage({ id: count, key, flood }, era, name), key);
  };
  let child = launch();
  let opened = hello();
  const kill = async (): Promise<void> => {
    ended.add(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = once(child, "close");
    child.kill("SIGKILL");
    await over;
  };
  return {
    name,
    get pid() {
      return child.pid ?? -1;
    },
    start: () => {
      lanes = runLanes(plan.lanes, async () => {
        await opened;
        if (child.exitCode === null && child.signalCode === null) await call();
        else await sleep(50);
      });
    },
    answers: book.answers,
    doNotRead: async (ms) => {
      const flooded = call(true);
      // It has begun to say much.
      await sleep(100);
      child.stdout?.pause();
      await sleep(ms);
      book.didNotRead(ms);
      child.stdout?.resume();
      await flooded;
    },
    replace: async () => {
      await kill();
      child = launch();
      opened = hello();
      await opened;
    },
    finish: async (ms) => {
      await lanes?.stop(ms);
      for (const id of [...book.open.keys()]) book.lost(id, "there was no answer when all was over");
    },
    close: async () => {
      ended.add(child);
      if (child.exitCode !== null || child.signalCode !== null) return false;
      const over = once(child, "close");
      child.stdin?.end();
      await Promise.race([over, sleep(endMs, undefined, { ref: false })]);
      return child.exitCode === 0;
    },
    kill,
  };
}
