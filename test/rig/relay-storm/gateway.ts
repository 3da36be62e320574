import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { waitUntil } from "../wait.ts";
import type { GatewayLife } from "./gateway-host.ts";
import type { MemoryWatch } from "./watch-memory.ts";
import type { SecretWatch } from "./watch-secrets.ts";

export interface StormGateway extends GatewayLife {
  /** SIGTERM, and another one at the same port. */
  restart(): Promise<void>;
  /** kill -9, and another one. */
  replace(): Promise<void>;
  /** SIGTERM; true when it has ended by itself in time. */
  close(): Promise<boolean>;
  kill(): Promise<void>;
}

export interface StormGatewayOptions {
  /** The program, without its command. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly token: string;
  readonly secrets: SecretWatch;
  readonly memory: MemoryWatch;
}

/** How long `mcpass serve` may take to end. */
const endMs = 15_000;
/** What was sent so shortly before its end may not have been read. */
const unreadMs = 1_000;

/** `mcpass serve`, for as long as a storm lasts. */
export async function startStormGateway({ words, environment, cwd, token, secrets, memory }: StormGatewayOptions): Promise<StormGateway> {
  const readers = [secrets.reader("the output of mcpass serve"), secrets.reader("the error output of mcpass serve")];
  let port = 0;
  let url = "";
  let wasKilledAt = -Infinity;
  let wasEndedAt = -Infinity;
  let isUp = false;
  const launch = async (): Promise<ChildProcess> => {
    const started = spawn(process.execPath, [...words, "serve", "--port", String(port)], { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    [started.stdout, started.stderr].forEach((output, index) =>
      output.setEncoding("utf8").on("data", (text: string) => {
        readers[index]?.(text);
        if (said.length < 10_000) said += text;
      }),
    );
    memory.add("mcpass serve", started.pid ?? -1);
    [, url = url] = await waitUntil(() => {
      if (started.exitCode !== null) throw new Error(`mcpass serve ended with ${String(started.exitCode)}: ${said}`);
      return /mcpass serves on (\S+)/.exec(said) ?? undefined;
    }, "mcpass serve to serve", 30_000);
    port = Number(new URL(url).port);
    isUp = true;
    return started;
  };
  let child = await launch();
  const end = async (signal: NodeJS.Signals): Promise<boolean> => {
    if (signal === "SIGKILL") wasKilledAt = Date.now();
    else wasEndedAt = Date.now();
    isUp = false;
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const over = once(child, "close");
    child.kill(signal);
    await Promise.race([over, sleep(endMs, undefined, { ref: false })]);
    return child.exitCode !== null || child.signalCode !== null;
  };
  return {
    token,
    get url() {
      return url;
    },
    explains: (sentAt) => sentAt <= wasKilledAt || (sentAt <= wasEndedAt && sentAt >= wasEndedAt - unreadMs) || !isUp,
    restart: async () => {
      if (!(await end("SIGTERM"))) throw new Error("mcpass serve did not end");
      child = await launch();
    },
    replace: async () => {
      await end("SIGKILL");
      child = await launch();
    },
    close: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
  };
}
